"""A long conversation from afar: how time was shared, how long answers took, what the tools did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .picture import new_picture
from .scene import Scene
from .style import SMALL, STEPS_MS, Theme, dress, head, time_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .picture import Picture

__all__ = ["draw_overview", "overview"]

Numbers = npt.NDArray[np.float64]
BINS = 120
LEFT, RIGHT, TOP, BOTTOM, SPACE = 0.86, 0.22, 0.9, 0.36, 0.34
SHARES, SMALLER, SMALLEST = 1.4, 0.55, 0.35


def overview(shown: Scene, theme: Theme, *, width: float, title: str, words: str) -> Picture:
    """Return a picture with a panel for each thing that there is to see."""
    panels: list[tuple[float, Callable[[Axes, Scene, Theme, Numbers], None]]] = [(SHARES, _draw_shares)]
    if shown.gaps:
        panels.append((SMALLER, _draw_waits))
    if shown.calls:
        panels.append((SMALLER, _draw_calls))
    if shown.n_interrupted:
        panels.append((SMALLEST, _draw_interruptions))
    height = TOP + sum(high for high, _ in panels) + SPACE * (len(panels) - 1) + BOTTOM
    picture = new_picture(width, height, theme, alt=f"{title}: {words}", layout=None)
    head(picture, theme, title, words)
    edges = _edges(shown)
    top = height - TOP
    for place, (high, draw) in enumerate(panels):
        box = (LEFT / width, (top - high) / height, (width - LEFT - RIGHT) / width, high / height)
        ax = picture.add_axes(box)
        draw(ax, shown, theme, edges)
        time_axis(ax, edges[0], edges[-1], most=max(3, int(width)))
        if place < len(panels) - 1:
            ax.tick_params(labelbottom=False)
        top -= high + SPACE
    return picture


def draw_overview(ax: Axes, shown: Scene, theme: Theme) -> None:
    """Draw into axes how time was shared."""
    edges = _edges(shown)
    _draw_shares(ax, shown, theme, edges)
    time_axis(ax, edges[0], edges[-1])


def _edges(shown: Scene) -> Numbers:
    wanted_ms = (shown.end_ms - shown.start_ms) / BINS
    step_ms = next((step for step in STEPS_MS if step >= wanted_ms), STEPS_MS[-1])
    first = np.floor(shown.start_ms / step_ms) * step_ms
    return np.arange(first, shown.end_ms + step_ms, step_ms, dtype=np.float64)


def _share(spans: Sequence[tuple[float, float]], edges: Numbers) -> Numbers:
    """Return how much of each bin is covered by spans of time; twice where two are there at once."""
    if not spans:
        return np.zeros(len(edges) - 1)
    begin, end = np.array(sorted(spans)).T
    # All that was covered up to a moment: whole spans that ended, and of those that go on what has passed.
    end = np.sort(end)
    before_begin, before_end = np.searchsorted(begin, edges), np.searchsorted(end, edges)
    begun = edges * before_begin - np.concatenate(([0.0], np.cumsum(begin)))[before_begin]
    ended = edges * before_end - np.concatenate(([0.0], np.cumsum(end)))[before_end]
    share: Numbers = np.diff(begun - ended) / np.diff(edges)
    return share


def _draw_shares(ax: Axes, shown: Scene, theme: Theme, edges: Numbers) -> None:
    dress(ax, theme, grid="y")
    middles, width = (edges[:-1] + edges[1:]) / 2, 0.86 * np.diff(edges)
    most = 0.0
    for role, sign in (("user", 1), ("assistant", -1)):
        spans = [(part.start_ms, part.heard_end_ms) for part in shown.said if part.role == role]
        share = np.clip(_share(spans, edges), 0, 1)
        most = max(most, float(np.max(share)))
        ax.bar(middles, sign * share, width=width, color=theme.of(role), linewidth=0, zorder=2)
    ax.axhline(0, color=theme.soft, linewidth=0.8, zorder=3)
    top = 1.0 if most > 0.5 else 0.5
    ax.set_ylim(-1.04 * top, 1.04 * top)
    ax.set_yticks([-top, 0, top], [f"{top:.0%}", "0", f"{top:.0%}"])
    words = f"share of each {_bin(edges)}: user above, assistant below"
    if shown.seams:
        at = [seam.end_ms for seam in shown.seams]
        ax.plot(at, [1.04 * top] * len(at), "v", color=theme.soft, markersize=4, linewidth=0, clip_on=False)
        words += " · ▾ new connection"
    _name(ax, words, theme)


def _bin(edges: Numbers) -> str:
    step_s = (edges[1] - edges[0]) / 1000
    if step_s < 60:
        return f"{step_s:.0f} s"
    return f"{step_s / 60:.0f} min" if step_s < 3600 else f"{step_s / 3600:.0f} h"


def _draw_waits(ax: Axes, shown: Scene, theme: Theme, edges: Numbers) -> None:
    """Draw how long answers took in each bin: the middle one, and the middle half."""
    dress(ax, theme, grid="y")
    starts = np.array([gap.start_ms for gap in shown.gaps])
    waits = np.array([gap.end_ms - gap.start_ms for gap in shown.gaps]) / 1000
    places = np.digitize(starts, edges) - 1
    order = np.argsort(places, kind="stable")
    found, first = np.unique(places[order], return_index=True)
    groups = np.split(waits[order], first[1:])
    low, mid, high = np.array([np.percentile(group, (25, 50, 75)) for group in groups]).T
    middles = ((edges[:-1] + edges[1:]) / 2)[np.clip(found, 0, len(edges) - 2)]
    ax.fill_between(middles, low, high, color=theme.gap, alpha=0.25, linewidth=0)
    ax.plot(middles, mid, color=theme.gap, linewidth=1.4)
    ax.set_ylim(0, max(0.1, 1.1 * float(np.max(high))))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g} s")
    ax.locator_params(axis="y", nbins=3)
    _name(ax, "wait for the answer: median and middle half", theme)


def _draw_calls(ax: Axes, shown: Scene, theme: Theme, edges: Numbers) -> None:
    dress(ax, theme, grid="y")
    middles, width = (edges[:-1] + edges[1:]) / 2, 0.86 * np.diff(edges)
    well, _ = np.histogram([call.start_ms for call in shown.calls if not call.failed], edges)
    failed, _ = np.histogram([call.start_ms for call in shown.calls if call.failed], edges)
    ax.bar(middles, well, width=width, color=theme.tool, linewidth=0)
    looks: dict[str, Any] = {"facecolor": "none", "edgecolor": theme.failure, "hatch": "xxxx", "linewidth": 0}
    ax.bar(middles, failed, bottom=well, width=width, **looks)
    ax.set_ylim(0, 1.1 * max(1, int(np.max(well + failed))))
    ax.locator_params(axis="y", nbins=3, integer=True)
    some = any(call.failed for call in shown.calls)
    _name(ax, "tool calls" + (" · crossed: without a result" if some else ""), theme)


def _draw_interruptions(ax: Axes, shown: Scene, theme: Theme, edges: Numbers) -> None:
    dress(ax, theme, grid="y")
    cut, _ = np.histogram([part.heard_end_ms for part in shown.said if part.interrupted], edges)
    middles, width = (edges[:-1] + edges[1:]) / 2, 0.86 * np.diff(edges)
    ax.bar(middles, cut, width=width, color=theme.soft, linewidth=0)
    ax.set_ylim(0, 1.1 * max(1, int(np.max(cut))))
    ax.locator_params(axis="y", nbins=2, integer=True)
    _name(ax, "interruptions", theme)


def _name(ax: Axes, words: str, theme: Theme) -> None:
    # So many points above the axes, however high they are.
    ax.annotate(words, (0, 1), (0, 4), xycoords="axes fraction", textcoords="offset points", color=theme.ink,
                fontsize=SMALL, va="bottom")  # fmt: skip
