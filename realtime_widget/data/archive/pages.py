"""The values in the pages of a Parquet file: written plainly, each stands for itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from .footer import BadTableError, Chunk, Leaf
from .thrift import ThriftError, read_struct

__all__ = ["BOOLEAN", "DOUBLE", "INT64", "TEXT", "Levels", "read_column"]

BOOLEAN, INT64, DOUBLE, TEXT = 0, 2, 5, 6
DATA_PAGE, PLAIN, RUN_LENGTH = 0, 0, 3
PAGE_TYPE, UNPACKED_BYTES, PACKED_BYTES, DATA_HEADER = 1, 2, 3, 5
N_VALUES, ENCODING, DEFINITION_ENCODING, REPETITION_ENCODING = 1, 2, 3, 4
LENGTH_BYTES = 4
MAX_PAGES = 10_000

Levels = np.ndarray[tuple[int], np.dtype[np.uint8]]


def read_column(data: bytes, leaf: Leaf, max_values: int) -> tuple[Levels, Levels, list[Any]]:
    """Return the repetition and definition levels of the entries of a column, and the values that are there.

    Texts that are no UTF-8 come as bytes.

    Raises:
        BadTableError: Its pages can't be read, or hold more than `max_values` entries.
    """
    repetitions: list[Levels] = []
    definitions: list[Levels] = []
    values: list[Any] = []
    n_entries = 0
    for chunk in leaf.chunks:
        for begin, end, n in _pages(data, chunk):
            n_entries += n
            if n_entries > max_values:
                raise BadTableError("it is too large")
            begin, repetition = _levels(data, begin, end, n, leaf.max_repetition)
            begin, definition = _levels(data, begin, end, n, leaf.max_definition)
            n_there = int(np.count_nonzero(definition == leaf.max_definition))
            values += _plain(data[begin:end], leaf.physical, n_there)
            repetitions.append(repetition)
            definitions.append(definition)
    none = np.zeros(0, dtype=np.uint8)
    return np.concatenate([none, *repetitions]), np.concatenate([none, *definitions]), values


def _pages(data: bytes, chunk: Chunk) -> list[tuple[int, int, int]]:
    """Return where the content of each page begins and ends, and how many entries it has."""
    found = []
    position, end = chunk.begin, chunk.begin + chunk.n_bytes
    if end > len(data):
        raise BadTableError("its pages are cut off")
    while position < end:
        try:
            header, position = read_struct(data, position, end)
        except ThriftError as error:
            raise BadTableError("the header of a page can't be read") from error
        page = header.get(DATA_HEADER)
        sizes = (header.get(PACKED_BYTES), page.get(N_VALUES) if isinstance(page, dict) else None)
        if header.get(PAGE_TYPE) != DATA_PAGE or not isinstance(page, dict) or page.get(ENCODING) != PLAIN:
            raise BadTableError("its pages aren't plain")
        n_bytes, n = sizes
        if type(n_bytes) is not int or type(n) is not int or n_bytes < 0 or n < 0 or position + n_bytes > end:
            raise BadTableError("a page runs out of its column")
        found.append((position, position + n_bytes, n))
        position += n_bytes
        if len(found) > MAX_PAGES:
            raise BadTableError("it has too many pages")
    return found


def _levels(data: bytes, begin: int, end: int, n: int, highest: int) -> tuple[int, Levels]:
    """Return where the levels of a page end, and the levels: runs of one level, or eights packed in bits."""
    if not highest:
        return begin, np.zeros(n, dtype=np.uint8)
    stop = begin + LENGTH_BYTES + int.from_bytes(data[begin : begin + LENGTH_BYTES], "little")
    if begin + LENGTH_BYTES > end or stop > end:
        raise BadTableError("a page is cut off")
    position, width = begin + LENGTH_BYTES, highest.bit_length()
    levels, n_known = np.zeros(n, dtype=np.uint8), 0
    while n_known < n:
        header, position = _varint(data, position, stop)
        if header & 1:
            n_bytes = (header >> 1) * width
            run = _bits(data[position : min(position + n_bytes, stop)], width)[: n - n_known]
            position += n_bytes
        else:
            if position >= stop:
                raise BadTableError("a page is cut off")
            run = np.full(min(header >> 1, n - n_known), data[position], dtype=np.uint8)
            position += 1
        if not len(run):
            raise BadTableError("a page has a run of nothing")
        levels[n_known : n_known + len(run)] = run
        n_known += len(run)
    if n and int(levels.max()) > highest:
        raise BadTableError("a page has a level that there isn't")
    return stop, levels


def _varint(data: bytes, position: int, stop: int) -> tuple[int, int]:
    value = shift = 0
    while position < stop and shift < 63:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise BadTableError("a page is cut off")


def _bits(packed: bytes, width: int) -> Levels:
    bits = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), bitorder="little")
    n = len(bits) // width
    weights = (1 << np.arange(width)).astype(np.uint8)
    levels: Levels = (bits[: n * width].reshape(n, width) * weights).sum(axis=1, dtype=np.uint8)
    return levels


def _plain(content: bytes, physical: int, n: int) -> list[Any]:
    if physical == TEXT:
        return _texts(content, n)
    dtype, n_bytes = {
        INT64: ("<i8", 8 * n),
        DOUBLE: ("<f8", 8 * n),
        BOOLEAN: ("u1", (n + 7) // 8),
    }.get(physical, ("", -1))
    if n_bytes < 0 or len(content) < n_bytes:
        raise BadTableError("a page is cut off")
    numbers = np.frombuffer(content[:n_bytes], dtype=dtype)
    if physical == BOOLEAN:
        numbers = np.unpackbits(numbers, bitorder="little")[:n].astype(np.bool_)
    values: list[Any] = numbers.tolist()
    return values


def _texts(content: bytes, n: int) -> list[Any]:
    texts: list[Any] = []
    position = 0
    for _ in range(n):
        begin = position + LENGTH_BYTES
        position = begin + int.from_bytes(content[position:begin], "little")
        if position > len(content) or begin > len(content):
            raise BadTableError("a page is cut off")
        text = content[begin:position]
        try:
            texts.append(text.decode())
        except UnicodeDecodeError:
            texts.append(text)
    return texts
