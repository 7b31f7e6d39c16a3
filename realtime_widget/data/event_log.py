"""The record of a long session in little room: all but the last moments is packed, the oldest dropped.

An event is a few hundred bytes of text and as much again in objects; packed it is some twenty bytes.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from itertools import islice

import msgspec

from ..protocol.log import LogEntry

__all__ = ["EventLog"]

BLOCK_ENTRIES = 256
BLOCK_CHARACTERS = 1_000_000
MAX_ENTRIES = 500_000
MAX_PACKED_BYTES = 64 * 1024 * 1024

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[LogEntry])


class EventLog:
    """Entries by number, from `first` to `end`; the last ones as they are, those before in packed blocks.

    Attributes:
        first: The number of the oldest entry that is kept, which is how many were dropped.
        end: The number that the next entry gets.
    """

    def __init__(self, n_dropped: int = 0) -> None:
        self.first = n_dropped
        self.end = n_dropped
        self._blocks: list[tuple[int, bytes]] = []  # the number of the first entry of each, and the entries
        self._packed_bytes = 0
        self._recent: list[LogEntry] = []
        self._recent_characters = 0

    def extend(self, entries: list[LogEntry]) -> None:
        """Add entries."""
        self._recent += entries
        self.end += len(entries)
        for entry in entries:  # mostly one: a comprehension would cost more than the rest
            self._recent_characters += len(entry.text)
        if len(self._recent) >= 2 * BLOCK_ENTRIES or self._recent_characters > BLOCK_CHARACTERS:
            self._pack()

    def _pack(self) -> None:
        # The newest stay as they are: they are what is looked at.
        cut = max(1, len(self._recent) - BLOCK_ENTRIES)
        begin = self.end - len(self._recent)
        packed = zlib.compress(_encoder.encode(self._recent[:cut]), 1)
        del self._recent[:cut]
        self._recent_characters = sum([len(entry.text) for entry in self._recent])
        self._blocks.append((begin, packed))
        self._packed_bytes += len(packed)
        while self._packed_bytes > MAX_PACKED_BYTES or self.end - self.first > MAX_ENTRIES:
            _, dropped = self._blocks.pop(0)
            self._packed_bytes -= len(dropped)
            self.first = self._blocks[0][0] if self._blocks else self.end - len(self._recent)

    def since(self, number: int) -> list[LogEntry]:
        """Return all entries from a number on."""
        return self.between(number, self.end)

    def between(self, number: int, end: int) -> list[LogEntry]:
        """Return the entries from a number on, up to another one; costs what is returned."""
        entries: list[LogEntry] = []
        first = max(0, bisect_right(self._blocks, number, key=lambda block: block[0]) - 1)
        for begin, packed in islice(self._blocks, first, None):
            if begin >= end:
                return entries
            block = _decoder.decode(zlib.decompress(packed))
            entries += block[max(0, number - begin) : end - begin]
        begin = self.end - len(self._recent)
        return entries + self._recent[max(0, number - begin) : max(0, end - begin)]
