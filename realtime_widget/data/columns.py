"""Columns of a table, and dataframes built from its rows at the cost of what is new.

Each column is a growing buffer. A new dataframe copies the buffers, which takes a fraction of what making
them from the rows takes, and leaves nothing in the user's hands that could hurt ours.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from operator import attrgetter, is_not
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "Frames", "Kind"]

Kind = Literal["string", "int", "float", "bool", "time", "strings", "segments", "json"]
MOST_AT_ONCE = 2_048


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what is in it, and how its value is read from a row.

    Dtypes are pandas' nullable ones (`string Int64 Float64 boolean`), `datetime64[ns, UTC]`, and `object` for
    what has an inside: `strings` are several of them, `segments` who said what and when, `json` any JSON
    value. They are the same for every content, and without any.

    Attributes:
        name: Its name.
        kind: What is in it.
        get: Reads the value that is stored, which never changes; the row's attribute where None.
        fresh: Makes of a stored value one that is the reader's own to change; None where it can't be changed.
        text: Reads the value as JSON text, where that is at hand; used in place of encoding it.
        recurs: Whether few different strings fill the column, so that one of each is kept.
    """

    name: str
    kind: Kind
    get: Callable[[Any], Any] | None = None
    fresh: Callable[[Any], Any] | None = None
    text: Callable[[Any], str] | None = None
    recurs: bool = False

    @property
    def read(self) -> Callable[[Any], Any]:
        """The function that reads from a row what is stored."""
        return self.get or attrgetter(self.name)

    @property
    def value(self) -> Callable[[Any], Any]:
        """The function that reads from a row what people see."""
        read, fresh = self.read, self.fresh
        if fresh is None:
            return read
        return lambda row: None if (stored := read(row)) is None else fresh(stored)


_STORED: dict[Kind, tuple[type[np.generic], Any]] = {
    "int": (np.int64, 1),
    "float": (np.float64, np.nan),
    "bool": (np.bool_, False),
    "time": (np.int64, np.iinfo(np.int64).min),  # pandas' NaT
    "strings": (np.object_, None),
    "segments": (np.object_, None),
    "json": (np.object_, None),
}


class _Values:
    """The values of one column; `missing` marks those that aren't there."""

    def __init__(self, column: Column) -> None:
        self.kind = column.kind
        self._fresh = column.fresh
        self._read = column.read
        dtype, self._filler = _STORED[column.kind]
        self._values = np.empty(0, dtype=dtype)
        self._missing = np.zeros(0, dtype=np.bool_)

    def put(self, index: int, rows: Sequence[Any]) -> None:
        """Store the values of rows, from a place on."""
        values = list(map(self._read, rows))
        end = index + len(values)
        missing = [value is None for value in values]
        if self._filler is not None and any(missing):
            values = [self._filler if value is None else value for value in values]
        if self.kind == "time":
            values = [_nanoseconds(value) if isinstance(value, datetime) else value for value in values]
        # An iterator fills one place after the other: a list as a value must not become several values.
        self._values[index:end] = np.fromiter(values, dtype=self._values.dtype, count=len(values))
        self._missing[index:end] = missing

    def move(self, begin: int, end: int, capacity: int) -> None:
        """Keep only the values from one place to another, in new memory with room for `capacity`."""
        self._values = _moved(self._values, begin, end, capacity)
        self._missing = _moved(self._missing, begin, end, capacity)

    def series(self, begin: int, end: int) -> pd.Series[Any]:
        """Return a copy of the values from one place to another."""
        import pandas as pd

        values, missing = self._values[begin:end].copy(), self._missing[begin:end].copy()
        if self.kind == "int":
            return pd.Series(pd.arrays.IntegerArray(values, missing), copy=False)
        if self.kind == "float":
            return pd.Series(pd.arrays.FloatingArray(values, missing), copy=False)
        if self.kind == "bool":
            return pd.Series(pd.arrays.BooleanArray(values, missing), copy=False)
        if self.kind == "time":
            return pd.Series(pd.DatetimeIndex(values.view("M8[ns]")).tz_localize("UTC"), copy=False)
        if (fresh := self._fresh) is not None:
            own = (value if value is None else fresh(value) for value in values.tolist())
            values = np.fromiter(own, dtype=object, count=len(values))
        return pd.Series(values, dtype=object, copy=False)


class _Strings:
    """A column of strings, kept as pandas keeps them: to check them all anew takes longer than all else."""

    def __init__(self, column: Column) -> None:
        self._read = column.read
        self._recurs = column.recurs
        self._array: Any = ()

    def put(self, index: int, rows: Sequence[Any]) -> None:
        """Store the values of rows, from a place on."""
        values = list(map(self._read, rows))
        if self._recurs:
            values = [sys.intern(value) if type(value) is str else value for value in values]
        end = index + len(values)
        # Ids are taken as they come, also those that are no strings.
        self._array[index:end] = [value if value is None else str(value) for value in values]

    def move(self, begin: int, end: int, capacity: int) -> None:
        """Keep only the values from one place to another, in new memory with room for `capacity`."""
        import pandas as pd

        kept = np.asarray(self._array[begin:end], dtype=object)
        # StringArray(values) would call itself pyarrow's where that is installed, and then break merges.
        self._array = pd.array(np.full(capacity, pd.NA, dtype=object), dtype=pd.StringDtype("python"))
        np.asarray(self._array)[: len(kept)] = kept

    def series(self, begin: int, end: int) -> pd.Series[Any]:
        """Return a copy of the values from one place to another."""
        import pandas as pd

        return pd.Series(self._array[begin:end].copy(), copy=False)

    def whole(self) -> pd.Series[Any]:
        """Return all there is room for; not copied, and not to be written to."""
        import pandas as pd

        array = self._array[:]
        np.asarray(array).flags.writeable = False
        return pd.Series(array, copy=False)


class Frames:
    """Dataframes of a table's rows; safe to use from any thread."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        self._buffers: dict[str, _Values | _Strings] = {}
        self._capacity = 0
        self._rows: Sequence[Any] = ()
        self._begin = self._end = 0  # the numbers of what the buffers hold, of rows that come and go
        self._strings: pd.DataFrame | None = None  # the columns of strings, as far as there is room
        self._lock = threading.Lock()

    def frame(self, rows: Sequence[Any]) -> pd.DataFrame:
        """Return a dataframe of `rows`; only those that are other objects than last time are read again."""
        with self._lock:
            known = len(self._rows)
            same = min(known, len(rows))
            for index in compress(range(same), map(is_not, rows[:same], self._rows[:same])):
                self._put(index, rows[index : index + 1], 0)
            self._put(same, rows, same)
            self._rows = rows
            series = {name: buffer.series(0, len(rows)) for name, buffer in self._buffers.items()}
            return _frame(series)

    def grown(self, rows: Sequence[Any], first: int) -> pd.DataFrame:
        """Return a dataframe of rows that only come at the end and go at the beginning.

        `first` is the number of the first of them; what was read in an earlier call isn't looked at again.
        """
        with self._lock:
            if not self._begin <= first <= self._end:
                self._buffers, self._begin, self._end = {}, first, first
            gone, kept = first - self._begin, self._end - first
            if gone > max(MOST_AT_ONCE, kept):
                self._move(gone, gone + kept, self._capacity)
                self._begin = first
            self._put(self._end - self._begin, rows, kept)
            self._end = max(self._end, first + len(rows))
            return self._slice(first - self._begin, first - self._begin + len(rows))

    def _slice(self, begin: int, end: int) -> pd.DataFrame:
        # Strings are dear to copy, and nobody has to: pandas does when they are written to. Of numbers it
        # counts on being their owner (a sum over them writes into them), so they are copied at once.
        buffers = self._buffers.items()
        if self._strings is None:
            self._strings = _frame(
                {n: buffer.whole() for n, buffer in buffers if isinstance(buffer, _Strings)}
            )
        frame = _own(self._strings, begin, end)
        for place, (name, buffer) in enumerate(buffers):
            if not isinstance(buffer, _Strings):
                frame.insert(place, name, buffer.series(begin, end))
        return frame

    def _put(self, index: int, rows: Sequence[Any], first: int) -> None:
        """Store rows from the `first` on, at a place; piece by piece, since each may be unpacked for it."""
        if not self._buffers:
            self._buffers = {c.name: _Strings(c) if c.kind == "string" else _Values(c) for c in self._columns}
            self._capacity = 0
        end = index + len(rows) - first
        if end > self._capacity or not self._capacity:
            self._move(0, index, end + max(64, end // 4))
        for begin in range(first, len(rows), MOST_AT_ONCE):
            some = rows[begin : begin + MOST_AT_ONCE]
            for buffer in self._buffers.values():
                buffer.put(index + begin - first, some)

    def _move(self, begin: int, end: int, capacity: int) -> None:
        self._capacity = capacity
        self._strings = None
        for buffer in self._buffers.values():
            buffer.move(begin, end, capacity)


def _frame(series: dict[str, pd.Series[Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(series, copy=False)


def _own(whole: pd.DataFrame, begin: int, end: int) -> pd.DataFrame:
    """Return some rows of a dataframe as one that whoever has it may change."""
    import pandas as pd

    frame = whole.iloc[begin:end]
    if int(pd.__version__.partition(".")[0]) < 3:
        frame = frame.copy()  # since 3.0 pandas copies by itself, and only when somebody writes
    frame.index = pd.RangeIndex(len(frame))
    return frame


def _moved(
    values: np.ndarray[Any, np.dtype[Any]], begin: int, end: int, capacity: int
) -> np.ndarray[Any, np.dtype[Any]]:
    moved = np.zeros(capacity, dtype=values.dtype)
    moved[: end - begin] = values[begin:end]
    return moved


def _nanoseconds(moment: datetime) -> int:
    # By way of whole microseconds, because a float of seconds can't hold them exactly.
    return (int(moment.timestamp()) * 1_000_000 + moment.microsecond) * 1_000
