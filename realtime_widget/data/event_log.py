"""The record of a long session in little room: all but the last moments is packed, the oldest dropped.

An event is a few hundred bytes of text and as much again in objects; packed it is some twenty bytes.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any, overload

import msgspec

from ..protocol.log import LogEntry

__all__ = ["Entries", "EventLog", "json_text"]

BLOCK_ENTRIES = 256
BLOCK_CHARACTERS = 1_000_000
MAX_ENTRIES = 500_000
MAX_PACKED_BYTES = 64 * 1024 * 1024

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[LogEntry])

Block = tuple[int, bytes]
"""The number of the first of some entries, and these, packed."""


@lru_cache(maxsize=4)
def _unpacked(packed: bytes) -> list[LogEntry]:
    # Who reads one entry mostly reads its neighbours next.
    return _decoder.decode(zlib.decompress(packed))


class Entries(Sequence[LogEntry]):
    """Entries as they are at one moment: a sequence that unpacks what is looked at, and keeps nothing of it.

    It compares with any other sequence of entries.
    """

    __slots__ = ("_blocks", "_recent", "end", "first")

    def __init__(self, blocks: tuple[Block, ...], recent: tuple[LogEntry, ...], first: int, end: int) -> None:
        self.first = first
        self.end = end
        self._blocks = blocks
        self._recent = recent

    def __len__(self) -> int:
        return self.end - self.first

    @overload
    def __getitem__(self, index: int) -> LogEntry: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[LogEntry, ...]: ...
    def __getitem__(self, index: int | slice) -> LogEntry | tuple[LogEntry, ...]:
        if isinstance(index, slice):
            places = range(len(self))[index]
            if not places:
                return ()
            low, high = min(places[0], places[-1]), max(places[0], places[-1])
            between = tuple(self.between(self.first + low, self.first + high + 1))
            return between if places.step == 1 else between[:: places.step]
        number = self.first + range(len(self))[index]
        recent = number - (self.end - len(self._recent))
        if recent >= 0:
            return self._recent[recent]
        begin, packed = self._blocks[_place(self._blocks, number)]
        return _unpacked(packed)[number - begin]

    def __iter__(self) -> Iterator[LogEntry]:
        return _walk(self._blocks, self._recent, self.first, self.end, self.end)

    def between(self, number: int, end: int) -> Iterator[LogEntry]:
        """Yield the entries from a number on, up to another one; costs what is read."""
        return _walk(self._blocks, self._recent, number, min(end, self.end), self.end)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{len(self)} events>"


class EventLog:
    """Entries by number, from `first` to `end`; the last ones as they are, those before in packed blocks.

    Attributes:
        first: The number of the oldest entry that is kept, which is how many were dropped.
        end: The number that the next entry gets.
    """

    def __init__(self, n_dropped: int = 0) -> None:
        self.first = n_dropped
        self.end = n_dropped
        self._blocks: list[Block] = []
        self._packed_bytes = 0
        self._recent: list[LogEntry] = []
        self._recent_characters = 0

    def extend(self, entries: Iterable[LogEntry]) -> None:
        """Add entries."""
        for entry in entries:
            self._recent.append(entry)
            self.end += 1
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

    def snapshot(self) -> Entries:
        """Return all entries as they are now; costs a step for each block."""
        return Entries(tuple(self._blocks), tuple(self._recent), self.first, self.end)

    def since(self, number: int) -> list[LogEntry]:
        """Return all entries from a number on."""
        return self.between(number, self.end)

    def between(self, number: int, end: int) -> list[LogEntry]:
        """Return the entries from a number on, up to another one; costs what is returned."""
        return list(_walk(self._blocks, self._recent, number, end, self.end))


_check = msgspec.json.Decoder(dict[str, msgspec.Raw])


def json_text(entry: LogEntry) -> str:
    """Return an event as JSON; one whose text was cut is JSON, too."""
    try:
        _check.decode(entry.text)
    except (msgspec.DecodeError, RecursionError):
        return msgspec.json.encode(entry.raw).decode()
    return entry.text


_begin: Any = itemgetter(0)


def _place(blocks: Sequence[Block], number: int) -> int:
    return max(0, bisect_right(blocks, number, key=_begin) - 1)


def _walk(
    blocks: Sequence[Block], recent: Sequence[LogEntry], number: int, end: int, recent_end: int
) -> Iterator[LogEntry]:
    """Yield entries by their numbers; the recent ones are those up to `recent_end`."""
    for begin, packed in islice(blocks, _place(blocks, number), None):
        if begin >= end:
            return
        yield from _unpacked(packed)[max(0, number - begin) : end - begin]
    begin = recent_end - len(recent)
    yield from recent[max(0, number - begin) : max(0, end - begin)]
