"""Rows as Parquet files, and back, by the fields of their dataclass.

They are written by pyarrow, in the plainest way that the format knows, and read without it: see `footer`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from ..words import plain
from .fields import BadValueError, Field, Scalar, fields_of
from .footer import BadTableError, Leaf, read_footer
from .limits import MAX_ROWS, MAX_VALUES
from .pages import BOOLEAN, DOUBLE, INT64, TEXT, read_column

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BadTableError", "Rows", "read_rows", "write_rows"]

PHYSICAL: dict[Scalar, int] = {"string": TEXT, "int": INT64, "float": DOUBLE, "bool": BOOLEAN, "time": INT64}
ENTRY = ("list", "element")
"""How the path of what is in a list goes on."""

Rows = list[tuple[int, dict[str, Any]]]
"""The rows that can be read, as fields by name, each with its place in the file."""

Columns = dict[tuple[str, ...], Leaf]


# -- writing -----------------------------------------------------------------------------------------------


def write_rows(kind: type[Any], rows: Sequence[Any]) -> bytes:
    """Return rows of a dataclass as a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = fields_of(kind)
    schema = pa.schema([pa.field(field.name, _type(pa, field)) for field in fields])
    columns = [_column(pa, field, [getattr(row, field.name) for row in rows]) for field in fields]
    file = io.BytesIO()
    pq.write_table(
        pa.Table.from_arrays(columns, schema=schema),
        file,
        compression="none",  # the zip around it does that
        use_dictionary=False,
        store_schema=False,
        data_page_version="1.0",
    )
    return file.getvalue()


def _type(pa: ModuleType, field: Field) -> pa.DataType:
    if field.kind is None:
        kind = pa.struct([pa.field(part.name, _type(pa, part)) for part in field.parts])
    else:
        kind = {
            "string": pa.string(),
            "int": pa.int64(),
            "float": pa.float64(),
            "bool": pa.bool_(),
            "time": pa.timestamp("us", tz="UTC"),
        }[field.kind]
    return pa.list_(kind) if field.listed else kind


def _column(pa: ModuleType, field: Field, values: list[Any]) -> pa.Array:
    if field.kind is None:
        names = [part.name for part in field.parts]
        values = [[dict(zip(names, entry, strict=True)) for entry in value] for value in values]
    kind = _type(pa, field)
    try:
        return pa.array(values, type=kind)
    except UnicodeEncodeError:  # half of a character, which no file of text can hold
        return pa.array(plain(values), type=kind)


# -- reading -----------------------------------------------------------------------------------------------


def read_rows(kind: type[Any], data: bytes) -> tuple[Rows, int]:
    """Return the rows of a Parquet file and how many there are in it; those with wrong values are left out.

    Columns that aren't known are ignored; those that aren't there take their defaults.

    Raises:
        BadTableError: It is no such table, or more than one may hold.
    """
    leaves, n_rows = read_footer(data)
    found: dict[str, tuple[Field, list[Any]]] = {}
    missing: dict[str, Any] = {}
    for field in fields_of(kind):
        values = _values(data, leaves, field)
        if values is not None:
            found[field.name] = (field, values)
            if len(values) != n_rows:
                raise BadTableError(f"its column {field.name} is of another length")
        elif field.required and not field.optional:
            raise BadTableError(f"it has no column {field.name}")
        elif field.required:
            missing[field.name] = None
    rows: Rows = []
    for place in range(n_rows):
        try:
            row = {name: field.check(values[place]) for name, (field, values) in found.items()}
        except BadValueError:
            continue
        rows.append((place, {**missing, **row}))
    return rows, n_rows


def _values(data: bytes, leaves: Columns, field: Field) -> list[Any] | None:
    """Return the values of a field, or None where the file has no such column."""
    if field.kind is not None:
        path = (field.name, *ENTRY) if field.listed else (field.name,)
        leaf = _leaf(leaves, path, field)
        return None if leaf is None else _assembled(data, leaf)
    parts: dict[str, list[Any]] = {}
    for part in field.parts:
        leaf = _leaf(leaves, (field.name, *ENTRY, part.name), part, listed=True)
        if leaf is None:
            return None
        parts[part.name] = _assembled(data, leaf)
    return [_small_rows(parts, entries) for entries in zip(*parts.values(), strict=False)]


def _leaf(leaves: Columns, path: tuple[str, ...], field: Field, *, listed: bool = False) -> Leaf | None:
    leaf = leaves.get(path)
    if leaf is None or field.kind is None or leaf.physical != PHYSICAL[field.kind]:
        return None
    right = leaf.max_repetition == (field.listed or listed) and leaf.moments == (field.kind == "time")
    return leaf if right else None


def _assembled(data: bytes, leaf: Leaf) -> list[Any]:
    """Return a column's values by row: each, or a list of them, or None."""
    repetitions, definitions, values = read_column(
        data, leaf, MAX_VALUES if leaf.max_repetition else MAX_ROWS
    )
    there = iter(values)
    entries = [
        next(there) if is_there else None for is_there in (definitions == leaf.max_definition).tolist()
    ]
    if not leaf.max_repetition:
        return entries
    # A list begins where nothing is repeated; below a level it has no entry, and below that it is none.
    starts = np.flatnonzero(repetitions == 0).tolist()
    if len(starts) > MAX_ROWS or (len(entries) and starts[:1] != [0]):
        raise BadTableError("its lists can't be told apart")
    levels = definitions.tolist()
    rows: list[Any] = []
    for begin, end in pairwise([*starts, len(entries)]):
        if levels[begin] >= leaf.listed_definition:
            rows.append(entries[begin:end])
        else:
            rows.append([] if levels[begin] == leaf.listed_definition - 1 else None)
    return rows


def _small_rows(parts: dict[str, list[Any]], entries: tuple[list[Any] | None, ...]) -> list[Any] | None:
    if any(entry is None for entry in entries):
        return None
    if len({len(entry) for entry in entries if entry is not None}) > 1:
        raise BadTableError("its lists are of different lengths")
    return [dict(zip(parts, values, strict=True)) for values in zip(*(e or () for e in entries), strict=True)]
