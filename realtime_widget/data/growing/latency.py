"""Where the time of each answer went, measured while people talk."""

from __future__ import annotations

import threading

from ...protocol.items import ItemState
from ...protocol.playback import PartPlayback
from ...protocol.protocol import RealtimeProtocol
from ...protocol.responses import ResponseState
from ..latency import Latency, LatencyRow
from ..stages import span_ms, union_ms
from ..tool_calls import ToolCalls
from .building import TurnBuilder
from .transcript import GrowingTranscript

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
        speech_end_ms, speech_error_ms, committed_ms = self._question(place)
        heard = self._first_heard(state)
        response = self._response(state.response_id)
        begun_ms, tool_wait_ms = self._detour(place, response)
        sounds_ms = heard.start_ms if heard is not None else self._came_ms(state, response)
        known = speech_end_ms is not None and sounds_ms is not None
        return LatencyRow(
            turn=place,
            response_id=state.response_id,
            speech_end_ms=speech_end_ms,
            committed_ms=committed_ms,
            created_ms=response.created_ms if response else None,
            first_token_ms=response.first_token_ms if response else None,
            first_audio_ms=response.first_audio_ms if response else None,
            first_heard_ms=heard.start_ms if heard else None,
            done_ms=response.done_ms if response else state.done_ms,
            tool_ms=self._tool_ms(place),
            voice_to_voice_ms=span_ms(speech_end_ms or 0.0, sounds_ms or 0.0) if known else None,
            connection=state.connection,
            first_text_ms=response.first_text_ms if response else None,
            begun_ms=begun_ms,
            tool_wait_ms=tool_wait_ms,
            speech_end_error_ms=speech_error_ms,
            first_heard_error_ms=heard.start_error_ms if heard else None,
        )

    def _state(self, place: int) -> ItemState:
        return self._protocol.conversation.items[self._transcript.walk.turns[place]]

    def _response(self, response_id: str | None) -> ResponseState | None:
        return self._protocol.sequencer.responses.get(response_id or "")

    def _question(self, place: int) -> tuple[float | None, float | None, float | None]:
        """Return when the user's speech ended, how far off that may be, and when it was committed."""
        question = self._state(place - 1) if place else None
        if question is None or question.role != "user":
            return None, None, None
        end_ms = self._builder.speech_end_ms(question)
        if end_ms is None:
            return None, None, question.committed_ms
        error_ms = self._protocol.input_audio.error_ms(question.audio_end_ms or 0.0)
        # Sound that is sent faster than it would be spoken runs ahead of the clock.
        return min(end_ms, question.committed_ms or end_ms), error_ms, question.committed_ms

    def _first_heard(self, state: ItemState) -> PartPlayback | None:
        """Return the part that was heard first, if a page told of any."""
        heard = [part for part in self._builder.playbacks(state) if part.was_heard]
        return min(heard, key=lambda part: part.start_ms, default=None)

    def _came_ms(self, state: ItemState, response: ResponseState | None) -> float | None:
        """Return when the first sound came, if it came where no page could play it."""
        if response is None or any(part.for_page for part in self._builder.playbacks(state)):
            return None
        return response.first_audio_ms

    def _detour(self, place: int, response: ResponseState | None) -> tuple[float | None, float]:
        """Return when the first response to the question began, and how long tools ran before the last."""
        if response is None:
            return None, 0.0
        rows = (self._calls.row(call_id) for call_id in self._transcript.walk.calls[place])
        calls = [call for call in rows if call is not None and call.response_id != response.id]
        end_ms = response.created_ms
        begun = [each.created_ms for call in calls if (each := self._response(call.response_id)) is not None]
        begun_ms = min((*begun, end_ms))
        spans = [
            (call.started_ms, end_ms if call.duration_ms is None else call.started_ms + call.duration_ms)
            for call in calls
            if call.started_ms is not None
        ]
        return begun_ms, union_ms(spans, begun_ms, end_ms)

    def _tool_ms(self, place: int) -> float:
        rows = (self._calls.row(call_id) for call_id in self._transcript.walk.calls[place])
        return sum((row.duration_ms or 0.0 for row in rows if row is not None), 0.0)


def _common(one: list[str], other: list[str]) -> int:
    if one[: len(other)] == other:
        return len(other)
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
