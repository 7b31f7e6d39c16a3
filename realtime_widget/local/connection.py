"""One client's session: commands in, events out. It knows no socket."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from realtime_widget.errors import RealtimeError
from realtime_widget.local import phrases
from realtime_widget.local.conversation import Conversation, Entry
from realtime_widget.local.generation import Generation, Pace
from realtime_widget.local.input import InputBuffer, Segment
from realtime_widget.local.items import accept_item, new_id, wire_item
from realtime_widget.local.outbox import Outbox
from realtime_widget.local.parts import Parts
from realtime_widget.local.recognition import Recognition
from realtime_widget.local.refusal import Refusal, refusal_of, unknown
from realtime_widget.local.responses import Responses
from realtime_widget.local.session_config import MAX_SESSION_S, default_session, merge_session
from realtime_widget.local.stages import Transcription
from realtime_widget.local.vad import Vad, make_vad
from realtime_widget.local.wire_audio import BYTES_PER_MS, Decoder, Encoder
from realtime_widget.protocol import commands as cmd
from realtime_widget.protocol.codec import decode_command, encode
from realtime_widget.protocol.objects import ContentPart, Item

__all__ = ["Connection", "ConnectionOptions"]

logger = logging.getLogger("realtime_widget.local")

MAX_APPEND_BYTES = 15 * 1024 * 1024
MAX_EVENT_ID_LENGTH = 512
_LIVE_TRANSCRIBERS = ("gpt-live-transcribe", "gpt-realtime-whisper")
"""Models whose deltas come before the commit."""

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
        base = default_session(
            session_id=new_id("sess"),
            model=model,
            expires_at=int(time.time() + self._options.max_session_s),
        )
        self._session: dict[str, Any] = {**base, **(session or {})}
        self._sayable = _sayable(self._session["tools"])
        self._tasks: set[asyncio.Task[Any]] = set()
        self._idle: asyncio.TimerHandle | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._input = InputBuffer(
            self,
            new_recognition=lambda: Recognition(parts.transcriber, self._sayable),
            new_vad=self._options.new_vad,
        )
        self._responses = Responses(
            self.emit,
            self._conversation,
            parts,
            conversation_id=new_id("conv"),
            pace=self._options.pace,
            has_room=self.outbox.has_room,
            listen=self._listen,
            on_done=self._response_done,
        )

    # -- life --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin: the first event is `session.created`."""
        self._parts.warm()
        self.emit("session.created", session=self._wire_session())
        self._apply_session()
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
            command, event_id = _decode(data)
            await _HANDLERS[type(command)](self, command)
        except Refusal as refusal:
            self._refuse(refusal, event_id if event_id is not None else _event_id_of(data))
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

    async def _update_session(self, command: cmd.UpdateSession) -> None:
        self._session = merge_session(
            self._session,
            command.session,
            voices=self._parts.voices,
            has_spoken=self._responses.has_spoken,
        )
        if "tools" in command.session:
            self._sayable = _sayable(self._session["tools"])
        self._apply_session()
        self.emit("session.updated", session=self._wire_session())

    def _apply_session(self) -> None:
        audio = self._session["audio"]["input"]
        self._input.configure(audio["format"], audio["turn_detection"])
        if audio["turn_detection"] is None or not audio["turn_detection"].get("idle_timeout_ms"):
            self._stop_idle()
        prepare = getattr(self._parts.transcriber.stage, "prepare", None)
        if prepare is not None:
            self._spawn(_quietly(prepare(self._sayable)))

    def _wire_session(self) -> dict[str, Any]:
        return {**self._session, "suggestions": list(self._sayable.suggestions)}

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
        self._listen(entry)
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
        """Send the words that are certain by now, where the transcription model does that live."""
        transcription = self._transcription
        if transcription is None or not transcription["model"].startswith(_LIVE_TRANSCRIBERS):
            return
        self._send_words(segment.item_id, segment.recognition.delta())

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
        self._recognise(entry, 0, segment.recognition)
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

    @property
    def _transcription(self) -> Mapping[str, Any] | None:
        transcription: Mapping[str, Any] | None = self._session["audio"]["input"]["transcription"]
        return transcription

    # -- recognition -------------------------------------------------------------------------------------

    def _listen(self, entry: Entry) -> None:
        """Recognise the audio that an item from the client brings along."""
        for index, part in enumerate(entry.item.content or ()):
            if part.type == "input_audio" and part.audio is not None:
                decoder = Decoder(self._session["audio"]["input"]["format"])
                pcm = decoder.decode(part.audio) + decoder.flush()
                entry.audio[index] = bytearray(pcm)
                entry.set_part(index, msgspec.structs.replace(part, audio=None))
                recognition = Recognition(self._parts.transcriber, self._sayable)
                recognition.feed(pcm)
                self._recognise(entry, index, recognition)

    def _recognise(self, entry: Entry, index: int, recognition: Recognition) -> None:
        task = self._spawn(recognition.finish())
        entry.heard[index] = task
        shown = self._transcription is not None
        task.add_done_callback(lambda _: self._heard(entry, index, recognition, task, shown=shown))

    def _heard(
        self,
        entry: Entry,
        index: int,
        recognition: Recognition,
        task: asyncio.Task[Transcription],
        *,
        shown: bool,
    ) -> None:
        if task.cancelled():
            recognition.cancel()
            return
        error = task.exception()
        if not shown:
            return
        name = "conversation.item.input_audio_transcription"
        place = {"item_id": entry.id, "content_index": index}
        if error is not None:
            code = error.code if isinstance(error, RealtimeError) else None
            detail = {"type": "server_error", "code": code, "message": str(error), "param": None}
            self.emit(f"{name}.failed", **place, error=detail)
            return
        heard = task.result()
        part = (entry.item.content or [])[index]
        entry.set_part(index, msgspec.structs.replace(part, transcript=heard.text))
        self._send_words(entry.id, recognition.last_delta(heard.text), index)
        seconds = round(entry.audio_ms(index) / 1000, 3)
        extra = {"uncertain": True} if heard.uncertain else {}
        self.emit(
            f"{name}.completed",
            **place,
            transcript=heard.text,
            usage={"type": "duration", "seconds": seconds},
            **extra,
        )

    def _send_words(self, item_id: str, delta: str, index: int = 0) -> None:
        if delta:
            self.emit(
                "conversation.item.input_audio_transcription.delta",
                item_id=item_id,
                content_index=index,
                delta=delta,
            )

    # -- responses ---------------------------------------------------------------------------------------

    def _respond(self, options: dict[str, Any] | None) -> None:
        self._stop_idle()
        self._responses.create(options, self._session, self._sayable)

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


async def _quietly(work: Awaitable[Any]) -> None:
    try:
        await work
    except RealtimeError as error:
        logger.warning("! the recogniser isn't prepared: %s", error)


def _encoded(pcm: bytes, audio_format: Mapping[str, Any]) -> bytes:
    encoder = Encoder(audio_format)
    return encoder.encode(pcm) + encoder.flush()


def _sayable(tools: list[Any]) -> phrases.Sayable:
    return _sayable_of(msgspec.json.encode(tools))


@functools.lru_cache(maxsize=16)
def _sayable_of(tools: bytes) -> phrases.Sayable:
    try:
        return phrases.sayable(msgspec.json.decode(tools))
    except Exception as error:  # a schema that nobody thought of must not cost the session
        logger.warning("! what the tools make sayable can't be told: %s", type(error).__name__)
        return phrases.sayable(())


def _decode(data: str | bytes) -> tuple[cmd.Command, str | None]:
    """Return a command and its `event_id`.

    Raises:
        Refusal: It isn't one.
    """
    try:
        command = decode_command(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if not isinstance(error, msgspec.DecodeError):
            raise Refusal("The event is not valid JSON.", code="invalid_event") from None
        raise refusal_of(error, _plain(data)) from None
    event_id = command.event_id
    if event_id is not None and len(event_id) > MAX_EVENT_ID_LENGTH:
        raise Refusal(
            f"Invalid 'event_id': longer than {MAX_EVENT_ID_LENGTH} characters.",
            code="string_above_max_length",
            param="event_id",
            echo=False,
        )
    if not isinstance(command, cmd.AppendInput):  # the hot path; its fields are checked by the codec
        for key in _plain(data) or {}:
            if key != "type" and key not in command.__struct_fields__:
                raise unknown(key)
    return command, event_id


def _plain(data: str | bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _event_id_of(data: str | bytes) -> str | None:
    raw = _plain(data)
    event_id = raw.get("event_id") if isinstance(raw, dict) else None
    return event_id if isinstance(event_id, str) and len(event_id) <= MAX_EVENT_ID_LENGTH else None


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
