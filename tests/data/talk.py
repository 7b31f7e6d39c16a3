"""A conversation for tests: a real protocol, fed with a server's events, and the data made from it."""

import base64
import json
import threading
from typing import Any

from realtime_widget.audio.keeping import Keeper
from realtime_widget.config import SessionConfig
from realtime_widget.data import SessionData
from realtime_widget.protocol.protocol import RealtimeProtocol

ARGUMENTS = '{"city":"Rome"}'
WALL_S = 1_790_000_000.25


def pcm(n_ms: int, level: int = 1000) -> bytes:
    """Sound of a length, every sample at one level."""
    return level.to_bytes(2, "little", signed=True) * (n_ms * 24)


class Talk:
    """Feeds one event at a time; `ms` is the session's clock."""

    def __init__(
        self,
        *,
        record: bool | str = True,
        player: bool = False,
        keeper: Keeper | None = None,
        **options: Any,
    ) -> None:
        self.lock = threading.RLock()
        self.protocol = RealtimeProtocol(
            SessionConfig(**options),
            keep_user_audio=record in (True, "user"),
            keep_assistant_audio=record in (True, "assistant"),
            keeper=keeper,
        )
        self.protocol.playback.has_player = player
        self.data = SessionData(self.protocol, self.lock, record=record)
        self.ms = 0.0
        self.last: str | None = None

    def settle(self) -> None:
        self.data.take(self.protocol.events_received(), self.protocol.changes())

    def at(self, ms: float) -> None:
        self.ms = ms
        self.protocol.at(ms, WALL_S + ms / 1000)

    def do(self, ms: float, verb: str, *args: Any, **options: Any) -> Any:
        with self.lock:
            self.at(ms)
            result = getattr(self.protocol, verb)(*args, **options)
            self.settle()
        return result

    def feed(self, ms: float, kind: str, **fields: Any) -> None:
        if isinstance(fields.get("delta"), bytes):
            fields["delta"] = base64.b64encode(fields["delta"]).decode()
        self.do(ms, "receive_message", json.dumps({"type": kind, "event_id": f"ev_{ms}", **fields}))

    # -- whole sequences ---------------------------------------------------------------------------------

    def place(self, ms: float, item: dict[str, Any]) -> None:
        for kind in ("added", "done"):
            self.feed(ms, f"conversation.item.{kind}", previous_item_id=self.last, item=item)
        self.last = item["id"]

    def typed(self, ms: float, item_id: str, text: str, role: str = "user") -> None:
        content = [{"type": "input_text", "text": text}]
        self.place(
            ms,
            {"id": item_id, "type": "message", "role": role, "status": "completed", "content": content},
        )

    def spoken(self, ms: float, item_id: str, *, n_ms: int = 1000, words: str | None = None) -> None:
        """The user speaks for `n_ms` from `ms` on; sound is sent as it comes, in chunks of 100 ms."""
        begin = self.protocol.input_audio.appended_ms
        for chunk_ms in range(0, n_ms, 100):
            self.do(ms + chunk_ms + 100, "append_audio", pcm(100))
            if not chunk_ms:
                self.feed(self.ms, "input_audio_buffer.speech_started", item_id=item_id, audio_start_ms=begin)
        self.feed(self.ms, "input_audio_buffer.speech_stopped", item_id=item_id, audio_end_ms=begin + n_ms)
        self.committed(self.ms, item_id)
        if words is not None:
            self.transcribed(self.ms, item_id, words)

    def committed(self, ms: float, item_id: str) -> None:
        self.feed(ms, "input_audio_buffer.committed", item_id=item_id, previous_item_id=self.last)
        content = [{"type": "input_audio", "transcript": None}]
        self.place(
            ms,
            {"id": item_id, "type": "message", "role": "user", "status": "completed", "content": content},
        )

    def transcribed(self, ms: float, item_id: str, words: str, **more: Any) -> None:
        kind = "conversation.item.input_audio_transcription.completed"
        self.feed(ms, kind, item_id=item_id, content_index=0, transcript=words, **more)

    def created(self, ms: float, response_id: str, **more: Any) -> None:
        response = {"id": response_id, "status": "in_progress", "conversation_id": "conv_1", **more}
        self.feed(ms, "response.created", response=response)

    def begun(self, ms: float, response_id: str, item_id: str, part: str = "audio") -> None:
        ids = {"response_id": response_id, "output_index": 0}
        item = {"id": item_id, "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        self.feed(ms, "response.output_item.added", **ids, item=item)
        self.feed(ms, "conversation.item.added", previous_item_id=self.last, item=item)
        self.last = item_id
        kind = {"type": part}
        self.feed(ms, "response.content_part.added", **ids, item_id=item_id, content_index=0, part=kind)

    def words(self, ms: float, response_id: str, item_id: str, delta: str) -> None:
        kind = "response.output_audio_transcript.delta"
        self.feed(ms, kind, response_id=response_id, item_id=item_id, content_index=0, delta=delta)

    def sound(self, ms: float, response_id: str, item_id: str, delta: bytes) -> None:
        kind = "response.output_audio.delta"
        self.feed(ms, kind, response_id=response_id, item_id=item_id, content_index=0, delta=delta)

    def over(self, ms: float, response_id: str, *items: dict[str, Any], **more: Any) -> None:
        response = {"id": response_id, "status": "completed", "conversation_id": "conv_1", **more}
        self.feed(ms, "response.done", response={**response, "output": list(items)})

    def said(
        self, ms: float, response_id: str, item_id: str, text: str, *, n_ms: int = 1000, **more: Any
    ) -> None:
        """The assistant answers with sound, all of which comes 300 ms after `ms`."""
        self.created(ms, response_id)
        self.begun(ms + 100, response_id, item_id)
        self.words(ms + 200, response_id, item_id, text)
        self.sound(ms + 300, response_id, item_id, pcm(n_ms, 2000))
        ids = {"response_id": response_id, "item_id": item_id, "content_index": 0}
        self.feed(ms + 300, "response.output_audio.done", **ids)
        item = message(item_id, text)
        self.feed(ms + 300, "conversation.item.done", previous_item_id=None, item=item)
        self.feed(ms + 300, "response.output_item.done", response_id=response_id, item=item)
        self.over(ms + 400, response_id, item, **more)

    def wrote(self, ms: float, response_id: str, item_id: str, text: str, **more: Any) -> None:
        """The assistant answers in text."""
        self.created(ms, response_id)
        self.begun(ms + 100, response_id, item_id, part="text")
        ids = {"response_id": response_id, "item_id": item_id, "content_index": 0}
        self.feed(ms + 200, "response.output_text.delta", **ids, delta=text)
        self.feed(ms + 300, "response.output_text.done", **ids, text=text)
        item = message(item_id, text, part="output_text")
        self.feed(ms + 300, "response.output_item.done", response_id=response_id, item=item)
        self.over(ms + 400, response_id, item, **more)

    def called(
        self,
        ms: float,
        response_id: str,
        call_id: str,
        name: str = "rows",
        arguments: str = '{"city":"Rome"}',
    ) -> None:
        """The assistant makes one call, and nothing else."""
        self.created(ms, response_id)
        self.calls(ms, response_id, call_id, name, arguments)
        self.over(ms + 100, response_id)

    def calls(
        self,
        ms: float,
        response_id: str,
        call_id: str,
        name: str = "rows",
        arguments: str = '{"city":"Rome"}',
    ) -> None:
        item = {
            "id": f"item_{call_id}",
            "type": "function_call",
            "status": "completed",
            "name": name,
            "call_id": call_id,
            "arguments": arguments,
        }
        self.feed(ms, "response.output_item.added", response_id=response_id, item=item)
        self.place(ms, item)
        self.feed(ms, "response.output_item.done", response_id=response_id, item=item)

    def answered(self, ms: float, call_id: str, output: str = "3", duration_ms: float = 50.0) -> None:
        """A tool runner answers a call."""
        with self.lock:
            self.data.tool_calls.finished(call_id, output, None, "done", duration_ms)
        self.protocol.messages_to_send()
        self.do(ms, "tool_output", call_id, output)
        self.confirm(ms)

    def confirm(self, ms: float) -> None:
        """The server confirms the items that were sent."""
        for frame in map(json.loads, self.protocol.messages_to_send()):
            if frame["type"] == "conversation.item.create":
                self.place(ms, {**frame["item"], "status": "completed"})


def message(item_id: str, text: str, *, part: str = "output_audio") -> dict[str, Any]:
    words = {"text": text} if part == "output_text" else {"transcript": text}
    content = [{"type": part, **words}]
    return {"id": item_id, "type": "message", "role": "assistant", "status": "completed", "content": content}
