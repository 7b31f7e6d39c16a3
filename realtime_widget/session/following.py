"""How to follow a session: functions that are called, turns one after the other, displays."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from ..config.checks import check_bool
from .callbacks import Callbacks
from .displays import live
from .streams import TurnStream

if TYPE_CHECKING:
    from ..data.display.live import LiveView
    from .base import BaseSession
    from .core import SessionCore
    from .io_thread import IOThread

__all__ = ["Following"]


class Following:
    """What every kind of session has for those who want to follow what is said."""

    _callbacks: Callbacks
    _core: SessionCore
    _io: IOThread

    def on(self, name: str, callback: Callable[..., object] | None = None) -> Any:
        """Call a function when something happens, on a thread of the session's own.

        `session.on("turn", function)`, or as a decorator: `@session.on("turn")`.

        Names: `"turn"`, `"partial"` (words that still grow, of a transcription session), `"tool_call"`,
        `"approval"`, `"audio"`, `"usage"`, `"status"`, `"error"`, `"warning"`, an event type of the API such
        as `"response.done"`, or `"*"` for every raw event of both directions. A callback that is too slow
        misses sound and raw events, and nothing else; `health.callbacks` counts them.

        Each turn, call and bill is told once, in the order in which they become complete: an answer at the
        end of its response, what the user said when its words came or couldn't be written down (or else when
        the session ends), which may be after the answer. What changes later, as how much of an answer was
        heard, is in the tables.

        Raises:
            ConfigError: An unknown name, or something that can't be called.
        """
        if callback is None:
            return functools.partial(self.on, name)
        self._callbacks.on(name, callback)
        return callback

    def off(self, name: str, callback: Callable[..., object] | None = None) -> None:
        """Call it no more; without a callback, none of that name."""
        self._callbacks.off(name, callback)

    def stream(self, *, past: bool = True) -> TurnStream:
        """Return an iterator of the turns as they become complete, the same as the callback `"turn"` gets.

        Works with `async for` on any event loop, and with `for` in scripts; there may be several at once.
        Ends when the session does, after its last turn. For words that still grow there is
        `transcript.live()`, and in a transcription session `on("partial", callback)`.

        Args:
            past: Whether the turns that are there already come first; else it begins with the next.

        Raises:
            NotConnectedError: On the first step, when the session was never started.
        """
        check_bool("past", past)
        return TurnStream(self._core, self._io, past=past)

    def live(self, function: Callable[..., Any]) -> LiveView:
        """Show here what a function makes of the session, and draw it anew as the data changes.

        `session.live(lambda: len(session.transcript))`, or as a decorator: `@session.live`. The function
        takes nothing, or the session, and returns or plots whatever a cell can show: a figure of matplotlib
        or plotly, a dataframe, HTML, a number, a text. The first picture is made at once, all others on a
        thread, at most 8 a second and at most half of the time; the last state is always painted. What it
        prints is shown above its picture, and an exception in place of it until the next picture.

        Ends with `.stop()` on the result, or when the cell runs again. A page that was reloaded gets no new
        pictures: run the cell again there.

        Raises:
            ConfigError: No function, or one that takes more.
        """
        return live(cast("BaseSession", self), function)
