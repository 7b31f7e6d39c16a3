"""A response of the faulty server: what it says follows from the conversation, so it can be checked."""

import asyncio
import base64
import json
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .talk import Talk

Event = dict[str, Any]
CHUNK_BYTES = 4_800
USAGE = {
    "total_tokens": 30, "input_tokens": 20, "output_tokens": 10,
    "input_token_details": {"text_tokens": 20, "audio_tokens": 0, "image_tokens": 0, "cached_tokens": 0},
    "output_token_details": {"text_tokens": 2, "audio_tokens": 8},
}  # fmt: skip


def answer_to(question: str) -> str:
    """What the server says to a question."""
    return f"To {question!r} I say: it depends, and on more than one thing."


def answer_from(outputs: list[str]) -> str:
    """What the server says when tools have answered."""
    return f"The tools told me {' and '.join(sorted(outputs))}, no more."


class Answer:
    """One response. A question that begins with `use` is answered by calling the tools it names."""

    def __init__(self, talk: "Talk", options: Event) -> None:
        self.talk = talk
        self.options = options
        self.id = talk.server.new_id("resp")
        self.aside = options.get("conversation") == "none"
        self.output: list[Event] = []
        self.reason: str | None = None
        self.question, self.outputs, self.called = self._read()
        self.label = f"{self.question} + {len(self.outputs)}" if self.outputs else self.question

    def _read(self) -> tuple[str, list[str], list[str]]:
        """Return the user's last words, what tools have answered since, and which were called."""
        question, outputs, called = "", [], []
        for item in self.options.get("input") or self.talk.conversation:
            if item["type"] == "function_call_output":
                outputs.append(item["output"])
            elif item["type"] == "function_call":
                called.append(item["name"])
            elif item["type"] == "message" and item["role"] == "user":
                texts = [part.get("text") or "" for part in item["content"]]
                question = self.talk.heard.get(item["id"]) or " ".join(texts)
                outputs, called = [], []
        return question, outputs, called

    async def cancel(self, reason: str) -> None:
        self.reason = reason

    async def emit(self, kind: str, **fields: Any) -> None:
        # One turn of the loop between events: commands come in while an answer goes out.
        await asyncio.sleep(self.talk.server.pace_s)
        await self.talk.emit(kind, **fields)

    def object(self, status: str, **fields: Any) -> Event:
        conversation_id = None if self.aside else "conv_1"
        return {
            "id": self.id, "object": "realtime.response", "status": status, "status_details": None,
            "output": self.output, "conversation_id": conversation_id, "usage": None,
            "metadata": self.options.get("metadata"), **fields,
        }  # fmt: skip

    async def run(self) -> None:
        await self.emit("response.created", response=self.object("in_progress"))
        names = self.question.split()[1:] if self.question.startswith("use ") else []
        if names := [name for name in names if name not in self.called]:
            for index, name in enumerate(names):
                await self.call(index, name)
        else:
            await self.say(answer_from(self.outputs) if self.outputs else answer_to(self.question))
        if self.talk.answer is self:
            self.talk.answer = None
        if self.reason is not None:
            details = {"type": "cancelled", "reason": self.reason}
            response = self.object("cancelled", status_details=details, usage=USAGE)
        else:
            response = self.object("completed", usage=USAGE)
            self.talk.visit.answered.append(self.label)
        await self.emit("response.done", response=response)
        await self.emit("rate_limits.updated", rate_limits=[])

    # -- items -------------------------------------------------------------------------------------------

    async def begin(self, index: int, item: Event) -> None:
        await self.emit("response.output_item.added", response_id=self.id, output_index=index, item=item)
        if not self.aside:
            previous = self.talk.place(item, None)
            await self.emit("conversation.item.added", previous_item_id=previous, item=item)

    async def end(self, index: int, item: Event) -> None:
        self.output.append(item)
        if not self.aside:
            self.talk.items[item["id"]] = item
            place = self.talk.order.index(item["id"])
            previous = self.talk.order[place - 1] if place else None
            await self.emit("conversation.item.done", previous_item_id=previous, item=item)
        await self.emit("response.output_item.done", response_id=self.id, output_index=index, item=item)

    async def call(self, index: int, name: str) -> None:
        call_id, arguments = self.talk.server.new_id("call"), json.dumps({"word": name})
        item: Event = {
            "id": self.talk.server.new_id("item"), "object": "realtime.item", "type": "function_call",
            "status": "in_progress", "name": name, "call_id": call_id, "arguments": "",
        }  # fmt: skip
        await self.begin(index, item)
        ids = {"response_id": self.id, "item_id": item["id"], "output_index": index, "call_id": call_id}
        half = len(arguments) // 2
        for delta in (arguments[:half], arguments[half:]):
            await self.emit("response.function_call_arguments.delta", **ids, delta=delta)
        await self.emit("response.function_call_arguments.done", **ids, name=name, arguments=arguments)
        await self.end(index, {**item, "status": "completed", "arguments": arguments})

    async def say(self, text: str) -> None:
        modalities = self.options.get("output_modalities") or self.talk.session["output_modalities"]
        item_id = self.talk.server.new_id("item")
        item: Event = {
            "id": item_id, "object": "realtime.item", "type": "message", "role": "assistant",
            "status": "in_progress", "content": [],
        }  # fmt: skip
        await self.begin(0, item)
        ids = {"response_id": self.id, "item_id": item_id, "output_index": 0, "content_index": 0}
        spoken = modalities == ["audio"]
        part: Event = {"type": "audio", "transcript": ""} if spoken else {"type": "text", "text": ""}
        await self.emit("response.content_part.added", **ids, part=part)
        said = await (self.speak(ids, text) if spoken else self.write(ids, text))
        content = (
            {"type": "output_audio", "transcript": said} if spoken else {"type": "output_text", "text": said}
        )
        part = {**part, "transcript" if spoken else "text": said}
        await self.emit("response.content_part.done", **ids, part=part)
        status = "completed" if self.reason is None else "incomplete"
        await self.end(0, {**item, "status": status, "content": [content]})

    async def write(self, ids: Event, text: str) -> str:
        said = ""
        for word in text.split(" "):
            if self.reason is not None:
                break
            delta = word if not said else f" {word}"
            await self.emit("response.output_text.delta", **ids, delta=delta)
            said += delta
        await self.emit("response.output_text.done", **ids, text=said)
        return said

    async def speak(self, ids: Event, text: str) -> str:
        said, voice = "", random.Random(text)
        self.talk.voice_used = True
        for word in text.split(" "):
            if self.reason is not None:
                break
            delta = word if not said else f" {word}"
            await self.emit("response.output_audio_transcript.delta", **ids, delta=delta)
            sound = base64.b64encode(voice.randbytes(CHUNK_BYTES)).decode()
            ms = self.talk.audio_ms.get(ids["item_id"], 0)
            self.talk.audio_ms[ids["item_id"]] = ms + CHUNK_BYTES // 48
            await self.emit("response.output_audio.delta", **ids, delta=sound)
            said += delta
        await self.emit("response.output_audio.done", **ids)
        await self.emit("response.output_audio_transcript.done", **ids, transcript=said)
        return said
