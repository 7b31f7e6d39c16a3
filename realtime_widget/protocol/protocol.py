"""The core: feed it frames and verbs, drain events, changes and frames to send.

It does no I/O, reads no clock (time is an argument: ms on the session's clock) and never raises on what a
server sends. Calls must come one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from ..audio.keeping import Keeper
from ..config import SessionConfig, session_diff
from ..engines import Dialect
from . import events as ev
from .answers import Answers
from .approvals import Approvals
from .changes import Change, Problem, SessionConfigured
from .codec import encode
from .commands import AppendInput, ClearInput, Command, CommitInput, CreateItem, UpdateSession
from .conversation import Conversation
from .floor import Floor
from .input_audio import Captured, InputAudio
from .intake import Intake
from .interruption import Interruption
from .log import LogEntry
from .objections import Objections
from .objects import ErrorDetail, Item
from .outbox import Outbox
from .playback import Cut, PlaybackTracker
from .preview import encode_preview
from .refusals import Refusals
from .responses import ResponseSequencer
from .resumption import Resumption

__all__ = ["RealtimeProtocol"]

MIN_COMMIT_MS = 100
MAX_APPEND_BYTES = 480_000  # 10 s; the API takes 15 MiB, but many servers limit a frame to 1 MiB


class RealtimeProtocol:
    """One conversation with a server of the Realtime API.

    Feed `receive_message`; then drain `events_received`, `changes` and `messages_to_send`.

    Args:
        config: The configuration to ask for.
        keep_user_audio: Whether the user's sound is kept.
        keep_assistant_audio: Whether the model's sound is kept.
        keeper: What keeps it; without one it is all in memory.
        dialect: Which shapes the server takes: `"ga"`, or `"preview"`, those of the withdrawn beta.
    """

    append_kind: ClassVar[type[Any]] = AppendInput  # the command that carries sound
    conversation_kind: ClassVar[type[Conversation]] = Conversation
    refusals_kind: ClassVar[type[Refusals]] = Refusals

    def __init__(
        self,
        config: SessionConfig,
        *,
        keep_user_audio: bool = True,
        keep_assistant_audio: bool = True,
        keeper: Keeper | None = None,
        dialect: Dialect = "ga",
    ) -> None:
        self.config = config
        self.keeper = keeper or Keeper()
        self.input_audio = InputAudio(keep=keep_user_audio, keeper=self.keeper)
        self.playback = PlaybackTracker()
        self.conversation = self.conversation_kind(
            self.input_audio, self.playback, keeper=self.keeper if keep_assistant_audio else None
        )
        self.sequencer = ResponseSequencer()
        self._out = Outbox(encode_preview if dialect == "preview" else encode)
        self._answers = Answers(
            self._out, self.conversation, self.sequencer, tool_choice=lambda: self.config.tool_choice
        )
        self._interruption = Interruption(
            self._out, self.conversation, self.playback, self.sequencer, self._answers
        )
        self._refusals = self.refusals_kind(self._out, self.conversation, self.sequencer, self._answers)
        self.floor = Floor(self._out, self.sequencer, self._answers, self.input_audio)
        self.approvals = Approvals(self._out, self.conversation, self._answers)
        self._objections = Objections(
            self.conversation,
            voice=lambda: self.config.voice if self.voice_locked else None,
            responding=lambda: self.sequencer.active is not None,
        )
        self._refusals.adopt, self._refusals.unanswered = self._adopt_transcription, self.floor.on_unanswered
        self._resumption = Resumption(self._out, self.conversation, self.sequencer, self._answers)
        self._intake = Intake(self._out)
        self._established = True  # whether the last connection came so far as to be configured
        self._wire: dict[str, Any] | None = None  # what the server was last told
        self._last_failure: str | None = None  # of a transcription, so that each kind is told once

    @property
    def now_ms(self) -> float:
        """The time that the core was last told, ms on the session's clock."""
        return self._out.now_ms

    @property
    def voice_locked(self) -> bool:
        """Whether the model has spoken on this connection, so that its voice can't change any more."""
        return self._answers.voice_heard

    def owed_since_ms(self) -> float | None:
        """Return since when (ms on the session's clock) the server owes an answer; None if it owes nothing.

        Counts are commands that this server always answers, requests for a response, and a response that
        has given no sign of life for half a minute.
        """
        owed = (self._out.settlement.owed_since_ms(), self.sequencer.owed_since_ms())
        return min((since_ms for since_ms in owed if since_ms is not None), default=None)

    # -- feed --------------------------------------------------------------------------------------------

    def at(self, now_ms: float, wall_s: float) -> None:
        """Set the time: ms on the session's clock, and Unix seconds. Comes before every other call."""
        self._out.now_ms, self._out.wall_s = now_ms, wall_s
        self.floor.tick()

    def receive_message(self, data: str | bytes) -> None:
        """Take one frame from the server."""
        event = self._intake.take(data)
        if event is None:
            return
        out = self._out
        out.changes += self.conversation.apply(event, out.now_ms, out.wall_s)
        settled = out.settlement.answered(event)
        if settled is not None and settled.event_id is not None:
            out.settled(settled.event_id, None, event)
        self._handle(event)

    def _handle(self, event: ev.ServerEvent) -> None:
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def seed(self, items: list[Item]) -> None:
        """Begin with an earlier conversation, of which the server is told once it is configured."""
        self._resumption.seed(items)

    # -- drain -------------------------------------------------------------------------------------------

    def events_received(self) -> list[LogEntry]:
        """Return the record of events and commands since the last call."""
        return self._out.drain_records()

    def changes(self) -> list[Change]:
        """Return what changed since the last call, in order."""
        return self._out.drain_changes()

    def messages_to_send(self) -> list[str]:
        """Return the frames to send since the last call, in order."""
        return self._out.drain_frames()

    # -- connection --------------------------------------------------------------------------------------

    def connection_opened(self) -> str:
        """Configure a fresh connection; return the id under which the configuration will be settled.

        Once it is, `resume` tells the connection what was said so far.
        """
        out = self._out
        if not out.suspended:
            self.input_audio.reconnected()
        self._answers.voice_heard = False
        self._intake.next_connection()
        known = self.conversation.items
        calls = (item.call_id for item in known.values() if item.call_id)
        taken = [*known, *self.sequencer.responses, *calls]
        out.generations.next(taken, again=not self._established)
        self._established = False
        self.conversation.connection = out.generations.connection
        out.note("connection.opened")
        self._wire = self.config.to_wire()
        self._refusals.configuration = out.configure(self._wire)
        return self._refusals.configuration

    def resume(self) -> None:
        """Tell a configured connection what was said so far, then ask what was never answered."""
        self._resumption.resume()

    def connection_lost(self, reason: str = "", *, resumes: bool = False, planned: bool = False) -> None:
        """Forget what was in flight, since no answer to it will come; or keep it for the next connection.

        Without a `reason` it was ended on purpose.
        """
        out = self._out
        ended = "connection.lost" if reason or resumes else "connection.closed"
        out.note("connection.rollover" if planned else ended, reason=reason)
        out.abandon(but_updates=resumes)
        self.floor.reset()
        self._interruption.connection_lost(resumes=resumes)
        out.frames.clear()
        if resumes:
            self._resumption.suspend(self.config)
        else:
            self._resumption.give_up()

    # -- verbs -------------------------------------------------------------------------------------------

    def send(self, command: Command | Mapping[str, Any]) -> str | None:
        """Send any command; return its event id, if it has one."""
        if isinstance(command, Command):
            return self._out.send(command)
        known = self._out.send_raw(command)
        if isinstance(known, AppendInput):
            self._note_audio(known.audio, live=True)
        elif isinstance(known, CommitInput):
            self.input_audio.commit_sent()
        elif isinstance(known, ClearInput):
            self.input_audio.clear_sent()
        elif isinstance(known, CreateItem) and known.item.approval_request_id:
            self.approvals.answered(known.item.approval_request_id)
        event_id = command.get("event_id")
        return event_id if isinstance(event_id, str) else None

    def update(self, config: SessionConfig) -> str | None:
        """Send what `config` changes; return the id under which it will be settled, None if nothing does."""
        wire = config.to_wire()
        difference = session_diff(self._wire or {}, wire)
        self.config, self._wire = config, wire
        says_something = bool(difference.keys() - {"type"})
        return self._out.send(UpdateSession(session=difference)) if says_something else None

    def objection(self, command: Mapping[str, Any]) -> ErrorDetail | None:
        """Return why the server would refuse a raw command, None where nothing is known against it."""
        return self._objections.to(command)

    def _adopt_transcription(self, transcription: Mapping[str, Any] | None) -> None:
        self.config = self.config.merge(transcription=transcription)
        self._wire = self.config.to_wire()

    def revert(self, config: SessionConfig) -> None:
        """Take back a configuration that the server refused."""
        self.config, self._wire = config, config.to_wire()

    def probe(self) -> str | None:
        """Send an update that changes nothing: its acknowledgement tells that all before it was processed."""
        return self._out.send(UpdateSession(session={"type": self.config.kind}))

    def append_audio(self, pcm: bytes, *, live: bool = True, captured: Captured | None = None) -> None:
        """Send a piece of the user's sound: 16-bit mono PCM at 24 kHz.

        What isn't `live`, but read from a file faster than anyone speaks, begins after what was said before.
        `captured` tells when a piece of a microphone, of 10 s at most, ended.
        """
        for begin in range(0, len(pcm), MAX_APPEND_BYTES):
            piece = pcm[begin : begin + MAX_APPEND_BYTES]
            self._note_audio(piece, live=live, captured=captured)
            self._out.send(self.append_kind(audio=piece))

    def _note_audio(self, pcm: bytes, *, live: bool, captured: Captured | None = None) -> None:
        floor_ms = 0.0 if live or self.playback.has_player else self.playback.end_ms
        self.input_audio.append(pcm, self.now_ms, floor_ms=floor_ms, captured=captured)

    def commit(self) -> str | None:
        """Make the sound so far the user's turn; None (and the sound dropped) if it is under 100 ms."""
        if self.input_audio.uncommitted_ms < MIN_COMMIT_MS:
            if self.input_audio.uncommitted_ms:
                self.clear()
            return None
        self.input_audio.commit_sent()
        return self._out.send(CommitInput())

    def clear(self) -> None:
        """Drop the sound that isn't a turn yet."""
        self._out.send(ClearInput())
        self.input_audio.clear_sent()

    def create_item(self, item: Item, previous_item_id: str | None = None) -> tuple[str, str | None]:
        """Add an item; return its id and the id under which it will be settled."""
        command = self._out.item_command(item, previous_item_id)
        self._answers.show(command)
        return command.item.id or "", self._out.send(command)

    def respond(
        self, key: str, *, options: dict[str, Any] | None = None, items: list[Item] | None = None
    ) -> list[str]:
        """Ask for a response as soon as none is running; return the ids of `items`, which go before it."""
        return self._answers.respond(key, dict(options or {}), items or [])

    def cancel(self) -> None:
        """Stop the running response, if there is one."""
        self._interruption.cancel()

    def tool_output(self, call_id: str, output: str) -> None:
        """Answer a call; the outputs of one response go out together, followed by one request to go on."""
        self._answers.tool_output(call_id, output)

    def begin_interrupt(self, *, cancel: bool, speech: str | None = None) -> bool:
        """Let no further sound of the running response through; tell whether anything was there to interrupt.

        `cancel` also stops the response at the server; not needed where the server does that by itself.
        `speech` is the user's item that interrupts, if one does.
        """
        return self._interruption.begin(cancel=cancel, speech=speech)

    def finish_interrupt(self, *, answered: bool | None = None) -> list[Cut]:
        """Tell the server how much was heard of what it sent; follows each `begin_interrupt` that was True.

        Comes after the page's report: `answered`, or False if that is missing and the clock must tell.
        """
        return self._interruption.finish(answered=answered)

    def attach_player(self, attached: bool) -> None:
        """Note that a page began, or ceased, to play what is said."""
        self._interruption.attach(attached)

    # -- events ------------------------------------------------------------------------------------------

    def _on_session(self, event: ev.SessionCreated | ev.SessionUpdated) -> None:
        created = isinstance(event, ev.SessionCreated)
        self._established = self._established or not created
        self._out.changes.append(SessionConfigured(event.session, created))

    def _on_error(self, event: ev.Error) -> None:
        self._refusals.on_error(event)

    def _on_transcription_failed(self, event: ev.TranscriptionFailed) -> None:
        kind = event.error.code or event.error.message or ""
        if kind != self._last_failure:
            self._last_failure = kind
            self._out.changes.append(Problem(event.error, False))

    def _on_speech_started(self, event: ev.SpeechStarted) -> None:
        self.floor.on_speech_started(event, self.config.turn_detection)

    def _on_words(self, event: ev.TranscriptionDelta) -> None:
        self.floor.on_words(event)

    def _on_speech_over(self, event: ev.SpeechStopped | ev.InputAudioCommitted) -> None:
        self.floor.on_speech_over(event, self.config.turn_detection)

    def _on_cleared(self, event: ev.InputAudioCleared) -> None:
        self.floor.on_cleared()

    def _on_response_created(self, event: ev.ResponseCreated) -> None:
        self._answers.on_created(event)
        self.floor.on_response(self.config.turn_detection)

    def _on_delta(self, event: Any) -> None:
        self._answers.on_delta(event)

    def _on_output_item_done(self, event: ev.ResponseOutputItemDone) -> None:
        self._answers.on_item_done(event)

    def _on_response_done(self, event: ev.ResponseDone) -> None:
        self._answers.on_done(event)
        self._interruption.on_response_done(event)


_HANDLERS: dict[type[Any], Callable[[RealtimeProtocol, Any], None]] = {
    ev.SessionCreated: RealtimeProtocol._on_session,
    ev.SessionUpdated: RealtimeProtocol._on_session,
    ev.Error: RealtimeProtocol._on_error,
    ev.TranscriptionFailed: RealtimeProtocol._on_transcription_failed,
    ev.TranscriptionDelta: RealtimeProtocol._on_words,
    ev.SpeechStarted: RealtimeProtocol._on_speech_started,
    ev.SpeechStopped: RealtimeProtocol._on_speech_over,
    ev.InputAudioCommitted: RealtimeProtocol._on_speech_over,
    ev.InputAudioCleared: RealtimeProtocol._on_cleared,
    ev.ResponseCreated: RealtimeProtocol._on_response_created,
    ev.ResponseDone: RealtimeProtocol._on_response_done,
    ev.ResponseOutputItemDone: RealtimeProtocol._on_output_item_done,
    ev.ResponseOutputAudioDelta: RealtimeProtocol._on_delta,
    ev.ResponseOutputAudioTranscriptDelta: RealtimeProtocol._on_delta,
    ev.ResponseOutputTextDelta: RealtimeProtocol._on_delta,
    ev.FunctionCallArgumentsDelta: RealtimeProtocol._on_delta,
}
