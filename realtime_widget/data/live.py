"""Displays that follow their data: one output of a cell, painted anew in place when something changed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["LiveView", "Schedule", "Showable", "show"]

INTERVAL_S = 0.15
"""The least time between two repaints: under 7 a second."""
MOST_VIEWS = 16

Schedule = Callable[[float, Callable[[], None]], object]
"""`schedule(delay_s, function)` calls a function later, on another thread and without any lock held."""


class Showable(Protocol):
    """What can be shown live."""

    def _repr_html_(self) -> str: ...


class LiveView:
    """A display of something that changes. It ends with `stop()`, or when its cell runs again."""

    def __init__(self, shown: Showable, schedule: Schedule | None) -> None:
        self._shown = shown
        self._schedule = schedule
        self._display_id: str | None = None
        self._born: object = None  # the execution that made it: its display of the result is one too many
        self._pending = False
        self._unsubscribe: Callable[[], None] | None = None

    def __repr__(self) -> str:
        return repr(self._shown)

    @property
    def running(self) -> bool:
        """Whether it still follows."""
        return self._unsubscribe is not None

    def stop(self) -> None:
        """Leave the display as it is now."""
        unsubscribe, self._unsubscribe = self._unsubscribe, None
        if unsubscribe is not None:
            unsubscribe()

    def start(self, shell: Any, subscribe: Callable[[Callable[[], None]], Callable[[], None]]) -> None:
        """Show it in the running cell and follow."""
        self._display_id = uuid.uuid4().hex
        self._born = shell.execution_count
        self._display(update=False)
        if self._schedule is not None:
            self._unsubscribe = subscribe(self._note)

    def _note(self) -> None:
        # The first change of a burst sets the time of the repaint; the others are in it.
        if not self._pending and self._schedule is not None:
            self._pending = True
            self._schedule(INTERVAL_S, self._repaint)

    def _repaint(self) -> None:
        self._pending = False
        if self.running:
            self._display(update=True)

    def _display(self, *, update: bool) -> None:
        from IPython.display import display

        content = {"text/html": self._shown._repr_html_(), "text/plain": repr(self._shown)}
        display(content, raw=True, display_id=self._display_id, update=update)  # type: ignore[no-untyped-call]

    def _ipython_display_(self) -> None:
        shell = _shell()
        if shell is not None and shell.execution_count != self._born:
            self._display(update=False)


_views: dict[str, LiveView] = {}


def show(
    shown: Showable,
    subscribe: Callable[[Callable[[], None]], Callable[[], None]],
    schedule: Schedule | None,
) -> LiveView:
    """Show something live in the running cell; outside of notebooks return a view that only prints."""
    from .marimo import CellView, running_marimo

    if (marimo := running_marimo()) is not None:
        cell_view = CellView(shown, schedule, marimo)
        if schedule is not None:
            cell_view.follow(subscribe)
        return cell_view
    view = LiveView(shown, schedule)
    shell = _shell()
    if shell is None:
        return view
    view.start(shell, subscribe)
    if view.running:
        _remember(view, f"{_cell(shell)}/{id(shown)}")
    return view


def _remember(view: LiveView, place: str) -> None:
    # A cell that runs again replaces its output, so the view before it paints for nobody.
    old = _views.pop(place, None)
    if old is None and len(_views) >= MOST_VIEWS:
        old = _views.pop(next(iter(_views)))
    if old is not None:
        old.stop()
    _views[place] = view


def _shell() -> Any:
    import sys

    if "IPython" not in sys.modules:
        return None
    from IPython.core.getipython import get_ipython

    return get_ipython()


def _cell(shell: Any) -> str:
    """Return a name of the running cell that stays the same when it runs again, where there is one."""
    try:
        metadata = shell.get_parent()["metadata"]
        return str(metadata.get("cellId") or shell.execution_count)
    except (AttributeError, KeyError, TypeError):
        return str(shell.execution_count)
