"""The conversation as a timeline: a lane for each side and one for the tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import ConfigError
from ..display.static import one_line
from ..replay.spans import choose
from ..tables import Tables
from .lanes import Lanes, draw_row
from .overview import draw_overview, overview
from .picture import new_picture
from .rows import Row, is_dense, lay_out
from .scene import Scene, scene
from .shapes import draw_key, key_height
from .style import Theme, clock, head, need_matplotlib, px_per_dot, theme_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .picture import Picture

__all__ = ["describe", "timeline", "timeline_into"]

WIDTHS = (320, 4000)
LEFT, RIGHT, TOP = 0.86, 0.22, 0.7
LANE, ONLY_LANE = 0.3, 0.42
AXIS = 0.36
EMPTY = Row(0.0, 10_000.0)


def timeline(
    data: Tables,
    *,
    since_ms: float | None = None,
    until_ms: float | None = None,
    turns: slice | None = None,
    title: str = "",
    width: int = 960,
    theme: str = "auto",
) -> Picture:
    """Draw who said what when, as a picture of its own.

    Args:
        data: The conversation.
        since_ms: Only turns that sounded from this moment on.
        until_ms: Only turns that began before it.
        turns: Only these, by their places; instead of a span of time.
        title: The heading.
        width: In pixels of a screen.
        theme: `auto`, `light` or `dark`.

    Raises:
        ConfigError: There is no matplotlib, or an argument is wrong.
    """
    need_matplotlib()
    if type(width) is not int or not WIDTHS[0] <= width <= WIDTHS[1]:
        raise ConfigError(f"width={width!r} is no number of pixels from {WIDTHS[0]} to {WIDTHS[1]}.")
    colors = theme_of(theme)
    chosen = choose(data, since_ms=since_ms, until_ms=until_ms, turns=turns)
    shown = scene(data, chosen)
    heading = one_line(title) or "Conversation"
    words = describe(shown)
    if is_dense(shown):
        return overview(shown, colors, width=width / 100, title=heading, words=words)
    return _draw(shown, colors, width / 100, heading, words)


def timeline_into(
    ax: Axes,
    data: Tables,
    *,
    since_ms: float | None = None,
    until_ms: float | None = None,
    turns: slice | None = None,
    theme: str = "auto",
) -> Axes:
    """Draw it as one row into axes of the caller's; the rest is as in `timeline`."""
    need_matplotlib()
    colors = theme_of(theme, ax)
    chosen = choose(data, since_ms=since_ms, until_ms=until_ms, turns=turns)
    shown = scene(data, chosen)
    if is_dense(shown):
        draw_overview(ax, shown, colors)
        return ax
    lanes = Lanes.of(shown, LANE)
    row = Row(shown.start_ms, shown.end_ms) if shown.said else EMPTY
    box = ax.get_window_extent()
    scale = px_per_dot(ax)
    lane_px = max(1.0, box.height * scale * lanes.lane / lanes.height)
    draw_row(ax, shown, row, lanes, colors, width_px=max(1.0, box.width * scale), lane_px=lane_px)
    return ax


def describe(shown: Scene) -> str:
    """Return in words what a timeline shows."""
    if not shown.said:
        return "Nothing was said yet."
    n = len(shown.said)
    facts = [f"{n} turn{'s' * (n != 1)} in {clock(shown.end_ms - shown.start_ms)}"]
    failed = sum(call.failed for call in shown.calls)
    without = f", {failed} without a result" if failed else ""
    counts = (
        (shown.n_interrupted, "interruption", ""),
        (len(shown.calls), "tool call", without),
        (len(shown.seams), "reconnect", ""),
    )
    facts += [f"{count} {what}{'s' * (count != 1)}{more}" for count, what, more in counts if count]
    return " · ".join(facts)


def _draw(shown: Scene, theme: Theme, width: float, title: str, words: str) -> Picture:
    rows = lay_out(shown) if shown.said else (EMPTY,)
    lanes = Lanes.of(shown, ONLY_LANE if len(rows) == 1 else LANE)
    height = TOP + len(rows) * (lanes.height + AXIS) + key_height(shown, width)
    picture = new_picture(width, height, theme, alt=f"{title}: {words}", layout=None)
    head(picture, theme, title, words)
    inner = width - LEFT - RIGHT
    for place, row in enumerate(rows):
        bottom = height - TOP - place * (lanes.height + AXIS) - lanes.height
        box = (LEFT / width, bottom / height, inner / width, lanes.height / height)
        draw_row(picture.add_axes(box), shown, row, lanes, theme, width_px=100 * inner)
    draw_key(picture, shown, theme, left=LEFT)
    return picture
