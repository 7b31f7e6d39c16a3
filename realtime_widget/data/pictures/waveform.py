"""A waveform: one lane a channel; a recording's with its turns, their first words, where they were cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...audio import Clip, Mark, Recording
from ...audio.envelope import envelope
from ...audio.player import describe
from .picture import new_picture
from .style import SMALL, Theme, dress, figure_of, head, label, need_matplotlib, theme_of, time_axis
from .writing import text_px, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .picture import Picture

__all__ = ["waveform"]

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 9.6, 0.86, 0.22, 0.7, 0.36  # hundreds of pixels
LANE, MARKED_LANE = 0.9, 1.15
HALF = 0.4
"""How far a full lane reaches from its middle, of the lane's height."""
QUIETEST = 0.05
"""A lane's scale is its own loudest sample, but not so far that noise looks like speech."""
WORDS_SIZE = 7.5
PAD_PX = 3.0
LEAST_WORDS_PX = 24.0
MOST_COLUMNS = 4000


@dataclass(frozen=True, slots=True)
class _Lane:
    """A channel: its name, its colour, and the turns that lie in it."""

    name: str
    color: str
    middle: float
    marks: tuple[Mark, ...] = ()


def waveform(clip: Clip, ax: Axes | None = None, *, theme: str = "auto") -> Picture | Axes:
    """Draw a clip into axes and return them; without axes return a picture of its own.

    Args:
        clip: What to draw; a `Recording` with its turns.
        ax: Axes of matplotlib.
        theme: `auto`, `light` or `dark`.

    Raises:
        ConfigError: There is no matplotlib, or no such theme.
    """
    need_matplotlib()
    colors = theme_of(theme, ax)
    lanes = _lanes(clip, colors)
    if ax is not None:
        figure = figure_of(ax)
        _draw(ax, clip, lanes, colors, width_px=max(1.0, ax.get_window_extent().width * 100 / figure.dpi))
        return ax
    title, words = _heading(clip)
    height = TOP + BOTTOM + len(lanes) * (MARKED_LANE if isinstance(clip, Recording) else LANE)
    picture = new_picture(WIDTH, height, colors, alt=f"{title}: {words}", layout=None)
    head(picture, colors, title, words)
    inner = WIDTH - LEFT - RIGHT
    box = (LEFT / WIDTH, BOTTOM / height, inner / WIDTH, (height - TOP - BOTTOM) / height)
    _draw(picture.add_axes(box), clip, lanes, colors, width_px=100 * inner)
    return picture


def _heading(clip: Clip) -> tuple[str, str]:
    words = describe(clip)
    if not isinstance(clip, Recording):
        return "Waveform", words
    n, cut = len(clip.turns), sum(mark.interrupted for mark in clip.turns)
    words += f" · {n} turn{'s' * (n != 1)}"
    return "Recording", words + (f" · {cut} interruption{'s' * (cut != 1)}" if cut else "")


def _lanes(clip: Clip, theme: Theme) -> list[_Lane]:
    n = clip.channels
    if isinstance(clip, Recording) and n == 2:
        marks = {role: tuple(m for m in clip.turns if m.role == role) for role in ("user", "assistant")}
        return [_Lane(role, theme.of(role), 1.5 - place, marks[role]) for place, role in enumerate(marks)]
    names = {1: ("",), 2: ("left", "right")}.get(n) or tuple(f"channel {place}" for place in range(n))
    return [_Lane(name, theme.user, n - place - 0.5) for place, name in enumerate(names)]


def _draw(ax: Axes, clip: Clip, lanes: Sequence[_Lane], theme: Theme, *, width_px: float) -> None:
    dress(ax, theme, grid="x")
    time_axis(ax, 0.0, clip.duration_ms, most=max(2, int(width_px / 85)))
    ax.set_ylim(0, len(lanes))
    ax.set_yticks(
        [lane.middle for lane in lanes], [lane.name for lane in lanes], fontsize=SMALL, color=theme.ink
    )
    for edge in range(len(lanes) + 1):
        ax.axhline(edge, color=theme.line, linewidth=0.8, zorder=0.6)
    channels = clip.samples.reshape(len(clip), -1).T if len(clip) else [clip.samples] * len(lanes)
    ms_per_px = max(1.0, clip.duration_ms) / width_px
    for lane, samples in zip(lanes, channels, strict=True):
        _draw_marks(ax, lane, theme, ms_per_px=ms_per_px)
        _draw_sound(ax, lane, samples, clip.duration_ms, n_columns=min(MOST_COLUMNS, int(2 * width_px)))
    if not len(clip):
        label(ax, 0.5, 0.5, "no sound", transform=ax.transAxes, color=theme.soft, ha="center")


def _draw_sound(ax: Axes, lane: _Lane, samples: Any, duration_ms: float, *, n_columns: int) -> None:
    lows, highs = envelope(samples, n_columns)
    if not len(lows):
        return
    middle = lane.middle - (0.06 if lane.marks else 0.0)  # below the words
    scale = HALF / max(QUIETEST, float(np.max(highs)), -float(np.min(lows)))
    times = np.linspace(0.0, duration_ms, len(lows), endpoint=False)
    ax.fill_between(
        times, middle + scale * lows, middle + scale * highs, color=lane.color, linewidth=0.7, zorder=3
    )


def _draw_marks(ax: Axes, lane: _Lane, theme: Theme, *, ms_per_px: float) -> None:
    """Draw where the turns of a lane lie, and their first words as far as there is room."""
    bottom, top = lane.middle - 0.5, lane.middle + 0.5
    spans = [(mark.start_ms, max(ms_per_px, mark.end_ms - mark.start_ms)) for mark in lane.marks]
    if spans:
        ax.broken_barh(spans, (bottom, 1.0), facecolor=lane.color, alpha=0.13, linewidth=0, zorder=1)
    # Of hundreds of turns the lines would hide the sound: then a notch at the top tells of a cut.
    dense = len(spans) * LEAST_WORDS_PX * ms_per_px > ax.get_xlim()[1]
    if not dense:
        starts = [mark.start_ms for mark in lane.marks]
        ax.vlines(starts, bottom, top, color=lane.color, linewidth=1.0, alpha=0.7, zorder=2)
    cut = [mark.end_ms for mark in lane.marks if mark.interrupted]
    if cut:
        ax.vlines(cut, top - 0.15 if dense else bottom, top, color=theme.ink, linewidth=1.6, zorder=4)
    nexts = [mark.start_ms for mark in lane.marks[1:]] + [ax.get_xlim()[1]]
    for mark, next_ms in zip(lane.marks, nexts, strict=False):
        # Words may reach beyond their turn, but not beyond where it was cut off.
        spans_of_words = [(mark.start_ms, mark.end_ms if mark.interrupted else next_ms, mark.text, theme.ink)]
        if mark.interrupted:
            spans_of_words.append((mark.end_ms, next_ms, "cut off", theme.soft))
        for start_ms, free_ms, words, color in spans_of_words:
            fitting = _fitting(words, (free_ms - start_ms) / ms_per_px - 3 * PAD_PX)
            if fitting:
                x = start_ms + PAD_PX * ms_per_px
                label(ax, x, top - 0.09, fitting, color=color, fontsize=WORDS_SIZE, clip_on=True, zorder=5)


def _fitting(text: str, room_px: float) -> str:
    """Return as many of the words as there is room for; nothing where that would tell nothing."""
    if room_px < LEAST_WORDS_PX:
        return ""
    clean, _ = write(text, limit=240)
    cut = clean
    while len(cut) > 1 and text_px(cut, WORDS_SIZE) > room_px:
        n = min(len(cut) - 2, int(len(cut) * room_px / text_px(cut, WORDS_SIZE)))
        cut = clean[: max(0, n)].rstrip(" ,.…") + "…"
    return cut if len(cut) > 2 or cut == clean else ""
