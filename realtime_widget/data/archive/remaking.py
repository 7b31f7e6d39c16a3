"""A recording made anew of the turns' own sounds, where a file lost its end."""

from __future__ import annotations

from collections.abc import Iterable

from ...audio import SAMPLE_RATE, SAMPLES_PER_MS, Clip
from ...errors import AudioError
from ..turns import Turn
from .limits import MAX_CLIP_SAMPLES
from .sounds import room

__all__ = ["remade"]

CHANNELS = {"user": 0, "assistant": 1}


def remade(turns: Iterable[Turn]) -> Clip:
    """Return what was heard of each turn, where it began: channel 0 the user, channel 1 the assistant.

    It lacks what sounded between the turns. A turn whose sound can't be read is silent.
    """
    placed = []
    for turn in turns:
        channel = CHANNELS.get(turn.role)
        if channel is None or turn.start_ms is None:
            continue
        try:
            clip = turn.audio
        except AudioError:
            continue
        begin = max(0, turn.start_ms) * SAMPLES_PER_MS
        n = len(clip) if turn.heard_ms is None else min(len(clip), max(0, turn.heard_ms) * SAMPLES_PER_MS)
        if n and clip.rate == SAMPLE_RATE and (begin + n) * len(CHANNELS) <= MAX_CLIP_SAMPLES:
            placed.append((begin, n, channel, turn))
    sound = room(max((begin + n for begin, n, _, _ in placed), default=0), len(CHANNELS))
    for begin, n, channel, turn in placed:
        sound[begin : begin + n, channel] = turn.audio.to_mono().samples[:n]
    sound.flags.writeable = False  # spares the clip a copy
    return Clip(sound)
