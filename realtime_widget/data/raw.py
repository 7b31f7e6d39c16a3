"""A column of events for pandas that decodes an event when it is looked at, and costs nothing to make.

This is the only module here that imports pandas at its top: it is loaded when a dataframe is asked for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

import msgspec
import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray, ExtensionDtype, take
from pandas.api.indexers import check_array_indexer

from ..protocol.log import LogEntry
from .event_log import json_text

__all__ = ["RawArray", "RawDtype"]

Places = np.ndarray[Any, np.dtype[np.int64]]
MISSING = -1


class RawDtype(ExtensionDtype):
    """The type of a column of plain dictionaries; it goes by the name of what it stands in for."""

    # A name of its own would be written into Parquet files, which pandas then refuses to read elsewhere.
    name = "object"
    type = dict
    kind = "O"
    na_value = None

    @classmethod
    def construct_array_type(cls) -> Any:
        """Return the array's type."""
        return RawArray

    @classmethod
    def construct_from_string(cls, string: str) -> Self:
        """Refuse: "object" is numpy's.

        Raises:
            TypeError: Always.
        """
        raise TypeError(f"Cannot construct a RawDtype from {string!r}.")


class RawArray(ExtensionArray):
    """Events as dictionaries, each made anew whenever it is read.

    Args:
        parts: What is shown: log entries, or values that somebody put in their place.
        places: Which of these, counted through all parts; None for each in turn. -1 is a missing one.
    """

    def __init__(self, parts: Sequence[Sequence[Any]], places: Places | None = None) -> None:
        self._parts = tuple(parts)
        self._starts = np.cumsum([0, *map(len, self._parts)]).tolist()
        self._places = np.arange(self._starts[-1], dtype=np.int64) if places is None else places
        self._dtype = RawDtype()

    @classmethod
    def _from_sequence(cls, scalars: Iterable[Any], *, dtype: Any = None, copy: bool = False) -> Self:
        values = list(scalars)
        places = np.array([MISSING if _is_missing(v) else i for i, v in enumerate(values)], dtype=np.int64)
        return cls([values], places)

    @classmethod
    def _from_scalars(cls, scalars: Iterable[Any], *, dtype: Any) -> Self:
        raise TypeError("What is computed from events is no column of events.")

    @classmethod
    def _from_factorized(cls, values: Any, original: Any) -> Self:
        return cls._from_sequence(values)

    @classmethod
    def _concat_same_type(cls, to_concat: Sequence[Self]) -> Self:
        parts: list[Sequence[Any]] = []
        places: list[Places] = []
        offset = 0
        for array in to_concat:
            places.append(np.where(array._places >= 0, array._places + offset, MISSING))
            parts += array._parts
            offset += array._starts[-1]
        return cls(parts, np.concatenate(places) if places else None)

    # -- reading -----------------------------------------------------------------------------------------

    @property
    def dtype(self) -> RawDtype:
        """The type."""
        return self._dtype

    @property
    def nbytes(self) -> int:
        """What the array itself takes; the events are shared with their table."""
        return int(self._places.nbytes)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, item: Any) -> Any:
        item = check_array_indexer(self, item)
        places = self._places[item]
        return type(self)(self._parts, places) if isinstance(places, np.ndarray) else self._value(int(places))

    def __iter__(self) -> Iterator[Any]:
        return map(self._value, self._places.tolist())

    def _value(self, place: int) -> Any:
        found = self._found(place)
        return found.raw if isinstance(found, LogEntry) else found

    def _found(self, place: int) -> Any:
        if place < 0:
            return None
        part = bisect_right(self._starts, place) - 1
        return self._parts[part][place - self._starts[part]]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        values = np.fromiter(self, dtype=object, count=len(self))
        return values if dtype is None else values.astype(dtype)

    def __arrow_array__(self, type: Any = None) -> Any:
        """Return JSON text for Arrow, and with it for Parquet files."""
        import pyarrow

        texts = [self._text(place) for place in self._places.tolist()]
        return pyarrow.array(texts, type=type or pyarrow.string())

    def _text(self, place: int) -> str | None:
        found = self._found(place)
        if isinstance(found, LogEntry):
            return json_text(found)
        return None if found is None else msgspec.json.encode(found).decode()

    def __eq__(self, other: object) -> Any:
        if isinstance(other, pd.Series | pd.Index | pd.DataFrame):
            return NotImplemented
        others = other if isinstance(other, RawArray | np.ndarray | list) else [other] * len(self)
        return np.array([one == two for one, two in zip(self, others, strict=True)], dtype=bool)

    def isna(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return which are missing."""
        return self._places < 0

    # -- taking, copying, changing -----------------------------------------------------------------------

    def take(self, indices: Any, *, allow_fill: bool = False, fill_value: Any = None) -> Self:
        """Return some of them, in any order; -1 is a missing one with `allow_fill`."""
        if fill_value is not None and not _is_missing(fill_value):
            raise ValueError("Only None fills a column of events.")
        places = take(self._places, np.asarray(indices), allow_fill=allow_fill, fill_value=MISSING)
        return type(self)(self._parts, np.asarray(places))

    def copy(self) -> Self:
        """Return another array; what it shows is shared, for nobody can change it."""
        return type(self)(self._parts, self._places.copy())

    def __setitem__(self, key: Any, value: Any) -> None:
        if getattr(self, "_readonly", False):
            raise ValueError("Cannot modify read-only array")
        key = check_array_indexer(self, key)
        single = isinstance(value, dict | str) or not isinstance(value, Iterable)
        new = RawArray._from_sequence([value] if single else value)
        places = np.where(new._places >= 0, new._places + self._starts[-1], MISSING)
        self._places[key] = places[0] if single else places
        self._parts = (*self._parts, *new._parts)
        self._starts = [*self._starts, self._starts[-1] + len(new)]


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)
