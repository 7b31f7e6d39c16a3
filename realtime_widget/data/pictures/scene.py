"""What a timeline shows, found in the tables: who sounded when, what was cut off, who waited, what worked."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..latency import LatencyRow
from ..replay.spans import now_ms
from ..tables import Tables
from ..tool_calls import ToolCall
from ..trouble import local_events
from ..turns import Turn

__all__ = ["Call", "Gap", "Said", "Scene", "Seam", "scene"]

LEAST_GAP_MS = 50
_ENDS = ("connection.lost", "connection.rollover")
LEAST_OVERLAP_MS = 50
MOST_OVERLAP = 0.25
"""Where both sides sound at once as often as that, as with an interpreter, it is nothing to be marked."""
MOST_LATE_MS = 250
FIRST_MS = 5000
"""Who begins to speak so early has the beginning of the session in the picture too."""


@dataclass(frozen=True, slots=True)
class Said:
    """One turn in time: it sounded up to `heard_end_ms`; what follows up to `end_ms` was cut off."""

    turn: int
    role: str
    words: str
    start_ms: float
    heard_end_ms: float
    end_ms: float
    interrupted: bool
    running: bool


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call in time; `slot` keeps apart those that ran at once."""

    name: str
    status: str
    start_ms: float
    end_ms: float
    slot: int

    @property
    def failed(self) -> bool:
        """Whether it came to nothing."""
        return self.status in ("failed", "timed_out", "cancelled")


@dataclass(frozen=True, slots=True)
class Gap:
    """How long the user waited for an answer."""

    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class Seam:
    """From the end of one connection to the beginning of the next."""

    start_ms: float
    end_ms: float
    planned: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """A span of a conversation; moments are ms on the session's clock."""

    said: tuple[Said, ...] = ()
    calls: tuple[Call, ...] = ()
    gaps: tuple[Gap, ...] = ()
    overlaps: tuple[tuple[float, float], ...] = ()
    seams: tuple[Seam, ...] = ()
    start_ms: float = 0.0
    end_ms: float = 0.0

    @property
    def roles(self) -> tuple[str, ...]:
        """Who has a lane: the user and the assistant always, others when they said something."""
        others = sorted({part.role for part in self.said} - {"user", "assistant"})
        return ("user", "assistant", *others)

    @property
    def n_interrupted(self) -> int:
        """How many answers were cut off."""
        return sum(part.interrupted for part in self.said)

    @property
    def n_slots(self) -> int:
        """How many calls ran at once at most; 0 without calls."""
        return max((call.slot + 1 for call in self.calls), default=0)


def scene(data: Tables, turns: Sequence[Turn]) -> Scene:
    """Return what there is to draw of some turns."""
    now = now_ms(data, turns)
    said = _said(turns, now)
    if not said:
        return Scene()
    places = {part.turn for part in said}
    whole = len(turns) == len(data.transcript)
    answers = [row for row in data.latency.rows() if row.turn in places]
    begins = {part.turn: part.start_ms for part in said}
    gaps = [gap for row in answers if (gap := _gap(row, begins[row.turn])) is not None]
    late_ms = {row.turn: _late_ms(row, begins[row.turn]) for row in answers}
    made = [call for call in data.tool_calls.rows() if whole or call.turn in places]
    calls = _calls(made, now, late_ms)
    said = _shortened(said, sorted(gap.start_ms for gap in gaps))
    start_ms = min([part.start_ms for part in said] + [call.start_ms for call in calls])
    end_ms = max([part.end_ms for part in said] + [call.end_ms for call in calls])
    if whole:
        start_ms = 0.0 if start_ms < max(0.25 * end_ms, FIRST_MS) else start_ms
    seams = _seams(data, turns, start_ms, end_ms)
    return Scene(said, calls, tuple(gaps), _overlaps(said), seams, start_ms, end_ms)


def _said(turns: Sequence[Turn], now: float) -> tuple[Said, ...]:
    found: list[Said] = []
    next_start_ms: dict[str, float] = {}
    for turn in reversed(turns):
        if turn.start_ms is None:
            continue
        start_ms = float(turn.start_ms)
        running = turn.end_ms is None
        heard_end_ms = max(start_ms, now if turn.end_ms is None else float(turn.end_ms))
        end_ms = heard_end_ms
        if turn.interrupted and turn.audio_ms is not None:
            # What was cut off would have gone on; the next turn of that side may be in its place.
            end_ms += max(0, turn.audio_ms - (turn.heard_ms or 0))
            end_ms = max(heard_end_ms, min(end_ms, next_start_ms.get(turn.role, float("inf"))))
        found.append(
            Said(turn.turn, turn.role, turn.text, start_ms, heard_end_ms, end_ms, turn.interrupted, running)
        )
        next_start_ms[turn.role] = start_ms
    return tuple(sorted(found, key=lambda part: (part.start_ms, part.turn)))


def _shortened(said: Sequence[Said], waits: Sequence[float]) -> tuple[Said, ...]:
    """Let what was cut off end where the next answer is waited for."""
    parts = []
    for part in said:
        place = bisect_left(waits, part.heard_end_ms)
        if part.end_ms > part.heard_end_ms and place < len(waits):
            part = replace(part, end_ms=max(part.heard_end_ms, min(part.end_ms, waits[place])))
        parts.append(part)
    return tuple(parts)


def _late_ms(row: LatencyRow, start_ms: float) -> float:
    """Return how much later an answer stands in the conversation than it came.

    Where nothing plays, an answer that comes faster than it is spoken is laid out as if it had been; its
    calls were made when it came, and belong before it.
    """
    moments = (row.first_heard_ms, row.first_audio_ms)
    came_ms = next((moment for moment in moments if moment is not None), start_ms)
    return start_ms - came_ms if start_ms - came_ms > MOST_LATE_MS else 0.0


def _calls(rows: Iterable[ToolCall], now: float, late_ms: Mapping[int, float]) -> tuple[Call, ...]:
    timed: list[tuple[float, float, ToolCall]] = []
    for row in rows:
        if row.started_ms is not None:
            start_ms = row.started_ms + (0.0 if row.turn is None else late_ms.get(row.turn, 0.0))
            length_ms = max(0.0, now - start_ms) if row.duration_ms is None else row.duration_ms
            timed.append((start_ms, start_ms + length_ms, row))
    slots: list[float] = []
    found: list[Call] = []
    for start_ms, end_ms, row in sorted(timed, key=lambda each: each[0]):
        slot = next((i for i, free_ms in enumerate(slots) if free_ms <= start_ms), len(slots))
        slots[slot : slot + 1] = [end_ms]
        found.append(Call(row.name, row.status, start_ms, end_ms, slot))
    return tuple(found)


def _gap(row: LatencyRow, start_ms: float) -> Gap | None:
    """Return how long an answer was waited for, up to its beginning in the conversation."""
    wait_ms = row.voice_to_voice_ms
    return None if wait_ms is None or wait_ms < LEAST_GAP_MS else Gap(start_ms - wait_ms, start_ms)


def _overlaps(said: Sequence[Said]) -> tuple[tuple[float, float], ...]:
    """Return when both sides sounded at once."""
    found: list[tuple[float, float]] = []
    latest: dict[str, float] = {}  # until when each side has sounded so far
    for part in said:
        if part.role not in ("user", "assistant"):
            continue
        other_ms = latest.get("assistant" if part.role == "user" else "user", part.start_ms)
        end_ms = min(other_ms, part.heard_end_ms)
        if end_ms - part.start_ms >= LEAST_OVERLAP_MS:
            found.append((part.start_ms, end_ms))
        latest[part.role] = max(latest.get(part.role, 0.0), part.heard_end_ms)
    sounded_ms = sum(part.heard_end_ms - part.start_ms for part in said)
    interpreted = sum(end_ms - start_ms for start_ms, end_ms in found) > MOST_OVERLAP * sounded_ms
    return () if interpreted else tuple(found)


def _seams(data: Tables, turns: Sequence[Turn], start_ms: float, end_ms: float) -> tuple[Seam, ...]:
    newest = data.events.between(data.events.end - 1, data.events.end)
    # Of a conversation over one connection, half a million events need no look.
    if not any(turn.connection > 1 for turn in turns) and not any(e.connection > 1 for e in newest):
        return ()
    found: list[Seam] = []
    ended: tuple[float, bool] | None = None
    for entry in local_events(data.events, *_ENDS, "connection.opened"):
        if entry.type in _ENDS:
            ended = ended or (entry.t_ms, entry.type == "connection.rollover")
        elif ended is not None:
            found.append(Seam(ended[0], max(ended[0], entry.t_ms), ended[1]))
            ended = None
    return tuple(seam for seam in found if seam.end_ms >= start_ms and seam.start_ms <= end_ms)
