"""What went wrong in a conversation: errors of the engine, failed answers and calls, lost connections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..protocol.log import LogEntry
from .events import Events
from .tables import Tables

__all__ = ["Trouble", "found_trouble", "local_events"]

AT_ONCE = 4096
MOST_WORDS = 500
_SEAMS = {
    "connection.lost": "The connection was lost",
    "connection.rollover": "The connection was renewed ahead of its end",
    "connection.opened": "Connected again",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that went wrong; `kind` is `error`, `answer` or `connection`."""

    t_ms: float
    kind: str
    what: str
    words: str = ""


def local_events(events: Events, *types: str) -> Iterator[LogEntry]:
    """Yield events of some types, without unpacking all the others at once."""
    begin, end = events.n_dropped, events.end
    wanted = frozenset(types)
    for first in range(begin, end, AT_ONCE):
        yield from (e for e in events.between(first, min(end, first + AT_ONCE)) if e.type in wanted)


def found_trouble(data: Tables) -> tuple[Trouble, ...]:
    """Return what went wrong, in order; tool calls tell their own failures."""
    found: list[Trouble] = []
    opened = False
    for entry in local_events(data.events, "error", *_SEAMS):
        if entry.type == "error" and entry.direction == "in":
            found.append(_of_error(entry))
        elif entry.direction == "local" and entry.type in _SEAMS:
            # The first connection is no news.
            if entry.type != "connection.opened" or opened:
                found.append(Trouble(entry.t_ms, "connection", _SEAMS[entry.type], _reason(entry)))
            opened = True
    for turn in data.transcript.rows():
        if turn.status in ("failed", "incomplete"):
            at_ms = float(turn.end_ms or turn.start_ms or 0)
            found.append(Trouble(at_ms, "answer", f"Turn {turn.turn} is {turn.status}"))
    return tuple(sorted(found, key=lambda trouble: trouble.t_ms))


def _of_error(entry: LogEntry) -> Trouble:
    error = entry.raw.get("error")
    told = error if isinstance(error, dict) else {}
    code = str(told.get("code") or told.get("type") or "error")
    return Trouble(entry.t_ms, "error", code, str(told.get("message") or "")[:MOST_WORDS])


def _reason(entry: LogEntry) -> str:
    reason = entry.raw.get("reason")
    return "" if reason is None else str(reason)[:MOST_WORDS]
