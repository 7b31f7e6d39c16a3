"""A conversation as it stood at a moment: turns that grow with their sound, calls that still run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...protocol.objects import Item
from ..tables import Tables
from ..tool_calls import ToolCall, ToolCalls
from ..transcript import Transcript
from ..turns import Turn
from .score import Score

__all__ = ["Moved", "Stage", "call_at", "turn_at"]


@dataclass(frozen=True, slots=True)
class Moved:
    """What looks different after the stage was moved.

    Attributes:
        turns: Ids of turns that came, changed or are gone.
        calls: Ids of calls that came, changed or are gone.
    """

    turns: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


class Stage(Tables):
    """What pages show while a saved conversation is played; events, usage and latency are there as a whole.

    Attributes:
        score: When everything took place.
        at_ms: The moment that is shown; None for the end of everything, where nothing is left out.
    """

    def __init__(self, data: Tables) -> None:
        self.lock = data.lock
        self.free = data.free
        self.score = Score(data)
        self.at_ms: float | None = None
        self.events, self.usage, self.latency = data.events, data.usage, data.latency
        self.transcript: _StagedTranscript = _StagedTranscript(self, data.lock)
        self.tool_calls: _StagedCalls = _StagedCalls(self, self.transcript, data.lock)
        self._data = data

    def move(self, to_ms: float | None) -> Moved:
        """Show another moment; return what looks different then."""
        between = sorted((self._time(self.at_ms), self._time(to_ms)))
        calls = [call.call_id for call in self.score.calls_within(between[0], between[1])]
        # A turn shows its calls, wherever it stands itself.
        showing = (turn_id for call_id in calls if (turn_id := self.score.turn_of_call.get(call_id)))
        within = (turn.id for turn in self.score.turns_within(between[0], between[1]))
        turns = [*dict.fromkeys((*within, *showing))]
        before = [*map(self.turn, turns)], [*map(self.tool_calls.row, calls)]
        self.at_ms = to_ms
        self.transcript.move(self._time(to_ms))
        after = [*map(self.turn, turns)], [*map(self.tool_calls.row, calls)]
        return Moved(_different(turns, before[0], after[0]), _different(calls, before[1], after[1]))

    def _time(self, at_ms: float | None) -> float:
        return self.score.duration_ms if at_ms is None else at_ms

    # -- what goes on at this moment ---------------------------------------------------------------------

    def sounding(self, role: str) -> bool:
        """Whether a side is in the middle of saying something aloud."""
        return any(turn.role == role and turn.audio_ms for turn in self.going_on())

    @property
    def growing(self) -> bool:
        """Whether words come at this moment."""
        return bool(self.going_on())

    @property
    def thinking(self) -> bool:
        """Whether the answer to what was said last is still to come."""
        ids = self.transcript.ids
        if self.at_ms is None or not ids or self.going_on() or len(ids) == len(self.score.turns):
            return False
        last = self.score.turn(ids[-1])
        following = self.score.turns[len(ids)]
        return last is not None and last.role == "user" and following.role == "assistant"

    def going_on(self) -> list[Turn]:
        """Return the turns that have begun and not ended, as they became in the end."""
        if (at_ms := self.at_ms) is None:
            return []
        return [turn for turn in self.score.turns_within(at_ms, at_ms) if self._ends_ms(turn) > at_ms]

    def _ends_ms(self, turn: Turn) -> float:
        span = self.score.turn_span(turn.id)
        return 0.0 if span is None else span.end_ms

    def take_recording(self) -> Callable[[], Any]:
        """Return what reads the whole recording."""
        return self._data.take_recording()


class _StagedTranscript(Transcript):
    """The turns that had begun, with the words that had been said."""

    def __init__(self, stage: Stage, lock: threading.RLock) -> None:
        super().__init__(lock)
        self._stage = stage
        self._ids = tuple(turn.id for turn in stage.score.turns)
        self._turn_of_call: dict[str, int] = {}
        self._place_calls()

    def move(self, now_ms: float) -> None:
        ids = self._stage.score.begun(now_ms)
        if ids != self._ids:
            self._ids = ids
            self._place_calls()

    def _place_calls(self) -> None:
        self._turn_of_call = {
            call_id: place
            for place, turn_id in enumerate(self._ids)
            if (turn := self._stage.score.turn(turn_id)) is not None
            for call_id in turn.tool_calls
        }

    def _snapshot(self) -> tuple[Turn, ...]:
        return tuple(turn for turn_id in self._ids if (turn := self.turn(turn_id)) is not None)

    @property
    def turn_of_call(self) -> Mapping[str, int]:
        """The place of the turn that each call belongs to, by call id, among those that had begun."""
        return self._turn_of_call

    def turn(self, item_id: str) -> Turn | None:
        """Return a turn as it was, or None if it hadn't begun."""
        score, at_ms = self._stage.score, self._stage.at_ms
        turn, span = score.turn(item_id), score.turn_span(item_id)
        if turn is None or span is None or at_ms is None:
            return turn
        if at_ms < span.begin_ms:
            return None
        shown = (
            turn
            if at_ms >= span.end_ms
            else turn_at(turn, at_ms - span.begin_ms, span.end_ms - span.begin_ms)
        )
        begun = tuple(
            call_id for call_id in turn.tool_calls if self._stage.tool_calls.row(call_id) is not None
        )
        return shown if begun == shown.tool_calls else _with_sound(shown, turn, tool_calls=begun)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the turns that had begun, in order; the same object while none comes or goes."""
        return self._ids

    def items(self) -> list[Item]:
        """Return the whole conversation as items of the API."""
        return self._stage._data.transcript.items()


class _StagedCalls(ToolCalls):
    """The calls that had been made, as they stood."""

    def __init__(self, stage: Stage, transcript: Transcript, lock: threading.RLock) -> None:
        super().__init__(transcript, lock)
        self._stage = stage
        # Pages tell by identity whether a row has changed.
        self._made: dict[str, tuple[tuple[bool, int | None], ToolCall]] = {}

    def row(self, call_id: str) -> ToolCall | None:
        """Return one call as it was, or None if it hadn't been made; the same object while it is the same."""
        score, at_ms = self._stage.score, self._stage.at_ms
        call, span = score.call(call_id), score.call_span(call_id)
        if call is None or span is None or (at_ms is not None and at_ms < span.begin_ms):
            return None
        ended = at_ms is None or at_ms >= span.end_ms
        state = (ended, self._transcript.turn_of_call.get(call_id))
        known = self._made.get(call_id)
        if known is None or known[0] != state:
            known = state, replace(call if ended else call_at(call), turn=state[1])
            self._made[call_id] = known
        return known[1]

    def _snapshot(self) -> tuple[ToolCall, ...]:
        rows = (self.row(call.call_id) for call in self._stage.score.calls)
        return tuple(row for row in rows if row is not None)


def turn_at(turn: Turn, past_ms: float, length_ms: float) -> Turn:
    """Return a turn as it was so long after its beginning, while it went on: words come with their sound."""
    whole_ms = max(turn.audio_ms or 0.0, length_ms)
    text = _words(turn.text, past_ms / whole_ms if whole_ms > 0 else 1.0)
    return _with_sound(
        turn, turn,
        text=text, heard_text=text, status="in_progress", end_ms=None, interrupted=False,
        audio_ms=None if turn.audio_ms is None else min(turn.audio_ms, round(past_ms)),
        heard_ms=None if turn.heard_ms is None else min(turn.heard_ms, round(past_ms)),
        segments=(), logprobs=(),
    )  # fmt: skip


def call_at(call: ToolCall) -> ToolCall:
    """Return a call as it was while it ran."""
    return replace(call, output=None, error=None, traceback=None, status="running", duration_ms=None)


def _with_sound(turn: Turn, of: Turn, **values: object) -> Turn:
    shown = replace(turn, **values)  # type: ignore[arg-type]
    object.__setattr__(shown, "_sound", getattr(of, "_sound", None))
    return shown


def _different(ids: list[str], before: list[Any], after: list[Any]) -> tuple[str, ...]:
    return tuple(name for name, old, new in zip(ids, before, after, strict=True) if old != new)


def _words(text: str, share: float) -> str:
    """Return the words of a text up to a share of it; a word that has begun is there as a whole."""
    if share >= 1:
        return text
    end = int(len(text) * max(0.0, share))
    if end == 0:
        return ""
    while end < len(text) and not text[end].isspace():
        end += 1
    return text[:end]
