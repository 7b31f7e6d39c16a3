"""JSON text ↔ events and commands. Base64 exists only here: everything else sees raw bytes.

The fast path decodes into a tagged union in one step. Whatever that refuses (an unknown type, an older name,
a null where an object should be) takes the lenient path, which keeps every field it can read. Only text that
isn't a JSON object with a `type` is an error.
"""

from __future__ import annotations

import functools
import json
import math
import operator
import types
from collections.abc import Callable
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from .commands import COMMAND_TYPES, Command
from .events import EVENT_TYPES, Error, Event, ServerEvent, SessionCreated, SessionUpdated, UnknownEvent
from .legacy import EVENT_ALIASES, is_legacy_session, normalise_error, normalise_session
from .objects import ErrorDetail, StatusDetails
from .translation_events import TRANSLATION_EVENTS

__all__ = ["ProtocolError", "command_of", "decode_command", "decode_event", "encode", "text_of"]


class ProtocolError(ValueError):
    """A frame that isn't a JSON object with a `type`; the connection itself is fine."""


_ALL_EVENTS = EVENT_TYPES | TRANSLATION_EVENTS
_events: msgspec.json.Decoder[Event] = msgspec.json.Decoder(
    functools.reduce(operator.or_, _ALL_EVENTS.values())
)
_commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(
    functools.reduce(operator.or_, COMMAND_TYPES.values())
)
_encoder = msgspec.json.Encoder()


def encode(message: Command | Event | dict[str, Any]) -> str:
    """Encode a command, an event or a raw mapping as one JSON text frame."""
    return _encoder.encode(message).decode()


def text_of(frame: str | bytes) -> str:
    """Return a frame as text that can be written down again; what is no Unicode is replaced."""
    if isinstance(frame, bytes):
        return frame.decode(errors="replace")
    try:
        if not frame.isascii():
            frame.encode()
    except UnicodeEncodeError:
        return frame.encode(errors="replace").decode()
    return frame


def decode_event(data: str | bytes) -> ServerEvent:
    """Decode one frame from the server.

    Raises:
        ProtocolError: The frame isn't a JSON object with a `type`.
    """
    try:
        event = _events.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _decode_leniently(data)
    if isinstance(event, SessionCreated | SessionUpdated) and event.session.audio is None:
        return _decode_leniently(data)  # perhaps an older server's flat session
    if isinstance(event, Error) and event.error == ErrorDetail():
        return _decode_leniently(data)  # perhaps an error without its envelope
    return event


def decode_command(data: str | bytes) -> Command:
    """Decode one frame from a client; for engines, which refuse what doesn't fit.

    Raises:
        msgspec.ValidationError: Unknown type, or a field missing or of the wrong type; it says which.
        msgspec.DecodeError: Not JSON.
    """
    return _commands.decode(data)


def command_of(raw: dict[str, Any]) -> Command | None:
    """Return a raw mapping as a command; None if it is none that we know."""
    kind = COMMAND_TYPES.get(str(raw.get("type")))
    try:
        return msgspec.convert(raw, kind) if kind is not None else None
    except (msgspec.ValidationError, RecursionError):
        return None


def _decode_leniently(data: str | bytes) -> ServerEvent:
    raw = _parse(data)
    name = raw.get("type") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(name, str):
        raise ProtocolError("not a JSON object with a type")
    kind = _ALL_EVENTS.get(EVENT_ALIASES.get(name, name))
    if kind is None:
        return UnknownEvent(name, raw)
    if isinstance(raw.get("session"), dict) and is_legacy_session(raw["session"]):
        raw = {**raw, "session": normalise_session(raw["session"])}
    elif kind is Error:
        raw = {**raw, "error": normalise_error(raw)}
    event = _convert(raw, kind)
    return event if isinstance(event, Event) else UnknownEvent(name, raw)


def _parse(data: str | bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    # The standard library takes what servers in Python let slip: halves of an emoji, NaN, endless numbers.
    try:
        text = data if isinstance(data, str) else data.decode("utf-8", "replace")
        return _mend(json.loads(text, parse_constant=lambda name: None))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not JSON: {type(error).__name__}") from None


def _mend(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {_mend(key): _mend(entry) for key, entry in value.items()}
    return [_mend(entry) for entry in value] if isinstance(value, list) else value


_UNREADABLE: Any = object()
# What some servers give as a mere sentence.
_OF_TEXT: dict[Any, Callable[[str], msgspec.Struct]] = {
    ErrorDetail: lambda text: ErrorDetail(message=text),
    StatusDetails: lambda text: StatusDetails(reason=text, error=ErrorDetail(message=text)),
}


def _convert(value: Any, hint: Any) -> Any:
    """Convert `value` to `hint`, dropping the fields and list entries that don't fit."""
    try:
        return msgspec.convert(value, hint)
    except (msgspec.ValidationError, RecursionError):
        pass
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    for option in options:
        if isinstance(value, dict) and isinstance(option, type) and issubclass(option, msgspec.Struct):
            return _convert_struct(value, option)
        if isinstance(value, str) and option in _OF_TEXT:
            return _OF_TEXT[option](value)
        if isinstance(value, list) and get_origin(option) is list:
            entries = [_convert(entry, get_args(option)[0]) for entry in value]
            return [entry for entry in entries if entry is not _UNREADABLE]
    return _UNREADABLE


def _convert_struct(value: dict[str, Any], kind: type[msgspec.Struct]) -> msgspec.Struct:
    hints = _hints(kind)
    fields = {name: _convert(value[name], hint) for name, hint in hints.items() if name in value}
    return kind(**{name: field for name, field in fields.items() if field is not _UNREADABLE})


@functools.cache
def _hints(kind: type[msgspec.Struct]) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {name: hints[name] for name in kind.__struct_fields__}
