"""One connection of the faulty server: a conversation by the rules, until the schedule says otherwise."""

import asyncio
import base64
import contextlib
import json
import time
from array import array
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from .answers import Answer
from .rules import complaint
from .wire import Gone, Wire

if TYPE_CHECKING:
    from .server import FaultyServer

Event = dict[str, Any]
Fault = Callable[["Talk"], Awaitable[Any]]
"""Does its harm at its moment; returns True to keep the event, or the usual reply, from happening."""
Schedule = Mapping[str, Fault]
"""Moment → fault. Moments: `tcp`, `http`, `upgraded`, `on <command>`, `before <event>`, `after <event>`; with
`#n` the n-th time, with `*` every time."""

BYTES_PER_MS = 48
SAMPLE_RATE = 24_000
SILENCE_MS = 300
TRANSCRIPTION = "conversation.item.input_audio_transcription"


@dataclass
class Visit:
    """What one connection brought, for the test to look at."""

    number: int
    head: str = ""
    commands: list[Event] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    brought: list[Event] = field(default_factory=list)
    """The items that were there before anything was asked or said."""
    responses: dict[str, str] = field(default_factory=dict)
    """Response → what it was asked."""
    audio_bytes: int = 0

    @property
    def kinds(self) -> list[str]:
        return [command["type"] for command in self.commands]

    def of(self, kind: str) -> list[Event]:
        return [command for command in self.commands if command["type"] == kind]


class Talk:
    """The server's view of one connection."""

    def __init__(self, server: "FaultyServer", wire: Wire, schedule: Schedule, visit: Visit) -> None:
        self.server, self.wire, self.visit = server, wire, visit
        self.schedule = schedule
        self.seen: Counter[str] = Counter()
        self.change: Callable[[Event], list[Event]] = lambda event: [event]
        """What happens to every event on its way out; faults replace it."""
        self.session: dict[str, Any] = {}
        self.items: dict[str, Event] = {}
        self.order: list[str] = []
        self.heard: dict[str, str] = {}  # the words of spoken items
        self.audio_ms: dict[str, int] = {}  # generated, by item
        self.input_ms = 0
        self.uncommitted_ms = 0
        self.sound = bytearray()
        self.quiet_ms = 0
        self.speech: str | None = None
        self.answer: Answer | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        self.voice_used = False
        self.begun = False

    # -- the schedule ------------------------------------------------------------------------------------

    async def moment(self, name: str) -> bool:
        """Let the fault of this moment happen; tell whether it takes the place of what would follow."""
        self.seen[name] += 1
        n = self.seen[name]
        fault = (
            self.server.armed_for(name) or self.schedule.get(f"{name}#{n}") or self.schedule.get(f"{name}*")
        )
        if fault is None and n == 1:
            fault = self.schedule.get(name)
        if fault is None:
            return False
        self.server.note(name)
        return await fault(self) is True

    async def emit(self, kind: str, **fields: Any) -> None:
        if await self.moment(f"before {kind}"):
            return
        event = {"type": kind, "event_id": self.server.new_id("event"), **fields}
        for each in self.change(event):
            await self.wire.text(json.dumps(each))
        await self.moment(f"after {kind}")

    async def error(self, message: str, *, code: str | None = None, **fields: Any) -> None:
        detail = {"type": "invalid_request_error", "code": code, "message": message, "param": None}
        await self.emit("error", error={**detail, "event_id": None, **fields})

    # -- the connection ----------------------------------------------------------------------------------

    async def run(self) -> None:
        try:
            with contextlib.suppress(Gone):
                await self.serve()
        finally:
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)
            await self.wire.end()

    async def serve(self) -> None:
        if await self.moment("tcp"):
            return
        await self.wire.read_request()
        self.visit.head = self.wire.head
        if await self.moment("http"):
            return
        await self.wire.upgrade()
        await self.moment("upgraded")
        expires_at = int(time.time() + self.server.life_s)
        self.session = {
            "type": "realtime", "object": "realtime.session", "id": self.server.new_id("sess"),
            "model": "faulty-1", "expires_at": expires_at, "output_modalities": ["audio"], "tools": [],
            "instructions": "The server's own.", "tool_choice": "auto", "audio": {"input": {}, "output": {}},
        }  # fmt: skip
        await self.emit("session.created", session=self.session)
        async for message in self.wire.messages():
            if self.wire.over:
                return
            await self.take(json.loads(message))

    async def take(self, command: Event) -> None:
        kind = command["type"]
        if kind == "input_audio_buffer.append":
            self.visit.audio_bytes += len(command["audio"]) * 3 // 4
            command = {**command, "pcm": base64.b64decode(command["audio"]), "audio": "…"}
        self.visit.commands.append({key: value for key, value in command.items() if key != "pcm"})
        wrong = complaint(self, command)
        if wrong is not None:
            self.visit.complaints.append(f"{kind}: {wrong}")
        if await self.moment(f"on {kind}"):
            return
        handler = _HANDLERS.get(kind)
        if handler is None:
            await self.error(
                f"Unknown event {kind!r}.", code="invalid_event", event_id=command.get("event_id")
            )
        else:
            await handler(self, command)

    def start(self, coroutine: Any) -> None:
        async def run() -> None:
            with contextlib.suppress(Gone):
                await coroutine

        task = asyncio.create_task(run())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    # -- items -------------------------------------------------------------------------------------------

    def place(self, item: Event, after: str | None) -> str | None:
        """Put an item into its place; return the item before it."""
        index = 0 if after == "root" else self.order.index(after) + 1 if after in self.items else None
        index = len(self.order) if index is None else index
        self.items[item["id"]] = item
        self.order.insert(index, item["id"])
        return self.order[index - 1] if index else None

    async def add(self, item: Event, after: str | None = None) -> None:
        item = {"id": self.server.new_id("item"), "object": "realtime.item", "status": "completed", **item}
        previous = self.place(item, after)
        await self.emit("conversation.item.added", previous_item_id=previous, item=item)
        await self.emit("conversation.item.done", previous_item_id=previous, item=item)

    @property
    def conversation(self) -> list[Event]:
        return [self.items[item_id] for item_id in self.order]

    def begin(self) -> None:
        """Note what a new connection was told before it was asked."""
        if not self.begun:
            self.begun = True
            self.visit.brought = list(self.conversation)

    # -- sound -------------------------------------------------------------------------------------------

    async def hear(self, pcm: bytes) -> None:
        ms = len(pcm) // BYTES_PER_MS
        self.input_ms += ms
        self.uncommitted_ms += ms
        self.sound += pcm
        detection = self.session["audio"]["input"].get("turn_detection")
        if detection is None:
            return
        if any(pcm):
            self.quiet_ms = 0
            if self.speech is None:
                await self.speech_starts(detection)
        elif self.speech is not None:
            self.quiet_ms += ms
            if self.quiet_ms >= SILENCE_MS:
                await self.speech_ends(detection)

    async def speech_starts(self, detection: Event) -> None:
        self.begin()
        self.speech = self.server.new_id("item")
        start_ms = max(0, self.input_ms - 300)
        await self.emit("input_audio_buffer.speech_started", item_id=self.speech, audio_start_ms=start_ms)
        if self.answer is not None and detection.get("interrupt_response", True):
            await self.answer.cancel("turn_detected")

    async def speech_ends(self, detection: Event) -> None:
        item_id, self.speech = self.speech or "", None
        fields = {"item_id": item_id, "audio_end_ms": self.input_ms}
        await self.emit("input_audio_buffer.speech_stopped", **fields)
        await self.commit(item_id)
        if detection.get("create_response", True) and self.answer is None:
            self.respond({})

    async def commit(self, item_id: str) -> None:
        self.begin()
        self.uncommitted_ms = 0
        words = self.heard[item_id] = words_in(bytes(self.sound))
        self.sound.clear()
        previous = self.order[-1] if self.order else None
        await self.emit("input_audio_buffer.committed", item_id=item_id, previous_item_id=previous)
        content = [{"type": "input_audio", "transcript": None}]
        await self.add({"id": item_id, "type": "message", "role": "user", "content": content})
        if self.session["audio"]["input"].get("transcription"):
            self.start(self.write_down(item_id, words))

    async def write_down(self, item_id: str, words: str) -> None:
        ids = {"item_id": item_id, "content_index": 0}
        for word in words.split(" "):
            await self.emit(f"{TRANSCRIPTION}.delta", **ids, delta=f" {word}", logprobs=None)
        usage = {"type": "duration", "seconds": 1}
        await self.emit(f"{TRANSCRIPTION}.completed", **ids, transcript=words, usage=usage)

    # -- answers -----------------------------------------------------------------------------------------

    def respond(self, options: Event) -> None:
        self.begin()
        answer = Answer(self, options)
        if not answer.aside:
            self.answer = answer
            self.visit.asked.append(answer.label)
            self.visit.responses[answer.id] = answer.label
        self.start(answer.run())


def words_in(pcm: bytes) -> str:
    """Return the words of a sound: its pitch, so that they are the same however often it is sent."""
    samples = array("h", pcm[: len(pcm) // 2 * 2])
    sounding = [n for n, sample in enumerate(samples) if sample]
    if len(sounding) < 2:
        return "nothing"
    ups = sum(a < 0 <= b for a, b in pairwise(samples[sounding[0] : sounding[-1]]))
    hz = ups * SAMPLE_RATE / (sounding[-1] - sounding[0])
    return f"what I hum at {round(hz / 100) * 100} hertz"


async def _update(talk: Talk, command: Event) -> None:
    update = command["session"]
    for key, value in update.items():
        if key == "audio":
            for side in ("input", "output"):
                talk.session["audio"][side] = {**talk.session["audio"][side], **value.get(side, {})}
        else:
            talk.session[key] = value
    await talk.emit("session.updated", session=talk.session)


async def _append(talk: Talk, command: Event) -> None:
    pcm, size = command["pcm"], 20 * BYTES_PER_MS
    for start in range(0, len(pcm), size):
        await talk.hear(pcm[start : start + size])


async def _commit(talk: Talk, command: Event) -> None:
    if talk.uncommitted_ms < 100:
        code = "input_audio_buffer_commit_empty"
        await talk.error("Error committing input audio buffer: buffer too small.", code=code)
        return
    item_id, talk.speech = talk.speech or talk.server.new_id("item"), None
    await talk.commit(item_id)


async def _clear(talk: Talk, command: Event) -> None:
    talk.uncommitted_ms, talk.speech = 0, None
    talk.sound.clear()
    await talk.emit("input_audio_buffer.cleared")


async def _create_item(talk: Talk, command: Event) -> None:
    item, after = command["item"], command.get("previous_item_id")
    event_id = command.get("event_id")
    calls = {each["call_id"] for each in talk.items.values() if each["type"] == "function_call"}
    sounds = [part for part in item.get("content") or [] if part["type"] == "input_audio"]
    if sounds and item.get("id"):
        talk.heard[item["id"]] = words_in(base64.b64decode(sounds[0]["audio"]))
    if item["type"] == "function_call_output" and item["call_id"] not in calls:
        await talk.error(
            f"No tool call found for {item['call_id']!r}.", code="invalid_value"
        )  # and no event_id
    elif item.get("id") in talk.items:
        code = "item_create_duplicate_item_id"
        await talk.error("The id is taken.", code=code, event_id=event_id)
    else:
        await talk.add(item, after)


async def _delete_item(talk: Talk, command: Event) -> None:
    item_id = command["item_id"]
    if talk.items.pop(item_id, None) is None:
        code = "item_delete_invalid_item_id"
        await talk.error("There is no such item.", code=code, event_id=command.get("event_id"))
        return
    talk.order.remove(item_id)
    await talk.emit("conversation.item.deleted", item_id=item_id)


async def _truncate_item(talk: Talk, command: Event) -> None:
    ids = {key: command[key] for key in ("item_id", "content_index", "audio_end_ms")}
    await talk.emit("conversation.item.truncated", **ids)


async def _create_response(talk: Talk, command: Event) -> None:
    options = command.get("response") or {}
    if talk.answer is not None and options.get("conversation") != "none":
        message = f"Conversation already has an active response in progress: {talk.answer.id}."
        code = "conversation_already_has_active_response"
        await talk.error(message, code=code, event_id=command.get("event_id"))
        return
    talk.respond(options)


async def _cancel_response(talk: Talk, command: Event) -> None:
    if talk.answer is None:
        message = "Cancellation failed: no active response found"
        code = "response_cancel_not_active"
        await talk.error(message, code=code, event_id=command.get("event_id"))
    else:
        await talk.answer.cancel("client_cancelled")


_HANDLERS: dict[str, Callable[[Talk, Event], Awaitable[None]]] = {
    "session.update": _update,
    "input_audio_buffer.append": _append,
    "input_audio_buffer.commit": _commit,
    "input_audio_buffer.clear": _clear,
    "conversation.item.create": _create_item,
    "conversation.item.delete": _delete_item,
    "conversation.item.truncate": _truncate_item,
    "response.create": _create_response,
    "response.cancel": _cancel_response,
}
