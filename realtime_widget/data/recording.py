"""Both sides on one clock, as it sounded: what was cut off by an interruption is silent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..audio import BYTES_PER_MS, BYTES_PER_SAMPLE, SAMPLES_PER_MS, Clip, pcm_to_samples
from ..protocol.input_audio import InputChunk
from ..protocol.protocol import RealtimeProtocol

__all__ = ["Piece", "collect", "mix"]

USER, ASSISTANT = 0, 1
JOIN_MS = 1.0
"""Chunks nearer to each other than this are one run: their times are rounded, their samples aren't."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of sound of one side: where it begins, its chunks, and how many samples of them were heard."""

    channel: int
    start_ms: float
    chunks: tuple[bytes, ...]
    n_samples: int


def collect(protocol: RealtimeProtocol, *, user: bool, assistant: bool) -> list[Piece]:
    """Return what sounded, as references to the sound; cheap, to be called with the lock held."""
    pieces = _user_runs(protocol.input_audio) if user else []
    if assistant:
        pieces += _answers(protocol)
    return pieces


def _user_runs(chunks: Iterable[InputChunk]) -> list[Piece]:
    pieces: list[Piece] = []
    run: list[bytes] = []
    start_ms = end_ms = 0.0

    def close() -> None:
        if run:
            pieces.append(Piece(USER, start_ms, tuple(run), sum(map(len, run)) // BYTES_PER_SAMPLE))

    for chunk in chunks:
        if chunk.pcm is None:
            continue
        if not run or abs(chunk.start_ms - end_ms) > JOIN_MS:
            close()
            run, start_ms = [], chunk.start_ms
        run.append(chunk.pcm)
        end_ms = chunk.start_ms + chunk.n_bytes / BYTES_PER_MS
    close()
    return pieces


def _answers(protocol: RealtimeProtocol) -> list[Piece]:
    pieces = []
    for playback in protocol.playback:
        item = protocol.conversation.items.get(playback.item_id)
        part = item.parts.get(playback.content_index) if item is not None else None
        heard, _ = protocol.playback.heard_samples(playback, protocol.now_ms)
        if part is not None and part.audio and heard:
            pieces.append(Piece(ASSISTANT, max(0.0, playback.start_ms), tuple(part.audio), heard))
    return pieces


def mix(pieces: list[Piece]) -> Clip:
    """Lay pieces out in two channels, user and assistant, with silence between them."""
    placed: list[tuple[int, int, np.ndarray[tuple[int], np.dtype[np.int16]]]] = []
    free_from = [0, 0]
    for piece in sorted(pieces, key=lambda piece: piece.start_ms):
        samples = pcm_to_samples(_whole_samples(piece.chunks))[: piece.n_samples]
        # Nobody says two things at once: a piece waits for the one before it.
        begin = max(round(piece.start_ms * SAMPLES_PER_MS), free_from[piece.channel])
        free_from[piece.channel] = begin + len(samples)
        placed.append((piece.channel, begin, samples))
    sound = np.zeros((max(free_from), 2), dtype=np.int16)
    for channel, begin, samples in placed:
        sound[begin : begin + len(samples), channel] = samples
    sound.flags.writeable = False  # spares the clip a copy
    return Clip(sound)


def _whole_samples(chunks: tuple[bytes, ...]) -> bytes:
    pcm = b"".join(chunks)
    return pcm[: len(pcm) // BYTES_PER_SAMPLE * BYTES_PER_SAMPLE]
