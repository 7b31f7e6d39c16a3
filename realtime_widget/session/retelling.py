"""What callbacks are told while a saved conversation is played: the same as when it took place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from ..audio import SAMPLES_PER_MS
from ..data import Tables, Turn
from ..data.replay.score import Moment
from ..data.replay.stage import Stage
from .callbacks import Callbacks

__all__ = ["Retelling"]


class _Voice:
    """The sound of an answer that is being told of, and how much of it was."""

    def __init__(self, turn: Turn, past_ms: float) -> None:
        self._samples = turn.audio.samples
        self._told = max(0, int(past_ms * SAMPLES_PER_MS))

    def take(self, past_ms: float) -> Any:
        """Return what sounded since the last time, up to so long after its beginning."""
        begin, self._told = self._told, max(self._told, int(past_ms * SAMPLES_PER_MS))
        return self._samples[begin : self._told]


class Retelling:
    """Tells callbacks what the player passes; lives on the I/O thread.

    Args:
        data: The whole conversation.
        stage: The same as it stands at the player's moment.
        callbacks: Whom to tell.
        partials: Whether to tell of words that grow.
    """

    def __init__(self, data: Tables, stage: Stage, callbacks: Callbacks, *, partials: bool) -> None:
        self._data = data
        self._stage = stage
        self._callbacks = callbacks
        self._tells_partials = partials
        self._voices: dict[str, _Voice] = {}
        self._partials: dict[str, str] = {}
        self._from_ms = 0.0

    def begin_at(self, at_ms: float) -> None:
        """Go on from another moment: of what goes on there, the rest is told."""
        self._from_ms = at_ms
        self._voices.clear()
        self._partials.clear()

    def perform(self, moment: Moment) -> None:
        """Tell of something that happens."""
        _HANDLERS[moment.kind](self, moment.place)

    def go_on(self, at_ms: float) -> None:
        """Tell of what grows: sound and words."""
        if self._callbacks.listening:
            for turn in self._stage.going_on():
                self._sound(turn, at_ms)
                self._words(turn)

    # -- what happens ------------------------------------------------------------------------------------

    @cached_property
    def _events(self) -> Sequence[Any]:
        return self._data.events.rows()

    @cached_property
    def _usage(self) -> list[dict[str, Any]]:
        return self._data.usage.to_dicts()

    def _on_event(self, place: int) -> None:
        if self._callbacks.listening:
            self._callbacks.emit_raw(self._events[place])

    def _on_usage(self, place: int) -> None:
        if self._callbacks.wants("usage"):
            self._callbacks.emit("usage", self._usage[place])

    def _on_turn_begins(self, place: int) -> None:
        turn = self._stage.score.turns[place]
        self._voices.pop(turn.id, None)
        self._partials.pop(turn.id, None)

    def _on_turn_ends(self, place: int) -> None:
        turn = self._stage.score.turns[place]
        span = self._stage.score.turn_span(turn.id)
        if span is not None:
            self._sound(turn, span.end_ms)
        self._voices.pop(turn.id, None)
        self._callbacks.emit("turn", turn)

    def _on_call_begins(self, place: int) -> None:
        """Nobody is called for it."""

    def _on_call_ends(self, place: int) -> None:
        self._callbacks.emit("tool_call", self._stage.score.calls[place])

    # -- what grows --------------------------------------------------------------------------------------

    def _sound(self, turn: Turn, at_ms: float) -> None:
        span = self._stage.score.turn_span(turn.id)
        if (
            span is None
            or turn.role != "assistant"
            or not turn.audio_ms
            or not self._callbacks.wants("audio")
        ):
            return
        past_ms = at_ms - span.begin_ms
        voice = self._voices.get(turn.id)
        if voice is None:
            voice = self._voices[turn.id] = _Voice(turn, self._from_ms - span.begin_ms)
        if len(samples := voice.take(past_ms)):
            self._callbacks.emit("audio", samples)

    def _words(self, turn: Turn) -> None:
        if not (self._tells_partials and self._callbacks.wants("partial")):
            return
        shown = self._stage.turn(turn.id)
        if shown is None or shown.status != "in_progress":
            return
        if shown.text and shown.text != self._partials.get(turn.id):
            self._partials[turn.id] = shown.text
            self._callbacks.emit("partial", shown)


_HANDLERS: dict[str, Callable[[Retelling, int], None]] = {
    "event": Retelling._on_event,
    "usage": Retelling._on_usage,
    "turn_begins": Retelling._on_turn_begins,
    "turn_ends": Retelling._on_turn_ends,
    "call_begins": Retelling._on_call_begins,
    "call_ends": Retelling._on_call_ends,
}
