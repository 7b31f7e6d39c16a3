"""A conversation in time: when its turns and calls began and ended, and what happened in between.

Nothing here runs: time is an argument. `Score` tells what happens until when, `stage.py` how it looks then.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Literal

from ..tables import Tables
from ..tool_calls import ToolCall
from ..turns import Turn

__all__ = ["Moment", "Score", "Span"]

MomentKind = Literal["event", "usage", "turn_ends", "turn_begins", "call_begins", "call_ends"]
_RANKS: dict[MomentKind, int] = {
    # What is told of first where times are equal: causes before what they cause.
    "event": 0, "usage": 1, "turn_begins": 2, "call_begins": 3, "call_ends": 4, "turn_ends": 5,
}  # fmt: skip
RESPONSE_DONE = "response.done"
TRANSCRIBED = "conversation.item.input_audio_transcription.completed"


@dataclass(frozen=True, slots=True)
class Moment:
    """Something happens; `place` is its row in the table of its kind."""

    t_ms: float
    kind: MomentKind
    place: int


@dataclass(frozen=True, slots=True)
class Span:
    """When something began and ended."""

    begin_ms: float
    end_ms: float


class Score:
    """When everything in a conversation that is over took place.

    Turns without a time of their own (they were said before, in another conversation) stand where those
    around them stand.

    Args:
        data: The conversation's tables, which don't grow any more.

    Attributes:
        turns: All turns, in order.
        calls: All calls, in order.
        turn_of_call: The id of the turn that each call belongs to, by call id.
        duration_ms: When the last turn or call has ended.
    """

    def __init__(self, data: Tables) -> None:
        self.turns: tuple[Turn, ...] = data.transcript.rows()
        self.calls: tuple[ToolCall, ...] = data.tool_calls.rows()
        last_ms = _last_ms(self.turns, self.calls)
        self._turn_spans = _spans_of_turns(self.turns, last_ms)
        self._call_spans = [_span_of_call(call, last_ms) for call in self.calls]
        self._place_of_turn = {turn.id: place for place, turn in enumerate(self.turns)}
        self._place_of_call = {call.call_id: place for place, call in enumerate(self.calls)}
        self.turn_of_call = {call_id: turn.id for turn in self.turns for call_id in turn.tool_calls}
        self._data = data
        self.duration_ms = max((span.end_ms for span in (*self._turn_spans, *self._call_spans)), default=0.0)
        self._by_turn = _Overlaps(self._turn_spans)
        self._by_call = _Overlaps(self._call_spans)

    def turn_span(self, item_id: str) -> Span | None:
        """When a turn began and ended; None where there is no such turn."""
        place = self._place_of_turn.get(item_id)
        return None if place is None else self._turn_spans[place]

    def turn(self, item_id: str) -> Turn | None:
        """Return a turn as it became in the end, or None."""
        place = self._place_of_turn.get(item_id)
        return None if place is None else self.turns[place]

    def call_span(self, call_id: str) -> Span | None:
        """When a call began and ended; None where there is no such call."""
        place = self._place_of_call.get(call_id)
        return None if place is None else self._call_spans[place]

    def call(self, call_id: str) -> ToolCall | None:
        """Return a call as it became in the end, or None."""
        place = self._place_of_call.get(call_id)
        return None if place is None else self.calls[place]

    def begun(self, t_ms: float) -> tuple[str, ...]:
        """Return the ids of the turns that had begun by then, in the order of the conversation."""
        pairs = zip(self.turns, self._turn_spans, strict=True)
        return tuple(turn.id for turn, span in pairs if span.begin_ms <= t_ms)

    def turns_within(self, from_ms: float, to_ms: float) -> list[Turn]:
        """Return the turns that went on at any time between two, ends included."""
        return [self.turns[place] for place in self._by_turn.within(from_ms, to_ms)]

    def calls_within(self, from_ms: float, to_ms: float) -> list[ToolCall]:
        """Return the calls that ran at any time between two, ends included."""
        return [self.calls[place] for place in self._by_call.within(from_ms, to_ms)]

    @cached_property
    def steps(self) -> tuple[float, ...]:
        """The times at which a turn or a call began or ended, each once, rising."""
        spans = (*self._turn_spans, *self._call_spans)
        return tuple(sorted({t_ms for span in spans for t_ms in (span.begin_ms, span.end_ms)}))

    @cached_property
    def moments(self) -> tuple[Moment, ...]:
        """Everything that happened, in order; what came behind the last turn stands at the end."""
        return tuple(sorted(self._moments(), key=lambda moment: (moment.t_ms, _RANKS[moment.kind])))

    @cached_property
    def moment_times(self) -> tuple[float, ...]:
        """The times of `moments`."""
        return tuple(moment.t_ms for moment in self.moments)

    def _moments(self) -> Iterator[Moment]:
        for place, span in enumerate(self._turn_spans):
            yield Moment(span.begin_ms, "turn_begins", place)
            if self.turns[place].status != "in_progress":
                yield Moment(span.end_ms, "turn_ends", place)
        for place, span in enumerate(self._call_spans):
            yield Moment(span.begin_ms, "call_begins", place)
            if self.calls[place].status != "running":
                yield Moment(span.end_ms, "call_ends", place)
        billed_ms: dict[str, float] = {}
        for place, entry in enumerate(self._data.events.rows()):
            t_ms = self._clamped(entry.t_ms)
            yield Moment(t_ms, "event", place)
            if entry.type == RESPONSE_DONE and entry.response_id is not None:
                billed_ms[entry.response_id] = t_ms
            elif entry.type == TRANSCRIBED and entry.item_id is not None:
                billed_ms[entry.item_id] = t_ms
        ended_ms = {
            key: span.end_ms
            for turn, span in zip(self.turns, self._turn_spans, strict=True)
            for key in (turn.id, turn.response_id)
            if key is not None
        }
        for place, row in enumerate(self._data.usage.rows()):
            t_ms = billed_ms.get(row.response_id, ended_ms.get(row.response_id, self.duration_ms))
            yield Moment(t_ms, "usage", place)

    def _clamped(self, t_ms: float) -> float:
        return min(max(t_ms, 0.0), self.duration_ms)


class _Overlaps:
    """Finds the spans that overlap a time, without looking at all of them."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._places = sorted(range(len(spans)), key=lambda place: spans[place].begin_ms)
        self._begins = [spans[place].begin_ms for place in self._places]
        self._ends = [spans[place].end_ms for place in self._places]
        self._latest = [*accumulate(self._ends, max)]  # the latest end of those up to here

    def within(self, from_ms: float, to_ms: float) -> list[int]:
        first = bisect_left(self._latest, from_ms)
        last = bisect_right(self._begins, to_ms)
        return sorted(self._places[i] for i in range(first, last) if self._ends[i] >= from_ms)


def _last_ms(turns: Sequence[Turn], calls: Sequence[ToolCall]) -> float:
    times: list[float] = [t_ms for turn in turns for t_ms in (turn.start_ms, turn.end_ms) if t_ms is not None]
    times += [call.started_ms + (call.duration_ms or 0.0) for call in calls if call.started_ms is not None]
    return max((0.0, *times))


def _spans_of_turns(turns: Sequence[Turn], last_ms: float) -> list[Span]:
    spans: list[Span] = []
    before_ms = 0.0
    for turn in turns:
        begin_ms = before_ms if turn.start_ms is None else max(0.0, turn.start_ms)
        known_ms = begin_ms if turn.start_ms is None else last_ms
        end_ms = known_ms if turn.end_ms is None else turn.end_ms
        spans.append(Span(begin_ms, max(begin_ms, end_ms)))
        before_ms = begin_ms
    return spans


def _span_of_call(call: ToolCall, last_ms: float) -> Span:
    if call.started_ms is None:
        return Span(0.0, 0.0)
    begin_ms = max(0.0, call.started_ms)
    return Span(begin_ms, max(begin_ms, last_ms) if call.duration_ms is None else begin_ms + call.duration_ms)
