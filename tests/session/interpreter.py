"""A translation server written from its description alone: it takes nothing from the package.

It translates a sentence for each run of sound that isn't silent, when 400 ms of silence have come after it,
and gives nothing out while it gets nothing. It is strict: it refuses what no translation socket knows.
"""

import asyncio
import base64
import json
import threading
from contextlib import suppress
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from realtime_widget import TranslationSession

LANGUAGES = ("es", "pt", "fr", "ja", "ru", "zh", "de", "ko", "hi", "id", "vi", "it", "en", "tlh")


class InterpreterServer:
    """Listens in a thread of its own.

    Attributes:
        paths: Of all connections.
        commands: All commands, the sound in them as its length in ms.
        refused: All that was refused.
        closes: Whether it answers `session.close`.
        hangs_up: Whether it ends the connection itself after `session.closed`.
        refuses: A language that it doesn't know.
    """

    def __init__(self, *, closes: bool = True, hangs_up: bool = False, refuses: str = "") -> None:
        self.closes, self.hangs_up, self.refuses = closes, hangs_up, refuses
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.commands: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.talks: list[Talk] = []
        self._ready = threading.Event()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="scripted-engine-interpreter"
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

    def drop(self) -> None:
        """Cut the last connection."""
        self._loop.call_soon_threadsafe(lambda: self.talks[-1].socket.transport.abort())

    def say(self, *events: dict[str, Any]) -> None:
        """Send events over the last connection."""
        for event in events:
            asyncio.run_coroutine_threadsafe(
                self.talks[-1].socket.send(json.dumps(event)), self._loop
            ).result(5)

    def appended_ms(self, *, silent: bool | None = None) -> int:
        """How much sound came, all or only what is (not) silent."""
        found = [c for c in self.commands if c["type"] == "session.input_audio_buffer.append"]
        return sum(c["audio"] for c in found if silent in (None, c["silent"]))

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        options: Any = {"max_size": None, "ping_interval": None, "process_request": self._check}
        async with serve(self._talk, "127.0.0.1", 0, **options) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            self._ready.set()
            await self._over.wait()

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        self.headers.append({name.lower(): value for name, value in request.headers.raw_items()})
        url = urlsplit(request.path)
        if url.path != "/v1/realtime/translations" or set(parse_qs(url.query)) != {"model"}:
            return connection.respond(404, "No such path.")
        return None

    async def _talk(self, socket: ServerConnection) -> None:
        talk = Talk(self, socket)
        self.talks.append(talk)
        with suppress(ConnectionClosed):
            await talk.run()


class Talk:
    """One connection."""

    def __init__(self, server: InterpreterServer, socket: ServerConnection) -> None:
        self.server, self.socket = server, socket
        self.audio: dict[str, Any] = {
            "input": {"noise_reduction": None, "transcription": None}, "output": {"language": "es"},
        }  # fmt: skip
        self.elapsed_ms = 0
        self.spoken_ms = self.quiet_ms = 0
        self.count = self.sent = 0

    async def send(self, kind: str, **fields: Any) -> None:
        self.sent += 1
        await self.socket.send(json.dumps({"type": kind, "event_id": f"ev_{self.sent}", **fields}))

    @property
    def session(self) -> dict[str, Any]:
        named = {"id": f"sess_{len(self.server.talks)}", "type": "translation", "expires_at": 0}
        return {**named, "model": "gpt-realtime-translate", "audio": self.audio}

    async def refuse(self, command: dict[str, Any], message: str) -> None:
        self.server.refused.append(message)
        error = {"type": "invalid_request_error", "code": "invalid_value", "message": message, "param": None}
        await self.send("error", error={**error, "event_id": command.get("event_id")})

    async def run(self) -> None:
        await self.send("session.created", session=self.session)
        async for frame in self.socket:
            command = json.loads(frame)
            match command["type"]:
                case "session.update":
                    self.server.commands.append(command)
                    await self.update(command)
                case "session.input_audio_buffer.append":
                    pcm = base64.b64decode(command["audio"])
                    noted = {"type": command["type"], "audio": len(pcm) // 48, "silent": not any(pcm)}
                    self.server.commands.append(noted)
                    await self.hear(pcm)
                case "session.close":
                    self.server.commands.append(command)
                    if await self.close():
                        return
                case other:
                    await self.refuse(command, f"Unknown command {other}.")

    async def update(self, command: dict[str, Any]) -> None:
        session = command["session"]
        audio = session.get("audio", {})
        language = audio.get("output", {}).get("language", "es")
        if set(session) - {"audio"} or language not in LANGUAGES or language == self.server.refuses:
            await self.refuse(command, f"Refused: {sorted(session)}, {language}.")
            return
        for side in audio:
            self.audio[side] |= audio[side]
        await self.send("session.updated", session=self.session)

    async def hear(self, pcm: bytes) -> None:
        for begin in range(0, len(pcm), 9_600):
            piece = pcm[begin : begin + 9_600]
            self.elapsed_ms += len(piece) // 48
            if any(piece):
                self.spoken_ms += len(piece) // 48
                self.quiet_ms = 0
            else:
                self.quiet_ms += len(piece) // 48
            if self.spoken_ms and self.quiet_ms >= 400:
                await self.translate()

    async def translate(self) -> None:
        self.count += 1
        self.spoken_ms = 0
        at = self.elapsed_ms // 200 * 200
        if self.audio["input"]["transcription"]:
            for words in (f"Sentence {self.count}", " is said."):
                await self.send("session.input_transcript.delta", delta=words, elapsed_ms=at)
        language = self.audio["output"]["language"]
        for words in (f"[{language}]", f" {self.count}."):
            await self.send("session.output_transcript.delta", delta=words, elapsed_ms=at)
        delta = base64.b64encode(bytes([self.count, 1]) * 9_600).decode()
        shape = {"sample_rate": 24_000, "channels": 1, "format": "pcm16"}
        await self.send("session.output_audio.delta", delta=delta, elapsed_ms=at, **shape)
        await self.send("session.mood", mood="unheard of")

    async def close(self) -> bool:
        if not self.server.closes:
            return False
        if self.spoken_ms:
            await self.translate()
        await self.send("session.closed")
        return self.server.hangs_up


def translating(server: InterpreterServer, **options: Any) -> TranslationSession:
    return TranslationSession(engine=server.url, **options)


def said(session: TranslationSession) -> list[tuple[str, str, str]]:
    return [(turn.role, turn.text, turn.status) for turn in session.transcript]
