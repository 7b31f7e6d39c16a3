"""A server in the place of Azure OpenAI, written from its description: strict about paths, keys and shapes.

The preview API takes the flat shapes of the beta and refuses every key that came with the API proper; the API
proper refuses those of the beta.
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

KEY = "0123456789abcdef-azure-key"
TOKEN = "eyJ0eXAiOiJKV1Qi.entra.token"
DEPLOYMENT = "my-realtime"
VERSION = "2025-04-01-preview"
PCM = base64.b64encode(b"\1\2" * 4_800).decode()

_FLAT = {
    "modalities", "instructions", "voice", "input_audio_format", "output_audio_format", "tools",
    "tool_choice", "input_audio_transcription", "input_audio_noise_reduction", "turn_detection", "speed",
    "temperature", "max_response_output_tokens", "tracing",
}  # fmt: skip
_FLAT_RESPONSE = {
    "modalities", "instructions", "voice", "output_audio_format", "tools", "tool_choice", "temperature",
    "max_response_output_tokens", "conversation", "metadata", "input",
}  # fmt: skip
_CONTENT = {"user": {"input_text", "input_audio"}, "assistant": {"text"}, "system": {"input_text"}}
_NESTED = {
    "type", "output_modalities", "instructions", "audio", "tools", "tool_choice", "max_output_tokens",
    "reasoning", "truncation", "include",
}  # fmt: skip


class AzureServer:
    """Listens in a thread of its own; `refused` lists all that it refused, `opened` all paths and headers."""

    def __init__(self, *, transcribes: bool = True) -> None:
        self.transcribes = transcribes
        self.refused: list[str] = []
        self.opened: list[tuple[str, dict[str, str]]] = []
        self.commands: list[dict[str, Any]] = []
        self.sessions: list[dict[str, Any]] = []
        self._ready = threading.Event()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="scripted-engine-azure"
        )
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *exception: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        options: Any = {"max_size": None, "ping_interval": None, "process_request": self._check}
        async with serve(self._talk, "127.0.0.1", 0, **options) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            self._ready.set()
            await self._over.wait()

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        self.opened.append((request.path, headers))
        url = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        known = {
            "/openai/v1/realtime": {"model": DEPLOYMENT},
            "/openai/realtime": {"api-version": VERSION, "deployment": DEPLOYMENT},
        }
        if "openai-beta" in headers or known.get(url.path) != query:
            self.refused.append(request.path)
            return connection.respond(
                404, '{"error":{"code":"DeploymentNotFound","message":"No such deployment."}}'
            )
        by_key = headers.get("api-key") == KEY and "authorization" not in headers
        by_token = headers.get("authorization") == f"Bearer {TOKEN}" and "api-key" not in headers
        if not (by_key or by_token):
            self.refused.append("key")
            return connection.respond(401, "Access denied.")
        return None

    async def _talk(self, socket: ServerConnection) -> None:
        preview = socket.request is not None and "/v1/" not in socket.request.path
        with suppress(ConnectionClosed):
            await Talk(self, socket, preview=preview).run()


class Talk:
    """One connection."""

    def __init__(self, server: AzureServer, socket: ServerConnection, *, preview: bool) -> None:
        self.server, self.socket, self.preview = server, socket, preview
        self.session: dict[str, Any] = (
            {"object": "realtime.session", "modalities": ["audio", "text"], "voice": "alloy"}
            if preview
            else {"type": "realtime", "object": "realtime.session"}
        )
        self.session |= {"id": "sess_1", "model": "gpt-realtime"}
        self.count = 0
        self.last: str | None = None

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, "event_id": f"ev_{self.count}", **fields}))

    async def refuse(self, command: dict[str, Any], message: str) -> None:
        self.server.refused.append(message)
        error = {
            "type": "invalid_request_error", "code": "unknown_parameter", "message": message, "param": None,
            "event_id": command.get("event_id"),
        }  # fmt: skip
        await self.send("error", error=error)

    async def run(self) -> None:
        await self.send("session.created", session=self.session)
        async for frame in self.socket:
            command = json.loads(frame)
            self.server.commands.append(command)
            match command["type"]:
                case "session.update":
                    await self.update(command)
                case "conversation.item.create":
                    await self.create_item(command)
                case "response.create":
                    await self.respond(command)
                case "input_audio_buffer.commit":
                    await self.commit()
                case "input_audio_buffer.append" | "input_audio_buffer.clear":
                    pass
                case other:
                    await self.refuse(command, f"Unknown command {other}.")

    async def update(self, command: dict[str, Any]) -> None:
        session = command["session"]
        unknown = set(session) - (_FLAT if self.preview else _NESTED)
        if unknown or (not self.preview and session.get("type") != "realtime"):
            await self.refuse(command, f"Unknown parameter: 'session.{min(unknown, default='type')}'.")
            return
        self.session |= session
        self.server.sessions.append(dict(self.session))
        await self.send("session.updated", session=self.session)

    async def create_item(self, command: dict[str, Any]) -> None:
        item = command["item"]
        kinds = {part["type"] for part in item.get("content", ())}
        if self.preview and not kinds <= _CONTENT.get(item.get("role"), set()):
            await self.refuse(command, f"Unknown content {kinds}.")
            return
        await self.placed(item)

    async def placed(self, item: dict[str, Any]) -> None:
        previous, self.last = self.last, item["id"]
        for kind in ("created",) if self.preview else ("added", "done"):
            await self.send(f"conversation.item.{kind}", previous_item_id=previous, item=item)

    async def commit(self) -> None:
        item_id = f"user_{self.count}"
        previous = self.last
        await self.send("input_audio_buffer.committed", item_id=item_id, previous_item_id=previous)
        content = [{"type": "input_audio", "transcript": None}]
        await self.placed({"id": item_id, "type": "message", "role": "user", "content": content})
        named = {"item_id": item_id, "content_index": 0}
        kind = "conversation.item.input_audio_transcription"
        if self.server.transcribes:
            await self.send(f"{kind}.completed", **named, transcript="Hello.")  # no usage
        else:
            error = {"type": "server_error", "code": "DeploymentNotFound", "message": "No such deployment."}
            await self.send(f"{kind}.failed", **named, error=error)

    async def respond(self, command: dict[str, Any]) -> None:
        asked = command.get("response") or {}
        unknown = set(asked) - _FLAT_RESPONSE if self.preview else set(asked) & {"modalities", "voice"}
        if unknown:
            await self.refuse(command, f"Unknown parameter: 'response.{min(unknown)}'.")
            return
        self.count += 1
        response = {"id": f"resp_{self.count}", "object": "realtime.response", "status": "in_progress"}
        response |= {"output": [], "metadata": asked.get("metadata")}
        await self.send("response.created", response=response)
        await self.speak(response)

    async def speak(self, response: dict[str, Any]) -> None:
        item = {"id": f"item_{self.count}", "type": "message", "role": "assistant", "status": "in_progress"}
        ids = {"response_id": response["id"], "item_id": item["id"], "output_index": 0, "content_index": 0}
        previous, self.last = self.last, str(item["id"])
        beta = {"output_audio": "audio"} if self.preview else {}
        audio = "response." + beta.get("output_audio", "output_audio")
        named = {"response_id": response["id"], "output_index": 0}
        await self.send("response.output_item.added", **named, item={**item, "content": []})
        created = "created" if self.preview else "added"
        await self.send(
            f"conversation.item.{created}", previous_item_id=previous, item={**item, "content": []}
        )
        await self.send(f"{audio}_transcript.delta", **ids, delta="Good ")
        await self.send(f"{audio}.delta", **ids, delta=PCM)
        await self.send(f"{audio}_transcript.delta", **ids, delta="day.")
        await self.send(f"{audio}.done", **ids)
        content = [{"type": beta.get("output_audio", "output_audio"), "transcript": "Good day."}]
        whole = {**item, "status": "completed", "content": content}
        await self.send("response.output_item.done", **named, item=whole)
        usage = {"total_tokens": 3, "input_tokens": 1, "output_tokens": 2}
        done = {**response, "status": "completed", "output": [whole], "usage": usage}
        await self.send("response.done", response=done)
