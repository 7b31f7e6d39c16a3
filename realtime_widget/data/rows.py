"""Rows that one reads: what a table and a selection of its rows have in common."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

from .arrow import arrow_table, polars_frame
from .choosing import Turns, Wanted, chooser
from .columns import Column
from .display.html import Shown, rows_html, shown_columns
from .export import save_table
from .joining import Joins

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

__all__ = ["Rows", "Selection"]

Row = TypeVar("Row")
SHOWN_ROWS = 50


class Rows(Generic[Row]):
    """Rows with named columns. Every read sees a whole and unchanging snapshot of them.

    Attributes:
        spec: Their columns.
        noun: What one of them is called.
        moment: The column that tells when one was; None where that is when its turn began.
        shown: What a notebook shows of them; every column but ids where None.
    """

    spec: ClassVar[tuple[Column, ...]]
    noun: ClassVar[str]
    moment: ClassVar[str | None] = None
    shown: ClassVar[tuple[Shown, ...] | None] = None

    def rows(self) -> tuple[Row, ...]:
        """Return all rows as they are now."""
        raise NotImplementedError

    def where(
        self,
        *,
        turn: Turns | None = None,
        role: str | Collection[str] | None = None,
        since_ms: float | None = None,
        until_ms: float | None = None,
        **columns: Any,
    ) -> Selection[Row]:
        """Return the rows that fit, as they are now; they read as the table does.

        Args:
            turn: The turns that they belong to: a number, a list, a range or a slice; -1 is the last turn.
            role: Who speaks in those turns: `user`, `assistant` or `system`, or several of them.
            since_ms: From when on, in ms on the session's clock.
            until_ms: Before when.
            **columns: What a column holds; a list, set or range holds any of what may be there.

        Raises:
            ConfigError: There is no such column or role.
        """
        wanted = Wanted(turn=turn, role=role, since_ms=since_ms, until_ms=until_ms, columns=columns)
        table, rows, joins = self._taken()
        keep = chooser(wanted, self.spec, self.moment, self.turns_of, joins)
        return Selection(table, tuple(filter(keep, rows)), joins)

    def frame_of(self, rows: tuple[Row, ...]) -> pd.DataFrame:
        """Return a dataframe of some rows."""
        raise NotImplementedError

    def turns_of(self, row: Row, joins: Joins) -> Collection[int]:
        """Return the turns that a row belongs to."""
        raise NotImplementedError

    def _taken(self) -> tuple[Rows[Row], tuple[Row, ...], Joins | None]:
        """Return the table, its rows, and how they hang together with others, of one moment."""
        raise NotImplementedError

    # -- reading -----------------------------------------------------------------------------------------

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.spec)

    @property
    def df(self) -> pd.DataFrame:
        """A pandas dataframe, yours to change."""
        return self.frame_of(self.rows())

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
        """Write the rows in the format of the path's suffix: csv, json, jsonl or parquet.

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
        some = rows[-SHOWN_ROWS:]
        title = self._count(len(rows))
        if len(some) < len(rows):
            title += f", the last {len(some)} of them"
        return rows_html(title, self.shown or shown_columns(self.spec), some, sparse=self.shown is None)

    def _count(self, n: int) -> str:
        return f"{n} {self.noun}{'' if n == 1 else 's'}"


class Selection(Rows[Row]):
    """Some rows of a table, as they were when they were chosen; they don't change any more.

    Args:
        table: Where they come from.
        rows: The rows.
        joins: How the rows of all tables hung together then.
    """

    def __init__(self, table: Rows[Row], rows: tuple[Row, ...], joins: Joins | None) -> None:
        for name in ("spec", "noun", "moment", "shown"):  # what its table's class has, it has itself
            setattr(self, name, getattr(table, name))
        self._table = table
        self._rows = rows
        self._joins = joins

    def rows(self) -> tuple[Row, ...]:
        """Return the rows."""
        return self._rows

    def frame_of(self, rows: tuple[Row, ...]) -> pd.DataFrame:
        """Return a dataframe of some rows."""
        return self._table.frame_of(rows)

    def turns_of(self, row: Row, joins: Joins) -> Collection[int]:
        """Return the turns that a row belongs to."""
        return self._table.turns_of(row, joins)

    def _taken(self) -> tuple[Rows[Row], tuple[Row, ...], Joins | None]:
        return self._table, self._rows, self._joins
