"""A clip as a player in a notebook or a page: its outline, its sound, and nothing from elsewhere."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import AudioError
from .codecs import encode
from .envelope import envelope
from .pcm import Int16Array

if TYPE_CHECKING:
    from .clip import Clip

__all__ = ["CHANNEL_WORDS", "Lane", "describe", "plain_lanes", "player"]

PLAIN_MAX_BYTES = 500_000
"""Up to here (10 s of mono) a player carries plain WAV, beyond it a fifth of that, compressed."""
MAX_MS = 15 * 60_000
"""Longer ones would take seconds to compress and weigh 10 MB in the notebook's file."""
WAV_MAX_BYTES = 10_000_000
"""The same where nothing can compress: 3.5 minutes of mono."""

COLUMNS = 240
LANE_HEIGHT = 40
LEAST_HEIGHT = 0.6
CHANNEL_WORDS = {1: "mono", 2: "stereo"}


@dataclass(frozen=True, slots=True)
class Lane:
    """A channel as it is drawn: its name and its colour."""

    name: str = ""
    color: str = "currentColor"


def plain_lanes(n_channels: int) -> tuple[Lane, ...]:
    """Return the lanes of a clip of which nothing else is known; of many channels the first two."""
    return (Lane(),) if n_channels == 1 else (Lane("left"), Lane("right"))


def describe(clip: Clip) -> str:
    """Return length, rate and channels as people write them."""
    minutes, seconds = divmod(int(clip.duration_ms // 1000), 60)
    hours, minutes = divmod(minutes, 60)
    length = f"{hours}:{minutes:02}:{seconds:02} h" if hours else f"{minutes}:{seconds:02} min"
    length = f"{clip.duration_ms / 1000:.1f} s" if clip.duration_ms < 59_950 else length
    channels = CHANNEL_WORDS.get(clip.channels, f"{clip.channels} channels")
    return f"{length} · {clip.rate / 1000:g} kHz · {channels}"


def player(clip: Clip, label: str, lanes: Sequence[Lane]) -> str:
    """Return the HTML of a player that carries its sound.

    Args:
        clip: What to play.
        label: What it is called.
        lanes: Its first channels, to be outlined.
    """
    words = html.escape(label)
    if not len(clip):
        return f"<code>{words}</code>: no sound."
    sound = _packed(clip)
    head = f'<div style="font-size:12px;opacity:.8;padding:2px 0">{words}</div>'
    channels = clip.samples.reshape(len(clip), -1).T
    outline = "".join(_drawn(samples, lane) for samples, lane in zip(channels, lanes, strict=False))
    if sound is None:
        foot = (
            "<div>Too long to play here: cut a piece out, as in <code>clip[:60_000]</code>, or save all of "
            "it, <code>clip.save('clip.flac')</code>.</div>"
        )
    else:
        kind, data = sound
        source = f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
        style = "display:block;width:100%;height:36px;margin-top:4px"
        foot = f'<audio controls aria-label="{words}" title="{words}" style="{style}" src="{source}"></audio>'
    return f'<div class="rtw-clip" style="max-width:560px">{head}{outline}{foot}</div>'


def _packed(clip: Clip) -> tuple[str, bytes] | None:
    """Return kind and bytes of a sound file that browsers play, or None for what is too long."""
    if clip.samples.nbytes <= PLAIN_MAX_BYTES:
        return "audio/wav", clip.to_wav_bytes()
    if clip.duration_ms <= MAX_MS:
        try:
            return "audio/ogg", encode(clip, ".ogg", small=True)
        except AudioError:  # no soundfile, or a rate that the format doesn't hold
            pass
    return ("audio/wav", clip.to_wav_bytes()) if clip.samples.nbytes <= WAV_MAX_BYTES else None


def _drawn(samples: Int16Array, lane: Lane) -> str:
    lows, highs = envelope(samples, COLUMNS)
    middle = LANE_HEIGHT / 2
    bars = []
    for x, (low, high) in enumerate(zip(lows.tolist(), highs.tolist(), strict=True)):
        top = min(middle - high * middle, middle - LEAST_HEIGHT / 2)
        bottom = max(middle - low * middle, middle + LEAST_HEIGHT / 2)
        bars.append(f"M{x + 0.5} {top:.3g}V{bottom:.3g}")
    name, color = html.escape(lane.name), html.escape(lane.color)
    side = f'<span style="flex:none;width:64px;color:{color}">{name}</span>' if name else ""
    return (
        '<div style="display:flex;align-items:center;font-size:11px">'
        f'{side}<svg role="img" aria-hidden="true" viewBox="0 0 {len(bars)} {LANE_HEIGHT}" '
        f'preserveAspectRatio="none" style="flex:auto;width:100%;height:{LANE_HEIGHT}px">'
        f'<path d="{"".join(bars)}" stroke="{color}" stroke-width="0.8" fill="none"/></svg></div>'
    )
