"""What a conversation cost: the sum as it grew, and the tokens of each bill."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..money.pricing import MODALITIES, money
from .picture import new_picture
from .style import SMALL, Theme, dress, head, need_matplotlib, theme_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..usage import UsageRow, UsageTable
    from .picture import Picture

__all__ = ["spending"]

WIDTH, LEFT, RIGHT, TOP, BOTTOM, SPACE = 9.6, 0.86, 0.7, 0.92, 0.62, 0.42
HIGH, TOKENS_HIGH = 1.1, 1.3
MOST_BARS = 120
KINDS = ("new input", "input from the cache", "output")
Numbers = npt.NDArray[np.float64]


def spending(usage: UsageTable, ax: Axes | None = None, *, theme: str = "auto") -> Picture | Axes:
    """Draw what bills cost, added up, and below the tokens of each; into axes only the former.

    Raises:
        ConfigError: There is no matplotlib, or no such theme.
    """
    need_matplotlib()
    colors = theme_of(theme, ax)
    rows = usage.rows()
    if ax is not None:
        _draw_cost(ax, rows, colors)
        return ax
    paid = any(row.cost_usd for row in rows)  # a line along zero tells nothing that the heading doesn't
    high = HIGH + SPACE if paid else 0.12
    height = TOP + high + TOKENS_HIGH + BOTTOM
    facts = _facts(usage, rows)
    picture = new_picture(WIDTH, height, colors, alt=f"What it cost: {facts}", layout=None)
    head(picture, colors, "What it cost", facts)
    inner = (WIDTH - LEFT - RIGHT) / WIDTH
    if paid:
        top = picture.add_axes((LEFT / WIDTH, 1 - (TOP + HIGH) / height, inner, HIGH / height))
        _draw_cost(top, rows, colors)
        top.tick_params(labelbottom=False)
    below = picture.add_axes((LEFT / WIDTH, BOTTOM / height, inner, TOKENS_HIGH / height))
    _draw_tokens(below, rows, colors)
    _draw_key(picture, colors)
    return picture


def _facts(usage: UsageTable, rows: Sequence[UsageRow]) -> str:
    if not rows:
        return "Nothing was billed yet."
    bills = f"{len(rows):,} bill{'s' * (len(rows) != 1)}"
    since = f"prices of {usage.prices.date}" if usage.prices.date and usage.cost_usd else ""
    return " · ".join(filter(None, (money(usage.cost_usd), bills, since, usage.unknown)))


def _draw_cost(ax: Axes, rows: Sequence[UsageRow], theme: Theme) -> None:
    dress(ax, theme, grid="y")
    sums: Numbers = np.cumsum([0.0, *(row.cost_usd or 0.0 for row in rows)])
    ax.fill_between(range(len(sums)), sums, step="pre", color=theme.tool, alpha=0.22, linewidth=0)
    ax.plot(range(len(sums)), sums, drawstyle="steps-pre", color=theme.tool, linewidth=1.6)
    ax.set_xlim(0, max(1, len(rows)))
    ax.set_ylim(0, 1.12 * float(sums[-1]) or 1.0)
    ax.yaxis.set_major_formatter(lambda usd, _: f"${usd:g}")
    ax.locator_params(axis="y", nbins=4)
    ax.locator_params(axis="x", nbins=10, integer=True)
    _name(ax, "cost, added up", theme)
    if rows:
        ax.annotate(money(float(sums[-1])), (len(rows), sums[-1]), (4, 0), textcoords="offset points",
                    va="center", fontsize=SMALL, color=theme.ink, annotation_clip=False)  # fmt: skip


def _tokens(rows: Sequence[UsageRow]) -> Numbers:
    """Return the tokens of each bill: input that is new, input from the cache, output; one column each."""
    found = np.zeros((max(1, len(rows)), 3))
    for place, row in enumerate(rows):
        cached = sum(getattr(row, f"cached_{modality}_tokens") or 0 for modality in MODALITIES)
        given = sum(getattr(row, f"input_{modality}_tokens") or 0 for modality in MODALITIES)
        made = (row.output_text_tokens or 0) + (row.output_audio_tokens or 0)
        found[place] = (max(0, given - cached), cached, made)
    return found


def _draw_tokens(ax: Axes, rows: Sequence[UsageRow], theme: Theme) -> None:
    dress(ax, theme, grid="y")
    tokens = _tokens(rows)
    step = -(-len(tokens) // MOST_BARS)
    starts = np.arange(0, len(tokens), step)
    sums = np.add.reduceat(tokens, starts, axis=0)
    bottom = np.zeros(len(starts))
    for kind, looks in enumerate(_looks(theme)):
        ax.bar(starts + step / 2, sums[:, kind], bottom=bottom, width=0.86 * step, linewidth=0, **looks)
        bottom += sums[:, kind]
    ax.set_xlim(0, max(1, len(rows)))
    ax.set_ylim(0, 1.08 * float(np.max(bottom)) or 1.0)
    ax.yaxis.set_major_formatter(lambda n, _: f"{n / 1000:g}k" if n >= 1000 else f"{n:g}")
    ax.locator_params(axis="y", nbins=4)
    ax.locator_params(axis="x", nbins=10, integer=True)
    _name(ax, "tokens of each bill" if step == 1 else f"tokens of each {step} bills", theme)


def _looks(theme: Theme) -> tuple[dict[str, Any], ...]:
    cached = {"facecolor": "none", "edgecolor": theme.user, "hatch": "////"}
    return {"color": theme.user}, cached, {"color": theme.assistant}


def _name(ax: Axes, words: str, theme: Theme) -> None:
    ax.annotate(words, (0, 1), (0, 5), xycoords="axes fraction", textcoords="offset points", color=theme.ink,
                fontsize=SMALL, va="bottom")  # fmt: skip


def _draw_key(picture: Picture, theme: Theme) -> None:
    from matplotlib.patches import Patch

    width, height = picture.get_size_inches()
    picture.legend(
        [Patch(linewidth=0, **looks) for looks in _looks(theme)], KINDS, loc="lower left", ncols=3,
        frameon=False, bbox_to_anchor=(LEFT / width, 0.1 / height), fontsize=7.5,
        labelcolor=theme.soft, handlelength=1.4, handletextpad=0.5, columnspacing=1.6, borderaxespad=0,
        borderpad=0,
    )  # fmt: skip
