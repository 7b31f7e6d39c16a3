"""The verbs of a translation session, as coroutines on the I/O thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import RefusedError, SessionError
from .verbs import Verbs

__all__ = ["TranslationVerbs"]


class TranslationVerbs(Verbs):
    """What a user, a panel or a script can do in a translation session."""

    async def _update(self, options: Mapping[str, Any]) -> None:
        core = self._core
        before = core.protocol.config
        after = before.merge(**options)
        self._check_update(before, after)
        try:
            await self._announce(after)
        finally:
            core.publish([])

    def _check_update(self, before: Any, after: Any) -> None:
        if before.model != after.model and self._core.live:
            raise RefusedError(
                "The model can't change while connected.",
                remedy="Stop the session first.",
                code="model_is_fixed",
                recoverable=True,
            )

    async def send_text(self, text: str, respond: bool) -> None:
        """Refuse: only sound is translated."""
        raise SessionError(
            "A translation session translates what it hears, not what is written.",
            remedy="Use session.send_audio(…), or RealtimeSession to write to a model.",
            recoverable=True,
        )

    def press(self) -> None:
        """Do nothing: the microphone is open all the time."""

    def release(self, *, keep: bool = True) -> None:
        """Do nothing."""
