"""Rows as Parquet files, and back, by the fields of their dataclass."""

from __future__ import annotations

import io
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .fields import BadValueError, Field, fields_of
from .limits import MAX_ROWS, MAX_TABLE_BYTES, MAX_VALUES
from .pages import PageError, checked_pages
from .words import plain

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BadTableError", "Rows", "read_rows", "write_rows"]

BATCH_ROWS = 1_024
LONGEST_FOOTER = 1_000_000
EPOCH_UNIT = "us"


class BadTableError(Exception):
    """A Parquet file that can't be read, or isn't the table that it should be."""


Rows = list[tuple[int, dict[str, Any]]]
"""The rows that can be read, as fields by name, each with its place in the file."""


def write_rows(kind: type[Any], rows: Sequence[Any]) -> bytes:
    """Return rows of a dataclass as a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = fields_of(kind)
    schema = pa.schema([pa.field(field.name, _type(pa, field)) for field in fields])
    columns = [_column(pa, field, [getattr(row, field.name) for row in rows]) for field in fields]
    table = pa.Table.from_arrays(columns, schema=schema)
    file = io.BytesIO()
    # Without dictionaries, so that nobody has to trust one who reads it; ZSTD packs the same words as well.
    pq.write_table(
        table, file, compression="zstd", use_dictionary=False, store_schema=False, data_page_version="1.0"
    )
    return file.getvalue()


def read_rows(kind: type[Any], data: bytes) -> tuple[Rows, int]:
    """Return the rows of a Parquet file and how many there are in it; those with wrong values are left out.

    Columns that aren't known are ignored; those that aren't there take their defaults.

    Raises:
        BadTableError: It is no such table, or more than one may hold.
    """
    import pyarrow as pa

    try:
        return _read(pa, kind, data)
    except (BadTableError, MemoryError):
        raise
    except Exception as error:  # whatever a library finds to say of bytes that are no Parquet
        raise BadTableError(str(error).splitlines()[0] if str(error) else type(error).__name__) from error


def _read(pa: ModuleType, kind: type[Any], data: bytes) -> tuple[Rows, int]:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(
        io.BytesIO(data),
        pre_buffer=False,
        thrift_string_size_limit=LONGEST_FOOTER,
        thrift_container_size_limit=LONGEST_FOOTER,
    )
    schema = file.schema_arrow
    found: dict[str, Field] = {}
    missing: dict[str, Any] = {}
    for field in fields_of(kind):
        if field.name in schema.names and schema.field(field.name).type.equals(_type(pa, field)):
            found[field.name] = field
        elif field.required and not field.optional:
            raise BadTableError(f"it has no column {field.name}")
        elif field.required:
            missing[field.name] = None
    _check_sizes(file.metadata, data, set(found))
    rows: Rows = []
    place = 0
    for batch in file.iter_batches(BATCH_ROWS, columns=list(found), use_threads=False):
        columns = {name: _values(pa, field, batch.column(name)) for name, field in found.items()}
        for index in range(batch.num_rows):
            row = _row(found, columns, index)
            if row is not None:
                rows.append((place + index, {**missing, **row}))
        place += batch.num_rows
    return rows, place


def _check_sizes(metadata: pa.FileMetaData, data: bytes, wanted: set[str]) -> None:
    if metadata.num_rows > MAX_ROWS:
        raise BadTableError(f"it has more than {MAX_ROWS} rows")
    unpacked_bytes = 0
    n_values: dict[str, int] = {}
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            column = metadata.row_group(group).column(place)
            path = column.path_in_schema
            if path.partition(".")[0] not in wanted:
                continue
            if column.has_dictionary_page:
                raise BadTableError("it has a dictionary")
            try:
                n, size = checked_pages(data, column.data_page_offset, column.total_compressed_size)
            except PageError as error:
                raise BadTableError(f"it has {error}") from error
            n_values[path] = n_values.get(path, 0) + n
            unpacked_bytes += size
            if n_values[path] > MAX_VALUES or unpacked_bytes > MAX_TABLE_BYTES:
                raise BadTableError("it is too large")


def _row(found: dict[str, Field], columns: dict[str, list[Any]], index: int) -> dict[str, Any] | None:
    try:
        return {name: field.check(columns[name][index]) for name, field in found.items()}
    except BadValueError:
        return None


# -- types and values --------------------------------------------------------------------------------------


def _type(pa: ModuleType, field: Field) -> pa.DataType:
    if field.kind is None:
        kind = pa.struct([pa.field(part.name, _type(pa, part)) for part in field.parts])
    else:
        kind = {
            "string": pa.string(),
            "int": pa.int64(),
            "float": pa.float64(),
            "bool": pa.bool_(),
            "time": pa.timestamp(EPOCH_UNIT, tz="UTC"),
        }[field.kind]
    return pa.list_(kind) if field.listed else kind


def _column(pa: ModuleType, field: Field, values: list[Any]) -> pa.Array:
    if field.kind is None:
        values = [[dict(zip(_names(field), entry, strict=True)) for entry in value] for value in values]
    kind = _type(pa, field)
    try:
        return pa.array(values, type=kind)
    except UnicodeEncodeError:  # half of a character, which no file of text can hold
        return pa.array(plain(values), type=kind)


def _names(field: Field) -> tuple[str, ...]:
    return tuple(part.name for part in field.parts)


def _values(pa: ModuleType, field: Field, column: pa.Array) -> list[Any]:
    if field.kind == "time":
        column = column.cast(pa.int64())
    values: list[Any] = column.to_pylist()
    return values
