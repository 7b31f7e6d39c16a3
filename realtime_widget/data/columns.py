"""Columns of a table, and dataframes built from its rows at the cost of what is new.

Each column is a growing buffer. A new dataframe copies the buffers, which takes a fraction of what making
them from the rows takes, and leaves nothing in the user's hands that could hurt ours.
"""

from __future__ import annotations

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

Kind = Literal["string", "int", "float", "bool", "object", "time"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what is in it, and how its value is read from a row.

    Dtypes are pandas' nullable ones (`string Int64 Float64 boolean`), `object`, and `datetime64[ns, UTC]`;
    they are the same for every content, and without any.
    """

    name: str
    kind: Kind
    get: Callable[[Any], Any] | None = None

    @property
    def read(self) -> Callable[[Any], Any]:
        """The function that reads this column's value from a row."""
        return self.get or attrgetter(self.name)


_STORED: dict[Kind, tuple[type[np.generic], Any]] = {
    "string": (np.object_, None),
    "int": (np.int64, 1),
    "float": (np.float64, np.nan),
    "bool": (np.bool_, False),
    "object": (np.object_, None),
    "time": (np.int64, np.iinfo(np.int64).min),  # pandas' NaT
}


class _Buffer:
    """The values of one column; `missing` marks those that aren't there."""

    def __init__(self, column: Column) -> None:
        self.kind = column.kind
        self._read = column.read
        dtype, self._filler = _STORED[column.kind]
        self._values = np.empty(64, dtype=dtype)
        self._missing = np.zeros(64, dtype=np.bool_)

    def put(self, index: int, row: Any) -> None:
        """Store a row's value."""
        if index >= len(self._values):
            self._grow(index + 1)
        value = self._read(row)
        missing = value is None
        if missing:
            value = self._filler
        elif self.kind == "time":
            value = _nanoseconds(value)
        if self.kind == "object":
            self._values[index : index + 1] = _boxed(value)  # a list must stay one value, not become several
        else:
            self._values[index] = value
        self._missing[index] = missing

    def _grow(self, size: int) -> None:
        extra = max(size, 2 * len(self._values)) - len(self._values)
        self._values = np.concatenate([self._values, np.empty(extra, dtype=self._values.dtype)])
        self._missing = np.concatenate([self._missing, np.zeros(extra, dtype=np.bool_)])

    def series(self, n: int) -> pd.Series[Any]:
        """Return a copy of the first `n` values."""
        import pandas as pd

        values, missing = self._values[:n].copy(), self._missing[:n].copy()
        if self.kind == "string":
            values[missing] = pd.NA
            # StringArray(values) would call itself pyarrow's where that is installed, and then break merges.
            return pd.Series(pd.array(values, dtype=pd.StringDtype("python")))
        if self.kind == "int":
            return pd.Series(pd.arrays.IntegerArray(values, missing))
        if self.kind == "float":
            return pd.Series(pd.arrays.FloatingArray(values, missing))
        if self.kind == "bool":
            return pd.Series(pd.arrays.BooleanArray(values, missing))
        if self.kind == "time":
            return pd.Series(pd.DatetimeIndex(values.view("M8[ns]")).tz_localize("UTC"))
        return pd.Series(values, dtype=object)


class Frames:
    """Dataframes of a table's rows; safe to use from any thread."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        self._buffers = [_Buffer(column) for column in columns]
        self._rows: tuple[Any, ...] = ()
        self._lock = threading.Lock()

    def frame(self, rows: tuple[Any, ...], *, append_only: bool = False) -> pd.DataFrame:
        """Return a dataframe of `rows`.

        Only rows that are other objects than in the last call are read again. `append_only` promises that the
        old ones are the same, which spares even the look.
        """
        import pandas as pd

        with self._lock:
            self._store(rows, append_only)
            series = [buffer.series(len(rows)) for buffer in self._buffers]
        names = [column.name for column in self._columns]
        return pd.DataFrame(dict(zip(names, series, strict=True)), copy=False)

    def _store(self, rows: tuple[Any, ...], append_only: bool) -> None:
        known = len(self._rows)
        changed: list[int] = []
        if not append_only:
            same = min(known, len(rows))
            changed = list(compress(range(same), map(is_not, rows[:same], self._rows[:same])))
        for buffer in self._buffers:
            for index in changed:
                buffer.put(index, rows[index])
            for index in range(known, len(rows)):
                buffer.put(index, rows[index])
        if not append_only or len(rows) > known:
            self._rows = rows


def _boxed(value: Any) -> np.ndarray[Any, np.dtype[np.object_]]:
    box = np.empty(1, dtype=object)
    box[0] = value
    return box


def _nanoseconds(moment: datetime) -> int:
    # By way of whole microseconds, because a float of seconds can't hold them exactly.
    return (int(moment.timestamp()) * 1_000_000 + moment.microsecond) * 1_000
