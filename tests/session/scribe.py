"""A server of transcription sessions, written from the API's description alone.

It shares nothing with the package, and hears speech in every sample that isn't zero. `manner` says how it
tells the words: `now`, `reversed` (those of each pair of turns the wrong way round), `failed` (every other
turn), `never`, `last` (of the last turn alone), `segments` (by speaker).
"""

import asyncio
import base64
import json
import threading
from contextlib import suppress
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

TRANSCRIPTS = "conversation.item.input_audio_transcription"
LIVE = ("gpt-live-transcribe", "gpt-realtime-whisper")
NO_VAD = "Turn detection is not supported for this transcription model"
MS = 48


class Scribe:
    """Listens in a thread of its own."""

    def __init__(self, manner: str = "now", *, refuses: tuple[str, ...] = (), usage: bool = True) -> None:
        self.manner = manner
        self.refuses = refuses
        self.usage = usage
        self.queries: list[dict[str, list[str]]] = []
        self.commands: list[dict[str, Any]] = []
        self.turns_ms: list[int] = []
        self.heard_ms = 0
        self.sockets: list[ServerConnection] = []
        self._ready = threading.Event()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="scripted-engine-scribe"
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

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [command for command in list(self.commands) if command["type"] == kind]

    def drop(self) -> None:
        """Break the connections off."""
        for socket in self.sockets:
            self._loop.call_soon_threadsafe(socket.transport.abort)

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with serve(self._connected, "127.0.0.1", 0, max_size=None, ping_interval=None) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            self._ready.set()
            await self._over.wait()

    async def _connected(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.queries.append(parse_qs(urlsplit(socket.request.path).query))
        self.sockets.append(socket)
        with suppress(ConnectionClosed):
            await Hearing(self, socket).run()


class Hearing:
    """One connection; `buffer` is the sound that isn't a turn yet."""

    def __init__(self, server: Scribe, socket: ServerConnection) -> None:
        self.server, self.socket = server, socket
        self.session: dict[str, Any] = {"type": "transcription", "id": "sess_1", "audio": {"input": {}}}
        self.buffer = b""
        self.n_turns = 0
        self.n_words = 0
        self.last: str | None = None
        self.speech = False
        self.quiet_bytes = 0
        self.total_ms = 0
        self.owed: list[tuple[str, str, int]] = []

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, "event_id": "e", **fields}))

    async def refuse(self, command: dict[str, Any], message: str, **more: Any) -> None:
        error = {"type": "invalid_request_error", "message": message, "event_id": command.get("event_id")}
        await self.send("error", error={**error, **more})

    @property
    def sound(self) -> dict[str, Any]:
        return self.session["audio"]["input"]  # type: ignore[no-any-return]

    @property
    def model(self) -> str:
        return str((self.sound.get("transcription") or {}).get("model"))

    async def run(self) -> None:
        await self.send("session.created", session=self.session)
        async for frame in self.socket:
            command = json.loads(frame)
            self.server.commands.append({**command, "audio": len(command.get("audio", ""))})
            match command["type"]:
                case "session.update":
                    await self.update(command)
                case "input_audio_buffer.append":
                    await self.hear(base64.b64decode(command["audio"]))
                case "input_audio_buffer.commit" if len(self.buffer) < 100 * MS:
                    await self.refuse(command, "buffer too small", code="input_audio_buffer_commit_empty")
                case "input_audio_buffer.commit":
                    await self.commit()
                case "input_audio_buffer.clear":
                    self.buffer = b""
                    await self.send("input_audio_buffer.cleared")
                case kind:
                    await self.refuse(command, f"{kind} is not for transcription sessions")

    async def update(self, command: dict[str, Any]) -> None:
        asked = command["session"]
        if asked.get("type") != "transcription":
            await self.refuse(command, "Passing a realtime session update event to a transcription session")
            return
        sound = {**self.sound, **asked.get("audio", {}).get("input", {})}
        words = sound.get("transcription") or {}
        if sound.get("turn_detection") and words.get("model") in (*LIVE, *self.server.refuses):
            await self.refuse(command, NO_VAD)
            return
        for field in ("delay", "keywords"):
            if field in words and field in self.server.refuses:
                param = f"session.audio.input.transcription.{field}"
                await self.refuse(
                    command, f"Unknown parameter: '{param}'.", code="unknown_parameter", param=param
                )
                return
        self.session = {**self.session, **asked, "audio": {"input": sound}}
        await self.send("session.updated", session=self.session)

    async def hear(self, pcm: bytes) -> None:
        self.total_ms += len(pcm) // MS
        self.server.heard_ms += len(pcm) // MS
        self.buffer += pcm
        if self.model in LIVE and any(pcm):
            while self.n_words < len(self.buffer) // (250 * MS):
                self.n_words += 1
                await self.words("delta", f"i{self.n_turns}", delta=f"word{self.n_words} ")
        if self.sound.get("turn_detection"):
            await self.detect(pcm)

    async def detect(self, pcm: bytes) -> None:
        item = f"i{self.n_turns}"
        self.quiet_bytes = 0 if any(pcm) else self.quiet_bytes + len(pcm)
        if any(pcm) and not self.speech:
            self.speech = True
            start_ms = self.total_ms - len(pcm) // MS
            self.buffer = pcm
            await self.send("input_audio_buffer.speech_started", item_id=item, audio_start_ms=start_ms)
        elif self.speech and self.quiet_bytes >= 400 * MS:
            self.speech = False
            await self.send("input_audio_buffer.speech_stopped", item_id=item, audio_end_ms=self.total_ms)
            await self.commit()

    async def words(self, kind: str, item: str, **fields: Any) -> None:
        await self.send(f"{TRANSCRIPTS}.{kind}", item_id=item, content_index=0, **fields)

    async def commit(self) -> None:
        manner = self.server.manner
        item, text = f"i{self.n_turns}", f"Turn {self.n_turns}."
        length_ms, self.buffer = len(self.buffer) // MS, b""
        self.server.turns_ms.append(length_ms)
        previous, self.last = self.last, item
        self.n_turns, self.n_words = self.n_turns + 1, 0
        await self.send("input_audio_buffer.committed", item_id=item, previous_item_id=previous)
        value = {"id": item, "type": "message", "role": "user", "status": "completed"}
        value["content"] = [{"type": "input_audio", "transcript": None}]  # type: ignore[assignment]
        for kind in ("added", "done"):
            await self.send(f"conversation.item.{kind}", item=value, previous_item_id=previous)
        self.owed.append((item, text, length_ms))
        if manner == "never" or (manner == "reversed" and len(self.owed) < 2):
            return
        if manner == "last":
            del self.owed[:-1]
        while self.owed:
            await self.tell(*self.owed.pop())

    async def tell(self, item: str, text: str, length_ms: int) -> None:
        if self.server.manner == "failed" and int(item[1:]) % 2:
            error = {
                "type": "invalid_request_error",
                "code": "DeploymentNotFound",
                "message": "no deployment",
            }
            await self.words("failed", item, error=error)
            return
        if self.server.manner == "segments":
            for n, speaker in enumerate("AB"):
                segment = {
                    "id": f"{item}_{n}",
                    "speaker": speaker,
                    "text": f"Part {n}.",
                    "start": n,
                    "end": n + 0.5,
                }
                await self.words("segment", item, **segment)
        more: dict[str, Any] = (
            {"usage": {"type": "duration", "seconds": length_ms / 1000}} if self.server.usage else {}
        )
        if self.session.get("include"):
            more["logprobs"] = [{"token": text, "logprob": -0.1, "bytes": [84]}]
        await self.words("completed", item, transcript=text, languages=[{"code": "en"}], **more)
