"""Hold what a decoder makes of an utterance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """Hold one decoded word (or phone): frames from ``start`` to ``end``, both included."""

    word: str
    start: int
    end: int
    log_score: float

    @property
    def n_frames(self) -> int:
        """Its length in frames of 10 ms."""
        return self.end - self.start + 1


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Hold what a decoder made of an utterance; ``log_score`` is per utterance, natural logarithm."""

    segments: tuple[Segment, ...]
    log_score: float
    n_frames: int
    phones: tuple[str, ...]

    @property
    def tokens(self) -> tuple[str, ...]:
        """The words, without silence and noise."""
        return tuple(segment.word for segment in self.segments)
