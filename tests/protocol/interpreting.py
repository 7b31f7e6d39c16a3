"""A translation in the hands of a test, judged by the official client's types in both directions."""

import base64
import functools
import json
from typing import Any, TypeVar, get_args, get_type_hints

from openai.types.realtime import RealtimeTranslationClientEventParam, RealtimeTranslationServerEvent
from pydantic import ConfigDict, TypeAdapter

from realtime_widget.config import TranslationConfig
from realtime_widget.data import SessionData
from realtime_widget.protocol.changes import Change
from realtime_widget.protocol.items import ItemState
from realtime_widget.protocol.translation import TranslationProtocol

C = TypeVar("C")


@functools.cache
def _commands() -> dict[str, TypeAdapter[Any]]:
    config = ConfigDict(extra="forbid", strict=True)
    return {
        get_args(get_type_hints(member)["type"])[0]: TypeAdapter(dict[str, member], config=config)
        for member in get_args(RealtimeTranslationClientEventParam)
    }


@functools.cache
def _events() -> TypeAdapter[Any]:
    return TypeAdapter(RealtimeTranslationServerEvent)


def checked_command(frame: str) -> dict[str, Any]:
    """Return a command that the official client could have sent to a translation socket."""
    command: dict[str, Any] = json.loads(frame)
    assert command["type"] in _commands(), command["type"]
    _commands()[command["type"]].validate_python({"command": command})
    return command


def event(kind: str, **fields: Any) -> dict[str, Any]:
    """An event as the service would send it."""
    made = {"type": kind, "event_id": "ev_1", **fields}
    _events().validate_python(made)
    return made


def session(language: str = "es") -> dict[str, Any]:
    return {
        "id": "sess_1",
        "type": "translation",
        "model": "gpt-realtime-translate",
        "expires_at": 1_800_003_600,
        "audio": {
            "input": {"noise_reduction": None, "transcription": None},
            "output": {"language": language},
        },
    }


def source(words: str, elapsed_ms: int) -> dict[str, Any]:
    return event("session.input_transcript.delta", delta=words, elapsed_ms=elapsed_ms)


def target(words: str, elapsed_ms: int) -> dict[str, Any]:
    return event("session.output_transcript.delta", delta=words, elapsed_ms=elapsed_ms)


def sound(pcm: bytes, elapsed_ms: int, **fields: Any) -> dict[str, Any]:
    shape = {"sample_rate": 24_000, "channels": 1, "format": "pcm16", **fields}
    delta = base64.b64encode(pcm).decode()
    return event("session.output_audio.delta", delta=delta, elapsed_ms=elapsed_ms, **shape)


class Interpreter:
    """A protocol that is configured, unless `connected` is False; `at` moves its clock."""

    def __init__(self, *, connected: bool = True, **options: Any) -> None:
        self.protocol = TranslationProtocol(TranslationConfig(**options))
        self._changes: list[Change] = []
        self.at(0)
        if connected:
            self.connect()

    def connect(self) -> None:
        self.protocol.connection_opened()
        self.feed(event("session.created", session=session()), event("session.updated", session=session()))
        self.protocol.resume()
        self.sent()

    def at(self, now_ms: float) -> "Interpreter":
        self.now_ms = now_ms
        self.protocol.at(now_ms, 1_800_000_000 + now_ms / 1000)
        return self

    def hear(self, *, until_ms: int) -> "Interpreter":
        """Let a microphone send noise up to a time."""
        while self.now_ms < until_ms:
            self.at(self.now_ms + 100)
            self.protocol.append_audio(b"\1\2" * 2_400)
        return self

    def feed(self, *events: Any) -> "Interpreter":
        for one in events:
            self.protocol.receive_message(json.dumps(one) if isinstance(one, dict) else one)
        return self

    def sent(self) -> list[dict[str, Any]]:
        return [checked_command(frame) for frame in self.protocol.messages_to_send()]

    def changes(self, kind: type[C]) -> list[C]:
        """The changes of one class that weren't asked for yet."""
        self._changes += self.protocol.changes()
        found = [change for change in self._changes if isinstance(change, kind)]
        self._changes = [change for change in self._changes if not isinstance(change, kind)]
        return found

    @property
    def items(self) -> list[ItemState]:
        return list(self.protocol.conversation)

    @property
    def turns(self) -> list[tuple[str | None, str, str]]:
        return [(item.role, item.text, item.status) for item in self.items]

    def data(self) -> SessionData:
        """The tables, of what has happened so far."""
        import threading

        data = SessionData(self.protocol, threading.RLock())
        self._changes += self.protocol.changes()
        data.take(self.protocol.events_received(), self._changes)
        return data
