"""Both sides on one clock, as it sounded: what was cut off by an interruption is silent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ..audio import (
    BYTES_PER_MS,
    BYTES_PER_SAMPLE,
    SAMPLES_PER_MS,
    Clip,
    Mark,
    Recording,
    pcm_to_samples,
)
from ..audio.keeping import Stretch
from ..protocol.input_audio import InputAudio
from ..protocol.protocol import RealtimeProtocol
from .turns import Turn

__all__ = ["Piece", "collect", "marked", "mix"]

USER, ASSISTANT = 0, 1
JOIN_MS = 1.0
"""Chunks nearer to each other than this are one run: their times are rounded, their samples aren't."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of sound of one side, as far as it was heard, and where it begins."""

    channel: int
    start_ms: float
    sound: Stretch

    @property
    def n_samples(self) -> int:
        """Its length."""
        return self.sound.n_bytes // BYTES_PER_SAMPLE


def collect(protocol: RealtimeProtocol, *, user: bool, assistant: bool) -> list[Piece]:
    """Return what sounded, as references to the sound; cheap, to be called with the lock held."""
    pieces = _user_runs(protocol.input_audio) if user else []
    if assistant:
        pieces += _answers(protocol)
    return pieces


def _user_runs(audio: InputAudio) -> list[Piece]:
    runs: list[tuple[float, int, int]] = []  # where it begins on the clock, and its span in bytes
    end_ms = 0.0
    for chunk in audio:
        end = chunk.offset_bytes + chunk.n_bytes
        if runs and abs(chunk.start_ms - end_ms) <= JOIN_MS:
            runs[-1] = (*runs[-1][:2], end)
        else:
            runs.append((chunk.start_ms, chunk.offset_bytes, end))
        end_ms = chunk.start_ms + chunk.n_bytes / BYTES_PER_MS
    sounds = ((start_ms, audio.recorded(begin, end)) for start_ms, begin, end in runs)
    return [Piece(USER, start_ms, sound) for start_ms, sound in sounds if sound is not None]


def _answers(protocol: RealtimeProtocol) -> list[Piece]:
    pieces = []
    for playback in protocol.playback:
        item = protocol.conversation.items.get(playback.item_id)
        part = item.parts.get(playback.content_index) if item is not None else None
        heard, _ = protocol.playback.heard_samples(playback, protocol.now_ms)
        if part is not None and part.audio is not None and heard:
            sound = part.audio.take(0, heard * BYTES_PER_SAMPLE)
            pieces.append(Piece(ASSISTANT, max(0.0, playback.start_ms), sound))
    return pieces


def mix(pieces: list[Piece]) -> Clip:
    """Lay pieces out in two channels, user and assistant, with silence between them."""
    placed: list[tuple[Piece, int]] = []
    free_from = [0, 0]
    for piece in sorted(pieces, key=lambda piece: piece.start_ms):
        # Nobody says two things at once: a piece waits for the one before it.
        begin = max(round(piece.start_ms * SAMPLES_PER_MS), free_from[piece.channel])
        free_from[piece.channel] = begin + piece.n_samples
        placed.append((piece, begin))
    sound = np.zeros((max(free_from), 2), dtype=np.int16)
    for piece, begin in placed:
        for block in piece.sound.blocks():
            samples = pcm_to_samples(block)
            sound[begin : begin + len(samples), piece.channel] = samples
            begin += len(samples)
    sound.flags.writeable = False  # spares the clip a copy
    return Clip(sound)


def marked(make: Callable[[], Clip], turns: Iterable[Turn]) -> Callable[[], Recording]:
    """Return what makes a recording that knows its turns, of what makes its sound."""

    def make_marked() -> Recording:
        clip = make()
        if isinstance(clip, Recording):
            return clip
        return Recording(clip.samples, clip.rate, tuple(_marks(turns, clip.duration_ms)))

    return make_marked


def _marks(turns: Iterable[Turn], duration_ms: float) -> Iterable[Mark]:
    for turn in turns:
        if turn.start_ms is not None:
            end_ms = max(turn.start_ms, duration_ms) if turn.end_ms is None else turn.end_ms
            words = turn.heard_text if turn.interrupted else turn.text
            yield Mark(turn.turn, turn.role, float(turn.start_ms), float(end_ms), words, turn.interrupted)
