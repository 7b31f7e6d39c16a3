"""What a transcription tells besides the words: how sure it is, in which language, and who spoke when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from . import events as ev

__all__ = ["Segment", "TokenProbability", "Wording"]


class TokenProbability(NamedTuple):
    """A piece of a text, and the natural logarithm of its probability."""

    token: str
    logprob: float


class Segment(NamedTuple):
    """What one speaker said in a turn; `start` and `end` are seconds, as the server tells them."""

    speaker: str | None
    start: float | None
    end: float | None
    text: str


class Wording:
    """Gathers the particulars of one transcription; what the end tells replaces what the pieces told."""

    __slots__ = ("_segments", "languages", "logprobs", "made_of_segments")

    def __init__(self) -> None:
        self.logprobs: tuple[TokenProbability, ...] = ()
        self.languages: tuple[str, ...] = ()
        self.made_of_segments = False
        self._segments: dict[str, Segment] = {}

    def on_delta(self, event: ev.TranscriptionDelta) -> None:
        """Take a piece of the words."""
        self.logprobs += _logprobs(event.logprobs)
        self.made_of_segments = False

    def on_segment(self, event: ev.TranscriptionSegment) -> None:
        """Take a segment; the same one again replaces itself."""
        key = event.id or f"{event.start}-{event.end}-{event.speaker}"
        self._segments[key] = Segment(event.speaker, event.start, event.end, (event.text or "").strip())

    def on_completed(self, event: ev.TranscriptionCompleted) -> None:
        """Take the end of the transcription."""
        self.logprobs = _logprobs(event.logprobs) or self.logprobs
        self.languages = _codes(event.languages) or self.languages

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segments by their beginning; those without one in the order in which they came."""
        return tuple(sorted(self._segments.values(), key=lambda segment: segment.start or 0.0))

    @property
    def segmented_text(self) -> str:
        """The words of all segments."""
        return " ".join(segment.text for segment in self.segments if segment.text)


def _logprobs(entries: Iterable[Any] | None) -> tuple[TokenProbability, ...]:
    return tuple(
        TokenProbability(str(entry.get("token") or ""), float(logprob))
        for entry in entries or ()
        if isinstance(entry, dict) and isinstance(logprob := entry.get("logprob"), int | float)
    )


def _codes(entries: Iterable[Any] | None) -> tuple[str, ...]:
    codes = (entry.get("code") if isinstance(entry, dict) else entry for entry in entries or ())
    return tuple(code for code in codes if isinstance(code, str) and code)
