"""Talk through PyPI `openai`: the bare events, typed; to interrupt and to call is left to the application."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from turns import BYTES_PER_MS, INSTRUCTIONS, KEY, MODEL, Microphone, Setting, Weather, main

TOOL = {
    "type": "function",
    "name": "get_weather",
    "description": "Get the weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
LISTEN = {
    "transcription": {"model": "gpt-4o-mini-transcribe"},
    "turn_detection": {"type": "server_vad", "create_response": True, "interrupt_response": True},
}


class Talk:
    """One connection, and what came on it."""

    def __init__(self, connection: AsyncRealtimeConnection) -> None:
        self.connection = connection
        self.events: list[Any] = []

    async def until(self, kind: str) -> Any:
        """Return the next event of a type."""
        while True:
            event = await self.connection.recv()
            self.events.append(event)
            if event.type == "error":
                raise RuntimeError(event.error)
            if event.type == kind:
                return event

    async def write(self, text: str) -> None:
        """Send a user's text and ask for an answer."""
        content = [{"type": "input_text", "text": text}]
        await self.connection.conversation.item.create(
            item={"type": "message", "role": "user", "content": content}
        )
        await self.until("conversation.item.done")
        await self.connection.response.create()

    async def send_audio(self, pcm: bytes) -> None:
        """Append to the input audio buffer."""
        await self.connection.input_audio_buffer.append(audio=base64.b64encode(pcm).decode())

    async def cut(self, delta: Any, audio_end_ms: int) -> None:
        """Forget what wasn't heard of an answer."""
        await self.connection.conversation.item.truncate(
            item_id=delta.item_id, content_index=delta.content_index, audio_end_ms=audio_end_ms
        )
        await self.until("conversation.item.truncated")

    def of(self, kind: str) -> list[Any]:
        """Return the events of a type."""
        return [event for event in self.events if event.type == kind]

    def audio_ms(self, response_id: str) -> int:
        """Return the length of a response's sound."""
        deltas = [e.delta for e in self.of("response.output_audio.delta") if e.response_id == response_id]
        return sum(len(base64.b64decode(delta)) for delta in deltas) // BYTES_PER_MS

    async def heard(self) -> str:
        """Return the newest transcript of the user, which may have come before or after the answer."""
        kind = "conversation.item.input_audio_transcription.completed"
        known = self.of(kind)
        return str((known[-1] if known else await self.until(kind)).transcript)


@asynccontextmanager
async def talk(setting: Setting, *, key: str = KEY, **session: Any) -> AsyncIterator[Talk]:
    """Connect and configure."""
    async with (
        AsyncOpenAI(api_key=key, base_url=setting.base_url) as client,
        client.realtime.connect(model=MODEL) as connection,
    ):
        talking = Talk(connection)
        await talking.until("session.created")
        await connection.session.update(session={"type": "realtime", "instructions": INSTRUCTIONS, **session})
        await talking.until("session.updated")
        yield talking


def said(response: Any) -> str:
    """Return what a response says, written or spoken."""
    parts = [part for item in response.output if item.type == "message" for part in item.content]
    return "".join(part.text or part.transcript or "" for part in parts)


async def text(setting: Setting) -> dict[str, Any]:
    """Write, and read the answer; with an ephemeral secret for a key."""
    async with AsyncOpenAI(api_key=KEY, base_url=setting.base_url) as client:
        secret = await client.realtime.client_secrets.create(session={"type": "realtime", "model": MODEL})
    async with talk(setting, key=secret.value, output_modalities=["text"]) as talking:
        await talking.write(setting.text("question"))
        done = await talking.until("response.done")
        deltas = "".join(event.delta for event in talking.of("response.output_text.delta"))
        return {"answer": said(done.response), "deltas": deltas, "status": done.response.status}


async def voice(setting: Setting) -> dict[str, Any]:
    """Ask aloud, and hear the answer."""
    async with talk(setting, audio={"input": LISTEN}) as talking:
        async with Microphone().open(talking.send_audio) as microphone:
            microphone.say(setting.spoken("question"))
            response = (await talking.until("response.done")).response
            heard = await talking.heard()
        return {"heard": heard, "answer": said(response), "audio_ms": talking.audio_ms(response.id)}


async def tool(setting: Setting) -> dict[str, Any]:
    """Let the model call a function, and hear the result told."""
    weather = Weather()
    async with talk(setting, tools=[TOOL]) as talking:
        await talking.write(setting.text("weather"))
        response = (await talking.until("response.done")).response
        for item in response.output:
            if item.type == "function_call" and item.name == "get_weather":
                output = json.dumps(weather.tell(**json.loads(item.arguments)))
                await talking.connection.conversation.item.create(
                    item={"type": "function_call_output", "call_id": item.call_id, "output": output}
                )
        await talking.connection.response.create()
        response = (await talking.until("response.done")).response
        return {
            "cities": weather.cities,
            "answer": said(response),
            "audio_ms": talking.audio_ms(response.id),
        }


async def barge_in_late(setting: Setting) -> dict[str, Any]:
    """Speak when the whole answer has come, which a listener hears for a while yet."""
    async with talk(setting, audio={"input": LISTEN}) as talking:
        async with Microphone().open(talking.send_audio) as microphone:
            await talking.write(setting.text("shorter"))
            first = await talking.until("response.output_audio.delta")
            complete = (await talking.until("response.done")).response.status == "completed"
            microphone.say(setting.spoken("interjection"))
            await talking.until("input_audio_buffer.speech_started")
            await talking.cut(first, 1500)
            response = (await talking.until("response.done")).response
            heard = await talking.heard()
        return {
            "interrupted": complete,
            "heard": heard,
            "answer": said(response),
            "audio_ms": talking.audio_ms(response.id),
        }


async def barge_in(setting: Setting) -> dict[str, Any]:
    """Speak while the model does, cut what wasn't heard, and go on."""
    async with talk(setting, audio={"input": LISTEN}) as talking:
        async with Microphone().open(talking.send_audio) as microphone:
            await talking.write(setting.text("long"))
            first = await talking.until("response.output_audio.delta")
            microphone.say(setting.spoken("interjection"))
            await talking.until("input_audio_buffer.speech_started")
            cut = (await talking.until("response.done")).response
            await talking.cut(first, 400)
            response = (await talking.until("response.done")).response
            heard = await talking.heard()
        return {
            "interrupted": cut.status == "cancelled" and cut.status_details.reason == "turn_detected",
            "heard": heard,
            "answer": said(response),
            "audio_ms": talking.audio_ms(response.id),
        }


async def transcription(setting: Setting) -> dict[str, Any]:
    """Have speech written down, in a session that answers nothing, by a model that listens for no turns."""
    listen = {"transcription": {"model": "gpt-live-transcribe"}, "turn_detection": None}
    async with (
        AsyncOpenAI(api_key=KEY, base_url=setting.base_url) as client,
        client.realtime.connect(extra_query={"intent": "transcription"}) as connection,
    ):
        talking = Talk(connection)
        await talking.until("session.created")
        await connection.session.update(session={"type": "transcription", "audio": {"input": listen}})
        await talking.until("session.updated")
        await talking.send_audio(setting.spoken("question"))
        await connection.input_audio_buffer.commit()
        return {"heard": await talking.heard()}


if __name__ == "__main__":
    turns = (text, voice, tool, barge_in, barge_in_late, transcription)
    main({turn.__name__: turn for turn in turns})
