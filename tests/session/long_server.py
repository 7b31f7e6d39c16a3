"""A server that listens and answers for an hour, as fast as it is spoken to.

It hears speech where a sound isn't silent, takes 400 ms of silence for its end, writes down what was said in
pieces, answers aloud for six seconds, and every tenth time calls a tool first.
"""

import asyncio
import base64
import contextlib
import json
import random
import threading
from collections.abc import AsyncIterator
from typing import Any, Self

from .faults.wire import Gone, Wire

Event = dict[str, Any]
ANSWER_CHUNKS = 60
CHUNK_BYTES = 4_800  # 100 ms
SILENT_CHUNKS = 10  # of 40 ms
SILENCE = "AAAAAAAA"
TRANSCRIPTION = "conversation.item.input_audio_transcription"
SAID = "and so I went on to say, with some words more than needed, what I had in mind"
REPLY = "that is a fair point and I would like to add a few remarks of my own before we go on from here then"


class LongServer:
    """Listens on loopback in a thread of its own, from `with` to the end of it."""

    def __init__(self) -> None:
        self.n_turns = 0
        self.n_connections = 0
        self.audio_bytes = 0
        sound = random.Random(1).randbytes(CHUNK_BYTES)
        self.delta = base64.b64encode(sound).decode()

    def __enter__(self) -> Self:
        ready = threading.Event()
        run = lambda: asyncio.run(self._serve(ready))  # noqa: E731
        self._thread = threading.Thread(target=run, name="scripted-engine-long", daemon=True)
        self._thread.start()
        assert ready.wait(30)
        return self

    def __exit__(self, *exception: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(30)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v1"

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.n_connections += 1
            tasks.add(asyncio.create_task(LongTalk(self, Wire(reader, writer), self.n_connections).run()))

        listener = await asyncio.start_server(accept, "127.0.0.1", 0, limit=2**20)
        self.port: int = listener.sockets[0].getsockname()[1]
        ready.set()
        await self._over.wait()
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class LongTalk:
    """One connection."""

    def __init__(self, server: LongServer, wire: Wire, number: int) -> None:
        self.server, self.wire, self.number = server, wire, number
        self.n_items = 0
        self.last: str | None = None
        self.speech: str | None = None
        self.silent_chunks = 0
        self.owed: tuple[str, str] | None = None

    async def send(self, kind: str, **fields: Any) -> None:
        await self.wire.text(json.dumps({"type": kind, "event_id": "event_x", **fields}))

    def new_item(self) -> str:
        self.n_items += 1
        return f"item_{self.number}_{self.n_items}"

    async def run(self) -> None:
        try:
            with contextlib.suppress(Gone):
                await self.wire.read_request()
                await self.wire.upgrade()
                await self.send("session.created", session={"type": "realtime", "id": "sess_1"})
                async for message in self.wire.messages():
                    await self.take(message)
        finally:
            await self.wire.end()

    async def take(self, message: str) -> None:
        place = message.find('"audio":"', 0, 200)
        if place >= 0 and "input_audio_buffer.append" in message[:200]:
            return await self.hear(message[place + 9 : place + 17] == SILENCE, len(message) - place - 12)
        command = json.loads(message)
        match command["type"]:
            case "session.update":
                await self.send("session.updated", session=command["session"])
            case "conversation.item.create":
                await self.add({"id": self.new_item(), "status": "completed", **command["item"]})
            case "response.create":
                await self.answer()

    async def add(self, item: Event) -> None:
        previous, self.last = self.last, item["id"]
        await self.send("conversation.item.added", previous_item_id=previous, item=item)
        await self.send("conversation.item.done", previous_item_id=previous, item=item)

    async def hear(self, silent: bool, length: int) -> None:
        self.server.audio_bytes += length * 3 // 4
        if not silent:
            self.silent_chunks = 0
            if self.speech is None:
                self.speech = self.new_item()
                fields = {"item_id": self.speech, "audio_start_ms": 0}
                await self.send("input_audio_buffer.speech_started", **fields)
            return
        self.silent_chunks += 1
        if self.speech is not None and self.silent_chunks >= SILENT_CHUNKS:
            item_id, self.speech = self.speech, None
            await self.commit(item_id)
            await self.answer(calls=self.server.n_turns % 10 == 9)
            await self.write_down()

    async def commit(self, item_id: str) -> None:
        await self.send("input_audio_buffer.speech_stopped", item_id=item_id, audio_end_ms=6_000)
        await self.send("input_audio_buffer.committed", item_id=item_id, previous_item_id=self.last)
        content = [{"type": "input_audio", "transcript": None}]
        await self.add(
            {"id": item_id, "type": "message", "role": "user", "status": "completed", "content": content}
        )
        text = f"Turn {self.server.n_turns}: {SAID}"
        ids = {"item_id": item_id, "content_index": 0}
        for word in text.split():
            await self.send(f"{TRANSCRIPTION}.delta", **ids, delta=f" {word}")
        self.owed = (item_id, text)

    async def write_down(self) -> None:
        """Send the whole words of the user, after the answer, as services do."""
        if self.owed is not None:
            (item_id, text), self.owed = self.owed, None
            usage = {"type": "duration", "seconds": 6}
            ids = {"item_id": item_id, "content_index": 0}
            await self.send(f"{TRANSCRIPTION}.completed", **ids, transcript=text, usage=usage)

    # -- answers -----------------------------------------------------------------------------------------

    async def answer(self, *, calls: bool = False) -> None:
        response_id = f"resp_{self.number}_{self.n_items}"
        response: Event = {
            "id": response_id,
            "object": "realtime.response",
            "status": "in_progress",
            "output": [],
        }
        await self.send("response.created", response=response)
        item = await (self.call(response_id) if calls else self.speak(response_id))
        usage = {"total_tokens": 900, "input_tokens": 700, "output_tokens": 200}
        done = {**response, "status": "completed", "output": [item], "usage": usage}
        if not calls:
            self.server.n_turns += 1
        await self.send("response.done", response=done)

    async def begin(self, response_id: str, item: Event) -> None:
        previous, self.last = self.last, item["id"]
        await self.send("response.output_item.added", response_id=response_id, output_index=0, item=item)
        await self.send("conversation.item.added", previous_item_id=previous, item=item)

    async def end(self, response_id: str, item: Event) -> Event:
        await self.send("conversation.item.done", item=item)
        await self.send("response.output_item.done", response_id=response_id, output_index=0, item=item)
        return item

    async def call(self, response_id: str) -> Event:
        arguments = json.dumps({"number": self.server.n_turns})
        item = {
            "id": self.new_item(), "type": "function_call", "status": "in_progress", "name": "double",
            "call_id": f"call_{self.number}_{self.n_items}", "arguments": "",
        }  # fmt: skip
        await self.begin(response_id, item)
        ids = {
            "response_id": response_id,
            "item_id": item["id"],
            "output_index": 0,
            "call_id": item["call_id"],
        }
        await self.send("response.function_call_arguments.delta", **ids, delta=arguments)
        await self.send("response.function_call_arguments.done", **ids, arguments=arguments)
        return await self.end(response_id, {**item, "status": "completed", "arguments": arguments})

    async def speak(self, response_id: str) -> Event:
        text = f"Answer {self.server.n_turns}: {REPLY}"
        item = {
            "id": self.new_item(),
            "type": "message",
            "role": "assistant",
            "status": "in_progress",
            "content": [],
        }
        await self.begin(response_id, item)
        ids = {"response_id": response_id, "item_id": item["id"], "output_index": 0, "content_index": 0}
        await self.send("response.content_part.added", **ids, part={"type": "audio", "transcript": ""})
        words = iter(text.split())
        async for n in _paced(ANSWER_CHUNKS):
            if n % 3 == 0 and (word := next(words, None)) is not None:
                await self.send("response.output_audio_transcript.delta", **ids, delta=f"{word} ")
            await self.send("response.output_audio.delta", **ids, delta=self.server.delta)
        await self.send("response.output_audio.done", **ids)
        await self.send("response.output_audio_transcript.done", **ids, transcript=text)
        content = [{"type": "output_audio", "transcript": text}]
        return await self.end(response_id, {**item, "status": "completed", "content": content})


async def _paced(n: int) -> AsyncIterator[int]:
    for each in range(n):
        yield each
        await asyncio.sleep(0)
