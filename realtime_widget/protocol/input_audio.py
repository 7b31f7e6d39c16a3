"""The audio sent to the engine, on two clocks.

The server counts appended audio only (`audio_start_ms` of an event); people and tables count from the session's
start. Each chunk ties one clock to the other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["InputAudio", "InputChunk"]

BYTES_PER_MS = 48  # 16-bit mono at 24 kHz
JITTER_MS = 250.0


@dataclass(slots=True)
class InputChunk:
    """A run of appended audio; `pcm` is None where nothing is recorded."""

    offset_bytes: int
    n_bytes: int
    start_ms: float
    pcm: bytes | None = field(repr=False)


class InputAudio:
    """All audio appended, with its place on the session's clock."""

    def __init__(self, *, keep: bool = True) -> None:
        self._keep = keep
        self._chunks: list[InputChunk] = []
        self._n_bytes = 0
        self._base_bytes = 0  # where the server's count began: it starts anew with each connection
        self._committed_bytes = 0
        self.end_ms = 0.0

    def __iter__(self) -> Iterator[InputChunk]:
        return iter(self._chunks)

    @property
    def uncommitted_ms(self) -> float:
        """Audio appended since the last commit or clear."""
        return (self._n_bytes - self._committed_bytes) / BYTES_PER_MS

    @property
    def appended_ms(self) -> float:
        """Audio appended on this connection: the server's clock."""
        return (self._n_bytes - self._base_bytes) / BYTES_PER_MS

    @property
    def committed_until_ms(self) -> float:
        """The server's clock at the last commit or clear."""
        return max(0.0, (self._committed_bytes - self._base_bytes) / BYTES_PER_MS)

    def append(self, pcm: bytes, now_ms: float, *, floor_ms: float = 0.0) -> None:
        """Note a chunk that ended just now; a burst faster than real time runs ahead of the clock.

        A new burst begins at `floor_ms` at the earliest.
        """
        begin = now_ms - len(pcm) / BYTES_PER_MS
        if not self._chunks or begin > self.end_ms + JITTER_MS:
            begin = max(begin, floor_ms, self.end_ms, 0.0)
        else:
            begin = self.end_ms  # jitter of a live microphone, or a burst: one piece
        self._chunks.append(InputChunk(self._n_bytes, len(pcm), begin, pcm if self._keep else None))
        self._n_bytes += len(pcm)
        self.end_ms = begin + len(pcm) / BYTES_PER_MS

    def committed(self) -> None:
        """Note that what was appended so far became an item, or was dropped."""
        self._committed_bytes = self._n_bytes

    def reconnected(self) -> None:
        """Note that a new connection begins to count from zero."""
        self._base_bytes = self._committed_bytes = self._n_bytes

    def absolute_ms(self, server_ms: float) -> float:
        """Return a position of this connection's count as one of all audio ever appended."""
        return server_ms + self._base_bytes / BYTES_PER_MS

    def to_clock(self, audio_ms: float) -> float:
        """Return where `audio_ms` of all appended audio lies on the session's clock."""
        if not self._chunks:
            return audio_ms
        offset = audio_ms * BYTES_PER_MS
        index = max(0, bisect_right(self._chunks, offset, key=lambda chunk: chunk.offset_bytes) - 1)
        chunk = self._chunks[index]
        return chunk.start_ms + min(offset - chunk.offset_bytes, chunk.n_bytes) / BYTES_PER_MS

    def between(self, start_ms: float, end_ms: float) -> bytes:
        """Return what was appended between two positions (ms of all appended audio); empty if not recorded."""
        start, end = (max(0, int(ms * BYTES_PER_MS) // 2 * 2) for ms in (start_ms, end_ms))
        first = max(0, bisect_right(self._chunks, start, key=lambda chunk: chunk.offset_bytes) - 1)
        pieces = []
        for chunk in self._chunks[first:]:
            if chunk.offset_bytes >= end:
                break
            if chunk.pcm is not None:
                pieces.append(chunk.pcm[max(0, start - chunk.offset_bytes) : max(0, end - chunk.offset_bytes)])
        return b"".join(pieces)
