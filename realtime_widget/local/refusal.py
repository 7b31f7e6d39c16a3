"""Why the server refuses a command: the `error` event's content, as an exception."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from realtime_widget.protocol.commands import COMMAND_TYPES

__all__ = ["Refusal", "invalid_type", "invalid_value", "missing", "refusal_of", "unknown"]


class Refusal(Exception):
    """A command that isn't carried out; nothing has changed.

    Args:
        message: What is wrong, in the words of the real server where it has any.
        code: The API's error code, or None.
        param: The path of the wrong field, such as `session.audio.output.voice`.
        echo: Whether the error names the command's `event_id`.
        kind: The error's `type`.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        echo: bool = True,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.param = param
        self.echo = echo
        self.kind = kind

    def to_wire(self, event_id: str | None = None) -> dict[str, Any]:
        """Return the error object; `event_id` is the command's own."""
        return {
            "type": self.kind,
            "code": self.code,
            "message": self.message,
            "param": self.param,
            "event_id": event_id if self.echo else None,
        }


def unknown(param: str) -> Refusal:
    """Refuse a field that doesn't exist."""
    return Refusal(f"Unknown parameter: '{param}'.", code="unknown_parameter", param=param)


def missing(param: str) -> Refusal:
    """Refuse for a field that isn't there."""
    return Refusal(f"Missing required parameter: '{param}'.", code="missing_required_parameter", param=param)


def invalid_type(param: str, expected: str, got: Any) -> Refusal:
    """Refuse a value of the wrong type."""
    message = f"Invalid type for '{param}': expected {expected}, but got {type_name(got)} instead."
    return Refusal(message, code="invalid_type", param=param)


def invalid_value(param: str, value: Any, supported: str) -> Refusal:
    """Refuse a value; `supported` says what would do."""
    shown = repr(value) if isinstance(value, str) else msgspec.json.encode(value).decode()
    if len(shown) > 100:
        shown = shown[:97] + "…"
    return Refusal(f"Invalid value: {shown}. {supported}", code="invalid_value", param=param)


_TYPE_NAMES: dict[type, str] = {
    bool: "a boolean",
    int: "an integer",
    float: "a decimal number",
    str: "a string",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


def type_name(value: Any) -> str:
    """Return what JSON calls the value's type."""
    return _TYPE_NAMES.get(type(value), "an unsupported value")


_AT = re.compile(r" - at `\$\.?(.*)`$")
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_EXPECTED = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_MSGSPEC_NAMES = {
    "int": "an integer",
    "float": "a decimal number",
    "str": "a string",
    "object": "an object",
    "array": "an array",
    "bool": "a boolean",
    "null": "null",
    "bytes": "a string",
}


def refusal_of(error: msgspec.DecodeError, raw: Any) -> Refusal:
    """Return why a frame isn't a command; `raw` is the frame as plain JSON, None where it isn't JSON."""
    if not isinstance(raw, dict):
        return Refusal("The event is not a JSON object.", code="invalid_event")
    kind = raw.get("type")
    if kind is None:
        return Refusal("The 'type' field is missing.", code="invalid_event")
    if kind not in COMMAND_TYPES:
        names = ", ".join(f"'{name}'" for name in COMMAND_TYPES)
        return invalid_value("type", kind, f"Supported values are: {names}.")
    return _refusal_of_message(str(error))


def _refusal_of_message(message: str) -> Refusal:
    where = _AT.search(message)
    path = where.group(1) if where else ""
    absent = _MISSING.search(message)
    if absent:
        return missing(".".join(filter(None, (path, absent.group(1)))))
    wrong = _EXPECTED.search(message)
    if wrong:
        expected, got = (" or ".join(map(_named, group.split(" | "))) for group in wrong.groups())
        text = f"Invalid type for '{path}': expected {expected}, but got {got} instead."
        return Refusal(text, code="invalid_type", param=path)
    if "base64" in message:
        text = f"Invalid '{path}'. Expected base64-encoded audio bytes, but the value isn't valid base64."
        return Refusal(text, code="invalid_value", param=path)
    return Refusal(f"Invalid event: {message}", code="invalid_event", param=path or None)


def _named(name: str) -> str:
    return _MSGSPEC_NAMES.get(name, name)
