"""A server of the GA protocol written from its description alone: minimal, and odd wherever that is legal.

It shares nothing with the package. Most events carry no event id, metadata isn't handed back, events that
nobody knows are mixed in, the order of what may come in any order changes from turn to turn, and the user's
words come early, late, or never.
"""

import asyncio
import base64
import json
import random
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

TRANSCRIPTS = "conversation.item.input_audio_transcription"


@dataclass
class Said:
    """What was said in one turn, as the server knows it."""

    user_item: str
    user_text: str | None
    item: str
    text: str
    pcm: bytes = field(repr=False)


class ForeignServer:
    """Listens in a thread of its own; `words` is when the user's words come: now, early, late or never."""

    def __init__(self, words: str = "now", *, acknowledges: bool = True, vad: bool = False) -> None:
        self.words = words
        self.acknowledges = acknowledges
        self.vad = vad
        self.said: list[Said] = []
        self.commands: list[dict[str, Any]] = []
        self.headers: list[Any] = []
        self._random = random.Random(7)
        self._ready = threading.Event()
        self.count = 0
        self.unsaid: set[str] = set()
        """Items of the user whose words the server still owes."""

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="scripted-engine-foreign"
        )
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *exception: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v1"

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with serve(self._connected, "127.0.0.1", 0, max_size=None, ping_interval=None) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            self._ready.set()
            await self._over.wait()

    async def _connected(self, socket: ServerConnection) -> None:
        self.headers.append(socket.request.headers if socket.request else None)
        with suppress(ConnectionClosed):
            await Talk(self, socket).run()


class Talk:
    """One connection."""

    def __init__(self, server: ForeignServer, socket: ServerConnection) -> None:
        self.server, self.socket = server, socket
        self.random = server._random
        self.last: str | None = None
        self.waiting: list[tuple[str, str]] = []  # words that are still to come
        self.user: tuple[str, str | None] | None = None
        self.quiet_bytes = 0
        self.speech: str | None = None

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({**fields, "type": kind}))

    async def run(self) -> None:
        session: dict[str, Any] = {"type": "realtime", "id": "s", "model": "foreign-1"}
        await self.send("session.created", session=session)
        async for frame in self.socket:
            command = json.loads(frame)
            self.server.commands.append({**command, "audio": len(command.get("audio", ""))})
            match command["type"]:
                case "session.update" if self.server.acknowledges or not session.get("instructions"):
                    session.update(command["session"], instructions="set")
                    await self.send("session.updated", session=session)
                case "conversation.item.create":
                    await self.add({"object": "realtime.item", **command["item"]})
                case "input_audio_buffer.append" if self.server.vad:
                    await self.hear(base64.b64decode(command["audio"]))
                case "input_audio_buffer.commit":
                    await self.commit(f"u{self.server.count}")
                case "response.create":
                    await self.respond()

    async def hear(self, pcm: bytes) -> None:
        if any(pcm):
            self.quiet_bytes = 0
            if self.speech is None:
                self.speech = f"u{self.server.count}"
                await self.send("input_audio_buffer.speech_started", item_id=self.speech, audio_start_ms=0)
            return
        self.quiet_bytes += len(pcm)
        if self.speech is not None and self.quiet_bytes >= 48 * 400:
            item_id, self.speech = self.speech, None
            await self.send("input_audio_buffer.speech_stopped", item_id=item_id, audio_end_ms=900)
            await self.commit(item_id)
            await self.respond()

    async def add(self, item: dict[str, Any]) -> None:
        previous, self.last = self.last, item["id"]
        await self.send("conversation.item.added", previous_item_id=previous, item=item)
        await self.send("conversation.item.done", previous_item_id=previous, item=item)

    async def commit(self, item_id: str) -> None:
        words, text = self.server.words, f"question number {self.server.count}"
        if words == "early":
            for piece in ("question ", "number ", str(self.server.count)):
                await self.send(f"{TRANSCRIPTS}.delta", item_id=item_id, content_index=0, delta=piece)
            if self.server.count % 2:
                await self.transcript(item_id, text)
        previous, self.last = self.last, item_id
        await self.send("input_audio_buffer.committed", item_id=item_id, previous_item_id=previous)
        content = [{"type": "input_audio", "transcript": None}]
        item = {"id": item_id, "type": "message", "role": "user", "status": "completed", "content": content}
        for kind in ("added", "done"):
            await self.send(f"conversation.item.{kind}", previous_item_id=previous, item=item)
        if words == "now" or (words == "early" and self.server.count % 2 == 0):
            await self.transcript(item_id, text)
        elif words == "late":
            self.waiting.append((item_id, text))
            self.server.unsaid.add(item_id)
        self.user = (item_id, None if words == "never" else text)

    async def transcript(self, item_id: str, text: str) -> None:
        usage = {"type": "duration", "seconds": 1}
        await self.send(
            f"{TRANSCRIPTS}.completed", item_id=item_id, content_index=0, transcript=text, usage=usage
        )

    async def late(self, keep: int) -> None:
        """Send words that are overdue, in no order."""
        while len(self.waiting) > keep:
            item_id, text = self.waiting.pop(self.random.randrange(len(self.waiting)))
            self.server.unsaid.discard(item_id)
            await self.transcript(item_id, text)

    async def respond(self) -> None:
        n, self.server.count = self.server.count, self.server.count + 1
        shape = n % 3
        ids = {"response_id": f"r{n}", "item_id": f"a{n}", "output_index": 0, "content_index": 0}
        previous, self.last = self.last, f"a{n}"
        text = f"answer number {n}, which is said aloud."
        pcm = self.random.randbytes(2 * self.random.randint(4_000, 30_000))
        response: dict[str, Any] = {
            "id": f"r{n}",
            "object": "realtime.response",
            "status": "in_progress",
            "output": [],
        }
        item: dict[str, Any] = {
            "id": f"a{n}", "type": "message", "role": "assistant", "status": "in_progress", "content": [],
        }  # fmt: skip
        await self.send("response.created", response=response)
        placed = [("conversation.item.added", {"previous_item_id": previous, "item": item})]
        made = [("response.output_item.added", {"response_id": f"r{n}", "output_index": 0, "item": item})]
        for kind, fields in placed + made if shape == 1 else made + placed:
            await self.send(kind, **fields)
        await self.send("response.mood.changed", response_id=f"r{n}", mood={"unheard_of": [1, None]})
        if shape != 2:
            await self.send("response.content_part.added", **ids, part={"type": "audio", "transcript": ""})
        await self.voice(ids, text, pcm)
        content = [{"type": "output_audio", "transcript": text}]
        whole = {**item, "status": "completed", "content": content}
        ends = [
            ("response.output_audio.done", ids),
            ("response.output_audio_transcript.done", {**ids, "transcript": text}),
            ("conversation.item.done", {"previous_item_id": previous, "item": whole}),
            ("response.output_item.done", {"response_id": f"r{n}", "output_index": 0, "item": whole}),
        ]
        for kind, fields in ends[::-1] if shape == 1 else ends:
            await self.send(kind, **fields)
        user_item, user_text = self.user or ("", None)
        self.server.said.append(Said(user_item, user_text, f"a{n}", text, pcm))
        await self.send("response.done", response={**response, "status": "completed", "output": [whole]})
        await self.late(keep=2)

    async def voice(self, ids: dict[str, Any], text: str, pcm: bytes) -> None:
        sound, words = "response.output_audio.delta", "response.output_audio_transcript.delta"
        await self.send(words, **ids, delta=text[:7])
        start = 0
        while start < len(pcm):
            size = 2 * self.random.randint(1, 4_000)  # pieces of any length
            delta = base64.b64encode(pcm[start : start + size]).decode()
            await self.send(sound, **ids, delta=delta)
            start += size
        await self.send(words, **ids, delta=text[7:])
