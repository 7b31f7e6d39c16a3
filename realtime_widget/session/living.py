"""The sessions of the process: none goes on when nobody can end it any more."""

from __future__ import annotations

import atexit
import concurrent.futures
import weakref
from typing import TYPE_CHECKING

from ..errors import SessionClosedError
from .cells import Cell, current_cell

if TYPE_CHECKING:
    from .base import BaseSession
    from .core import SessionCore
    from .io_thread import IOThread

__all__ = ["register"]

EXIT_LIMIT_S = 2.0
_living: weakref.WeakKeyDictionary[BaseSession, Cell | None] = weakref.WeakKeyDictionary()


def register(session: BaseSession) -> None:
    """Know a new session; those that the same cell made when it ran before end now."""
    cell = current_cell()
    if cell is not None:
        for other, its_cell in list(_living.items()):
            if cell.follows(its_cell):
                _replace(other)
    _living[session] = cell
    # A session that nobody holds any more can't be stopped by anyone, and would go on costing money.
    weakref.finalize(session, _let_go, weakref.ref(session._core), session._io).atexit = False


def _replace(session: BaseSession) -> None:
    core = session._core
    if not core.live or not session._io.usable:
        return
    error = SessionClosedError(
        "The cell that made this session ran again, and its new session takes the place of this one.",
        remedy="What was said stays readable. To have both, make them in different cells.",
        code="replaced",
    )
    session._io.submit(core.lifecycle.end(error))


def _let_go(core: weakref.ref[SessionCore], io: IOThread) -> None:
    alive = core()
    if alive is not None and alive.live and io.usable:
        io.submit(alive.stop())


@atexit.register
def _stop_all() -> None:
    # A forked child has the sessions, but their connections are its parent's.
    running = [session for session in list(_living) if session._io.usable and session._core.live]
    futures = [session._io.submit(session._core.stop()) for session in running]
    concurrent.futures.wait(futures, EXIT_LIMIT_S)
