"""The core of a transcription session: nobody answers, and a turn is over when its words are final.

Models without turn detection write while one speaks, before anything is committed; this side says where
their turns end. What a server doesn't take of the configuration is left out, and the rest tried again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..config import TranscriptionConfig
from . import events as ev
from .changes import Change, Problem, TranscriptionBilled
from .commands import Command, UpdateSession
from .conversation import Conversation
from .items import ItemState
from .objects import ErrorDetail, TranscriptionUsage
from .protocol import RealtimeProtocol
from .refusals import Refusals

__all__ = ["TranscriptConversation", "TranscriptionProtocol"]

KEPT_MS = 120_000.0  # several long turns, which a new connection may have to hear again

Span = tuple[float, float]
"""Where speech lies in the sound that was appended: begin and end, ms of all of it."""


class TranscriptConversation(Conversation):
    """Turns whose words are what counts: `in_progress` until those are final.

    Attributes:
        spans: Where the speech of a commit lies, by where the commit lies; without one it is all the sound.
        speech_ms: Where the speech that goes on began, or None.
        words_ms: When words last came, on the session's clock.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.spans: dict[float, Span] = {}
        self.speech_ms: float | None = None
        self.words_ms = 0.0

    def apply(self, event: ev.ServerEvent, now_ms: float, wall_s: float) -> list[Change]:
        """Take one event; return what changed."""
        self.now_ms, self.wall_s = now_ms, wall_s
        if isinstance(event, ev.InputAudioCommitted):
            self._locate(event)
        super().apply(event, now_ms, wall_s)
        item = getattr(event, "item", None)
        state = self.items.get(getattr(event, "item_id", None) or getattr(item, "id", None) or "")
        if state is not None:
            if isinstance(event, ev.TranscriptionDelta):
                self._begin(state)
            if isinstance(event, ev.TranscriptionCompleted):
                self._bill(state, event)
            judge(state)
        return self.changes

    def _locate(self, event: ev.InputAudioCommitted) -> None:
        pending = self.input_audio.pending_commits
        span = self.spans.pop(pending[0], None) if pending else None
        state = self.item(event.item_id, role="user")
        if state is not None and span is not None and not state.committed:
            state.audio_start_ms, state.audio_end_ms = span

    def _begin(self, state: ItemState) -> None:
        self.words_ms = self.now_ms
        if state.audio_start_ms is None and not state.committed:
            open_ms = self.input_audio.total_ms - self.input_audio.uncommitted_ms
            state.audio_start_ms = open_ms if self.speech_ms is None else self.speech_ms

    def _bill(self, state: ItemState, event: ev.TranscriptionCompleted) -> None:
        part = state.part(event.content_index)
        if event.usage is None and part.final and not part.billed and state.audio_end_ms is not None:
            part.billed = True  # a server that doesn't tell: these models are paid by the minute
            seconds = (state.audio_end_ms - (state.audio_start_ms or 0.0)) / 1000
            usage = TranscriptionUsage(type="duration", seconds=round(seconds, 3))
            self.changes.append(TranscriptionBilled(state.id, usage))

    @property
    def untranscribed(self) -> list[ItemState]:
        """The turns that are committed and whose words aren't final, in order."""
        return [
            state for state in self if state.committed and state.is_turn and state.status == "in_progress"
        ]

    @property
    def has_open_words(self) -> bool:
        """Whether words came of what isn't committed yet."""
        return any(state.text for state in self.open_speech.values())

    def give_up(self, state: ItemState) -> None:
        """Let a turn be as it is: nobody will write the rest."""
        if state.status == "in_progress":
            state.status = "incomplete"
            self.changed(state)


def judge(state: ItemState) -> None:
    """Set a turn's status by its words."""
    parts = state.parts.values()
    if state.role != "user" or state.kind != "message" or not parts:
        return
    if not all(part.final for part in parts):
        if state.status != "incomplete":
            state.status = "in_progress"
    elif any(part.failed for part in parts):
        state.status = "incomplete" if state.text else "failed"
    else:
        state.status = "completed"


class _Refusals(Refusals):
    """Leaves out what a server refuses, where a session can do without."""

    weaker: Callable[[ErrorDetail], dict[str, Any] | None]

    def _undo(self, command: Command, error: ErrorDetail) -> None:
        if isinstance(command, UpdateSession) and (session := self.weaker(error)) is not None:
            # Under the same id: who waits for the configuration waits for what becomes of it.
            self._out.send(UpdateSession(event_id=command.event_id, session=session), always=True)
            return
        super()._undo(command, error)


# What a session can do without: by what an error names it, and the option in its place.
_DISPENSABLE: tuple[tuple[str, str, Any], ...] = (
    ("turn_detection", "turn detection", None),
    ("delay", "delay", None),
    ("logprobs", "logprobs", False),
    ("include", "logprobs", False),
)


class TranscriptionProtocol(RealtimeProtocol):
    """One transcription session with a server of the Realtime API."""

    conversation_kind = TranscriptConversation
    refusals_kind = _Refusals
    conversation: TranscriptConversation
    config: Any

    def __init__(self, config: TranscriptionConfig, **options: Any) -> None:
        super().__init__(config, **options)  # type: ignore[arg-type]
        self._refusals.weaker = self._weaker  # type: ignore[attr-defined]
        self._resumption.retells = False
        self.input_audio.kept_ms = KEPT_MS

    def commit(self, span: Span | None = None) -> str | None:
        """Make the sound so far a turn; its speech lies at `span`, or is all of it."""
        event_id = super().commit()
        pending = self.input_audio.pending_commits
        if event_id is not None and span is not None and pending:
            self.conversation.spans[pending[-1]] = span
        return event_id

    @property
    def awaits_words(self) -> bool:
        """Whether the words of what was committed are still to come."""
        return bool(self.input_audio.pending_commits or self.conversation.untranscribed)

    def give_up(self, item_id: str) -> None:
        """Wait no longer for the words of a turn."""
        state = self.conversation.items.get(item_id)
        if state is not None:
            self.conversation.changes = []
            self.conversation.give_up(state)
            self._out.changes += self.conversation.changes

    def connection_lost(self, reason: str = "", *, resumes: bool = False, planned: bool = False) -> None:
        """Forget what was in flight; or have what was committed and not written yet heard again."""
        waiting = self.conversation.untranscribed
        if resumes:
            for state in waiting:
                if state.audio_start_ms is None or state.audio_end_ms is None:
                    continue
                cut_ms = self.input_audio.take_back(state.audio_start_ms, state.audio_end_ms)
                self.conversation.spans[cut_ms] = (state.audio_start_ms, state.audio_end_ms)
                self.conversation.open_speech[state.id] = state
        super().connection_lost(reason, resumes=resumes, planned=planned)
        if not resumes:
            for state in waiting:
                self.give_up(state.id)

    def _weaker(self, error: ErrorDetail) -> dict[str, Any] | None:
        said = f"{error.param or ''} {error.message or ''}".lower().replace("_", " ")
        for name, words, without in _DISPENSABLE:
            option = "logprobs" if name == "include" else name
            asked = getattr(self.config, option)
            if asked in (without, None) or not (words in said or name in said):
                continue
            self.config = self.config.merge(**{option: without})
            self._wire = self.config.to_wire()
            message = f"The server takes no {words} for {self.config.model}; the session goes on without."
            self._out.changes.append(Problem(ErrorDetail(code="option_dropped", message=message), False))
            return self._wire
        return None
