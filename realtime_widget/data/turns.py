"""A turn: what one side said, as a value."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import numpy as np

from ..audio import Clip
from ..protocol.wording import Segment, TokenProbability

__all__ = ["Turn", "make_turn"]

Sound = Callable[[], Clip]


class _Sounding:
    __slots__ = ("_sound",)  # not a field, so that turns compare, print and convert by what was said


@dataclass(frozen=True, slots=True)
class Turn(_Sounding):
    """One turn of a conversation; times are whole ms on the session's clock (0 = start).

    Turns stand in the order of the conversation. `start_ms` ascends in it, but for an answer that was cut
    before it could sound: it would have begun when the sound before it ended.

    Attributes:
        turn: Its place in the conversation, from 0.
        id: The item's id.
        role: `user`, `assistant` or `system`.
        text: All its words, heard or not.
        heard_text: The words that were heard; of an interrupted turn an estimate, by the share of its sound.
        status: `in_progress completed interrupted failed incomplete cancelled`.
        start_ms: When it began to sound, or was written.
        end_ms: When it fell silent or was complete; None while it goes on.
        audio_ms: Length of its whole sound; None without sound.
        heard_ms: How much of that was heard; None without sound.
        interrupted: Whether something of it was never heard.
        tool_calls: Ids of the calls that were made for it.
        response_id: The response that it belongs to; None for the user's turns.
        created_at: When it came into being, in UTC.
        connection: Ordinal of the connection that it came over, from 1; 0 for an earlier conversation.
        uncertain: Whether the recogniser wasn't sure of the words.
        heard_ms_estimated: Whether the clock tells `heard_ms`, since no page did.
        heard_text_estimated: Whether `heard_text` was cut by the share of the sound that was heard: an answer
            says its words and its sound side by side, and not which belong together.
        languages: The languages that a transcription found, as codes.
        segments: Who said what and when, where a transcription tells speakers apart.
        logprobs: The pieces of the text with their log-probabilities, where they were asked for.
    """

    turn: int
    id: str
    role: str
    text: str
    heard_text: str
    status: str
    start_ms: int | None
    end_ms: int | None
    audio_ms: int | None
    heard_ms: int | None
    interrupted: bool
    tool_calls: tuple[str, ...]
    response_id: str | None
    created_at: datetime
    uncertain: bool = False
    connection: int = 1
    heard_ms_estimated: bool = False
    heard_text_estimated: bool = False
    languages: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
    logprobs: tuple[TokenProbability, ...] = ()

    @property
    def confidence(self) -> float | None:
        """How probable the words are, 0 to 1 (the mean of their pieces); None where nobody told."""
        if not self.logprobs:
            return None
        return math.exp(min(0.0, sum(piece.logprob for piece in self.logprobs) / len(self.logprobs)))

    @property
    def audio(self) -> Clip:
        """Its whole sound (what was cut off included), 24 kHz mono; empty where nothing was recorded."""
        sound: Sound | None = getattr(self, "_sound", None)
        return Clip(np.zeros(0, dtype=np.int16)) if sound is None else sound()

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy in another process can't ask the session for the sound, so it takes it along.
        return (_restore, ({f.name: getattr(self, f.name) for f in fields(self)}, self.audio))


def make_turn(sound: Sound | None, **values: Any) -> Turn:
    """Return a turn whose `audio` is what `sound` returns when it is asked for."""
    turn = Turn(**values)
    object.__setattr__(turn, "_sound", sound)
    return turn


def _restore(values: dict[str, Any], clip: Clip) -> Turn:
    return make_turn(lambda: clip, **values)
