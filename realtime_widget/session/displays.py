"""Displays that follow a session: any function of its data, drawn anew as the data changes."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..data.display.drawing import Drawing
from ..data.display.live import LiveView, Schedule, show_picture
from .callbacks import Dispatcher

if TYPE_CHECKING:
    from .base import BaseSession

__all__ = ["drawings", "live", "tables"]

_STATE = ["status", "listening", "speaking", "muted", "error"]


def live(session: BaseSession, function: Callable[..., Any]) -> LiveView:
    """Show what a function makes of a session, and keep it up to date."""
    data = session._data

    def subscribe(note: Callable[[], None]) -> Callable[[], None]:
        def note_state(change: Any) -> None:
            note()

        ends = [table.subscribe(note) for table in data.tables]
        session.observe(note_state, _STATE)
        ends.append(functools.partial(_forget, weakref.ref(session), note_state))
        return functools.partial(_end_all, ends)

    schedule = None if data.schedule is None else drawings(session._io.loop)
    return show_picture(Drawing(function, weakref.ref(session)), subscribe, schedule)


def _end_all(ends: list[Callable[[], None]]) -> None:
    for end in ends:
        end()


def _forget(session: weakref.ref[BaseSession], observer: Callable[[Any], None]) -> None:
    if (alive := session()) is not None:
        alive.unobserve(observer, _STATE)


def tables(loop: asyncio.AbstractEventLoop) -> Schedule:
    """Return how live tables are painted later: on a thread of their own, apart from slow callbacks."""
    return functools.partial(_later, loop, "tables")


def drawings(loop: asyncio.AbstractEventLoop) -> Schedule:
    """Return how functions are drawn later: one after the other, since plotting isn't made for threads."""
    return functools.partial(_later, loop, "drawings")


def _later(loop: asyncio.AbstractEventLoop, kind: str, delay_s: float, function: Callable[[], None]) -> None:
    def due() -> None:
        _painter(kind, os.getpid()).submit(function)

    with contextlib.suppress(RuntimeError):  # the loop is gone: the interpreter is ending
        loop.call_soon_threadsafe(functools.partial(loop.call_later, delay_s, due))


@functools.cache
def _painter(kind: str, pid: int) -> Dispatcher:
    return Dispatcher(f"realtime-widget-{kind}")
