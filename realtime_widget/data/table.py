"""What all live tables have in common."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, TypeVar

from .columns import Frames
from .display.live import LiveView, Schedule, show
from .joining import Joins
from .rows import Rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Table"]

Row = TypeVar("Row")


class Table(Rows[Row]):
    """A table that grows while one reads it: every read sees a whole and unchanging snapshot.

    Rows are frozen. Reading is safe from any thread and costs what is new.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._frames = Frames(self.spec)
        self._subscribers: list[Callable[[], None]] = []
        self.schedule: Schedule | None = None
        self.joins: Callable[[], Joins] | None = None  # of a conversation's tables: how they hang together

    def _snapshot(self) -> tuple[Row, ...]:
        """Return all rows as of now; called with the lock held, the same object while nothing changes."""
        raise NotImplementedError

    # -- reading -----------------------------------------------------------------------------------------

    def rows(self) -> tuple[Row, ...]:
        """Return all rows as they are now."""
        with self._lock:
            return self._snapshot()

    @property
    def df(self) -> pd.DataFrame:
        """A pandas dataframe, yours to change."""
        # Rows first, then the frames' own lock: who has the rows' lock may wait here, never the reverse.
        return self._frames.frame(self.rows())

    def frame_of(self, rows: tuple[Row, ...]) -> pd.DataFrame:
        """Return a dataframe of some rows."""
        return Frames(self.spec).frame(rows)

    def turns_of(self, row: Row, joins: Joins) -> Collection[int]:
        """Return the turns that a row belongs to."""
        turn: int | None = getattr(row, "turn", None)
        return () if turn is None else (turn,)

    def _taken(self) -> tuple[Rows[Row], tuple[Row, ...], Joins | None]:
        with self._lock:
            return self, self.rows(), None if self.joins is None else self.joins()

    # -- showing -----------------------------------------------------------------------------------------

    def live(self) -> LiveView:
        """Show this table here and keep what is shown up to date; `.stop()` on the result freezes it.

        Outside a notebook the result prints as the table does.
        """
        return show(self, self.subscribe, self.schedule)

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after each change, until the returned function is called.

        It runs on the I/O thread with the lock held, so it must only take note.
        """
        with self._lock:
            self._subscribers = [*self._subscribers, callback]

        def unsubscribe() -> None:
            with self._lock:
                self._subscribers = [other for other in self._subscribers if other is not callback]

        return unsubscribe

    def _changed(self) -> None:
        for callback in self._subscribers:
            callback()
