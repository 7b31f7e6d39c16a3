"""The audio sent to the engine, on two clocks.

The server counts appended audio only (`audio_start_ms` of an event); people and tables count from the
session's start. Each chunk ties one clock to the other.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ..audio import BYTES_PER_MS
from ..audio.keeping import Keeper, Stretch

__all__ = ["Captured", "InputAudio", "InputChunk"]

JITTER_MS = 250.0
MARGIN_MS = 500.0
PADDING_MS = 300.0  # what turn detection takes along from before the speech
UNHEARD_MS = 2_000.0  # of what was sent in the last moments a broken connection may have delivered nothing
KEPT_MS = 60_000.0
SAME_MS = 5.0
HAIR_MS = 1e-6
PIECE_BYTES = 48_000  # one second


class Captured(NamedTuple):
    """When the end of a chunk was in the air, on the session's clock, and how far off that may be."""

    end_ms: float
    error_ms: float


@dataclass(slots=True)
class InputChunk:
    """A run of appended audio without a gap."""

    offset_bytes: int
    n_bytes: int
    start_ms: float

    @property
    def end_ms(self) -> float:
        """Where its last sample ends."""
        return self.start_ms + self.n_bytes / BYTES_PER_MS


class InputAudio:
    """All audio appended, with its place on the session's clock.

    Args:
        keep: Whether all of it is kept, rather than only the last, which may have to be sent again.
        keeper: What keeps it; without one it is all in memory.
    """

    def __init__(self, *, keep: bool = True, keeper: Keeper | None = None) -> None:
        self._track = (keeper or Keeper()).track() if keep else None
        self._chunks: list[InputChunk] = []
        self._n_bytes = 0
        self._base_bytes = 0  # where the server's count began: it starts anew with each connection
        self._committed_bytes = 0
        self._commits: deque[int] = deque()  # how much was appended when each unanswered commit was sent
        self._clears = 0
        self._tail: deque[tuple[int, bytes]] = deque()  # the last sound and its place, where none is recorded
        self._tail_bytes = 0
        self._resend_from: int | None = None
        self._recent: deque[tuple[float, int]] = deque()  # when what was appended, in the last moments
        self._holes: list[tuple[int, int]] = []  # place and length of what this connection never got
        self._errors: list[tuple[int, float | None]] = []  # up to where the place of how much is how far off
        self.kept_ms = KEPT_MS
        self.lost_ms = 0.0
        self.end_ms = 0.0

    def __iter__(self) -> Iterator[InputChunk]:
        return iter(self._chunks)

    @property
    def uncommitted_ms(self) -> float:
        """Audio appended since the last commit or clear that was sent, or that the server made by itself."""
        sent = self._commits[-1] if self._commits else 0
        return (self._n_bytes - max(self._committed_bytes, sent)) / BYTES_PER_MS

    @property
    def n_kept_bytes(self) -> int:
        """How much of it is in memory; callable from any thread."""
        return self._tail_bytes if self._track is None else self._track.n_memory_bytes

    @property
    def n_tail_bytes(self) -> int:
        """How much of it is in memory though none is recorded; callable from any thread."""
        return self._tail_bytes

    @property
    def appended_ms(self) -> float:
        """Audio appended on this connection: the server's clock."""
        return (self._n_bytes - self._base_bytes - sum(n for _, n in self._holes)) / BYTES_PER_MS

    def append(
        self, pcm: bytes, now_ms: float, *, floor_ms: float = 0.0, captured: Captured | None = None
    ) -> None:
        """Note a chunk that ended just now; a burst faster than real time runs ahead of the clock.

        It begins at `floor_ms` at the earliest. Where it is known when its end was `captured`, that counts.
        """
        ended_ms = now_ms if captured is None else min(captured.end_ms, now_ms)
        begin = ended_ms - len(pcm) / BYTES_PER_MS
        if self._chunks and begin <= self.end_ms + JITTER_MS:
            begin = self.end_ms  # jitter of a live microphone, or a burst: one piece
        begin = max(begin, floor_ms, self.end_ms, 0.0)
        self._add(begin, len(pcm))
        if self._track is None:
            self._keep_tail(pcm)
        else:
            self._track.append(pcm)
        self._recent.append((now_ms, self._n_bytes))
        while now_ms - self._recent[0][0] > UNHEARD_MS:
            self._recent.popleft()
        self._n_bytes += len(pcm)
        self.end_ms = begin + len(pcm) / BYTES_PER_MS
        if captured is not None and not begin:
            # What was captured before the session began lies at its beginning, and doesn't put off the rest.
            self.end_ms = min(self.end_ms, max(0.0, captured.end_ms))
        self._note_error(None if captured is None else captured.error_ms + abs(self.end_ms - captured.end_ms))

    def _note_error(self, error_ms: float | None) -> None:
        """Note how far off the place of what was appended last may be, in runs that are about the same."""
        before_ms = self._errors[-1][1] if self._errors else math.nan
        if before_ms is None or error_ms is None:
            same = before_ms is error_ms
        else:
            same = abs(error_ms - before_ms) < max(SAME_MS, before_ms / 2)
            error_ms = max(error_ms, before_ms) if same else error_ms
        self._errors[len(self._errors) - same :] = [(self._n_bytes, error_ms)]

    def _add(self, begin_ms: float, n_bytes: int) -> None:
        """Lengthen the last chunk by what follows it directly: an hour of small ones would weigh too much."""
        last = self._chunks[-1] if self._chunks else None
        follows = last is not None and abs(begin_ms - last.end_ms) < HAIR_MS
        if last is None or not follows or last.n_bytes + n_bytes > PIECE_BYTES:
            self._chunks.append(InputChunk(self._n_bytes, n_bytes, begin_ms))
        else:
            last.n_bytes += n_bytes

    def dropped(self, n_bytes: int, behind_bytes: int) -> None:
        """Note that some of it was never sent, so that the server doesn't count it.

        Args:
            n_bytes: How much.
            behind_bytes: How much was appended after it.
        """
        place = self._n_bytes - behind_bytes - n_bytes
        if self._holes and sum(self._holes[-1]) == place:
            place, earlier_bytes = self._holes.pop()
            n_bytes += earlier_bytes
        self._holes.append((place, n_bytes))

    def commit_sent(self) -> None:
        """Note that a commit was sent: what is appended from now on belongs to the next item."""
        self._commits.append(self._n_bytes)

    def commit_answered(self) -> tuple[float, float]:
        """Note a commit, ours or the server's; return where its audio lies (ms of all appended audio)."""
        begin = self._committed_bytes
        end = self._commits.popleft() if self._commits else self._n_bytes
        self._committed_bytes = max(begin, end)
        return begin / BYTES_PER_MS, self._committed_bytes / BYTES_PER_MS

    def commit_refused(self) -> None:
        """Note that a commit of ours was refused."""
        if self._commits:
            self._commits.popleft()

    def clear_sent(self) -> None:
        """Note that a clear was sent; the server does it before it sees what is appended from now on."""
        self._committed_bytes = self._n_bytes
        self._clears += 1
        if self._resend_from is not None:
            self._resend_from = self._n_bytes

    def clear_answered(self) -> None:
        """Note that the server cleared its buffer."""
        if self._clears:
            self._clears -= 1
        else:
            self._committed_bytes = self._n_bytes

    @property
    def total_ms(self) -> float:
        """All audio ever appended."""
        return self._n_bytes / BYTES_PER_MS

    @property
    def pending_commits(self) -> tuple[float, ...]:
        """Where the commits lie that weren't answered yet, ms of all appended audio."""
        return tuple(place / BYTES_PER_MS for place in self._commits)

    def take_back(self, start_ms: float, end_ms: float) -> float:
        """Note that what was committed is to be heard again, its words never came; return where it is cut."""
        begin, end = (int(ms * BYTES_PER_MS) // 2 * 2 for ms in (start_ms, end_ms))
        self._committed_bytes = min(self._committed_bytes, begin)
        self._commits = deque(sorted({*self._commits, end}))
        return end / BYTES_PER_MS

    def disconnected(self, now_ms: float, *, speech_ms: float | None, heard_ms: float, by_hand: bool) -> None:
        """Note that the connection is gone: what it may not have heard is sent again over the next.

        Args:
            now_ms: The time on the session's clock.
            speech_ms: Where speech that wasn't over began (ms of all appended audio), or None.
            heard_ms: Up to where the server has made turns of it, likewise.
            by_hand: Whether turns are committed by hand, so that all since the last commit belongs to one.
        """
        if by_hand or self._commits:
            self._resend_from = self._committed_bytes
            return
        # A file is sent faster than it sounds, so it is the moment of sending that counts.
        recent = (place for t_ms, place in self._recent if now_ms - t_ms <= UNHEARD_MS)
        unheard = min(next(recent, self._n_bytes), self._n_bytes - int(MARGIN_MS * BYTES_PER_MS))
        places = [unheard] if speech_ms is None else [int((speech_ms - PADDING_MS) * BYTES_PER_MS)]
        self._resend_from = max(*places, int(heard_ms * BYTES_PER_MS), self._base_bytes) // 2 * 2

    def reconnected(self) -> list[bytes | None]:
        """Begin to count from zero with a new connection; return what to send it again.

        None in between stands for a commit. What was said during a long gap is cut at its beginning, and its
        length added to `lost_ms`.
        """
        wanted = self._n_bytes if self._resend_from is None else self._resend_from
        begin = max(wanted, self._n_bytes - int(self.kept_ms * BYTES_PER_MS))
        self.lost_ms += (begin - wanted) / BYTES_PER_MS
        self._base_bytes = self._committed_bytes = begin
        self._resend_from, self._clears = None, 0
        self._holes.clear()
        self._commits = deque(place for place in self._commits if place > begin)
        pieces: list[bytes | None] = []
        for commit in self._commits:
            pieces += [self._kept(begin, commit), None]
            begin = commit
        return [piece for piece in [*pieces, self._kept(begin, self._n_bytes)] if piece != b""]

    def forget_unsent(self) -> None:
        """Note that the connection is gone for good: nothing will be sent again."""
        self._resend_from = None
        self._commits.clear()

    def _keep_tail(self, pcm: bytes) -> None:
        self._tail.append((self._n_bytes, pcm))
        self._tail_bytes += len(pcm)
        while self._tail_bytes - len(self._tail[0][1]) > self.kept_ms * BYTES_PER_MS:
            self._tail_bytes -= len(self._tail.popleft()[1])

    def _kept(self, begin: int, end: int) -> bytes:
        if self._track is not None:
            return self._track.read(begin, end)
        return b"".join(pcm[max(0, begin - place) : max(0, end - place)] for place, pcm in self._tail)

    def absolute_ms(self, server_ms: float) -> float:
        """Return a position of this connection's count as one of all audio ever appended."""
        place = server_ms * BYTES_PER_MS + self._base_bytes
        for hole, n_bytes in self._holes:
            if hole > place:
                break
            place += n_bytes
        return place / BYTES_PER_MS

    def to_clock(self, audio_ms: float) -> float:
        """Return where `audio_ms` of all appended audio lies on the session's clock."""
        if not self._chunks:
            return audio_ms
        offset = audio_ms * BYTES_PER_MS
        index = max(0, bisect_right(self._chunks, offset, key=lambda chunk: chunk.offset_bytes) - 1)
        chunk = self._chunks[index]
        clock_ms = chunk.start_ms + min(offset - chunk.offset_bytes, chunk.n_bytes) / BYTES_PER_MS
        later = self._chunks[index + 1 : index + 2]
        return min(clock_ms, later[0].start_ms) if later else clock_ms

    def error_ms(self, audio_ms: float) -> float | None:
        """Return how far off `to_clock` may be there; None where it isn't known when that was captured."""
        place = bisect_left(self._errors, audio_ms * BYTES_PER_MS, key=lambda mark: mark[0])
        return self._errors[min(place, len(self._errors) - 1)][1] if self._errors else None

    def between(self, start_ms: float, end_ms: float) -> bytes:
        """Return what was appended between two positions (ms of all appended audio), if it was recorded."""
        start, end = (max(0, int(ms * BYTES_PER_MS) // 2 * 2) for ms in (start_ms, end_ms))
        return b"" if self._track is None else self._track.read(start, end)

    def recorded(self, begin: int, end: int) -> Stretch | None:
        """Return what was appended between two positions in bytes, to be read later; None if not kept."""
        return None if self._track is None else self._track.take(begin, end)
