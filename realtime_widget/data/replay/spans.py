"""Spans of time of a conversation: which turns lie in one, when they sounded, what two sides share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...config.numbers import is_number
from ...errors import ConfigError
from ..tables import Tables
from ..turns import Turn

__all__ = ["Span", "choose", "length_ms", "merged", "now_ms", "shared", "sounding"]

Span = tuple[float, float]
"""From one moment to another, in ms on the session's clock."""


def choose(
    data: Tables,
    *,
    since_ms: float | None = None,
    until_ms: float | None = None,
    turns: slice | None = None,
) -> tuple[Turn, ...]:
    """Return the turns of a span of time, or by their places.

    Raises:
        ConfigError: Both were asked for, or what is given is no span.
    """
    if turns is not None:
        if since_ms is not None or until_ms is not None:
            raise ConfigError("Turns are chosen by time or by place, not both.")
        if not isinstance(turns, slice):
            raise ConfigError(f"turns={turns!r} is no slice.", remedy="Write turns=slice(10, 20).")
        return data.transcript.rows()[turns]
    for name, value in (("since_ms", since_ms), ("until_ms", until_ms)):
        if value is not None and not is_number(value):
            raise ConfigError(f"{name}={value!r} is no number of milliseconds.")
    if since_ms is not None and until_ms is not None and until_ms <= since_ms:
        raise ConfigError(f"Nothing is between {since_ms} and {until_ms} ms.")
    rows = data.transcript.rows()
    if since_ms is None and until_ms is None:
        return rows
    since, until = since_ms or 0.0, float("inf") if until_ms is None else until_ms
    return tuple(turn for turn in rows if turn.start_ms is not None and _lies_in(turn, since, until))


def _lies_in(turn: Turn, since_ms: float, until_ms: float) -> bool:
    begins = turn.start_ms is not None and turn.start_ms < until_ms
    return begins and (turn.end_ms is None or turn.end_ms >= since_ms)


def now_ms(data: Tables, turns: Sequence[Turn]) -> float:
    """Return until when turns that still go on have come: the moment of the newest event."""
    known = [0.0, *(float(turn.end_ms or turn.start_ms or 0) for turn in turns)]
    if any(turn.end_ms is None for turn in turns):
        known += [entry.t_ms for entry in data.events.between(data.events.end - 1, data.events.end)]
    return max(known)


def sounding(turn: Turn, now: float) -> Span | None:
    """Return from when to when a turn was heard; None for what was written, or isn't heard yet."""
    if turn.start_ms is None or (turn.audio_ms is None and turn.end_ms is not None):
        return None
    end_ms = now if turn.end_ms is None else float(turn.end_ms)
    return (float(turn.start_ms), end_ms) if end_ms > turn.start_ms else None


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, those that touch made one."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def shared(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """Return what two lists of merged spans have in common."""
    found: list[Span] = []
    i = j = 0
    while i < len(one) and j < len(other):
        begin, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if end > begin:
            found.append((begin, end))
        if one[i][1] <= other[j][1]:
            i += 1
        else:
            j += 1
    return found


def length_ms(spans: Iterable[Span]) -> float:
    """Return how long spans are together."""
    return sum((end - begin for begin, end in spans), 0.0)
