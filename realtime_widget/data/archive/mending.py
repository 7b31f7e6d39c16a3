"""Rows of a file that don't fit one another, brought to what every reader of a conversation relies on.

Turns are numbered from 0 without a gap, ids are there once, and the place of a turn is the place of a turn.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from ..latency import LatencyRow
from ..tool_calls import ToolCall
from ..turns import Sound, Turn, make_turn
from .parquet import Rows

__all__ = ["moved_calls", "moved_latency", "turns_in_order", "unique"]

Row = TypeVar("Row")


def unique(rows: Iterable[Row], key: Callable[[Row], Hashable]) -> list[Row]:
    """Return the rows without those whose key was there before."""
    found: dict[Hashable, Row] = {}
    for row in rows:
        found.setdefault(key(row), row)
    return list(found.values())


def turns_in_order(
    rows: Rows, sound: Callable[[int], Sound | None]
) -> tuple[tuple[Turn, ...], Mapping[int, int]]:
    """Return the turns, numbered by their order, and the new number by the one in the file.

    Args:
        rows: The rows of the file, each with its place in it.
        sound: Finds what makes the sound of the row at a place.
    """
    numbers: dict[int, int] = {}
    turns: list[Turn] = []
    for place, values in unique(rows, lambda row: row[1]["id"]):
        numbers.setdefault(values["turn"], len(turns))
        turns.append(make_turn(sound(place), **{**values, "turn": len(turns)}))
    return tuple(turns), numbers


def moved_calls(rows: Iterable[dict[str, Any]], numbers: Mapping[int, int]) -> tuple[ToolCall, ...]:
    """Return the calls, each at the new place of its turn, or at none."""
    calls = unique((ToolCall(**values) for values in rows), lambda call: call.call_id)
    moved = (None if call.turn is None else numbers.get(call.turn) for call in calls)
    return tuple(
        call if turn == call.turn else replace(call, turn=turn)
        for call, turn in zip(calls, moved, strict=True)
    )


def moved_latency(rows: Iterable[dict[str, Any]], numbers: Mapping[int, int]) -> tuple[LatencyRow, ...]:
    """Return the rows of those turns that are there."""
    found = unique((LatencyRow(**values) for values in rows), lambda row: row.turn)
    return tuple(replace(row, turn=numbers[row.turn]) for row in found if row.turn in numbers)
