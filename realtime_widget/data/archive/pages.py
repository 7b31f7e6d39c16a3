"""A look at the pages of a Parquet file before a library unpacks them.

A page of a few bytes may stand for gigabytes: by its compression, by a dictionary, by counts that run on.
What the footer tells of that may be a lie, so the headers of the pages themselves are read here. Values that
stand for themselves (PLAIN), in pages of told sizes, can't grow.
"""

from __future__ import annotations

from typing import Any

__all__ = ["PageError", "checked_pages"]

DATA_PAGE, PLAIN = 0, 0
STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(13)
MAX_DEPTH = 8
MAX_ITEMS = 1_000
MAX_VARINT_BYTES = 10
PAGE_TYPE, UNPACKED_BYTES, PACKED_BYTES, DATA_HEADER = 1, 2, 3, 5
N_VALUES, ENCODING = 1, 2


class PageError(Exception):
    """Pages that aren't as this package writes them."""


def checked_pages(data: bytes, begin: int, n_bytes: int) -> tuple[int, int]:
    """Return how many values the pages of one column hold, and how many bytes they unpack to.

    Args:
        data: The whole file.
        begin: Where the first page begins.
        n_bytes: How long all pages are.

    Raises:
        PageError: Another kind of page, another encoding, or no pages at all.
    """
    end = begin + n_bytes
    if begin < 0 or n_bytes < 0 or end > len(data):
        raise PageError("pages outside of the file")
    n_values = unpacked_bytes = 0
    while begin < end:
        reader = _Compact(data, begin, end)
        header = reader.struct()
        page = header.get(DATA_HEADER)
        if header.get(PAGE_TYPE) != DATA_PAGE or not isinstance(page, dict) or page.get(ENCODING) != PLAIN:
            raise PageError("another kind of page")
        unpacked_bytes += _size(header.get(UNPACKED_BYTES))
        n_values += _size(page.get(N_VALUES))
        begin = reader.position + _size(header.get(PACKED_BYTES))
    if begin != end:
        raise PageError("a page that runs out of its column")
    return n_values, unpacked_bytes


def _size(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise PageError("a size that is none")
    return value


class _Compact:
    """Reads one structure of Thrift's compact protocol, in which page headers are written."""

    def __init__(self, data: bytes, begin: int, end: int) -> None:
        self._data = data
        self._end = end
        self.position = begin

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """Return the fields by number."""
        if depth > MAX_DEPTH:
            raise PageError("too deep")
        found: dict[int, Any] = {}
        number = 0
        while (head := self._byte()) & 0x0F != STOP:
            number = number + (head >> 4) if head >> 4 else self._signed()
            kind = head & 0x0F
            found[number] = kind == TRUE if kind in (TRUE, FALSE) else self._value(kind, depth)
            if len(found) > MAX_ITEMS:
                raise PageError("too many fields")
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (TRUE, FALSE, BYTE):
            return self._byte()
        if kind in (I16, I32, I64):
            return self._signed()
        if kind == DOUBLE:
            return self._skip(8)
        if kind == BINARY:
            return self._skip(self._unsigned())
        if kind in (LIST, SET):
            return self._list(depth)
        if kind == STRUCT:
            return self.struct(depth + 1)
        raise PageError("a kind of value that no page has")

    def _list(self, depth: int) -> None:
        head = self._byte()
        count = head >> 4 if head >> 4 < 15 else self._unsigned()
        if count > MAX_ITEMS or depth > MAX_DEPTH:
            raise PageError("too long a list")
        for _ in range(count):
            self._value(head & 0x0F, depth + 1)

    def _skip(self, n_bytes: int) -> None:
        self.position += n_bytes
        if self.position > self._end:
            raise PageError("cut off")

    def _byte(self) -> int:
        self._skip(1)
        return self._data[self.position - 1]

    def _unsigned(self) -> int:
        value = 0
        for place in range(MAX_VARINT_BYTES):
            byte = self._byte()
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return value
        raise PageError("a number without end")

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
