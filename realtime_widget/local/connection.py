"""One client's session: commands in, events out. It knows no socket."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from realtime_widget.local.conversation import Conversation, Entry
from realtime_widget.local.generation import Generation, Pace
from realtime_widget.local.hearing import Hearing
from realtime_widget.local.incoming import event_id_of, read_command
from realtime_widget.local.input import InputBuffer, Segment
from realtime_widget.local.items import accept_item, new_id, wire_item
from realtime_widget.local.outbox import Outbox
from realtime_widget.local.parts import Parts
from realtime_widget.local.refusal import Refusal
from realtime_widget.local.responses import Responses
from realtime_widget.local.session_config import MAX_SESSION_S, default_session, merge_session
from realtime_widget.local.stages import Transcription
from realtime_widget.local.vad import Vad, make_vad
from realtime_widget.local.wire_audio import Encoder
from realtime_widget.protocol import commands as cmd
from realtime_widget.protocol.codec import encode
from realtime_widget.protocol.objects import ContentPart, Item

__all__ = ["Connection", "ConnectionOptions"]

logger = logging.getLogger("realtime_widget.local")

MAX_APPEND_BYTES = 15 * 1024 * 1024
Later = Callable[[float, Callable[[], None]], asyncio.TimerHandle]


def _call_later(delay_s: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(delay_s, callback)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionOptions:
    """What all connections of a server share."""

    pace: Pace = field(default_factory=Pace)
    new_vad: Callable[[], Vad] = make_vad
    call_later: Later = _call_later
    max_session_s: float = MAX_SESSION_S


class Connection:
    """Serve one client. Feed it with `receive`; what it says is in `outbox`."""

    def __init__(
        self,
        parts: Parts,
        *,
        model: str,
        session: Mapping[str, Any] | None = None,
        options: ConnectionOptions | None = None,
    ) -> None:
        """Prepare a session; `session` are the fields that a client secret brings along."""
        self.outbox = Outbox()
        self.is_over = False
        self._parts = parts
        self._options = options or ConnectionOptions()
        self._conversation = Conversation()
        self._session = self._first_session(model, session or {})
        self._tasks: set[asyncio.Task[Any]] = set()
        self._idle: asyncio.TimerHandle | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._hearing = Hearing(self.emit, parts, self._spawn)
        self._input = InputBuffer(
            self, new_recognition=self._hearing.new_recognition, new_vad=self._options.new_vad
        )
        self._responses = Responses(
            self.emit,
            self._conversation,
            parts,
            conversation_id=new_id("conv"),
            pace=self._options.pace,
            has_room=self.outbox.has_room,
            listen=self._hearing.listen,
            on_done=self._response_done,
        )

    def _first_session(self, model: str, given: Mapping[str, Any]) -> dict[str, Any]:
        expires_at = int(time.time() + self._options.max_session_s)
        return {**default_session(session_id=new_id("sess"), model=model, expires_at=expires_at), **given}

    # -- life --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin: the first event is `session.created`."""
        self._parts.warm()
        self._apply_session()
        self.emit("session.created", session=self._wire_session())
        self._expiry = self._options.call_later(self._options.max_session_s, self._expire)

    def _expire(self) -> None:
        minutes = round(self._options.max_session_s / 60)
        self._refuse(
            Refusal(f"Your session hit the maximum duration of {minutes} minutes.", code="session_expired")
        )
        self.is_over = True
        self.outbox.close()

    async def close(self) -> None:
        """Stop everything that runs for this client; total and idempotent."""
        self.is_over = True
        self.outbox.close()
        for timer in (self._idle, self._expiry):
            if timer is not None:
                timer.cancel()
        self._input.close()
        await self._responses.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for entry in self._conversation:
            entry.forget()

    def emit(self, kind: str, **fields: Any) -> None:
        """Send one event."""
        self.outbox.put(encode({"type": kind, "event_id": new_id("event"), **fields}))

    def _refuse(self, refusal: Refusal, event_id: str | None = None) -> None:
        self.emit("error", error=refusal.to_wire(event_id))

    # -- commands ----------------------------------------------------------------------------------------

    async def receive(self, data: str | bytes) -> None:
        """Carry out one command; what is wrong with it is answered by an `error` event."""
        event_id = None
        try:
            command, event_id = read_command(data)
            self._check(command)
            await _HANDLERS[type(command)](self, command)
        except Refusal as refusal:
            self._refuse(refusal, event_id if event_id is not None else event_id_of(data))
        except Exception as error:
            logger.exception("! a command failed inside the offline engine")
            self._refuse(
                Refusal(
                    f"The server had an error while processing your request ({type(error).__name__}).",
                    code="server_error",
                    kind="server_error",
                ),
                event_id,
            )

    def _check(self, command: cmd.Command) -> None:
        """Refuse what a session of this kind doesn't take; a conversation takes everything."""

    def _merge(self, update: Any) -> dict[str, Any]:
        return merge_session(
            self._session, update, voices=self._parts.voices, has_spoken=self._responses.has_spoken
        )

    async def _update_session(self, command: cmd.UpdateSession) -> None:
        self._session = self._merge(command.session)
        self._apply_session()
        self.emit("session.updated", session=self._wire_session())

    def _apply_session(self) -> None:
        audio = self._session["audio"]["input"]
        self._input.configure(audio["format"], audio["turn_detection"])
        if audio["turn_detection"] is None or not audio["turn_detection"].get("idle_timeout_ms"):
            self._stop_idle()
        self._hearing.configure(self._session)

    def _wire_session(self) -> dict[str, Any]:
        return {**self._session, "suggestions": list(self._hearing.sayable.suggestions)}

    async def _append(self, command: cmd.AppendInput) -> None:
        if len(command.audio) > MAX_APPEND_BYTES:
            raise Refusal(
                "Invalid 'audio': more than 15 MiB of audio in one event.",
                code="invalid_value",
                param="audio",
            )
        await self._input.append(command.audio)

    async def _commit(self, command: cmd.CommitInput) -> None:
        self._input.commit()

    async def _clear(self, command: cmd.ClearInput) -> None:
        self._input.clear()
        self.emit("input_audio_buffer.cleared")

    async def _clear_output(self, command: cmd.ClearOutput) -> None:
        raise Refusal(
            "output_audio_buffer.clear is only for WebRTC and SIP. Stop playback at the client and send "
            "conversation.item.truncate.",
            code="invalid_event",
            param="type",
        )

    async def _create_item(self, command: cmd.CreateItem) -> None:
        item = accept_item(command.item)
        if item.type == "function_call_output" and not self._conversation.has_call(item.call_id):
            raise Refusal(
                f"Tool call ID '{item.call_id}' not found in conversation.",
                code="invalid_tool_call_id",
                param="item.call_id",
                echo=False,
            )
        entry = Entry(item)
        self._conversation.add(entry, after=command.previous_item_id)
        self._hearing.listen(entry)
        self._stop_idle()
        self._announce(entry)

    def _announce(self, entry: Entry) -> None:
        previous = self._conversation.previous_id(entry.id)
        wire = wire_item(entry.item)
        self.emit("conversation.item.added", previous_item_id=previous, item=wire)
        self.emit("conversation.item.done", previous_item_id=previous, item=wire)

    async def _retrieve_item(self, command: cmd.RetrieveItem) -> None:
        entry = self._conversation.require(command.item_id, "retrieve")
        side = self._session["audio"]["input" if entry.item.role == "user" else "output"]
        audio = {index: _encoded(bytes(pcm), side["format"]) for index, pcm in entry.audio.items()}
        self.emit("conversation.item.retrieved", item=wire_item(entry.item, audio=audio))

    async def _truncate_item(self, command: cmd.TruncateItem) -> None:
        self._conversation.truncate(command.item_id, command.content_index, command.audio_end_ms)
        self.emit(
            "conversation.item.truncated",
            item_id=command.item_id,
            content_index=command.content_index,
            audio_end_ms=command.audio_end_ms,
        )

    async def _delete_item(self, command: cmd.DeleteItem) -> None:
        self._conversation.delete(command.item_id)
        self.emit("conversation.item.deleted", item_id=command.item_id)

    async def _create_response(self, command: cmd.CreateResponse) -> None:
        self._respond(command.response)

    async def _cancel_response(self, command: cmd.CancelResponse) -> None:
        self._responses.cancel(command.response_id)

    # -- what the input buffer finds ---------------------------------------------------------------------

    def speech_started(self, item_id: str, audio_start_ms: int) -> None:
        """Tell it, and stop an answer that is being made."""
        self._stop_idle()
        self.emit("input_audio_buffer.speech_started", item_id=item_id, audio_start_ms=audio_start_ms)
        if self._turn_detection.get("interrupt_response"):
            self._responses.interrupt()

    def speech_stopped(self, item_id: str, audio_end_ms: int) -> None:
        """Tell it."""
        self.emit("input_audio_buffer.speech_stopped", item_id=item_id, audio_end_ms=audio_end_ms)

    def heard_more(self, segment: Segment) -> None:
        """Send what is certain by now."""
        self._hearing.hear_live(segment)

    def committed(self, segment: Segment, pcm: bytes, *, by_vad: bool) -> None:
        """Make an item of it, and answer where the turn detection says so."""
        item = Item(
            type="message",
            id=segment.item_id,
            status="completed",
            role="user",
            content=[ContentPart(type="input_audio")],
        )
        entry = Entry(item, audio={0: bytearray(pcm)})
        self._add_spoken(entry)
        self._hearing.recognise(entry, 0, segment.recognition)
        if by_vad and self._turn_detection.get("create_response"):
            self._respond_by_itself()

    def _add_spoken(self, entry: Entry) -> None:
        self.emit(
            "input_audio_buffer.committed", item_id=entry.id, previous_item_id=self._conversation.last_id
        )
        self._conversation.add(entry)
        self._announce(entry)

    @property
    def _turn_detection(self) -> Mapping[str, Any]:
        return self._session["audio"]["input"]["turn_detection"] or {}

    # -- responses ---------------------------------------------------------------------------------------

    def _respond(self, options: dict[str, Any] | None) -> None:
        self._stop_idle()
        self._responses.create(options, self._session, self._hearing.sayable)

    def _respond_by_itself(self) -> None:
        try:
            self._respond(None)
        except Refusal as refusal:
            self._refuse(refusal)

    def _response_done(self, generation: Generation) -> None:
        timeout_ms = self._turn_detection.get("idle_timeout_ms")
        if not timeout_ms or self.is_over or not generation.writer.in_conversation:
            return
        self._stop_idle()
        delay_s = timeout_ms / 1000 + generation.unplayed_s()
        since_ms = self._input.position_ms
        self._idle = self._options.call_later(delay_s, lambda: self._idle_timeout(since_ms))

    def _stop_idle(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _idle_timeout(self, since_ms: int) -> None:
        """Say that nobody speaks: commit the silence and answer it."""
        if self._input.is_speech or self._responses.active is not None:
            return
        end_ms = self._input.position_ms
        item_id, pcm = self._input.take_silence()
        self.emit(
            "input_audio_buffer.timeout_triggered",
            item_id=item_id,
            audio_start_ms=min(since_ms, end_ms),
            audio_end_ms=end_ms,
        )
        part = ContentPart(type="input_audio")
        item = Item(type="message", id=item_id, status="completed", role="user", content=[part])
        entry = Entry(item, audio={0: bytearray(pcm)}, silent=True)
        entry.heard[0] = asyncio.get_running_loop().create_future()
        entry.heard[0].set_result(Transcription(""))
        self._add_spoken(entry)
        self._respond_by_itself()

    def _spawn(self, work: Awaitable[Any]) -> asyncio.Task[Any]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _encoded(pcm: bytes, audio_format: Mapping[str, Any]) -> bytes:
    encoder = Encoder(audio_format)
    return encoder.encode(pcm) + encoder.flush()


_HANDLERS: dict[type[cmd.Command], Callable[[Connection, Any], Awaitable[None]]] = {
    cmd.UpdateSession: Connection._update_session,
    cmd.AppendInput: Connection._append,
    cmd.CommitInput: Connection._commit,
    cmd.ClearInput: Connection._clear,
    cmd.ClearOutput: Connection._clear_output,
    cmd.CreateItem: Connection._create_item,
    cmd.RetrieveItem: Connection._retrieve_item,
    cmd.TruncateItem: Connection._truncate_item,
    cmd.DeleteItem: Connection._delete_item,
    cmd.CreateResponse: Connection._create_response,
    cmd.CancelResponse: Connection._cancel_response,
}
