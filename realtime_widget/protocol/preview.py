"""Commands in the shapes of the withdrawn beta, for servers that take no others: Azure's preview API, clones.

`legacy` is the way back: what such servers send. What the beta doesn't know is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from .codec import encode
from .commands import Command, CreateItem, CreateResponse, UpdateSession
from .legacy import FLAT_NAMES, FORMAT_NAMES

__all__ = ["encode_preview"]

_UNKNOWN = frozenset({"type", "reasoning", "truncation", "parallel_tool_calls", "prompt", "include"})
_DEFAULTS: dict[str, Any] = {"input_audio_noise_reduction": None, "speed": 1.0}
_NOTHING = object()
_CONTENT = {"output_text": "text", "output_audio": "audio"}


def encode_preview(command: Command) -> str:
    """Encode a command as one JSON text frame, in the beta's shapes."""
    translate = _COMMANDS.get(type(command))
    return encode(command if translate is None else translate(command))


def _update_session(command: UpdateSession) -> dict[str, Any]:
    session = command.session
    kind, flat = "session.update", _flat(session)
    if session.get("type") == "transcription":
        kind = "transcription_session.update"
        flat.update({name: session[name] for name in ("include",) if name in session})
    if "input_audio_format" in flat:
        # A whole configuration, not a change: of this much the older versions of the preview know nothing.
        flat = {name: value for name, value in flat.items() if value != _DEFAULTS.get(name, _NOTHING)}
    return _event(command, kind, session=flat)


def _create_response(command: CreateResponse) -> dict[str, Any]:
    if command.response is None:
        return _event(command, "response.create")
    response = _flat(command.response)
    if isinstance(response.get("input"), list):
        response["input"] = [_item(item) for item in response["input"]]
    return _event(command, "response.create", response=response)


def _create_item(command: CreateItem) -> dict[str, Any]:
    raw: dict[str, Any] = msgspec.to_builtins(command)
    return {**raw, "item": _item(raw["item"])}


def _event(command: Command, kind: str, **fields: Any) -> dict[str, Any]:
    named = {} if command.event_id is None else {"event_id": command.event_id}
    return {"type": kind, **named, **fields}


def _flat(nested: Mapping[str, Any]) -> dict[str, Any]:
    """Return a session or a response with its sound's fields at the top, under the beta's names."""
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        if key == "audio" and isinstance(value, Mapping):
            for side, fields in value.items():
                flat.update(_side(side, fields))
        elif key == "output_modalities":
            # The beta has no sound without words beside it.
            flat["modalities"] = ["audio", "text"] if "audio" in value else ["text"]
        elif key == "max_output_tokens":
            flat["max_response_output_tokens"] = value
        elif key not in _UNKNOWN:
            flat[key] = value
    return flat


def _side(side: str, fields: Any) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    if not isinstance(fields, Mapping):
        return flat
    for name, value in fields.items():
        if name == "format" and isinstance(value, Mapping):
            value = FORMAT_NAMES.get(str(value.get("type")), value)
        flat[FLAT_NAMES.get((side, str(name)), str(name))] = value
    return flat


def _item(item: Any) -> Any:
    if not isinstance(item, Mapping) or not isinstance(item.get("content"), list):
        return item
    return {**item, "content": [_part(part) for part in item["content"]]}


def _part(part: Any) -> Any:
    kind = part.get("type") if isinstance(part, Mapping) else None
    return {**part, "type": _CONTENT[kind]} if kind in _CONTENT else part


_COMMANDS: dict[type[Command], Callable[[Any], dict[str, Any]]] = {
    UpdateSession: _update_session,
    CreateResponse: _create_response,
    CreateItem: _create_item,
}
