"""A response as events: items, parts and deltas in the order of the real server. No waiting in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from realtime_widget.local.conversation import Conversation, Entry
from realtime_widget.local.items import new_id, wire_item, wire_part
from realtime_widget.local.responders.base import ToolCall
from realtime_widget.local.usage import TokenCount, audio_tokens
from realtime_widget.local.wire_audio import BYTES_PER_MS, Encoder
from realtime_widget.protocol.objects import ContentPart, Item

__all__ = ["Emit", "ResponseSettings", "ResponseWriter"]

Emit = Callable[..., None]
"""`emit(type, **fields)` sends one event."""

_ARGUMENTS_PER_DELTA = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseSettings:
    """What holds for one response: the session's configuration with the options of its `response.create`."""

    modality: str
    voice: Any
    speed: float
    audio_format: Mapping[str, Any]
    instructions: str
    tools: tuple[dict[str, Any], ...]
    tool_choice: Any
    max_output_tokens: int | str
    metadata: Mapping[str, str] | None
    conversation_id: str | None
    """None for a response outside the conversation."""

    @property
    def limit(self) -> float:
        """Most tokens of output."""
        return float(self.max_output_tokens)


@dataclass(slots=True)
class _Message:
    """The assistant message being written."""

    entry: Entry
    output_index: int
    kind: str
    encoder: Encoder
    words: list[str] = field(default_factory=list)


class ResponseWriter:
    """Write one response; after `finish` everything else is ignored."""

    def __init__(self, emit: Emit, conversation: Conversation, settings: ResponseSettings) -> None:
        self.id = new_id("resp")
        self.settings = settings
        self.output: list[Entry] = []
        self.is_done = False
        self.audio_ms = 0.0
        self._emit = emit
        self._conversation = conversation
        self._message: _Message | None = None
        self._n_characters = 0

    @property
    def in_conversation(self) -> bool:
        """Whether its items join the conversation."""
        return self.settings.conversation_id is not None

    @property
    def tokens(self) -> TokenCount:
        """What was written so far."""
        calls = sum(len((e.item.name or "") + (e.item.arguments or "")) for e in self.output)
        characters = self._n_characters + calls
        return TokenCount(-(-characters // 4), audio_tokens(self.audio_ms, assistant=True))

    def begin(self) -> None:
        """Announce the response."""
        self._emit("response.created", response=self._wire("in_progress", None, None))

    # -- words and sound ---------------------------------------------------------------------------------

    def has_room(self, text: str, pcm: bytes = b"") -> bool:
        """Tell whether this much more stays within the limit."""
        n_text = -(-(self._n_characters + len(text)) // 4)
        n_audio = audio_tokens(self.audio_ms + len(pcm) / BYTES_PER_MS, assistant=True)
        return n_text + n_audio <= self.settings.limit

    def add_text(self, delta: str) -> None:
        """Write a piece of a written answer."""
        if self.is_done or not delta:
            return
        message = self._open_message()
        self._add_words(message, delta, "response.output_text.delta")

    def add_speech(self, pcm: bytes, text: str) -> None:
        """Write a piece of a spoken answer, with the words that it speaks."""
        if self.is_done or not (pcm or text):
            return
        message = self._open_message()
        if text:
            self._add_words(message, text, "response.output_audio_transcript.delta")
        if pcm:
            message.entry.audio.setdefault(0, bytearray()).extend(pcm)
            self.audio_ms += len(pcm) / BYTES_PER_MS
            self._send_audio(message, message.encoder.encode(pcm))

    def _add_words(self, message: _Message, delta: str, event: str) -> None:
        message.words.append(delta)
        self._n_characters += len(delta)
        self._emit(event, **self._place(message), delta=delta)

    def _send_audio(self, message: _Message, wire: bytes) -> None:
        if wire:
            self._emit("response.output_audio.delta", **self._place(message), delta=wire)

    def _open_message(self) -> _Message:
        if self._message is None:
            kind = "text" if self.settings.modality == "text" else "audio"
            item = Item(type="message", id=new_id("item"), status="in_progress", role="assistant", content=[])
            entry = Entry(item, spoken=kind == "audio")
            self._message = _Message(entry, len(self.output), kind, Encoder(self.settings.audio_format))
            self._add_item(entry)
            self._emit("response.content_part.added", **self._place(self._message), part=wire_part(kind, ""))
        return self._message

    def close_message(self, status: str = "completed") -> None:
        """End the message being written, if any."""
        message, self._message = self._message, None
        if message is None:
            return
        words = "".join(message.words)
        place = self._place(message)
        if message.kind == "text":
            self._emit("response.output_text.done", **place, text=words)
        else:
            self._send_audio(message, message.encoder.flush())
            self._emit("response.output_audio.done", **place)
            self._emit("response.output_audio_transcript.done", **place, transcript=words)
        self._emit("response.content_part.done", **place, part=wire_part(message.kind, words))
        if message.kind == "text":
            part = ContentPart(type="output_text", text=words)
        else:
            part = ContentPart(type="output_audio", transcript=words)
        entry = message.entry
        entry.item = msgspec.structs.replace(entry.item, status=status, content=[part])
        self._end_item(entry, message.output_index)

    # -- calls -------------------------------------------------------------------------------------------

    def add_call(self, call: ToolCall) -> bool:
        """Write a whole call of a function; False when the limit of tokens cut it off."""
        if self.is_done:
            return True
        self.close_message()
        item = Item(
            type="function_call",
            id=new_id("item"),
            status="in_progress",
            name=call.name,
            call_id=new_id("call"),
            arguments="",
        )
        entry, index = Entry(item), len(self.output)
        self._add_item(entry)
        place = {"response_id": self.id, "item_id": item.id, "output_index": index, "call_id": item.call_id}
        fits = self._send_arguments(call, place)
        self._n_characters += 0 if fits else 4  # what was cut counts as used up
        arguments = call.arguments if fits else ""
        if fits:
            self._emit(
                "response.function_call_arguments.done", **place, name=call.name, arguments=call.arguments
            )
        entry.item = msgspec.structs.replace(
            item, status="completed" if fits else "incomplete", arguments=arguments
        )
        self._end_item(entry, index)
        return fits

    def _send_arguments(self, call: ToolCall, place: Mapping[str, Any]) -> bool:
        """Send the arguments piecemeal; False when the limit doesn't hold them all."""
        room = (self.settings.limit - self.tokens.total) * 4 - len(call.name)
        for start in range(0, len(call.arguments), _ARGUMENTS_PER_DELTA):
            delta = call.arguments[start : start + _ARGUMENTS_PER_DELTA]
            if start + len(delta) > room:
                return False
            self._emit("response.function_call_arguments.delta", **place, delta=delta)
        return len(call.arguments) <= room

    # -- items and the end -------------------------------------------------------------------------------

    def _add_item(self, entry: Entry) -> None:
        self.output.append(entry)
        wire = wire_item(entry.item)
        self._emit(
            "response.output_item.added",
            response_id=self.id,
            output_index=len(self.output) - 1,
            item=wire,
        )
        if self.in_conversation:
            self._conversation.add(entry)
            self._emit(
                "conversation.item.added",
                previous_item_id=self._conversation.previous_id(entry.id),
                item=wire,
            )

    def _end_item(self, entry: Entry, output_index: int) -> None:
        wire = wire_item(entry.item)
        if self.in_conversation and entry.id in self._conversation:
            self._emit(
                "conversation.item.done", previous_item_id=self._conversation.previous_id(entry.id), item=wire
            )
        self._emit("response.output_item.done", response_id=self.id, output_index=output_index, item=wire)

    def finish(
        self,
        status: str,
        *,
        reason: str | None = None,
        error: Mapping[str, Any] | None = None,
        usage: Mapping[str, Any] | None = None,
    ) -> None:
        """End the response; total and idempotent."""
        if self.is_done:
            return
        self.close_message("completed" if status == "completed" else "incomplete")
        self.is_done = True
        details: dict[str, Any] | None = None
        if status != "completed":
            details = {"type": status}
            if reason:
                details["reason"] = reason
            if error:
                details["error"] = error
        self._emit("response.done", response=self._wire(status, details, usage))

    def _place(self, message: _Message) -> dict[str, Any]:
        return {
            "response_id": self.id,
            "item_id": message.entry.id,
            "output_index": message.output_index,
            "content_index": 0,
        }

    def _wire(self, status: str, details: Any, usage: Any) -> dict[str, Any]:
        settings = self.settings
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": details,
            "output": [wire_item(entry.item) for entry in self.output],
            "conversation_id": settings.conversation_id,
            "output_modalities": [settings.modality],
            "max_output_tokens": settings.max_output_tokens,
            "audio": {"output": {"format": settings.audio_format, "voice": settings.voice}},
            "usage": usage,
            "metadata": settings.metadata,
        }
