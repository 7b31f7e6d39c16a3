"""The sound of turns in a store: packed without loss, and laid out on one clock again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ..audio import SAMPLES_PER_MS, Clip
from ..audio.codecs import decode, encode
from ..data.turns import Turn
from ..errors import AudioError

__all__ = ["Packed", "pack", "recording_of", "unpack"]

ONLY_RATE = 24_000
USER, ASSISTANT = 0, 1


@dataclass(frozen=True, slots=True)
class Packed:
    """A clip as a whole file of a coding."""

    coding: str
    sample_rate: int
    n_samples: int
    data: bytes


def pack(clip: Clip) -> Packed:
    """Return a clip as FLAC, about half the size; as WAV where that can't be written."""
    try:
        return Packed("flac", clip.rate, len(clip), encode(clip, ".flac"))
    except AudioError:  # no soundfile
        return Packed("wav", clip.rate, len(clip), clip.to_wav_bytes())


def unpack(data: bytes) -> Clip:
    """Return the clip of a file, sample by sample as it was."""
    samples, rate = decode(data, "sound of the store")
    if samples.dtype != np.int16:
        samples = np.round(samples * 32768.0).clip(-32768, 32767).astype(np.int16)
    return Clip(samples, rate)


def recording_of(turns: Iterable[Turn]) -> Callable[[], Clip]:
    """Return what lays the sound of turns out in two channels, user and assistant, as it was heard."""
    kept = tuple(turns)

    def lay_out() -> Clip:
        pieces = [piece for turn in kept if (piece := _piece(turn)) is not None]
        end = max((begin + len(samples) for _, begin, samples in pieces), default=0)
        sound = np.zeros((end, 2), dtype=np.int16)
        for channel, begin, samples in pieces:
            sound[begin : begin + len(samples), channel] = samples
        return Clip(sound, ONLY_RATE)

    return lay_out


def _piece(turn: Turn) -> tuple[int, int, np.ndarray[tuple[int], np.dtype[np.int16]]] | None:
    clip = turn.audio
    if turn.start_ms is None or not len(clip):
        return None
    samples = clip.samples if turn.heard_ms is None else clip.samples[: turn.heard_ms * SAMPLES_PER_MS]
    channel = ASSISTANT if turn.role == "assistant" else USER
    return channel, max(0, turn.start_ms) * SAMPLES_PER_MS, samples
