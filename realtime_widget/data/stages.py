"""Where the time between question and answer went: the stages of each answer, and figures over all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from .latency import LatencyRow

__all__ = ["STAGES", "SUMMARY", "breakdown", "measures", "span_ms", "stages", "summary", "union_ms"]

STAGES = (
    "endpointing_ms", "starting_ms", "calling_ms", "tools_ms", "thinking_ms", "synthesis_ms", "playout_ms",
)  # fmt: skip
STATISTICS = ("n", "mean", "p50", "p90", "p95", "max")
STEPS_PER_MS = 1024
"""Moments count in whole steps here: their differences are exact, and add up without a remainder."""

_MARKS: tuple[tuple[str, str], ...] = (
    ("endpointing_ms", "committed_ms"),
    ("starting_ms", "begun_ms"),
    ("calling_ms", "created_ms"),
    ("thinking_ms", "first_token_ms"),
    ("synthesis_ms", "first_audio_ms"),
    ("playout_ms", "first_heard_ms"),
)
"""Each stage with the moment at which it ends."""


def span_ms(begin_ms: float, end_ms: float) -> float:
    """Return how long it took from one moment to another; 0 where errors of clocks would make it less."""
    return max(0.0, _step(end_ms) - _step(begin_ms))


def union_ms(spans: Iterable[tuple[float, float]], begin_ms: float, end_ms: float) -> float:
    """Return for how much of the time from `begin_ms` to `end_ms` at least one span lasted."""
    total_ms, free_ms = 0.0, begin_ms
    for first_ms, last_ms in sorted(spans):
        last_ms = min(last_ms, end_ms)
        if last_ms > max(first_ms, free_ms):
            total_ms += last_ms - max(first_ms, free_ms)
            free_ms = last_ms
    return total_ms


def stages(row: LatencyRow) -> dict[str, float | None]:
    """Return how long each stage of an answer took, and `total_ms`, which they add up to."""
    found: dict[str, float | None] = dict.fromkeys((*STAGES, "total_ms"))
    begin_ms = _first(row.speech_end_ms, row.committed_ms, row.begun_ms, row.created_ms, row.first_token_ms)
    end_ms = _first(row.first_heard_ms, row.first_audio_ms, row.first_token_ms)
    if begin_ms is None or end_ms is None:
        return found
    before, end = _step(begin_ms), max(_step(begin_ms), _step(end_ms))
    found["total_ms"] = end - before
    begun = row.speech_end_ms is not None  # the moment that begins it all ends no stage
    for stage, moment in _MARKS:
        at_ms = getattr(row, moment)
        if stage == "starting_ms" and at_ms is None:
            at_ms = row.created_ms  # no response before that is known
        if at_ms is None:
            continue
        at = min(max(before, _step(at_ms)), end)
        if begun:
            found[stage] = at - before
        begun, before = True, at
    _part_tools(row, found)
    return found


def _part_tools(row: LatencyRow, found: dict[str, float | None]) -> None:
    """Part the time that went to calls: what was waited for the tools stands apart."""
    detour_ms = found["calling_ms"]
    if detour_ms is None:
        return
    tools_ms = min(detour_ms, _step(row.tool_wait_ms))
    found["tools_ms"], found["calling_ms"] = tools_ms, detour_ms - tools_ms


def _step(ms: float) -> float:
    return round(ms * STEPS_PER_MS) / STEPS_PER_MS


def _first(*moments: float | None) -> float | None:
    return next((moment for moment in moments if moment is not None), None)


def breakdown(rows: Iterable[LatencyRow]) -> pd.DataFrame:
    """Return the stages of all answers, one row each."""
    import pandas as pd

    rows = tuple(rows)
    found = [stages(row) for row in rows]
    numbers = {
        name: pd.array([each[name] for each in found], dtype="Float64") for name in (*STAGES, "total_ms")
    }
    return pd.DataFrame(
        {
            "turn": pd.array([row.turn for row in rows], dtype="Int64"),
            "response_id": pd.array([row.response_id for row in rows], dtype=pd.StringDtype("python")),
            **numbers,
        }
    )


# -- over all answers --------------------------------------------------------------------------------------

SUMMARY = ("voice_to_voice_ms", *STAGES, "first_word_ms", "response_ms")
"""What is measured, in the order of the summary."""


def measures(row: LatencyRow) -> dict[str, float | None]:
    """Return all that is measured of one answer; None where it has no such time."""
    found = stages(row)
    del found["total_ms"]
    if row.begun_ms in (None, row.created_ms):
        # Only answers that waited for calls count: with all the others in it, a median would be 0.
        found["calling_ms"] = found["tools_ms"] = None
    asked_ms = _first(row.committed_ms, row.begun_ms, row.created_ms)
    return {
        "voice_to_voice_ms": row.voice_to_voice_ms,
        **found,
        "first_word_ms": _between(asked_ms, row.first_token_ms),
        "response_ms": _between(row.created_ms, row.done_ms),
    }


def _between(begin_ms: float | None, end_ms: float | None) -> float | None:
    return None if begin_ms is None or end_ms is None else span_ms(begin_ms, end_ms)


def summary(rows: Iterable[LatencyRow]) -> pd.DataFrame:
    """Return the figures of every measure over all answers that have it."""
    import pandas as pd

    found = [measures(row) for row in rows]
    values = ([value for each in found if (value := each[name]) is not None] for name in SUMMARY)
    by_name = zip(STATISTICS, zip(*map(_figures, values), strict=True), strict=True)
    columns = {name: pd.array(all_, dtype="Int64" if name == "n" else "Float64") for name, all_ in by_name}
    return pd.DataFrame(columns, index=pd.Index(SUMMARY, name="measure", dtype=object))


def _figures(values: list[float]) -> tuple[float | None, ...]:
    if not values:
        return (0, *(None,) * (len(STATISTICS) - 1))
    percentiles = (float(figure) for figure in np.percentile(values, (50, 90, 95)))
    return (len(values), float(np.mean(values)), *percentiles, max(values))
