"""Where sound is kept: tracks that grow at their end, in memory or, beyond a limit, elsewhere.

A track grows in one thread. A `Stretch` of it is a value that any thread may read, now or later.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ..errors import RealtimeError

__all__ = ["Keeper", "Stretch", "Track"]

MERGED_BYTES = 12_000  # a quarter of a second: smaller pieces would weigh as much as their sound
SPILL_BYTES = 262_144  # moves at once: seldom enough to leave few traces, quick enough to hold nobody up
BLOCK_BYTES = 1_048_576

Piece = bytes | int
"""PCM, or where it lies in the keeper's other place."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span of a track as it was when it was taken.

    Attributes:
        n_bytes: Its length.
    """

    n_bytes: int
    _begin: int = field(repr=False)
    _starts: tuple[int, ...] = field(repr=False)
    _pieces: tuple[Piece, ...] = field(repr=False)
    _keeper: Keeper = field(repr=False)

    def read(self, begin: int = 0, end: int | None = None) -> bytes:
        """Return the PCM between two positions in bytes, both from the beginning of the stretch."""
        begin = self._begin + max(0, begin)
        end = self._begin + min(self.n_bytes, self.n_bytes if end is None else end)
        first = max(0, bisect_right(self._starts, begin) - 1)
        read = []
        for place in range(first, len(self._pieces)):
            start, piece = self._starts[place], self._pieces[place]
            if start >= end:
                break
            skip, stop = max(0, begin - start), end - start
            if isinstance(piece, bytes):
                read.append(piece[skip:stop] if skip or stop < len(piece) else piece)
            else:
                following = self._starts[place + 1] - start if place + 1 < len(self._starts) else stop
                read.append(self._keeper.fetch(piece + skip, min(stop, following) - skip))
        return b"".join(read)

    def blocks(self) -> Iterator[bytes]:
        """Yield the PCM in blocks of whole samples: an hour needn't be in memory twice."""
        for begin in range(0, self.n_bytes, BLOCK_BYTES):
            yield self.read(begin, begin + BLOCK_BYTES)


class Track:
    """PCM that grows at its end.

    Attributes:
        n_bytes: Its length.
    """

    __slots__ = ("_keeper", "_n_moved", "_pieces", "_starts", "n_bytes")

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._starts: list[int] = []
        self._pieces: list[Piece] = []
        self._n_moved = 0  # how many pieces, the first ones, aren't in memory any more
        self.n_bytes = 0

    @property
    def n_memory_bytes(self) -> int:
        """How much of it is in memory."""
        return self.n_bytes - self._starts[self._n_moved] if self._n_moved < len(self._pieces) else 0

    def append(self, pcm: bytes) -> None:
        """Lengthen it."""
        if not pcm:
            return
        last = self._pieces[-1] if self._pieces else 0
        if isinstance(last, bytes) and len(last) + len(pcm) <= MERGED_BYTES:
            self._pieces[-1] = last + pcm
            self._keeper.kept(None, len(pcm))
        else:
            self._starts.append(self.n_bytes)
            self._pieces.append(pcm)
            self._keeper.kept(self, len(pcm))
        self.n_bytes += len(pcm)
        self._keeper.make_room()

    def take(self, begin: int = 0, end: int | None = None) -> Stretch:
        """Return a span of it, given in bytes, as a value; cheap, the sound isn't copied."""
        begin = min(max(0, begin), self.n_bytes)
        end = min(self.n_bytes, self.n_bytes if end is None else max(begin, end))
        first = max(0, bisect_right(self._starts, begin) - 1)
        last = bisect_right(self._starts, end)
        return Stretch(
            end - begin,
            begin,
            tuple(self._starts[first : last + 1]),
            tuple(self._pieces[first : last + 1]),
            self._keeper,
        )

    def read(self, begin: int = 0, end: int | None = None) -> bytes:
        """Return the PCM between two positions in bytes."""
        return self.take(begin, end).read()

    def length(self, index: int) -> int:
        """Return the length of a piece, counted from the first that is in memory."""
        place = self._n_moved + index
        following = self._starts[place + 1] if place + 1 < len(self._starts) else self.n_bytes
        return following - self._starts[place]

    def in_memory(self, n_pieces: int) -> list[bytes]:
        """Return the first pieces that are in memory."""
        pieces = self._pieces[self._n_moved : self._n_moved + n_pieces]
        return [piece for piece in pieces if isinstance(piece, bytes)]

    def moved(self, n_pieces: int, place: int) -> None:
        """Note that the first pieces in memory lie elsewhere now, one behind the other from `place` on."""
        first = self._n_moved
        before = self._pieces[first - 1] if first else None
        start = self._starts[first]
        follows = isinstance(before, int) and before + start - self._starts[first - 1] == place
        self._starts[first : first + n_pieces] = [] if follows else [start]
        self._pieces[first : first + n_pieces] = [] if follows else [place]
        self._n_moved += not follows


class Keeper:
    """Keeps tracks, all of them in memory; one with another place (`store`, `fetch`) has a limit.

    Args:
        limit_bytes: How much may be in memory before the oldest sound moves; None for all.

    Attributes:
        n_memory_bytes: How much is in memory.
        n_moved_bytes: How much isn't any more.
        on_problem: Called, from any thread, when sound can't be moved or read back.
    """

    on_problem: Callable[[RealtimeError], object] | None = None

    def __init__(self, limit_bytes: int | None = None) -> None:
        self.limit_bytes = limit_bytes
        self.n_memory_bytes = 0
        self.n_moved_bytes = 0
        self._oldest: deque[Track] = deque()  # whose piece is the oldest in memory, once for each piece

    def track(self) -> Track:
        """Return a new track."""
        return Track(self)

    def kept(self, track: Track | None, n_bytes: int) -> None:
        """Note what a track got: a piece more, or (without a track) a longer last one."""
        self.n_memory_bytes += n_bytes
        if track is not None and self.limit_bytes is not None:
            self._oldest.append(track)

    def make_room(self) -> None:
        """Move the oldest sound away if there is too much in memory."""
        while self.limit_bytes is not None and self.n_memory_bytes > self.limit_bytes and self._oldest:
            if not self._spill():
                return

    def _spill(self) -> bool:
        n_pieces, wanted = self._plan()
        batch = {track: b"".join(track.in_memory(n)) for track, n in wanted.items()}
        place = self.store(b"".join(batch.values()))
        if place is None:
            return False
        for track, pcm in batch.items():
            track.moved(wanted[track], place)
            place += len(pcm)
            self.n_memory_bytes -= len(pcm)
            self.n_moved_bytes += len(pcm)
        for _ in range(n_pieces):
            self._oldest.popleft()
        return True

    def _plan(self) -> tuple[int, dict[Track, int]]:
        """Return how many pieces shall move, in all and of each track."""
        wanted: dict[Track, int] = {}
        left = SPILL_BYTES
        n_pieces = 0
        for track in self._oldest:
            n_before = wanted.get(track, 0)
            wanted[track] = n_before + 1
            n_pieces += 1
            left -= track.length(n_before)
            if left <= 0:
                break
        return n_pieces, wanted

    def store(self, pcm: bytes) -> int | None:
        """Put PCM in the other place, and return where; None if that fails, and it stays in memory."""
        return None

    def fetch(self, place: int, n_bytes: int) -> bytes:
        """Return PCM from the other place; callable from any thread."""
        raise NotImplementedError
