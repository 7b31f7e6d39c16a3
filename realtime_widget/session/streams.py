"""Turns one after the other, as they become final: `for turn in session.stream()`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from ..errors import NotConnectedError

if TYPE_CHECKING:
    from ..data import Turn
    from .io_thread import IOThread
    from .transcription_core import TranscriptionCore

__all__ = ["TurnStream"]


class TurnStream:
    """The final turns of a session in conversation order, those that are there already first.

    Both an iterator and an asynchronous one; ends with the session.
    """

    def __init__(self, core: TranscriptionCore, io: IOThread) -> None:
        self._core = core
        self._io = io
        self._n_told = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Turn:
        turn: Turn | None = self._io.call(self._next())
        if turn is None:
            raise StopIteration
        return turn

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Turn:
        turn: Turn | None = await self._io.acall(self._next())
        if turn is None:
            raise StopAsyncIteration
        return turn

    async def _next(self) -> Turn | None:
        core = self._core
        if self._n_told == len(core.finals) and core.now_ms == 0.0:
            raise NotConnectedError(
                "The session was never started, so no turns will come.", remedy="Call session.start() first."
            )
        while True:
            await core.waits.until(lambda: self._n_told < len(core.finals) or not core.live)
            if self._n_told == len(core.finals):
                return None
            self._n_told += 1
            turn = core.data.turn(core.finals[self._n_told - 1])
            if turn is not None:  # else it was deleted since
                return turn
