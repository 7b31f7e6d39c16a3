"""What can go wrong, as functions for a schedule: each makes a fault."""

import asyncio
import json
import random
from typing import Any

from .talk import Event, Fault, Talk
from .wire import BINARY, CLOSE, CONTINUED, TEXT, Gone, header

BETA = {
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
    "conversation.item.added": "conversation.item.created",
}
NULLABLE = {
    "audio", "code", "content_index", "conversation_id", "instructions", "item_id", "logprobs", "metadata",
    "object", "output_index", "param", "previous_item_id", "rate_limits", "status", "status_details",
    "tools", "usage",
}  # fmt: skip


def both(*faults: Fault) -> Fault:
    """One after the other; the last decides whether what would follow happens."""

    async def fault(talk: Talk) -> Any:
        result = None
        for each in faults:
            result = await each(talk)
        return result

    return fault


def kept_back() -> Fault:
    """What would follow doesn't happen."""

    async def fault(talk: Talk) -> bool:
        return True

    return fault


# -- ends of a connection ----------------------------------------------------------------------------------


def dropped() -> Fault:
    async def fault(talk: Talk) -> None:
        await talk.wire.drop()
        raise Gone

    return fault


def reset() -> Fault:
    async def fault(talk: Talk) -> None:
        talk.wire.reset()
        raise Gone

    return fault


def frozen() -> Fault:
    """Neither read nor write any more, and keep the socket."""

    async def fault(talk: Talk) -> None:
        talk.wire.freeze()

    return fault


def closed(code: int, reason: str = "") -> Fault:
    async def fault(talk: Talk) -> None:
        await talk.wire.close(code, reason)
        raise Gone

    return fault


def closed_without_code() -> Fault:
    async def fault(talk: Talk) -> None:
        await talk.wire.frame(CLOSE)
        await talk.wire.drop()
        raise Gone

    return fault


def refused(status: str, body: str = "", **headers: str) -> Fault:
    """Answer the upgrade with another HTTP status."""

    async def fault(talk: Talk) -> bool:
        await talk.wire.refuse(
            status, body, {name.replace("_", "-"): value for name, value in headers.items()}
        )
        return True

    return fault


def restarted(away_s: float | None = 0.0) -> Fault:
    """The whole server goes, and comes back after a while, or never."""

    async def fault(talk: Talk) -> None:
        talk.server.restart(away_s)
        await asyncio.Event().wait()  # until that ends this connection

    return fault


# -- events that are said, or not said -----------------------------------------------------------------------


def silent(seconds: float) -> Fault:
    async def fault(talk: Talk) -> None:
        await asyncio.sleep(seconds)

    return fault


def said(*events: Event) -> Fault:
    async def fault(talk: Talk) -> None:
        for event in events:
            await talk.wire.text(json.dumps(event))

    return fault


def error(message: str, *, code: str | None = None, **fields: Any) -> Fault:
    """Report a problem beside what would follow."""

    async def fault(talk: Talk) -> None:
        await talk.error(message, code=code, **fields)

    return fault


def refuses(message: str, *, code: str | None = None, **fields: Any) -> Fault:
    """Answer the command with an error in place of the usual reply."""

    async def fault(talk: Talk) -> bool:
        await talk.error(message, code=code, **fields)
        return True

    return fault


def fails(code: str, message: str, *, created: bool = True) -> Fault:
    """Let the response that is asked for end as failed."""

    async def fault(talk: Talk) -> bool:
        command = talk.visit.commands[-1]
        options = command.get("response") or {}
        response = {
            "id": talk.server.new_id("resp"), "object": "realtime.response", "status": "in_progress",
            "output": [], "conversation_id": "conv_1", "metadata": options.get("metadata"), "usage": None,
        }  # fmt: skip
        if created:
            await talk.emit("response.created", response=response)
        problem = {"type": "invalid_request_error", "code": code, "message": message}
        details = {"type": "failed", "error": problem}
        await talk.emit("response.done", response={**response, "status": "failed", "status_details": details})
        return True

    return fault


def flooded(n_events: int) -> Fault:
    async def fault(talk: Talk) -> None:
        for start in range(0, n_events, 100):
            frames = []
            for n in range(start, start + 100):
                payload = json.dumps({"type": "weather.changed", "event_id": f"w{n}", "n": n}).encode()
                frames.append(header(TEXT, len(payload)) + payload)
            await talk.wire.write(b"".join(frames))

    return fault


# -- frames that are wrong -----------------------------------------------------------------------------------


def frame(payload: bytes, opcode: int = TEXT) -> Fault:
    async def fault(talk: Talk) -> None:
        await talk.wire.frame(opcode, payload)

    return fault


def binary(payload: bytes) -> Fault:
    return frame(payload, BINARY)


def fragmented(event: Event, n_parts: int) -> Fault:
    """One event over several frames, with the cuts in the middle of characters."""

    async def fault(talk: Talk) -> None:
        data = json.dumps(event, ensure_ascii=False).encode()
        size = -(-len(data) // n_parts)
        parts = [data[start : start + size] for start in range(0, len(data), size)]
        for n, part in enumerate(parts):
            await talk.wire.frame(CONTINUED if n else TEXT, part, fin=n == len(parts) - 1)

    return fault


def announced(size: int) -> Fault:
    """Begin a frame of a size that nobody takes."""

    async def fault(talk: Talk) -> None:
        await talk.wire.write(header(TEXT, size) + b'{"type":')

    return fault


def bytes_on_the_line(data: bytes) -> Fault:
    async def fault(talk: Talk) -> None:
        await talk.wire.write(data)

    return fault


def byte_by_byte(event: Event) -> Fault:
    async def fault(talk: Talk) -> None:
        data = json.dumps(event).encode()
        for byte in header(TEXT, len(data)) + data:
            await talk.wire.write(bytes([byte]))
            await asyncio.sleep(0)

    return fault


# -- events that are odd -------------------------------------------------------------------------------------


def rewritten(change: Any) -> Fault:
    """Pass every event from now on through a function: event → events."""

    async def fault(talk: Talk) -> None:
        talk.change = change

    return fault


def in_beta_names(event: Event) -> list[Event]:
    """Write as the protocol did before its release."""
    if event["type"] == "conversation.item.done":
        return []
    return [{**event, "type": BETA.get(event["type"], event["type"])}]


def with_nulls(event: Event) -> list[Event]:
    """Null wherever a value may be missing."""

    def nulled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: None if key in NULLABLE - _IDS else nulled(each) for key, each in value.items()}
        return [nulled(each) for each in value] if isinstance(value, list) else value

    event = {**nulled(event), "event_id": None}
    return [event]


_IDS = {"item_id", "previous_item_id", "audio", "output_index", "content_index"}


def doubled(event: Event) -> list[Event]:
    """Everything twice, as after a retry somewhere on the way."""
    return [event, event]


def with_strangers(event: Event) -> list[Event]:
    """Unknown events between all others, and unknown fields in all."""
    stranger = {"type": f"{event['type']}.aura", "shade": {"of": [1, None, "é"]}}
    return [stranger, {**event, "x_new": {"deep": [None]}}]


class Shuffled:
    """Events of one response in an order that no server should use, in packs of `n`."""

    def __init__(self, n: int, seed: int) -> None:
        self._n, self._random = n, random.Random(seed)
        self._held: list[Event] = []

    def __call__(self, event: Event) -> list[Event]:
        if not event["type"].startswith(("response.", "conversation.item.")) or "delta" in event["type"]:
            return [event]
        self._held.append(event)
        if len(self._held) < self._n and event["type"] != "response.done":
            return []
        held, self._held = self._held, []
        self._random.shuffle(held)
        return held
