"""Where the time of each answer went, as a waterfall: a bar an answer, its stages one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import ConfigError
from ..stages import STAGES, stages
from .picture import new_picture
from .style import SMALL, Theme, dress, head, label, need_matplotlib, px_per_dot, theme_of
from .writing import text_px

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..latency import LatencyRow
    from .picture import Picture

__all__ = ["WORDS", "waterfall"]

WIDTH, LEFT, RIGHT, TOP, BOTTOM, KEY = 9.6, 0.86, 0.62, 0.82, 0.28, 0.3
BAR = 0.235
FILL = 0.72
FIGURES_SIZE = 7.0
OUTLIER = 2.0
"""A bar may be so many times the 90th percentile; a longer one would make all the others short."""
MOST = 1000
WORDS = {
    "endpointing_ms": "end of turn noticed",
    "starting_ms": "response begins",
    "calling_ms": "tools are called",
    "tools_ms": "tools run",
    "thinking_ms": "first word or sound",
    "synthesis_ms": "first sound",
    "playout_ms": "heard",
}
COLORS = {
    "endpointing_ms": "#8A8A8A",
    "starting_ms": "#56B4E9",
    "calling_ms": "#009E73",
    "tools_ms": "#009E73",
    "thinking_ms": "#2F7FC1",
    "synthesis_ms": "#E69F00",
    "playout_ms": "#CC79A7",
}
HATCHED = {"calling_ms": "////"}


@dataclass(frozen=True, slots=True)
class _Answer:
    turn: int
    parts: tuple[tuple[str, float], ...]
    total_ms: float


def waterfall(
    rows: Sequence[LatencyRow], ax: Axes | None = None, *, newest: int = 24, theme: str = "auto"
) -> Picture | Axes:
    """Draw the newest answers, the latest at the bottom, and the median of all.

    Args:
        rows: The answers.
        ax: Axes to draw into; they are returned. Without them a picture is.
        newest: How many answers to draw.
        theme: `auto`, `light` or `dark`.

    Raises:
        ConfigError: There is no matplotlib, or an argument is wrong.
    """
    need_matplotlib()
    if type(newest) is not int or not 1 <= newest <= MOST:
        raise ConfigError(f"newest={newest!r} is no number of answers from 1 to {MOST}.")
    colors = theme_of(theme, ax)
    answers = [answer for row in rows if (answer := _answer(row)) is not None]
    shown = answers[-newest:]
    if ax is not None:
        _draw(ax, answers, shown, colors)
        return ax
    height = TOP + max(3, len(shown)) * BAR + BOTTOM + KEY
    facts = _facts(answers, shown)
    picture = new_picture(WIDTH, height, colors, alt=f"Where the time went: {facts}", layout=None)
    head(picture, colors, "Where the time went", facts)
    inner = (WIDTH - LEFT - RIGHT) / WIDTH
    ax = picture.add_axes((LEFT / WIDTH, (BOTTOM + KEY) / height, inner, 1 - (TOP + BOTTOM + KEY) / height))
    _draw(ax, answers, shown, colors)
    _draw_key(picture, shown, colors)
    return picture


def _answer(row: LatencyRow) -> _Answer | None:
    found = stages(row)
    total_ms = found["total_ms"]
    if total_ms is None:
        return None
    return _Answer(row.turn, tuple((name, ms) for name in STAGES if (ms := found[name])), total_ms)


def _facts(answers: Sequence[_Answer], shown: Sequence[_Answer]) -> str:
    if not answers:
        return "No answer was given yet."
    totals = [answer.total_ms for answer in answers]
    n = f"{len(answers)} answer{'s' * (len(answers) != 1)}"
    some = f"the latest {len(shown)} of {n}" if len(shown) < len(answers) else n
    facts = [some, f"median {_seconds(median(totals))}"]
    if len(answers) >= 20:
        facts.append(f"95 % within {_seconds(float(np.percentile(totals, 95)))}")
    return " · ".join(facts)


def _seconds(ms: float) -> str:
    return f"{ms / 1000:.2f} s" if ms < 9995 else f"{ms / 1000:.1f} s"


def _draw(ax: Axes, answers: Sequence[_Answer], shown: Sequence[_Answer], theme: Theme) -> None:
    dress(ax, theme, grid="x")
    totals = np.array([answer.total_ms for answer in shown] or [1000.0])
    longest_ms = max(1.0, min(float(np.max(totals)), OUTLIER * float(np.percentile(totals, 90))))
    ax.set_xlim(0, longest_ms * 1.02)
    n = max(3, len(shown))
    ax.set_ylim(n - 0.5, -0.5)
    ax.set_yticks(range(len(shown)), [f"turn {answer.turn}" for answer in shown], color=theme.ink)
    ax.xaxis.set_major_formatter(lambda ms, _: f"{ms / 1000:g} s")
    _draw_bars(ax, shown, longest_ms)
    width_px = ax.get_window_extent().width * px_per_dot(ax)
    px_per_ms = width_px / (longest_ms * 1.02)
    behind = {"facecolor": theme.paper, "edgecolor": "none", "alpha": 0.85, "pad": 0.6}
    for place, answer in enumerate(shown):
        _write_figures(ax, answer, place, px_per_ms)
        x = min(answer.total_ms, longest_ms)
        words = ("▸ " if answer.total_ms > longest_ms else "") + _seconds(answer.total_ms)
        ax.annotate(words, (x, place), (4, 0), textcoords="offset points", fontsize=SMALL, va="center",
                    color=theme.ink, annotation_clip=False, bbox=behind)  # fmt: skip
    if len(answers) > 2:
        _draw_median(ax, median(answer.total_ms for answer in answers), theme)


def _draw_bars(ax: Axes, shown: Sequence[_Answer], longest_ms: float) -> None:
    for stage in STAGES:
        lefts, widths, places = [], [], []
        for place, answer in enumerate(shown):
            left = 0.0
            for name, ms in answer.parts:
                if name == stage and left < longest_ms:
                    lefts.append(left)
                    widths.append(min(ms, longest_ms - left))
                    places.append(place)
                left += ms
        looks: dict[str, Any] = {"color": COLORS[stage], "linewidth": 0}
        if stage in HATCHED:
            looks = {"facecolor": "none", "edgecolor": COLORS[stage], "hatch": HATCHED[stage], "linewidth": 0}
        ax.barh(places, widths, left=lefts, height=FILL, zorder=2, **looks)


def _write_figures(ax: Axes, answer: _Answer, place: int, px_per_ms: float) -> None:
    left = 0.0
    for name, ms in answer.parts:
        words = f"{ms / 1000:.2f}"
        if name not in HATCHED and text_px(words, FIGURES_SIZE) + 8 <= ms * px_per_ms:
            looks: dict[str, Any] = {
                "fontsize": FIGURES_SIZE,
                "clip_on": True,
                "color": "#101214",
                "zorder": 3,
            }
            label(ax, left + ms / 2, place, words, ha="center", **looks)
        left += ms


def _draw_median(ax: Axes, median_ms: float, theme: Theme) -> None:
    ax.axvline(median_ms, color=theme.ink, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1.5)
    words = f"median {_seconds(median_ms)}"
    ax.annotate(words, (median_ms, 1), (0, 3), xycoords=("data", "axes fraction"), textcoords="offset points",
                ha="center", fontsize=SMALL, color=theme.ink, annotation_clip=False)  # fmt: skip


def _draw_key(picture: Picture, shown: Sequence[_Answer], theme: Theme) -> None:
    from matplotlib.patches import Patch

    there = {name for answer in shown for name, _ in answer.parts}
    handles = [
        Patch(facecolor="none", edgecolor=COLORS[name], hatch=HATCHED[name], linewidth=0)
        if name in HATCHED
        else Patch(facecolor=COLORS[name], linewidth=0)
        for name in STAGES
        if name in there
    ]
    if not handles:
        return
    width, height = picture.get_size_inches()
    picture.legend(
        handles, [WORDS[name] for name in STAGES if name in there], loc="lower left", ncols=7, frameon=False,
        bbox_to_anchor=(LEFT / width, 0.1 / height), fontsize=7.5, labelcolor=theme.soft, handlelength=1.2,
        handletextpad=0.5, columnspacing=1.3, borderaxespad=0, borderpad=0,
    )  # fmt: skip
