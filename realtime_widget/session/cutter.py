"""Where turns end, for transcription models whose server doesn't tell: by a voice detector, or by time.

Pure: sound goes in, cuts come out, and the same sound always gives the same cuts. Positions are ms of all
sound that was appended.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..audio import ms_to_bytes, pcm_to_samples

if TYPE_CHECKING:
    from ..config import TranscriptionConfig
    from ..local.vad import TurnDetector, Vad

__all__ = ["Cutter"]

Span = tuple[float, float]

SILENCE_MS = 600
HASTE = 0.7
"""From this share of the longest turn on, a shorter pause will do: better there than in a word."""
HASTY_SILENCE_MS = 200
AUDIBLE = 100
"""Loudness (of 32768, mean square root of 20 ms) from which on sound is no silence; about -50 dB."""
_FRAME_SAMPLES = 480


class Cutter:
    """Follows the sound that is sent and says when to commit it.

    Attributes:
        found: Whether the detector has ever heard a voice.
        audible: Whether anything was heard since the last cut, a voice or not.
    """

    def __init__(self, config: TranscriptionConfig, at_ms: float = 0.0) -> None:
        self.found = False
        self.audible = False
        self._timer_ms = None if isinstance(config.commit, str | None) else config.commit * 1000
        self._max_ms = config.max_turn_s * 1000
        self._origin_ms = at_ms  # where the detector's count began
        self._end_ms = at_ms
        self._cut_ms = at_ms
        self._start_ms: float | None = None
        self._voice_ms = at_ms  # when a voice was last heard
        self._vad: Vad | None = None
        self._detector: TurnDetector | None = None
        if config.turn_detection is None and self._timer_ms is None and config.commit is not None:
            self._vad, self._detector = _make_detector()

    @property
    def speaking(self) -> bool:
        """Whether a voice is being heard."""
        return self._start_ms is not None

    @property
    def speech_ms(self) -> float | None:
        """Where the speech that goes on began."""
        return self._start_ms

    @property
    def quiet_ms(self) -> float:
        """How long no voice was heard, since the last cut at most."""
        return 0.0 if self.speaking else self._end_ms - max(self._voice_ms, self._cut_ms)

    def push(self, pcm: bytes) -> Span | None:
        """Take the next sound; return where the turn lies that is over with it, if one is."""
        self._end_ms += len(pcm) / ms_to_bytes(1)
        self.audible = self.audible or _is_audible(pcm)
        if self._timer_ms is not None:
            return self.rest() if self._end_ms - self._cut_ms >= self._timer_ms else None
        return self._listen(pcm) if self._vad is not None and self._detector is not None else None

    def _listen(self, pcm: bytes) -> Span | None:
        over: Span | None = None
        assert self._vad is not None and self._detector is not None
        for frame in self._vad.feed(pcm):
            self._hurry()
            for event in self._detector.push(frame):
                over = self._take(event) or over
        if self._start_ms is not None:
            self._voice_ms = self._end_ms
            if self._end_ms - self._start_ms >= self._max_ms:
                return self.rest()
        if over is not None:
            self._cut(at_ms=over[1])
        return over

    def _take(self, event: Any) -> Span | None:
        start_ms = getattr(event, "audio_start_ms", None)
        if start_ms is not None:
            self._start_ms = max(self._cut_ms, self._origin_ms + start_ms)
            self.found = True
            return None
        begin, self._start_ms = self._start_ms, None
        end_ms = min(self._end_ms, self._origin_ms + event.audio_end_ms)
        return None if begin is None else (begin, end_ms)

    def _hurry(self) -> None:
        if self._start_ms is None or self._detector is None:
            return
        late = self._end_ms - self._start_ms > HASTE * self._max_ms
        silence_ms = HASTY_SILENCE_MS if late else SILENCE_MS
        if self._detector.rules.silence_duration_ms != silence_ms:
            self._detector.rules = replace(self._detector.rules, silence_duration_ms=silence_ms)

    def rest(self) -> Span:
        """Cut here; return where the turn lies that is over with that."""
        span = (self._cut_ms if self._start_ms is None else self._start_ms, self._end_ms)
        if self._detector is not None:
            self._detector.end_turn(round(self._end_ms - self._origin_ms))
        self._start_ms = None
        self._cut(at_ms=self._end_ms)
        return span

    def _cut(self, *, at_ms: float) -> None:
        self._cut_ms = at_ms
        self.audible = False


def _is_audible(pcm: bytes) -> bool:
    samples = pcm_to_samples(pcm[: len(pcm) // 2 * 2]).astype(np.float32)
    frames = [samples[i : i + _FRAME_SAMPLES] for i in range(0, len(samples), _FRAME_SAMPLES)]
    return any(float(np.mean(np.square(frame))) > AUDIBLE**2 for frame in frames if len(frame))


def _make_detector() -> tuple[Vad, TurnDetector]:
    # The network of the extra `[local]` where that is installed, else loudness against the noise floor.
    from ..local.vad import TurnDetector, TurnRules, make_vad

    return make_vad("auto"), TurnDetector(TurnRules(silence_duration_ms=SILENCE_MS))
