"""Thrift's compact protocol, in which the footer and the page headers of a Parquet file are written."""

from __future__ import annotations

from typing import Any

__all__ = ["ThriftError", "read_struct"]

STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(13)
MAX_DEPTH = 16
MAX_VARINT_BYTES = 10
DOUBLE_BYTES = 8


class ThriftError(Exception):
    """Bytes that are no structure of this protocol."""


def read_struct(data: bytes, begin: int, end: int) -> tuple[dict[int, Any], int]:
    """Return the fields of a structure by their numbers, and where it ends.

    Numbers come as int, strings as bytes, lists as list, structures as dict; what no Parquet file holds is
    passed over. The work is bounded by the bytes.

    Raises:
        ThriftError: It is none, or runs beyond `end`.
    """
    reader = _Compact(data, begin, min(end, len(data)))
    return reader.struct(0), reader.position


class _Compact:
    def __init__(self, data: bytes, begin: int, end: int) -> None:
        self._data = data
        self._end = end
        self.position = begin
        if begin < 0:
            raise ThriftError("outside of the file")

    def struct(self, depth: int) -> dict[int, Any]:
        if depth > MAX_DEPTH:
            raise ThriftError("too deep")
        found: dict[int, Any] = {}
        number = 0
        while (head := self._byte()) & 0x0F != STOP:
            number = number + (head >> 4) if head >> 4 else self._signed()
            kind = head & 0x0F
            found[number] = kind == TRUE if kind in (TRUE, FALSE) else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (TRUE, FALSE, BYTE):
            return self._byte()
        if kind in (I16, I32, I64):
            return self._signed()
        if kind == DOUBLE:
            return self._take(DOUBLE_BYTES)
        if kind == BINARY:
            return self._take(self._unsigned())
        if kind in (LIST, SET):
            return self._list(depth)
        if kind == STRUCT:
            return self.struct(depth + 1)
        raise ThriftError("a kind of value that Parquet doesn't have")

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        count = head >> 4 if head >> 4 < 15 else self._unsigned()
        if depth > MAX_DEPTH or count > self._end - self.position:  # each takes a byte at least
            raise ThriftError("too long a list")
        return [self._value(head & 0x0F, depth + 1) for _ in range(count)]

    def _take(self, n_bytes: int) -> bytes:
        begin = self.position
        self.position += n_bytes
        if self.position > self._end:
            raise ThriftError("cut off")
        return self._data[begin : self.position]

    def _byte(self) -> int:
        if self.position >= self._end:
            raise ThriftError("cut off")
        self.position += 1
        return self._data[self.position - 1]

    def _unsigned(self) -> int:
        value = 0
        for place in range(MAX_VARINT_BYTES):
            byte = self._byte()
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return value
        raise ThriftError("a number without end")

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
