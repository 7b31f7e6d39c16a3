"""How a timeline is laid out in rows: long enough to see much, short enough to see each turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from .scene import Said, Scene

__all__ = ["MOST_ROWS", "Row", "is_dense", "lay_out"]

LENGTHS_MS = (
    2_000, 5_000, 10_000, 15_000, 20_000, 30_000, 45_000, 60_000, 90_000, 120_000, 180_000, 300_000, 600_000,
    900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 86_400_000,
)  # fmt: skip
SHORTEST_MS = 8_000
TURNS_A_ROW = 14
MOST_ROWS = 8
MOST_TURNS = 480
"""Beyond this nobody tells one turn from the next: shares of time say more."""
NARROWEST = 60
"""How often a typical turn may fit into a row."""
PAUSE_OF_ROW = 0.5
"""A pause of more than this share of a row is left out where a new row begins."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a timeline; `pause_ms` is the silence that was left out before it."""

    start_ms: float
    end_ms: float
    pause_ms: float = 0.0


def is_dense(scene: Scene) -> bool:
    """Whether there are too many turns to draw each."""
    return len(scene.said) > MOST_TURNS


def lay_out(scene: Scene) -> tuple[Row, ...]:
    """Return the rows of a timeline, all of one length; silent ones are left out."""
    whole_ms = scene.end_ms - scene.start_ms
    wanted = min(MOST_ROWS, -(-len(scene.said) // TURNS_A_ROW)) or 1
    longest_ms = _longest_ms(scene.said)
    fitting = [length for length in LENGTHS_MS if length <= longest_ms] or [LENGTHS_MS[0]]
    for length_ms in (*fitting, *(length for length in LENGTHS_MS if length > fitting[-1])):
        rows = _cut(scene, length_ms)
        if len(rows) <= wanted or (length_ms >= fitting[-1] and len(rows) <= MOST_ROWS):
            break
    else:
        rows = (Row(scene.start_ms, scene.end_ms),)
    if len(rows) == 1:
        return (Row(scene.start_ms, scene.start_ms + max(SHORTEST_MS, whole_ms * 1.02)),)
    return rows


def _longest_ms(said: Sequence[Said]) -> float:
    lengths = [part.end_ms - part.start_ms for part in said if part.end_ms > part.start_ms]
    return NARROWEST * max(1000.0, median(lengths) if lengths else 0.0)


def _cut(scene: Scene, length_ms: float) -> tuple[Row, ...]:
    """Return rows of a length, up to one more than anybody wants."""
    spans = sorted(
        [(part.start_ms, part.end_ms) for part in scene.said]
        + [(call.start_ms, call.end_ms) for call in scene.calls]
    )
    rows = [Row(scene.start_ms, scene.start_ms + length_ms)]
    for start_ms, end_ms in spans:
        if start_ms >= rows[-1].end_ms:
            pause_ms = start_ms - max(rows[-1].end_ms, rows[-1].start_ms)
            if pause_ms > PAUSE_OF_ROW * length_ms:
                lead_ms = 0.02 * length_ms
                rows.append(Row(start_ms - lead_ms, start_ms - lead_ms + length_ms, pause_ms))
        while end_ms > rows[-1].end_ms and len(rows) <= MOST_ROWS:
            rows.append(Row(rows[-1].end_ms, rows[-1].end_ms + length_ms))
        if len(rows) > MOST_ROWS:
            break
    return tuple(rows)
