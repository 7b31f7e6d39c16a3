"""The sessions of the process: none goes on when nobody can end it any more."""

from __future__ import annotations

import atexit
import concurrent.futures
import importlib
import threading
import weakref
from collections.abc import Callable
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
    if not session._io.usable:
        return
    if core.player is not None:
        session._io.post(core.player.pause)
    if not core.live:
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


def _stop_all() -> None:
    # A forked child has the sessions, but their connections are its parent's.
    sessions = [session for session in list(_living) if session._io.usable]
    futures = [session._io.submit(_leave(session._core)) for session in sessions]
    concurrent.futures.wait(futures, EXIT_LIMIT_S)


async def _leave(core: SessionCore) -> None:
    for view in core.views:
        if (farewell := getattr(view, "farewell", None)) is not None:  # only pages have to be told
            farewell()
    if core.live:
        await core.stop()


# `atexit` alone is too late to tell the pages: a kernel reaches nobody by then. Hooks run last one first, so
# that of the pool of threads must be there already. The hook is private to `threading`; without it pages
# aren't told.
importlib.import_module("concurrent.futures.thread")
_at_exit: Callable[[Callable[[], None]], object] = getattr(threading, "_register_atexit", atexit.register)
_at_exit(_stop_all)
