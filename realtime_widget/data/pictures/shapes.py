"""Shapes: bars with soft corners, and the key that says what marks mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .style import HATCH, Theme

if TYPE_CHECKING:
    from matplotlib.path import Path

    from .picture import Picture
    from .scene import Scene

__all__ = ["bar_path", "draw_key", "key_height"]


def bar_path(left: float, right: float, bottom: float, top: float, radii: tuple[float, float]) -> Path:
    """Return a rectangle with round corners; the radii are along x and y, less where there is no room."""
    from matplotlib.path import Path

    rx, ry = min(radii[0], (right - left) / 2), min(radii[1], (top - bottom) / 2)
    points = [
        (left + rx, bottom), (right - rx, bottom), (right, bottom), (right, bottom + ry), (right, top - ry),
        (right, top), (right - rx, top), (left + rx, top), (left, top), (left, top - ry), (left, bottom + ry),
        (left, bottom), (left + rx, bottom), (left + rx, bottom),
    ]  # fmt: skip
    move, line, curve = Path.MOVETO, Path.LINETO, Path.CURVE3
    codes = [move, *(line, curve, curve) * 4, Path.CLOSEPOLY]
    return Path(points, codes)


def _key(scene: Scene) -> list[str]:
    there = {
        "cut off, never heard": any(part.end_ms > part.heard_end_ms for part in scene.said),
        "wait for the answer": bool(scene.gaps),
        "both at once": bool(scene.overlaps),
        "call without a result": any(call.failed for call in scene.calls),
        "new connection": bool(scene.seams),
    }
    return [words for words, shown in there.items() if shown]


def _columns(width: float) -> int:
    return max(1, min(5, int((width - 0.5) / 1.55)))


def key_height(scene: Scene, width: float) -> float:
    """Return how much room the key of a timeline takes, in inches."""
    n = len(_key(scene))
    return 0.06 + 0.19 * -(-n // _columns(width))


def draw_key(picture: Picture, scene: Scene, theme: Theme, *, left: float) -> None:
    """Say below a timeline what its marks mean; only of those that are there. `left` is in inches."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: dict[str, Any] = {
        "cut off, never heard": Patch(fc="none", ec=theme.assistant, hatch=HATCH * 2, linewidth=0),
        "wait for the answer": Line2D([], [], color=theme.gap, linewidth=1.3, marker="|", markersize=6),
        "both at once": Patch(fc=theme.gap, alpha=0.28, linewidth=0),
        "call without a result": Patch(fc="none", ec=theme.failure, hatch="xxxxx", linewidth=0),
        "new connection": Line2D([], [], color=theme.soft, linewidth=1.2, linestyle=(0, (2, 2))),
    }
    shown = _key(scene)
    if not shown:
        return
    width, height = picture.get_size_inches()
    left = min(left, 0.16) if width < 6 else left
    picture.legend(
        [handles[words] for words in shown], shown, loc="lower left", ncols=_columns(width), frameon=False,
        bbox_to_anchor=(left / width, 0.08 / height), fontsize=7.5, labelcolor=theme.soft, handlelength=1.8,
        handletextpad=0.6, columnspacing=1.6, borderaxespad=0, borderpad=0, labelspacing=0.5,
    )  # fmt: skip
