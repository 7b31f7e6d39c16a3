"""Turns one after the other, as they become complete: `for turn in session.stream()`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from ..errors import NotConnectedError

if TYPE_CHECKING:
    from ..data import Turn
    from .core import SessionCore
    from .io_thread import IOThread

__all__ = ["TurnStream"]


class TurnStream:
    """The turns of a session as they become complete, each once.

    Both an iterator and an asynchronous one, on any event loop; ends with the session. It holds only its
    place, so nothing is missed however slowly it is read.
    """

    def __init__(self, core: SessionCore, io: IOThread, *, past: bool = True) -> None:
        self._core = core
        self._io = io
        self._n_told = 0 if past else len(core.told.finals)

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
        core, told = self._core, self._core.told.finals
        if self._n_told == len(told) and core.now_ms == 0.0:
            raise NotConnectedError(
                "The session was never started, so no turns will come.", remedy="Call session.start() first."
            )
        while True:
            await core.waits.until(lambda: self._n_told < len(told) or _is_over(core))
            if self._n_told == len(told):
                return None
            self._n_told += 1
            turn = core.data.turn(told[self._n_told - 1])
            if turn is not None:  # else it was deleted since
                await core.saved()
                return turn


def _is_over(core: SessionCore) -> bool:
    """Tell whether nothing will be said any more, and all that was said has been told."""
    return not core.live and not core.winding_up and core.status != "connecting"
