"""What the tests of the offline engine share: scripted stages and a client that checks all it gets."""

import asyncio
import base64
import functools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from realtime_widget.local.connection import Connection, ConnectionOptions
from realtime_widget.local.generation import Pace
from realtime_widget.local.modem import ModemSpeaker, ModemTranscriber, encode
from realtime_widget.local.parts import Parts
from realtime_widget.local.responders.base import Request, ToolCall
from realtime_widget.local.vad import EnergyVad
from realtime_widget.protocol.codec import decode_event
from realtime_widget.protocol.events import UnknownEvent

QUICK = Pace(burst_ms=1e9)
TIMEOUT_S = 20


class Script:
    """A responder that plays answers one after the other: lists of text, calls, exceptions and futures."""

    def __init__(self, *answers: list[Any]) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        self.closed = 0

    async def respond(self, request: Request) -> AsyncIterator[str | ToolCall]:
        self.requests.append(request)
        try:
            for piece in self.answers.pop(0) if self.answers else ["Yes."]:
                if isinstance(piece, Exception):
                    raise piece
                if isinstance(piece, asyncio.Future | asyncio.Event):
                    await (piece.wait() if isinstance(piece, asyncio.Event) else piece)
                else:
                    yield piece
        finally:
            self.closed += 1


class Echo:
    """A responder that says what it heard."""

    async def respond(self, request: Request) -> AsyncIterator[str | ToolCall]:
        yield f"You said: {request.text}"


def modem_parts(responder: Any = None) -> Parts:
    return Parts.of(ModemTranscriber(), responder or Echo(), ModemSpeaker())


@functools.cache
def oracles() -> list[TypeAdapter[Any]]:
    """The schemas of the official SDKs, where they are installed."""
    from openai.types.realtime import RealtimeServerEvent

    found: list[TypeAdapter[Any]] = [TypeAdapter(RealtimeServerEvent)]
    try:
        from agents.realtime.openai_realtime import get_server_event_type_adapter
    except ImportError:
        return found
    return [*found, get_server_event_type_adapter()]


def check_event(event: dict[str, Any]) -> None:
    """Fail unless the official SDKs and our own codec understand an event."""
    assert event["event_id"].startswith("event_")
    # agents replaces a null here before it validates, and so do we.
    known = {**event, "previous_item_id": ""} if event.get("previous_item_id", "") is None else event
    for oracle in oracles():
        oracle.validate_python(known)
    assert not isinstance(decode_event(json.dumps(event)), UnknownEvent)


class Client:
    """A client of one connection, without a socket; `events` are all that came."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.events: list[dict[str, Any]] = []
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._sending = asyncio.create_task(connection.outbox.run(self._take))

    async def _take(self, frame: str) -> None:
        self._queue.put_nowait(json.loads(frame))

    async def send(self, kind: str, **fields: Any) -> None:
        await self.connection.receive(json.dumps({"type": kind, **fields}))

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(TIMEOUT_S):
            event = await self._queue.get()
        check_event(event)
        self.events.append(event)
        return event

    async def until(self, kind: str) -> dict[str, Any]:
        """Return the next event of a type."""
        while (event := await self.next())["type"] != kind:
            pass
        return event

    async def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Send a command and return the next event, whatever it is."""
        await self.send(kind, **fields)
        return await self.next()

    async def update(self, **session: Any) -> dict[str, Any]:
        return await self.ask("session.update", session={"type": "realtime", **session})

    async def say(self, text: str, item_id: str | None = None) -> dict[str, Any]:
        """Add a user's text and return the item."""
        item: dict[str, Any] = {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": text}],
        }
        if item_id:
            item["id"] = item_id
        await self.send("conversation.item.create", item=item)
        return (await self.until("conversation.item.done"))["item"]

    async def append(self, pcm: bytes, size: int = 9600) -> None:
        for start in range(0, len(pcm), size):
            await self.send("input_audio_buffer.append", audio=b64(pcm[start : start + size]))

    def types(self, prefix: str = "") -> list[str]:
        return [event["type"] for event in self.events if event["type"].startswith(prefix)]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    def audio(self) -> bytes:
        return b"".join(base64.b64decode(event["delta"]) for event in self.of("response.output_audio.delta"))


@asynccontextmanager
async def talk(responder: Any = None, *, parts: Parts | None = None, **options: Any) -> AsyncIterator[Client]:
    """Begin a session and take its first event."""
    chosen = {"pace": QUICK, "new_vad": EnergyVad, **options}
    connection = Connection(parts or modem_parts(responder), model="m", options=ConnectionOptions(**chosen))
    client = Client(connection)
    try:
        connection.start()
        await client.until("session.created")
        yield client
    finally:
        await connection.close()
        await client._sending


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def burst(text: str, *, before_ms: int = 0, after_ms: int = 0) -> bytes:
    """The modem's burst of a text as PCM, with silence around it."""
    silence = [np.zeros(ms * 24, np.int16) for ms in (before_ms, after_ms)]
    return np.concatenate([silence[0], encode(text), silence[1]]).astype("<i2").tobytes()


def tool(
    name: str, description: str = "", required: list[str] | None = None, **properties: Any
) -> dict[str, Any]:
    """A wire tool."""
    return {
        "type": "function",
        "name": name,
        "description": description,
        "parameters": {
            "type": "object",
            "properties": properties,
            "required": list(properties) if required is None else required,
        },
    }


class Timers:
    """Stands for the loop's `call_later`: timers run when a test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def __call__(self, delay_s: float, callback: Callable[[], None]) -> Any:
        entry = (delay_s, callback)
        self.waiting.append(entry)
        timers = self

        class Handle:
            def cancel(self) -> None:
                if entry in timers.waiting:
                    timers.waiting.remove(entry)

        return Handle()

    def fire(self, below_s: float = 1e9) -> None:
        """Run the timers that wait for less than this long."""
        due = [entry for entry in self.waiting if entry[0] < below_s]
        for entry in due:
            self.waiting.remove(entry)
            entry[1]()
