"""The stages of the engine, each opened when it is first needed and shared by all connections."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from realtime_widget.local.responders.base import Responder
from realtime_widget.local.stages import Speaker, Transcriber

__all__ = ["Lazy", "Parts"]

logger = logging.getLogger("realtime_widget.local")


class _Opens(Protocol):
    async def open(self) -> None: ...
    async def close(self) -> None: ...


Stage = TypeVar("Stage", bound=_Opens)


class Lazy(Generic[Stage]):
    """Open a stage once, at the first use; after a failure, again at the next."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._opening: asyncio.Task[None] | None = None

    @property
    def stage(self) -> Stage:
        """The stage, open or not."""
        return self._stage

    @property
    def ready(self) -> Stage | None:
        """The stage when it is open."""
        opening = self._opening
        is_open = (
            opening is not None and opening.done() and not opening.cancelled() and not opening.exception()
        )
        return self._stage if is_open else None

    def warm(self) -> None:
        """Begin to open it; a failure shows at the first use."""
        if self._opening is None or (self._opening.done() and self.ready is None):
            self._opening = asyncio.get_running_loop().create_task(self._stage.open())
            self._opening.add_done_callback(_noticed)

    async def get(self) -> Stage:
        """Return the stage, open.

        Raises:
            EngineError: It can't be opened; the message says what to do.
        """
        self.warm()
        assert self._opening is not None
        await asyncio.shield(self._opening)
        return self._stage

    async def close(self) -> None:
        """Close the stage; idempotent."""
        opening, self._opening = self._opening, None
        if opening is None:
            return
        opening.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await opening
        try:
            await self._stage.close()
        except Exception as error:
            logger.warning("! a part of the offline engine didn't close: %s", type(error).__name__)


def _noticed(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.warning("! a part of the offline engine can't start: %s", task.exception())


@dataclass(frozen=True, slots=True)
class Parts:
    """What hears, answers and speaks."""

    transcriber: Lazy[Transcriber]
    responder: Responder
    speaker: Lazy[Speaker]

    @classmethod
    def of(cls, transcriber: Transcriber, responder: Responder, speaker: Speaker) -> Parts:
        """Wrap three stages."""
        return cls(Lazy(transcriber), responder, Lazy(speaker))

    def warm(self) -> None:
        """Begin to open everything, so that the first turn needn't wait."""
        self.transcriber.warm()
        self.speaker.warm()

    @property
    def voices(self) -> tuple[str, ...]:
        """Names of the speaker's voices; () when it names none."""
        voices: Any = getattr(self.speaker.stage, "voices", ())
        return tuple(voices)

    async def close(self) -> None:
        """Close everything; idempotent."""
        await asyncio.gather(self.transcriber.close(), self.speaker.close())
        close = getattr(self.responder, "close", None)
        if close is not None:
            await close()
