"""The record of every event and command, without its sound.

Text of an event is kept as it came; audio in it is replaced by its length, and credentials are masked.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .commands import AppendInput, Command
from .events import ResponseOutputAudioDelta, ServerEvent
from .translation_events import TranslatedAudio

__all__ = ["LogEntry", "log_command", "log_event", "log_local"]

LONG_TEXT = 2_000
SHORT_TEXT = 200
MAX_TEXT = 1_000_000
_BINARY_KEYS = frozenset({"audio", "image_url"})
_SECRET_KEYS = frozenset({"authorization", "headers", "client_secret"})


class LogEntry(msgspec.Struct, frozen=True, gc=False):
    """One event (`direction` "in"), command ("out") or event of the session itself ("local").

    `t_ms` is on the session's clock, `connection` the connection's ordinal.
    """

    t_ms: float
    direction: Literal["in", "out", "local"]
    type: str
    event_id: str | None
    item_id: str | None
    response_id: str | None
    n_bytes: int
    text: str
    connection: int = 1

    @property
    def raw(self) -> dict[str, Any]:
        """The whole event as a mapping, audio replaced by its length."""
        try:
            value = msgspec.json.decode(self.text)
        except (msgspec.DecodeError, RecursionError):
            return {"type": self.type, "text": self.text}
        return value if isinstance(value, dict) else {"type": self.type, "text": self.text}


def log_event(t_ms: float, text: str, event: ServerEvent, connection: int = 1) -> LogEntry:
    """Record an event from the server."""
    kind, event_id = event.type, event.event_id
    if type(event) is ResponseOutputAudioDelta:
        kept = _without_audio(text, "delta", len(event.delta))
        return LogEntry(
            t_ms, "in", kind, event_id, event.item_id, event.response_id, len(text), kept, connection
        )
    if type(event) is TranslatedAudio and event.delta is not None:
        kept = _without_audio(text, "delta", len(event.delta))
        return LogEntry(t_ms, "in", kind, event_id, None, None, len(text), kept, connection)
    item_id = getattr(event, "item_id", None) or getattr(getattr(event, "item", None), "id", None)
    response = getattr(event, "response_id", None) or getattr(getattr(event, "response", None), "id", None)
    return LogEntry(t_ms, "in", kind, event_id, item_id, response, len(text), _clean(text, kind), connection)


def log_command(t_ms: float, text: str, command: Command | dict[str, Any], connection: int = 1) -> LogEntry:
    """Record a command that is sent."""
    n_bytes = len(text)
    if isinstance(command, AppendInput):
        kept = f'{{"type":"{command.type}","audio":"<{len(command.audio)} bytes>"}}'
        return LogEntry(t_ms, "out", command.type, command.event_id, None, None, n_bytes, kept, connection)
    raw = command if isinstance(command, dict) else msgspec.to_builtins(command)
    item = raw.get("item")
    item_id = raw.get("item_id") or (item.get("id") if isinstance(item, dict) else None)
    kind = str(raw.get("type", ""))
    return LogEntry(
        t_ms,
        "out",
        kind,
        raw.get("event_id"),
        item_id,
        raw.get("response_id"),
        n_bytes,
        _clean(text, kind),
        connection,
    )


def log_local(t_ms: float, kind: str, details: dict[str, Any], connection: int) -> LogEntry:
    """Record something that happened to the session itself, such as the loss of its connection."""
    text = msgspec.json.encode({"type": kind, **details}).decode()
    return LogEntry(t_ms, "local", kind, None, None, None, len(text), text, connection)


def _without_audio(text: str, key: str, n_audio_bytes: int) -> str:
    # Cutting the text is far cheaper than decoding it again, and this runs for every piece of sound.
    mark = f'"{key}":'
    begin = text.find('"', text.find(mark) + len(mark)) + 1
    end = text.find('"', begin)
    return f"{text[:begin]}<{n_audio_bytes} bytes>{text[end:]}" if begin > 0 and end > 0 else text[:LONG_TEXT]


def _clean(text: str, kind: str) -> str:
    # Keys of MCP tools travel in sessions, in responses and in their echoes.
    secret = any(f'"{key}"' in text for key in _SECRET_KEYS)
    if len(text) < LONG_TEXT and not secret and not kind.endswith("input_audio_buffer.append"):
        return text
    try:
        value = msgspec.json.decode(text)
        if kind.endswith("audio.delta") and isinstance(value, dict):  # of a type that we don't know
            value["delta"] = _length(value.get("delta"))
        return msgspec.json.encode(_strip(value)).decode()[:MAX_TEXT]
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return "" if secret else text[:LONG_TEXT]


def _strip(value: Any, key: str = "") -> Any:
    if key in _SECRET_KEYS and value:
        return "<hidden>"
    if isinstance(value, dict):
        return {name: _strip(entry, name) for name, entry in value.items()}
    if isinstance(value, list):
        return [_strip(entry, key) for entry in value]
    return _length(value) if key in _BINARY_KEYS else value


def _length(value: Any) -> Any:
    if not isinstance(value, str) or len(value) <= SHORT_TEXT:
        return value
    return f"<{len(value) * 3 // 4} bytes>"
