"""Rows as Arrow and polars tables: every column has its type, whatever is in it and without anything in it.

What has an inside comes as lists and structures where its shape is known, else as JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from .columns import Column

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

__all__ = ["arrow_schema", "arrow_table", "polars_frame"]


def arrow_schema(spec: Sequence[Column]) -> pa.Schema:
    """Return the Arrow schema of columns.

    Strings are `string`, numbers `int64` and `float64`, times `timestamp[us, UTC]`, several strings
    `list<string>`, segments `list<struct<speaker, start, end, text>>`, and JSON values JSON text.

    Raises:
        ConfigError: pyarrow isn't installed.
    """
    pa = _pyarrow()
    number, text = pa.float64(), pa.string()
    segment = [("speaker", text), ("start", number), ("end", number), ("text", text)]
    types = {
        "string": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "time": pa.timestamp("us", tz="UTC"),
        "strings": pa.list_(pa.string()),
        "segments": pa.list_(pa.struct(segment)),
        "json": pa.string(),
    }
    return pa.schema([(column.name, types[column.kind]) for column in spec])


def arrow_table(rows: Iterable[Any], spec: Sequence[Column]) -> pa.Table:
    """Return rows (or a table's rows, when given the table) as an Arrow table with the schema of `spec`.

    Raises:
        ConfigError: pyarrow isn't installed.
    """
    pa = _pyarrow()
    schema = arrow_schema(spec)
    whole = list(rows)
    arrays = [pa.array(_plain(column, whole), type=schema.field(column.name).type) for column in spec]
    return pa.Table.from_arrays(arrays, schema=schema)


def polars_frame(rows: Iterable[Any], spec: Sequence[Column]) -> pl.DataFrame:
    """Return rows as a polars dataframe of the same types; needs polars and no pyarrow.

    Raises:
        ConfigError: polars isn't installed.
    """
    try:
        import polars as pl
    except ImportError:
        raise ConfigError("Polars isn't installed here.", remedy="Install it: pip install polars") from None

    segment = pl.Struct({"speaker": pl.String, "start": pl.Float64, "end": pl.Float64, "text": pl.String})
    types: dict[str, Any] = {
        "string": pl.String,
        "int": pl.Int64,
        "float": pl.Float64,
        "bool": pl.Boolean,
        "time": pl.Datetime("us", "UTC"),
        "strings": pl.List(pl.String),
        "segments": pl.List(segment),
        "json": pl.String,
    }
    whole = list(rows)
    return pl.DataFrame([pl.Series(c.name, _plain(c, whole), dtype=types[c.kind]) for c in spec])


def _plain(column: Column, rows: Sequence[Any]) -> list[Any]:
    """Return a column's values as lists, dictionaries, numbers and strings."""
    if column.kind == "json":
        if column.text is not None:
            return list(map(column.text, rows))
        return [_json(column.value(row)) for row in rows]
    values = list(map(column.value, rows))
    if column.kind == "strings":
        return [None if value is None else list(value) for value in values]
    return values


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise ConfigError(
            "Arrow tables need pyarrow, which isn't installed here.",
            remedy='Install it: pip install "realtime-widget[data]"',
        ) from None
    return pyarrow
