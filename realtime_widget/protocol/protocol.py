"""The core: feed it frames and verbs, drain events, changes and frames to send.

It does no I/O, reads no clock (time is an argument: ms on the session's clock) and never raises on what a server
sends. Calls must come one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from ..config import SessionConfig, session_diff
from . import events as ev
from .changes import (
    AnswerFinished,
    CallReady,
    CallsAbandoned,
    Change,
    CommandSettled,
    ItemChanged,
    Problem,
    ResponseFinished,
    ResponseStarted,
    SessionConfigured,
    SpeechChanged,
)
from .codec import ProtocolError, decode_event, encode
from .commands import (
    AppendInput,
    CancelResponse,
    ClearInput,
    Command,
    CommitInput,
    CreateItem,
    DeleteItem,
    TruncateItem,
    UpdateSession,
)
from .conversation import Conversation
from .input_audio import InputAudio
from .items import ItemState
from .log import LogEntry, log_command, log_event
from .objects import ErrorDetail, Item, Response
from .playback import Cut, PlaybackTracker
from .problems import ACTIVE_RESPONSE, is_benign, is_fatal
from .responses import Batch, Request, ResponseSequencer, ResponseState
from .settlement import Settlement

__all__ = ["RealtimeProtocol"]

MIN_COMMIT_MS = 100
HOLD_LIMIT_MS = 3_000


class RealtimeProtocol:
    """One conversation with a server of the Realtime API.

    Feed `receive_message`; then drain `events_received`, `changes` and `messages_to_send`.

    Args:
        config: The configuration to ask for.
        keep_user_audio: Whether the user's sound stays in memory.
        keep_assistant_audio: Whether the model's sound stays in memory.
    """

    def __init__(
        self, config: SessionConfig, *, keep_user_audio: bool = True, keep_assistant_audio: bool = True
    ) -> None:
        self.config = config
        self.input_audio = InputAudio(keep=keep_user_audio)
        self.playback = PlaybackTracker()
        self.conversation = Conversation(self.input_audio, self.playback, keep_audio=keep_assistant_audio)
        self.sequencer = ResponseSequencer()
        self.voice_locked = False
        self.now_ms = 0.0
        self.wall_s = 0.0
        self._ids = count(1)
        self._settlement = Settlement()
        self._wire: dict[str, Any] | None = None  # what the server was last told
        self._log: list[LogEntry] = []
        self._changes: list[Change] = []
        self._outbox: list[str] = []
        self._answer_items: dict[str, list[str]] = {}
        self._speech_item: str | None = None
        self._held_since_ms: float | None = None

    # -- feed --------------------------------------------------------------------------------------------

    def at(self, now_ms: float, wall_s: float) -> None:
        """Set the time: ms on the session's clock, and Unix seconds. Comes before every other call."""
        self.now_ms, self.wall_s = now_ms, wall_s
        if self._held_since_ms is not None and now_ms - self._held_since_ms > HOLD_LIMIT_MS:
            self._release()  # the server didn't answer the user's turn after all

    def receive_message(self, data: str | bytes) -> None:
        """Take one frame from the server."""
        text = data if isinstance(data, str) else data.decode(errors="replace")
        try:
            event = decode_event(data)
        except ProtocolError as error:
            self._log.append(LogEntry(self.now_ms, "in", "invalid", None, None, None, len(text), text[:500]))
            self._changes.append(Problem(ErrorDetail(type="invalid_frame", message=f"A frame was {error}."), False))
            return
        self._log.append(log_event(self.now_ms, text, event))
        self._changes += self.conversation.apply(event, self.now_ms, self.wall_s)
        settled = self._settlement.answered(event)
        if settled is not None and settled.event_id is not None:
            self._changes.append(CommandSettled(settled.event_id, None, event))
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    # -- drain -------------------------------------------------------------------------------------------

    def events_received(self) -> list[LogEntry]:
        """Return the record of events and commands since the last call."""
        drained, self._log = self._log, []
        return drained

    def changes(self) -> list[Change]:
        """Return what changed since the last call, in order."""
        drained, self._changes = self._changes, []
        return drained

    def messages_to_send(self) -> list[str]:
        """Return the frames to send since the last call, in order."""
        drained, self._outbox = self._outbox, []
        return drained

    # -- connection --------------------------------------------------------------------------------------

    def connection_opened(self) -> str:
        """Configure a fresh connection; return the id under which the configuration will be settled."""
        self.input_audio.reconnected()
        self.voice_locked = False
        self._wire = self.config.to_wire()
        return self._send(UpdateSession(session=self._wire))

    def connection_lost(self) -> None:
        """Forget what was in flight: no answer to it will come."""
        for command in self._settlement.abandon():
            if command.event_id is not None:
                self._changes.append(CommandSettled(command.event_id, ErrorDetail(code="connection_lost")))
        self.sequencer.reset()
        self._outbox.clear()
        self._held_since_ms = self._speech_item = None
        for state in self.sequencer.responses.values():
            if not state.done:
                lost = Response(id=state.id, status="incomplete")
                self._changes += self.conversation.apply(ev.ResponseDone(response=lost), self.now_ms, self.wall_s)
                self.sequencer.done(lost, self.now_ms)

    # -- verbs -------------------------------------------------------------------------------------------

    def send(self, command: Command | Mapping[str, Any]) -> str | None:
        """Send any command; return its event id, if it has one."""
        if isinstance(command, Command):
            return self._send(command)
        raw = dict(command)
        self._emit(encode(raw), raw)
        event_id = raw.get("event_id")
        return event_id if isinstance(event_id, str) else None

    def update(self, config: SessionConfig) -> str | None:
        """Send what `config` changes; return the id under which it will be settled, None if nothing changes."""
        wire = config.to_wire()
        difference = session_diff(self._wire or {}, wire)
        self.config, self._wire = config, wire
        return self._send(UpdateSession(session=difference)) if len(difference) > 1 else None

    def revert(self, config: SessionConfig) -> None:
        """Take back a configuration that the server refused."""
        self.config, self._wire = config, config.to_wire()

    def append_audio(self, pcm: bytes) -> None:
        """Send a piece of the user's sound: 16-bit mono PCM at 24 kHz."""
        if pcm:
            floor_ms = 0.0 if self.playback.has_player else self.playback.end_ms
            self.input_audio.append(pcm, self.now_ms, floor_ms=floor_ms)
            self._send(AppendInput(audio=pcm))

    def commit(self) -> str | None:
        """Make the sound so far the user's turn; None (and the sound dropped) if it is under 100 ms."""
        if self.input_audio.uncommitted_ms < MIN_COMMIT_MS:
            if self.input_audio.uncommitted_ms:
                self.clear()
            return None
        return self._send(CommitInput())

    def clear(self) -> None:
        """Drop the sound that isn't a turn yet."""
        self._send(ClearInput())
        self.input_audio.committed()

    def create_item(self, item: Item, previous_item_id: str | None = None) -> tuple[str, str | None]:
        """Add an item; return its id and the id under which it will be settled."""
        command = self.item_command(item, previous_item_id)
        self._show(command)
        return command.item.id or "", self._send(command)

    def item_command(self, item: Item, previous_item_id: str | None = None) -> CreateItem:
        """Return the command that adds an item, with an id of our own (at most 32 characters)."""
        item_id = item.id or f"rtw_item_{next(self._ids)}_{int(self.wall_s * 1000) % 10**10:x}"
        named = Item(**{**{f: getattr(item, f) for f in item.__struct_fields__}, "id": item_id})
        return CreateItem(event_id=f"rtw_{next(self._ids)}", item=named, previous_item_id=previous_item_id)

    def respond(self, key: str, *, options: dict[str, Any] | None = None, items: list[Item] | None = None) -> list[str]:
        """Ask for a response as soon as none is running; `items` go right before it. Returns the items' ids."""
        prelude: list[Command] = [self.item_command(item) for item in items or ()]
        self._dispatch(self.sequencer.request(Request(key, prelude, dict(options or {}))))
        return [command.item.id or "" for command in prelude if isinstance(command, CreateItem)]

    def cancel(self) -> None:
        """Stop the running response, if there is one."""
        if self.sequencer.active is not None:
            self._send(CancelResponse(response_id=self.sequencer.active))

    def tool_output(self, call_id: str, output: str) -> None:
        """Answer a call; the outputs of one response go out together, followed by one request to go on."""
        batch = self.sequencer.output(call_id, output)
        if batch is not None:
            self._finish_batch(batch)

    # -- interruption ------------------------------------------------------------------------------------

    def begin_interrupt(self, *, cancel: bool) -> bool:
        """Let no further sound of the running response through; tell whether anything was there to interrupt.

        `cancel` also stops the response at the server; not needed where the server does that by itself.
        """
        active = self.sequencer.active
        self.conversation.silence(active)
        if cancel:
            self.cancel()
        return active is not None or self.playback.is_playing(self.now_ms)

    def finish_interrupt(self) -> list[Cut]:
        """Tell the server how much was heard of what it sent; comes after the page's last report."""
        cuts = self.playback.interrupt(self.now_ms)
        for cut in cuts:
            state = self.conversation.items.get(cut.item_id)
            if state is None:
                continue
            state.interrupted = True
            if cut.heard_ms <= 0:
                # The API refuses a cut at nothing, and the model should forget what nobody heard.
                state.unheard = True
                self._send(DeleteItem(item_id=cut.item_id))
            elif cut.heard_ms < cut.received_ms:
                command = TruncateItem(
                    item_id=cut.item_id, content_index=cut.content_index, audio_end_ms=cut.heard_ms
                )
                self._send(command)
            self._changes.append(ItemChanged(cut.item_id))
        return cuts

    # -- internals ---------------------------------------------------------------------------------------

    def _send(self, command: Command) -> str:
        if command.event_id is None and not isinstance(command, AppendInput):
            fields = {name: getattr(command, name) for name in command.__struct_fields__}
            command = type(command)(**{**fields, "event_id": f"rtw_{next(self._ids)}"})
        self._settlement.sent(command)
        self._emit(encode(command), command)
        return command.event_id or ""

    def _emit(self, text: str, command: Command | dict[str, Any]) -> None:
        self._outbox.append(text)
        self._log.append(log_command(self.now_ms, text, command))

    def _dispatch(self, commands: list[Command]) -> None:
        for command in commands:
            if isinstance(command, CreateItem):
                self._show(command)
            self._send(command)

    def _show(self, command: CreateItem) -> None:
        self._changes += self.conversation.add_local(
            command.item, command.previous_item_id, self.now_ms, self.wall_s
        )

    def _release(self) -> None:
        self._held_since_ms = None
        self.sequencer.held = False
        self._dispatch(self.sequencer.flush())

    def _on_session(self, event: ev.SessionCreated | ev.SessionUpdated) -> None:
        self._changes.append(SessionConfigured(event.session, isinstance(event, ev.SessionCreated)))

    def _on_error(self, event: ev.Error) -> None:
        error = event.error
        refused = self._settlement.refused(event)
        if refused is not None and refused.event_id is not None:
            self._changes.append(CommandSettled(refused.event_id, error))
            if isinstance(refused, CreateItem) and refused.item.id:
                self._changes += self.conversation.remove(refused.item.id)
        busy = ACTIVE_RESPONSE in (error.code, error.type)
        request, retried = self.sequencer.refused(error.event_id, active=busy)
        if request is not None and not retried:
            self._answer(request.key, "", "failed", error)
        if is_fatal(error):
            self._changes.append(Problem(error, True))
        elif refused is None and request is None and not busy and not is_benign(error):
            self._changes.append(Problem(error, False))
        self._dispatch(self.sequencer.flush())

    def _on_speech_started(self, event: ev.SpeechStarted) -> None:
        self._speech_item = event.item_id
        detection = self.config.turn_detection
        if detection is None or detection.create_response:
            self.sequencer.held = True
            self._held_since_ms = None
        interrupts = detection is None or detection.interrupt_response
        self._changes.append(SpeechChanged(True, event.item_id, interrupts))

    def _on_speech_over(self, event: ev.SpeechStopped | ev.InputAudioCommitted) -> None:
        if self._speech_item is not None:
            self._speech_item = None
            self._changes.append(SpeechChanged(False, event.item_id))
        if self.sequencer.held:
            self._held_since_ms = self.now_ms

    def _on_cleared(self, event: ev.InputAudioCleared) -> None:
        if self._speech_item is not None:
            self._changes.append(SpeechChanged(False, self._speech_item))
            self._speech_item = None
        self._release()

    def _on_response_created(self, event: ev.ResponseCreated) -> None:
        state = self.sequencer.created(event.response, self.now_ms)
        if state is None:
            return
        if state.out_of_band:
            self.conversation.set_aside(state.id)
        elif not self.sequencer.held:
            self._held_since_ms = None
        self._changes.append(ResponseStarted(state.id))

    def _on_delta(self, event: Any) -> None:
        state = self.sequencer.state(event.response_id, self.now_ms)
        if state is None:
            return
        if state.first_token_ms is None:
            state.first_token_ms = self.now_ms
        if type(event) is ev.ResponseOutputAudioDelta and state.first_audio_ms is None:
            state.first_audio_ms = self.now_ms
            self.voice_locked = True

    def _on_output_item_done(self, event: ev.ResponseOutputItemDone) -> None:
        item = self.conversation.items.get(event.item.id or "")
        if item is not None and item.kind == "function_call" and item.status == "completed":
            self._call(item, event.response_id)

    def _call(self, item: ItemState, response_id: str | None) -> None:
        if item.call_id and self.sequencer.called(item.call_id, response_id, self.now_ms):
            self._changes.append(CallReady(item.call_id, item.name or "", item.arguments, response_id))

    def _on_response_done(self, event: ev.ResponseDone) -> None:
        response = event.response
        state = self.sequencer.done(response, self.now_ms)
        if state is None:
            return
        error = _failure(response)
        self._changes.append(ResponseFinished(state.id, state.status, response.usage, error))
        for item in self.conversation.of_response(state.id):
            if item.kind == "function_call":
                self._settle_call(item, state)
            elif item.is_turn or item.out_of_band:
                self._answer_items.setdefault(state.key or state.id, []).append(item.id)
        batch = self.sequencer.close_batch(state.id, cancelled=state.status in ("cancelled", "failed"))
        if error is not None:
            self._changes.append(Problem(error, is_fatal(error)))
        if batch is not None and not batch.cancelled:
            batch.key = state.key
            self._finish_batch(batch)
        else:
            if batch is not None:
                self._changes.append(CallsAbandoned(tuple(batch.waiting)))
                self._finish_batch(batch)
            self._answer(state.key, state.id, state.status, error)
        self._dispatch(self.sequencer.flush())

    def _settle_call(self, item: ItemState, state: ResponseState) -> None:
        if state.status in ("completed", "incomplete") and item.status == "completed":
            self._call(item, state.id)
        elif item.call_id and item.placed and self.sequencer.called(item.call_id, state.id, self.now_ms):
            # Cut off in the middle: its arguments may be half a sentence, so it must not run, yet the
            # conversation would wait for its output for ever.
            self.sequencer.output(item.call_id, '{"error": "The call was cut off before it was complete; it did not run."}')

    def _finish_batch(self, batch: Batch) -> None:
        outputs = self.sequencer.complete(batch)
        if outputs is None:
            return
        self._dispatch([self.item_command(item) for item in outputs] if outputs else [])
        if batch.cancelled:
            return
        key = batch.key or f"rtw_follow_{next(self._ids)}"
        self._answer_items.setdefault(key, []).extend(self._answer_items.pop(batch.response_id, ()))
        self._dispatch(self.sequencer.request(Request(key, follows_tools=True)))

    def _answer(self, key: str | None, response_id: str, status: str, error: ErrorDetail | None) -> None:
        items = tuple(self._answer_items.pop(key or response_id, ()))
        for answered in [key, *self.sequencer.absorbed(response_id)]:
            self._changes.append(AnswerFinished(answered, response_id, status, items, error))


def _failure(response: Response) -> ErrorDetail | None:
    if response.status != "failed":
        return None
    details = response.status_details
    return (details.error if details else None) or ErrorDetail(code="response_failed", message="The response failed.")


_HANDLERS: dict[type[Any], Callable[[RealtimeProtocol, Any], None]] = {
    ev.SessionCreated: RealtimeProtocol._on_session,
    ev.SessionUpdated: RealtimeProtocol._on_session,
    ev.Error: RealtimeProtocol._on_error,
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
