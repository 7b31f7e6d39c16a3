"""Displays that follow their data: one output of a cell, painted anew in place when something changed."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["LiveView", "Pace", "Picture", "Schedule", "Showable", "Subscribe", "show", "show_picture"]

INTERVAL_S = 0.12
"""The least time from one repaint to the next: 8 a second."""
BURST_S = 0.03
"""What changes within so short a time is painted at once."""
MOST_VIEWS = 64

Bundle = tuple[dict[str, Any], dict[str, Any]]
"""What a display shows by MIME type, and metadata to it."""
Schedule = Callable[[float, Callable[[], None]], object]
"""`schedule(delay_s, function)` calls a function later, on another thread and without any lock held."""
Subscribe = Callable[[Callable[[], None]], Callable[[], None]]
"""`subscribe(callback)` calls back after each change, until what it returned is called."""


class Showable(Protocol):
    """What can be shown live as it is: a table."""

    def _repr_html_(self) -> str: ...


class Picture(Protocol):
    """What a live display shows, made anew for every repaint."""

    @property
    def key(self) -> int:
        """What it shows: in a cell there is one view of each."""

    @property
    def gone(self) -> bool:
        """Whether there is nothing left to follow."""

    def bundle(self, shell: Any) -> Bundle:
        """Return what IPython shows."""

    def draw(self) -> Callable[[Any], Any]:
        """Return what makes of marimo's module what it shows."""


class Pace:
    """When to paint: soon after a change, at most every `INTERVAL_S`, and at most half of the time."""

    def __init__(self) -> None:
        self._rests_until_s = 0.0

    @property
    def pause_s(self) -> float:
        """How long to wait from now on, in seconds."""
        return max(BURST_S, self._rests_until_s - time.monotonic())

    def run(self, paint: Callable[[], object]) -> None:
        """Paint, and see how long it takes."""
        begin_s = time.monotonic()
        try:
            paint()
        finally:
            end_s = time.monotonic()
            self._rests_until_s = max(begin_s + INTERVAL_S, 2 * end_s - begin_s)


class LiveView:
    """A display of something that changes. It ends with `stop()`, or when its cell runs again."""

    def __init__(self, picture: Picture, schedule: Schedule | None) -> None:
        self._picture = picture
        self._schedule = schedule
        self._pace = Pace()
        self._display_id: str | None = None
        self._born: object = None  # the execution that made it: its display of the result is one too many
        self._lock = threading.Lock()
        self._changed = False
        self._planned = False  # a repaint is, or runs
        self._unsubscribe: Callable[[], None] | None = None

    def __repr__(self) -> str:
        return repr(self._picture)

    def __call__(self, *args: Any) -> Any:
        """Call the function that it shows, as if it weren't shown: `@session.live` leaves it callable."""
        if not callable(self._picture):
            raise TypeError(f"{self!r} is a display of a table, and no function.")
        return self._picture(*args)

    @property
    def running(self) -> bool:
        """Whether it still follows."""
        return self._unsubscribe is not None

    def stop(self) -> None:
        """Leave the display as it is now."""
        unsubscribe, self._unsubscribe = self._unsubscribe, None
        if unsubscribe is not None:
            unsubscribe()

    def start(self, shell: Any, subscribe: Subscribe) -> None:
        """Show it in the running cell and follow."""
        self._display_id = uuid.uuid4().hex
        self._born = shell.execution_count
        if self._schedule is not None:
            self._planned = True  # what changes from here on is painted after the first picture
            self._unsubscribe = subscribe(self._note)
        try:
            self._pace.run(lambda: self._display(shell, update=False))
        except BaseException:
            self.stop()
            raise
        self._go_on()

    def _note(self) -> None:
        with self._lock:
            self._changed = True
            if self._planned:
                return
            self._planned = True
        self._plan()

    def _plan(self) -> None:
        if self._schedule is not None:
            self._schedule(self._pace.pause_s, self._repaint)

    def _repaint(self) -> None:
        self._changed = False
        if self._picture.gone:
            self.stop()
        try:
            if self.running:
                self._pace.run(lambda: self._display(_shell(), update=True))
        finally:
            self._go_on()

    def _go_on(self) -> None:
        # What changed while it was painted isn't in the picture.
        with self._lock:
            self._planned = self._changed and self.running
        if self._planned:
            self._plan()

    def _display(self, shell: Any, *, update: bool) -> None:
        from IPython.display import display

        data, metadata = self._picture.bundle(shell)
        if update and not self.running:
            return  # stopped meanwhile, or its cell runs again
        display(data, metadata=metadata, raw=True, display_id=self._display_id, update=update)  # type: ignore[no-untyped-call]

    def _ipython_display_(self) -> None:
        shell = _shell()
        if shell is not None and shell.execution_count != self._born:
            self._display(shell, update=False)


class TablePicture:
    """A table, as it shows itself."""

    gone = False

    def __init__(self, shown: Showable) -> None:
        self._shown = shown

    def __repr__(self) -> str:
        return repr(self._shown)

    @property
    def key(self) -> int:
        """The table."""
        return id(self._shown)

    def bundle(self, shell: Any) -> Bundle:
        """Return what IPython shows."""
        return {"text/html": self._shown._repr_html_(), "text/plain": repr(self._shown)}, {}

    def draw(self) -> Callable[[Any], Any]:
        """Return what makes of marimo's module what it shows."""
        html = self._shown._repr_html_()
        return lambda marimo: marimo.Html(html)


def show(shown: Showable, subscribe: Subscribe, schedule: Schedule | None) -> LiveView:
    """Show a table live in the running cell; outside of notebooks return a view that only prints."""
    return show_picture(TablePicture(shown), subscribe, schedule)


def show_picture(picture: Picture, subscribe: Subscribe, schedule: Schedule | None) -> LiveView:
    """Show something live in the running cell; outside of notebooks return a view that only prints."""
    from .marimo import CellView, running_marimo

    if (marimo := running_marimo()) is not None:
        cell_view = CellView(picture, schedule, marimo)
        if schedule is not None:
            cell_view.follow(subscribe)
        return cell_view
    view = LiveView(picture, schedule)
    shell = _shell()
    if shell is None:
        return view
    view.start(shell, subscribe)
    if view.running:
        _remember(view, shell)
    return view


_views: dict[tuple[str, int], LiveView] = {}
_shells_heard: set[int] = set()


def _remember(view: LiveView, shell: Any) -> None:
    # A cell that runs again replaces its output, so the view before it paints for nobody.
    place = (_cell(shell), view._picture.key)
    old = _views.pop(place, None)
    if old is None and len(_views) >= MOST_VIEWS:
        old = _views.pop(next(iter(_views)))
    if old is not None:
        old.stop()
    _views[place] = view
    if id(shell) not in _shells_heard:
        _shells_heard.add(id(shell))
        shell.events.register("pre_run_cell", _cell_runs)


def _cell_runs(info: Any) -> None:
    """End the views of a cell that runs again, though it may show something else now."""
    if (cell := getattr(info, "cell_id", None)) is None:
        return
    for place in [place for place in _views if place[0] == cell]:
        _views.pop(place).stop()


def _shell() -> Any:
    """Return IPython's shell where displays can be changed later: in a notebook."""
    import sys

    if "IPython" not in sys.modules:
        return None
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return None if type(shell).__name__ == "TerminalInteractiveShell" else shell


def _cell(shell: Any) -> str:
    """Return a name of the running cell that stays the same when it runs again, where there is one."""
    try:
        metadata = shell.get_parent()["metadata"]
        return str(metadata.get("cellId") or shell.execution_count)
    except (AttributeError, KeyError, TypeError):
        return str(shell.execution_count)
