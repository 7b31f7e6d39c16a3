"""What a page needs to let a person hear and oversee a saved conversation: sound, levels, marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...audio import Clip
from ...audio.codecs import encode
from ...errors import AudioError
from .score import Score

__all__ = ["Levels", "levels", "marks", "sound_file"]

LEVEL_MS = 50
MAX_LEVELS = 72_000
"""As many as an hour has; of longer conversations each stands for more time."""
MAX_MARKS = 600
"""More than that many a panel is never wide."""
BLOCK_SAMPLES = 1_000_000
SIDES = {"user": 0, "assistant": 1}
OTHERS, CALLS = 2, 3


@dataclass(frozen=True, slots=True)
class Levels:
    """How loud both sides were: `values` has two bytes (user, assistant) for every `step_ms`."""

    step_ms: float
    values: bytes


def levels(recording: Clip) -> Levels:
    """Return the peaks of a recording, 0 to 255."""
    step_ms = max(float(LEVEL_MS), recording.duration_ms / MAX_LEVELS)
    n_samples = max(1, round(step_ms * recording.rate / 1000))
    sides = recording.samples if recording.samples.ndim == 2 else recording.samples[:, np.newaxis]
    peaks = [_peaks(sides[:, min(side, sides.shape[1] - 1)], n_samples) for side in (0, 1)]
    return Levels(n_samples * 1000 / recording.rate, np.column_stack(peaks).tobytes())


def _peaks(samples: Any, n_samples: int) -> Any:
    starts = np.arange(0, len(samples), n_samples)
    if not len(starts):
        return np.zeros(0, np.uint8)
    high = np.maximum.reduceat(samples, starts).astype(np.int32)
    low = np.minimum.reduceat(samples, starts).astype(np.int32)
    return (np.maximum(high, -low) >> 7).clip(0, 255).astype(np.uint8)


def sound_file(recording: Clip, *, packed: bool) -> tuple[str, bytes] | None:
    """Return both sides mixed, as the media type and the bytes of a file; None where nothing sounds.

    Args:
        recording: Both sides.
        packed: Whether Ogg/Opus is understood, a twelfth of a WAV; made where soundfile is installed.
    """
    if not recording.samples.any():
        return None
    clip = Clip(_mixed(recording.samples), recording.rate)
    if packed:
        try:
            return "audio/ogg", encode(clip, ".opus")
        except AudioError:
            pass  # without soundfile
    return "audio/wav", clip.to_wav_bytes()


def _mixed(samples: Any) -> Any:
    if samples.ndim == 1:
        return samples
    mixed = np.empty(len(samples), np.int16)
    for begin in range(0, len(samples), BLOCK_SAMPLES):  # an hour is not to be in memory a third time
        block = samples[begin : begin + BLOCK_SAMPLES].sum(axis=1, dtype=np.int32)
        mixed[begin : begin + BLOCK_SAMPLES] = block.clip(-32_768, 32_767)
    return mixed


def marks(score: Score) -> list[tuple[float, float, int]]:
    """Return where which side has the word: begin and end in ms, and 0 user, 1 assistant, 2 others, 3 a call.

    What lies closer together than can be drawn is one mark.
    """
    pairs = [(score.turn_span(turn.id), SIDES.get(turn.role, OTHERS)) for turn in score.turns]
    pairs += [(score.call_span(call.call_id), CALLS) for call in score.calls]
    spans = sorted((span.begin_ms, span.end_ms, side) for span, side in pairs if span is not None)
    if len(spans) <= MAX_MARKS:
        return spans
    found: dict[int, list[tuple[float, float, int]]] = {side: [] for _, _, side in spans}
    for begin_ms, end_ms, side in spans:
        before = found[side][-1] if found[side] else None
        if before is not None and begin_ms - before[1] < score.duration_ms / MAX_MARKS:
            found[side][-1] = (before[0], max(before[1], end_ms), side)
        else:
            found[side].append((begin_ms, end_ms, side))
    return sorted(mark for run in found.values() for mark in run)
