"""What all live tables have in common."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

from .arrow import arrow_table, polars_frame
from .columns import Column, Frames
from .export import save_table
from .html import table_html
from .live import LiveView, Schedule, show

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

__all__ = ["Table"]

Row = TypeVar("Row")
SHOWN_ROWS = 50


class Table(Generic[Row]):
    """A table that grows while one reads it: every read sees a whole and unchanging snapshot.

    Rows are frozen. Reading is safe from any thread and costs what is new.
    """

    spec: ClassVar[tuple[Column, ...]]
    noun: ClassVar[str]

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._frames = Frames(self.spec)
        self._subscribers: list[Callable[[], None]] = []
        self.schedule: Schedule | None = None

    def _snapshot(self) -> tuple[Row, ...]:
        """Return all rows as of now; called with the lock held, the same object while nothing changes."""
        raise NotImplementedError

    # -- reading -----------------------------------------------------------------------------------------

    def rows(self) -> tuple[Row, ...]:
        """Return all rows as they are now."""
        with self._lock:
            return self._snapshot()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.spec)

    @property
    def df(self) -> pd.DataFrame:
        """A pandas dataframe, yours to change."""
        # Rows first, then the frames' own lock: who has the rows' lock may wait here, never the reverse.
        return self._frames.frame(self.rows())

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return a list with a dictionary for each row."""
        readers = [(column.name, column.value) for column in self.spec]
        return [{name: read(row) for name, read in readers} for row in self.rows()]

    def to_arrow(self) -> pa.Table:
        """Return an Arrow table; times are `timestamp[us, UTC]`, what is nested lists, structs or JSON text.

        Raises:
            ConfigError: pyarrow isn't installed.
        """
        return arrow_table(self.rows(), self.spec)

    def to_polars(self) -> pl.DataFrame:
        """Return a polars dataframe, of the same types as the Arrow table; pyarrow isn't needed.

        Raises:
            ConfigError: polars isn't installed.
        """
        return polars_frame(self.rows(), self.spec)

    def save(self, path: str | os.PathLike[str], *, spreadsheet: bool = False) -> None:
        """Write the table in the format of the path's suffix: csv, json, jsonl or parquet.

        Args:
            path: Where to. An older file is replaced once the new one is whole.
            spreadsheet: Makes a `.csv` for Excel and the like: marked as UTF-8, and with an apostrophe before
                a text that they would run as a formula.

        Raises:
            ConfigError: Another suffix, or parquet without pyarrow.
            FileError: The file can't be written; an older one stays as it is.
        """
        save_table(path, self, spreadsheet=spreadsheet)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Hand the rows to any library that takes Arrow data, such as `polars.DataFrame(table)`."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self.rows())

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows())

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, index: int | slice) -> Row | tuple[Row, ...]:
        rows = self.rows()
        if isinstance(index, int) and not -len(rows) <= index < len(rows):
            raise IndexError(f"There is no {self.noun} {index}: {self!r}.")
        return rows[index]

    # -- showing -----------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        kind = type(self).__name__.removeprefix("Growing").removeprefix("Still")
        return f"{kind}({self._count(len(self))})"

    def _repr_html_(self) -> str:
        rows = self.rows()
        shown = rows[-SHOWN_ROWS:]
        title = self._count(len(rows))
        if len(shown) < len(rows):
            title += f", the last {len(shown)} of them"
        readers = [column.value for column in self.spec]
        return table_html(title, self.columns, ([read(row) for read in readers] for row in shown))

    def _count(self, n: int) -> str:
        return f"{n} {self.noun}{'' if n == 1 else 's'}"

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
