"""Where the time of each answer went, measured while people talk."""

from __future__ import annotations

import threading

from ..protocol.items import ItemState
from ..protocol.protocol import RealtimeProtocol
from .building import TurnBuilder
from .growing import GrowingTranscript
from .latency import Latency, LatencyRow
from .tool_calls import ToolCalls

__all__ = ["GrowingLatency"]


class GrowingLatency(Latency):
    """The latency of a running session's answers; what changed is measured anew when somebody reads."""

    def __init__(
        self,
        protocol: RealtimeProtocol,
        transcript: GrowingTranscript,
        calls: ToolCalls,
        lock: threading.RLock,
    ) -> None:
        super().__init__(lock)
        self._protocol = protocol
        self._transcript = transcript
        self._calls = calls
        self._builder = TurnBuilder(protocol, lock)
        self._dirty: set[str] = set()
        self._dirty_calls: set[str] = set()
        self._order: list[str] = []  # item ids of all turns, as of the last look
        self._by_turn: list[LatencyRow | None] = []
        self._rows: tuple[LatencyRow, ...] | None = ()

    def mark(self, item_ids: set[str]) -> None:
        """Note that items changed, or calls that belong to them; called with the lock held."""
        self._dirty |= item_ids
        self._changed()

    def mark_call(self, call_id: str) -> None:
        """Note that a call ended; called with the lock held."""
        self._dirty_calls.add(call_id)
        self._changed()

    def _snapshot(self) -> tuple[LatencyRow, ...]:
        turns = self._transcript.walk.turns
        if not (self._dirty or self._dirty_calls) and self._rows is not None and turns == self._order:
            return self._rows
        same = _common(turns, self._order)
        stale = self._stale_places() | set(range(same, len(turns)))
        del self._by_turn[same:]
        self._by_turn += [None] * (len(turns) - same)
        for place in stale:
            if place < len(turns):
                self._by_turn[place] = self._row(place)
        self._order = list(turns)
        self._rows = tuple(row for row in self._by_turn if row is not None)
        return self._rows

    def _stale_places(self) -> set[int]:
        walk = self._transcript.walk
        dirty, self._dirty = self._dirty, set()
        calls, self._dirty_calls = self._dirty_calls, set()
        stale = {walk.turn_of_call[call_id] for call_id in calls if call_id in walk.turn_of_call}
        for item_id in dirty:
            place = walk.turn_of.get(item_id)
            if place is not None:
                # What a user's turn tells stands in the row of the answer after it.
                stale |= {place, place + 1}
        return stale

    def _row(self, place: int) -> LatencyRow | None:
        state = self._state(place)
        if state.role != "assistant":
            return None
        speech_end_ms, committed_ms = self._question(place)
        response = self._protocol.sequencer.responses.get(state.response_id or "")
        first_audio_ms = response.first_audio_ms if response else None
        first_heard_ms = self._first_heard_ms(state)
        heard_ms = first_heard_ms
        if heard_ms is None and not self._protocol.playback.has_player:
            heard_ms = first_audio_ms
        known = speech_end_ms is not None and heard_ms is not None
        return LatencyRow(
            turn=place,
            response_id=state.response_id,
            speech_end_ms=speech_end_ms,
            committed_ms=committed_ms,
            created_ms=response.created_ms if response else None,
            first_token_ms=response.first_token_ms if response else None,
            first_audio_ms=first_audio_ms,
            first_heard_ms=first_heard_ms,
            done_ms=response.done_ms if response else state.done_ms,
            tool_ms=self._tool_ms(place),
            voice_to_voice_ms=(heard_ms or 0.0) - (speech_end_ms or 0.0) if known else None,
            connection=state.connection,
        )

    def _state(self, place: int) -> ItemState:
        return self._protocol.conversation.items[self._transcript.walk.turns[place]]

    def _question(self, place: int) -> tuple[float | None, float | None]:
        question = self._state(place - 1) if place else None
        if question is None or question.role != "user":
            return None, None
        end_ms = self._builder.speech_end_ms(question)
        if end_ms is None:
            return None, question.committed_ms
        # Sound that is sent faster than it would be spoken runs ahead of the clock.
        return min(end_ms, question.committed_ms or end_ms), question.committed_ms

    def _first_heard_ms(self, state: ItemState) -> float | None:
        heard = [part.start_ms for part in self._builder.playbacks(state) if part.reported_ms is not None]
        return min(heard, default=None)

    def _tool_ms(self, place: int) -> float:
        rows = (self._calls.row(call_id) for call_id in self._transcript.walk.calls[place])
        return sum((row.duration_ms or 0.0 for row in rows if row is not None), 0.0)


def _common(one: list[str], other: list[str]) -> int:
    if one[: len(other)] == other:
        return len(other)
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
