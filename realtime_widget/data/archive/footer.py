"""What is in a Parquet file: its footer, read without a library.

Libraries that read Parquet are fast and trust what they read: a few changed bytes in a footer end the
process. Our tables are small, so they are read here, by code that can only raise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .limits import MAX_ROWS
from .thrift import ThriftError, read_struct

__all__ = ["BadTableError", "Chunk", "Leaf", "read_footer"]

MAGIC = b"PAR1"
TAIL_BYTES = 8
REQUIRED, OPTIONAL, REPEATED = range(3)
UNCOMPRESSED = 0
MAX_COLUMNS = 1_000
MAX_FOOTER_BYTES = 2**20
MICROSECONDS = 10  # the "converted type" of moments in whole microseconds

# The numbers of the fields of the format's structures.
FILE_SCHEMA, FILE_ROWS, FILE_GROUPS = 2, 3, 4
NODE_TYPE, NODE_REPETITION, NODE_NAME, NODE_CHILDREN, NODE_CONVERTED = 1, 3, 4, 5, 6
GROUP_COLUMNS = 1
COLUMN_META = 3
META_PATH, META_CODEC, META_VALUES, META_BYTES, META_OFFSET, META_DICTIONARY = 3, 4, 5, 7, 9, 11


class BadTableError(Exception):
    """A Parquet file that can't be read, or isn't the table that it should be."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Where the pages of one column lie, and how many values they hold."""

    begin: int
    n_bytes: int
    n_values: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """One column of plain values.

    Attributes:
        physical: The number of its type.
        moments: Whether its numbers are microseconds since 1970.
        max_definition: The level at which a value is there.
        max_repetition: How many lists it is in.
        listed_definition: The level from which on there is an entry in its list.
        chunks: Where its pages are.
    """

    physical: int
    moments: bool
    max_definition: int
    max_repetition: int
    listed_definition: int
    chunks: list[Chunk] = field(default_factory=list)


def read_footer(data: bytes) -> tuple[dict[tuple[str, ...], Leaf], int]:
    """Return the columns of a file by their paths, and its number of rows.

    Raises:
        BadTableError: It is no Parquet file, has another compression than none, or more rows than one may.
    """
    try:
        n_bytes = int.from_bytes(data[-TAIL_BYTES : -len(MAGIC)], "little")
        end = len(data) - TAIL_BYTES
        if data[:4] != MAGIC or data[-4:] != MAGIC or n_bytes > min(end, MAX_FOOTER_BYTES):
            raise BadTableError("it is no Parquet file")
        told, _ = read_struct(data, end - n_bytes, end)
        leaves = _leaves(told[FILE_SCHEMA])
        for group in told[FILE_GROUPS]:
            for column in group[GROUP_COLUMNS]:
                _add_chunk(leaves, column[COLUMN_META])
        n_rows = _number(told[FILE_ROWS])
    except (ThriftError, KeyError, TypeError, IndexError, AttributeError, UnicodeDecodeError) as error:
        raise BadTableError("its footer can't be read") from error
    if n_rows > MAX_ROWS:
        raise BadTableError(f"it has more than {MAX_ROWS} rows")
    if sum(chunk.n_bytes for leaf in leaves.values() for chunk in leaf.chunks) > len(data):
        raise BadTableError("its columns lie in one another")
    return leaves, n_rows


def _number(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise BadTableError("its footer has a size that is none")
    return value


def _leaves(nodes: list[dict[int, Any]]) -> dict[tuple[str, ...], Leaf]:
    if len(nodes) > MAX_COLUMNS:
        raise BadTableError(f"it has more than {MAX_COLUMNS} columns")
    found: dict[tuple[str, ...], Leaf] = {}
    # The nodes of a tree, each before its children; what is open are nodes whose children still come.
    root: tuple[str, ...] = ()
    open_nodes = [(_number(nodes[0].get(NODE_CHILDREN, 0)), root, 0, 0, 0)]
    for node in nodes[1:]:
        while open_nodes and not open_nodes[-1][0]:
            open_nodes.pop()
        n_left, path, definition, repetition, listed = open_nodes.pop()
        open_nodes.append((n_left - 1, path, definition, repetition, listed))
        kind = node.get(NODE_REPETITION, REQUIRED)
        definition += kind != REQUIRED
        if kind == REPEATED:
            repetition, listed = repetition + 1, definition
        path = (*path, node[NODE_NAME].decode())
        if n_children := _number(node.get(NODE_CHILDREN, 0)):
            open_nodes.append((n_children, path, definition, repetition, listed))
            continue
        moments = node.get(NODE_CONVERTED) == MICROSECONDS
        found[path] = Leaf(_number(node[NODE_TYPE]), moments, definition, repetition, listed)
    return found


def _add_chunk(leaves: dict[tuple[str, ...], Leaf], meta: dict[int, Any]) -> None:
    leaf = leaves.get(tuple(name.decode() for name in meta[META_PATH]))
    if leaf is None:
        raise BadTableError("its footer names a column that isn't there")
    if meta[META_CODEC] != UNCOMPRESSED or meta.get(META_DICTIONARY):
        raise BadTableError("its columns are compressed, where the file around it should be")
    sizes = (meta[META_OFFSET], meta[META_BYTES], meta[META_VALUES])
    leaf.chunks.append(Chunk(*map(_number, sizes)))
