"""One row of a timeline: lanes with bars, what was cut off, waits, calls and seams. Heights are inches."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .rows import Row
from .scene import Call, Gap, Said, Scene
from .shapes import bar_path
from .style import HATCH, SMALL, Theme, dress, label, time_axis
from .writing import text_px, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Lanes", "draw_row"]

NAMES = {"user": "User", "assistant": "Assistant", "system": "System"}
MOST_SLOTS = 3
SLOT = 0.62
"""Height of one of several calls at once, as a share of a lane."""
FILL = 0.68
"""How much of its lane a bar fills."""
LEAST_PX = 4.0
LEAST_WORDS_PX = 48.0
MANY_TURNS = 20
"""A row of more has words only where bars are wide."""
MANY_WAITS = 24
"""From so many on only the longer ones are told in figures."""
WORDS_SIZE = 7.5
_MARKS = {"failed": "✕ ", "timed_out": "✕ ", "cancelled": "✕ "}
PAD_PX = 5.0


@dataclass(frozen=True, slots=True)
class Lanes:
    """Where the lanes are: the middle of each, by name from the top, and how high it is."""

    names: tuple[str, ...]
    middles: tuple[float, ...]
    height: float
    lane: float
    slots: int

    @classmethod
    def of(cls, scene: Scene, lane: float) -> Lanes:
        """Return the lanes that a scene needs."""
        slots = min(scene.n_slots, MOST_SLOTS)
        tools = 0.0 if not slots else lane if slots == 1 else slots * SLOT * lane
        height = len(scene.roles) * lane + tools
        middles = [height - (place + 0.5) * lane for place in range(len(scene.roles))]
        names = [NAMES.get(role, role.capitalize()) for role in scene.roles]
        if slots:
            names.append("Tools")
            middles.append(tools / 2)
        return cls(tuple(names), tuple(middles), height, lane, slots)

    def of_role(self, scene: Scene, role: str) -> float:
        """Return the middle of a side's lane."""
        return self.middles[scene.roles.index(role)]

    def of_slot(self, slot: int) -> tuple[float, float]:
        """Return the middle and the height of a call's bar."""
        if self.slots == 1:
            return self.middles[-1], FILL * self.lane
        step = SLOT * self.lane
        return (self.slots - min(slot, self.slots - 1) - 0.5) * step, 0.8 * step


class _Row:
    """What drawing one row needs."""

    def __init__(
        self, ax: Axes, scene: Scene, row: Row, lanes: Lanes, theme: Theme, width_px: float, lane_px: float
    ) -> None:
        self.ax, self.scene, self.row, self.lanes, self.theme = ax, scene, row, lanes, theme
        self.ms_per_px = (row.end_ms - row.start_ms) / width_px
        self.height_per_px = lanes.lane / lane_px
        self.bars: dict[tuple[tuple[str, Any], ...], list[Any]] = {}
        self.said = [part for part in scene.said if self.shows(part.start_ms, part.end_ms)]

    def shows(self, start_ms: float, end_ms: float) -> bool:
        return end_ms >= self.row.start_ms and start_ms < self.row.end_ms

    def bar(self, start_ms: float, end_ms: float, middle: float, height: float, **looks: Any) -> None:
        radii = (3.5 * self.ms_per_px, 3.5 * self.height_per_px)
        path = bar_path(start_ms, end_ms, middle - height / 2, middle + height / 2, radii)
        self.bars.setdefault(tuple(looks.items()), []).append(path)

    def finish(self) -> None:
        """Put the bars into the axes; those that look the same at once, which is far quicker."""
        from matplotlib.collections import PathCollection

        for looks, paths in self.bars.items():
            self.ax.add_collection(PathCollection(paths, linewidths=0, **dict(looks)), autolim=False)


def draw_row(
    ax: Axes,
    scene: Scene,
    row: Row,
    lanes: Lanes,
    theme: Theme,
    *,
    width_px: float,
    lane_px: float | None = None,
) -> None:
    """Draw one row into axes that are so many pixels wide, with lanes of so many pixels."""
    drawn = _Row(ax, scene, row, lanes, theme, width_px, lane_px or 100 * lanes.lane)
    dress(ax, theme, grid="x")
    time_axis(ax, row.start_ms, row.end_ms, most=max(2, int(width_px / 85)))
    ax.set_ylim(0, lanes.height)
    ax.set_yticks(lanes.middles, lanes.names, fontsize=SMALL, color=theme.ink)
    for top in _edges(lanes):
        ax.axhline(top, color=theme.line, linewidth=0.8, zorder=0.6)
    _draw_overlaps(drawn)
    _draw_seams(drawn)
    waits = _draw_gaps(drawn)
    for role in scene.roles:
        _draw_side(drawn, role, waits if role == "assistant" else ())
    _draw_calls(drawn)
    drawn.finish()
    if row.pause_ms:
        words = f"after {_length(row.pause_ms)} of silence"
        y = lanes.height + 4 * drawn.height_per_px
        label(ax, row.start_ms, y, words, color=theme.soft, fontsize=7, style="italic", va="bottom")


def _edges(lanes: Lanes) -> list[float]:
    tools = 1 if lanes.slots else 0
    sides = len(lanes.names) - tools
    return [lanes.height - place * lanes.lane for place in range(sides + 1)] + ([0.0] if tools else [])


# -- both sides ----------------------------------------------------------------------------------------------


def _draw_side(drawn: _Row, role: str, waits: Sequence[float]) -> None:
    """Draw the turns of one side; `waits` are where the words of a wait begin."""
    middle, height = drawn.lanes.of_role(drawn.scene, role), FILL * drawn.lanes.lane
    color = drawn.theme.of(role)
    parts = [part for part in drawn.said if part.role == role]
    for place, part in enumerate(parts):
        shown_end_ms = max(part.heard_end_ms, part.start_ms + LEAST_PX * drawn.ms_per_px)
        if part.end_ms > part.heard_end_ms:
            looks = {"facecolor": "none", "edgecolor": color, "hatch": HATCH, "alpha": 0.75, "zorder": 2}
            drawn.bar(part.heard_end_ms, part.end_ms, middle, height, **looks)
        drawn.bar(part.start_ms, shown_end_ms, middle, height, facecolor=color, zorder=3)
        if part.interrupted:
            x = part.heard_end_ms
            drawn.ax.plot([x, x], [middle - 0.62 * height, middle + 0.62 * height], color=drawn.theme.ink,
                          linewidth=1.6, zorder=4, solid_capstyle="butt")  # fmt: skip
        free_ms = parts[place + 1].start_ms if place + 1 < len(parts) else drawn.row.end_ms
        after = bisect_left(waits, part.end_ms)
        if after < len(waits):
            free_ms = min(free_ms, waits[after])
        _write_words(drawn, part, middle, shown_end_ms, free_ms)


def _write_words(drawn: _Row, part: Said, middle: float, shown_end_ms: float, free_ms: float) -> None:
    """Write what was said into its bar or, where that is too short, behind it."""
    outside = max(part.end_ms, shown_end_ms) + PAD_PX * drawn.ms_per_px
    if part.running and outside < drawn.row.end_ms:
        label(drawn.ax, outside, middle, "…", color=drawn.theme.soft, fontsize=SMALL, zorder=5)
    if not part.words or part.start_ms < drawn.row.start_ms:
        return  # what began in the row before has its words there
    inside = part.start_ms + PAD_PX * drawn.ms_per_px
    room_px = (min(shown_end_ms, drawn.row.end_ms) - inside) / drawn.ms_per_px - PAD_PX
    if room_px >= LEAST_WORDS_PX:
        _write(drawn, inside, middle, part.words, room_px, color=drawn.theme.on(drawn.theme.of(part.role)))
        return
    room_px = (min(free_ms, drawn.row.end_ms) - outside) / drawn.ms_per_px - PAD_PX
    if room_px >= 1.6 * LEAST_WORDS_PX and not part.running and len(drawn.said) <= MANY_TURNS:
        _write(drawn, outside, middle, part.words, room_px, color=drawn.theme.soft)


def _write(drawn: _Row, x: float, y: float, words: str, room_px: float, **looks: Any) -> None:
    clean, _ = write(words, limit=240)
    room_px = max(0.0, room_px)
    cut = clean
    while len(cut) > 1 and text_px(cut, WORDS_SIZE) > room_px:
        n = min(len(cut) - 2, int(len(cut) * room_px / text_px(cut, WORDS_SIZE)))
        cut = clean[: max(0, n)].rstrip(" ,.…") + "…"
    if len(cut) > 2 or cut == clean:
        label(drawn.ax, x, y, cut, limit=240, fontsize=WORDS_SIZE, clip_on=True, zorder=5, **looks)


# -- waits, calls, seams -------------------------------------------------------------------------------------


def _draw_gaps(drawn: _Row) -> tuple[float, ...]:
    """Draw how long the user waited; return where the words of each begin, in order."""
    if "assistant" not in drawn.scene.roles:
        return ()
    middle = drawn.lanes.of_role(drawn.scene, "assistant")
    cap = 0.16 * drawn.lanes.lane
    busy = sorted(part.end_ms for part in drawn.said if part.role == "assistant")
    lengths = sorted(gap.end_ms - gap.start_ms for gap in drawn.scene.gaps)
    told_ms = lengths[len(lengths) * 3 // 4] if len(lengths) > MANY_WAITS else 0.0
    begins = []
    for gap in sorted(drawn.scene.gaps, key=lambda gap: gap.start_ms):
        if not drawn.shows(gap.start_ms, gap.end_ms):
            continue
        looks: dict[str, Any] = {"color": drawn.theme.gap, "linewidth": 1.3, "zorder": 2.5}
        drawn.ax.plot([gap.start_ms, gap.end_ms], [middle, middle], **looks)
        drawn.ax.plot([gap.start_ms, gap.start_ms], [middle - cap, middle + cap], **looks)
        told = gap.end_ms - gap.start_ms >= told_ms
        begins.append(_label_gap(drawn, gap, middle, busy) if told else gap.start_ms)
    return tuple(begins)


def _label_gap(drawn: _Row, gap: Gap, middle: float, busy: list[float]) -> float:
    words = _length(gap.end_ms - gap.start_ms)
    wide = text_px(words, 7) * drawn.ms_per_px
    pad = 3 * drawn.ms_per_px
    looks: dict[str, Any] = {"color": drawn.theme.gap, "fontsize": 7, "clip_on": True, "zorder": 5}
    before = bisect_left(busy, gap.end_ms)
    free_ms = busy[before - 1] + pad if before else drawn.row.start_ms
    if gap.end_ms - gap.start_ms >= wide + 2 * pad and gap.start_ms >= free_ms - pad:
        y = middle + 0.24 * drawn.lanes.lane
        label(drawn.ax, (gap.start_ms + gap.end_ms) / 2, y, words, ha="center", **looks)
        return gap.start_ms
    begin = gap.start_ms - wide - pad
    if begin < max(free_ms, drawn.row.start_ms):
        return gap.start_ms
    label(drawn.ax, gap.start_ms - pad, middle, words, ha="right", **looks)
    return begin


def _draw_calls(drawn: _Row) -> None:
    calls = [call for call in drawn.scene.calls if drawn.shows(call.start_ms, call.end_ms)]
    near_ms = 0.8 * LEAST_WORDS_PX * drawn.ms_per_px
    for slot in range(drawn.lanes.slots):
        last = slot == drawn.lanes.slots - 1
        own = [call for call in calls if call.slot == slot or (last and call.slot > slot)]
        untold: list[Call] = []
        for place, call in enumerate(own):
            shown_end_ms = _draw_call(drawn, call)
            if call.start_ms >= drawn.row.start_ms and not _write_into(drawn, call):
                untold.append(call)
            next_ms = own[place + 1].start_ms if place + 1 < len(own) else drawn.row.end_ms
            if _write_calls(drawn, untold, shown_end_ms, next_ms) or next_ms > shown_end_ms + near_ms:
                untold = []


def _draw_call(drawn: _Row, call: Call) -> float:
    """Draw a call; return where its bar ends."""
    color = drawn.theme.failure if call.failed else drawn.theme.tool
    middle, height = drawn.lanes.of_slot(call.slot)
    shown_end_ms = max(call.end_ms, call.start_ms + LEAST_PX * drawn.ms_per_px)
    looks: dict[str, Any] = {"facecolor": color}
    if call.failed:
        looks = {"facecolor": "none", "edgecolor": color, "hatch": "xxxxx"}
    drawn.bar(call.start_ms, shown_end_ms, middle, height, zorder=3, **looks)
    return shown_end_ms


def _write_into(drawn: _Row, call: Call) -> bool:
    """Write the name of a call into its bar, where that is long enough; return whether it was."""
    room_px = (min(call.end_ms, drawn.row.end_ms) - call.start_ms) / drawn.ms_per_px - 2 * PAD_PX
    words = call.name + (" …" if call.status == "running" else "")
    if call.failed or text_px(words, WORDS_SIZE) > room_px:
        return False
    x, ink = call.start_ms + PAD_PX * drawn.ms_per_px, drawn.theme.on(drawn.theme.tool)
    _write(drawn, x, drawn.lanes.of_slot(call.slot)[0], words, room_px, color=ink)
    return True


def _write_calls(drawn: _Row, calls: Sequence[Call], shown_end_ms: float, free_ms: float) -> bool:
    """Write the names of calls behind the last of them, where there is room; return whether there was."""
    begin = max(shown_end_ms, drawn.row.start_ms) + PAD_PX * drawn.ms_per_px
    room_px = (min(free_ms, drawn.row.end_ms) - begin) / drawn.ms_per_px - PAD_PX
    words = " · ".join(_MARKS.get(call.status, "") + call.name for call in calls)
    words += " …" if calls and calls[-1].status == "running" else ""
    if not calls or room_px < min(LEAST_WORDS_PX, text_px(words, WORDS_SIZE)):
        return False
    color = drawn.theme.failure if all(call.failed for call in calls) else drawn.theme.ink
    _write(drawn, begin, drawn.lanes.of_slot(calls[-1].slot)[0], words, room_px, color=color)
    return True


def _draw_overlaps(drawn: _Row) -> None:
    top = drawn.lanes.height
    bottom = top - 2 * drawn.lanes.lane
    for start_ms, end_ms in drawn.scene.overlaps:
        if drawn.shows(start_ms, end_ms):
            drawn.ax.fill_between(
                [start_ms, end_ms], bottom, top, color=drawn.theme.gap, alpha=0.28, linewidth=0
            )


def _draw_seams(drawn: _Row) -> None:
    for seam in drawn.scene.seams:
        if not drawn.shows(seam.start_ms, seam.end_ms):
            continue
        drawn.ax.axvspan(
            seam.start_ms, seam.end_ms, color=drawn.theme.soft, alpha=0.16, linewidth=0, zorder=0.7
        )
        drawn.ax.axvline(seam.end_ms, color=drawn.theme.soft, linewidth=1.2, linestyle=(0, (2, 2)), zorder=1)
        words = "new connection" if seam.planned else "reconnected"
        y = drawn.lanes.height + 4 * drawn.height_per_px
        label(drawn.ax, seam.end_ms, y, words, color=drawn.theme.soft, fontsize=7, ha="center", va="bottom")


def _length(ms: float) -> str:
    """Return a length of time as people say it."""
    seconds = ms / 1000
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
