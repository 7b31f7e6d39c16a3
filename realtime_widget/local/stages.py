"""Name the seams of the offline engine: what hears, what answers, what speaks.

Audio at every seam is int16 little-endian mono PCM at 24000 Hz.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from realtime_widget.local.phrases import Sayable

SAMPLE_RATE = 24_000


@dataclass(frozen=True, slots=True)
class Transcription:
    """Hold what was understood of one utterance.

    ``words`` are ``(word, start_ms, end_ms)`` from the start of the utterance; ``confidence`` is 0 to 1, or
    None where the transcriber has none. Empty ``text`` means that nothing was understood.
    """

    text: str
    uncertain: bool = False
    confidence: float | None = None
    words: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SpeechChunk:
    """Hold a run of speech and the piece of text (with its spaces) that it speaks, "" when there is none."""

    pcm: bytes
    text: str


class TranscriberStream(Protocol):
    """Listen to one utterance."""

    def feed(self, pcm: bytes) -> None:
        """Take the next audio; never block."""

    def partial(self) -> str | None:
        """Return the latest guess at the text so far, or None."""

    async def finish(self) -> Transcription:
        """Return the final text of everything fed.

        Raises:
            EngineError: The transcriber failed; the message says what to do.
        """

    def cancel(self) -> None:
        """Forget the utterance."""


@runtime_checkable
class Transcriber(Protocol):
    """Turn speech into text."""

    async def open(self) -> None:
        """Load what is needed.

        Raises:
            EngineError: A part is missing or does not start; the message says what to do.
        """

    async def close(self) -> None:
        """Release everything; idempotent."""

    def stream(self, *, sayable: Sayable) -> TranscriberStream:
        """Begin one utterance, of which ``sayable`` is what can be expected."""


@runtime_checkable
class Speaker(Protocol):
    """Turn text into speech."""

    async def open(self) -> None:
        """Load what is needed.

        Raises:
            EngineError: A part is missing or does not start; the message says what to do.
        """

    async def close(self) -> None:
        """Release everything; idempotent."""

    def speak(self, text: str, *, voice: str, speed: float = 1.0) -> AsyncIterator[SpeechChunk]:
        """Stream the speech of ``text``; the texts of the chunks concatenate to ``text``.

        ``aclose()`` of the iterator aborts at once. ``speed`` is 0.25 to 1.5.
        """
