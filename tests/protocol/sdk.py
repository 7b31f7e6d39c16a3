"""The official client as a judge: what it would send, to the key; what it would understand.

Its request types are checked with every unknown key refused, which is what the service does too. Where the
types are behind the service's documentation, `_EXTENSIONS` says so, a function each.
"""

import copy
import functools
import json
from collections.abc import Iterable
from typing import Any, get_args, get_type_hints

from openai.types.realtime import (
    RealtimeClientEvent,
    RealtimeClientEventParam,
    RealtimeServerEvent,
)
from pydantic import ConfigDict, TypeAdapter, ValidationError

__all__ = ["CLIENT_TYPES", "SERVER_TYPES", "Unacceptable", "check_command", "check_event"]

MAX_EVENT_ID = 512
MAX_ID = 32
MAX_METADATA = (16, 64, 512)


class Unacceptable(AssertionError):
    """A command that the official client could not have sent."""


def _types(union: Any) -> frozenset[str]:
    members = get_args(get_args(union)[0])
    return frozenset(get_args(member.model_fields["type"].annotation)[0] for member in members)


CLIENT_TYPES = _types(RealtimeClientEvent)
SERVER_TYPES = _types(RealtimeServerEvent)
_FORBID = ConfigDict(extra="forbid", strict=True)


@functools.cache
def _adapters() -> dict[str, TypeAdapter[Any]]:
    """One adapter for each command, so that a complaint is about the command that was meant."""
    members = get_args(RealtimeClientEventParam)
    by_type = {get_args(get_type_hints(member)["type"])[0]: member for member in members}
    return {kind: _closed(member) for kind, member in by_type.items()}


def _closed(kind: Any) -> TypeAdapter[Any]:
    # A union of one: configuration can't be given for a typed dictionary itself, but reaches all inside.
    return TypeAdapter(dict[str, kind], config=_FORBID)


@functools.cache
def _events() -> TypeAdapter[Any]:
    return TypeAdapter(RealtimeServerEvent)


def check_event(raw: dict[str, Any]) -> None:
    """Check that the official client understands an event.

    Raises:
        pydantic.ValidationError: It doesn't.
    """
    _events().validate_python(raw)


def check_command(raw: dict[str, Any] | str | bytes) -> None:
    """Check that a command is one that the official client could send: no key more, no type else.

    Raises:
        Unacceptable: It couldn't; says why.
    """
    command = json.loads(raw) if isinstance(raw, str | bytes) else raw
    kind = command.get("type")
    if kind not in CLIENT_TYPES:
        raise Unacceptable(f"no command has the type {kind!r}")
    plain = copy.deepcopy(command)
    for extension in _EXTENSIONS:
        extension(plain)
    try:
        _exhaust(_adapters()[kind].validate_json(json.dumps({"command": plain})))
    except ValidationError as error:
        raise Unacceptable(f"{kind}: {error}") from None
    _check_limits(command)


def _exhaust(value: Any) -> None:
    # What the types call an iterable is checked when somebody iterates over it.
    entries = value.values() if isinstance(value, dict) else () if isinstance(value, str) else value
    if isinstance(entries, Iterable):
        for entry in entries:
            _exhaust(entry)


def _check_limits(command: dict[str, Any]) -> None:
    """What the service refuses, though the types have no word for it."""
    _length(command, "event_id", MAX_EVENT_ID)
    item = command.get("item") or {}
    _length(item, "id", MAX_ID)
    response = command.get("response") or {}
    metadata = response.get("metadata") or {}
    n, key_length, value_length = MAX_METADATA
    if len(metadata) > n or any(len(k) > key_length or len(v) > value_length for k, v in metadata.items()):
        raise Unacceptable(f"metadata beyond the limits: {metadata}")
    for modalities in (response.get("output_modalities"), _session(command).get("output_modalities")):
        if modalities is not None and len(modalities) != 1:
            raise Unacceptable(f"one modality, not {modalities}")
    if command["type"] == "conversation.item.truncate" and command["audio_end_ms"] <= 0:
        raise Unacceptable("a cut at nothing is refused by the service")
    if item.get("role") == "assistant" and any("audio" in part.get("type", "") for part in item["content"]):
        raise Unacceptable("the assistant's sound can't be created")
    transcription = _input(command).get("transcription") or {}
    if {"language", "languages"} <= set(transcription):
        raise Unacceptable("one language or several, not both")


def _length(holder: dict[str, Any], key: str, limit: int) -> None:
    if len(holder.get(key) or "") > limit:
        raise Unacceptable(f"{key} is longer than {limit}: {holder[key]}")


def _session(command: dict[str, Any]) -> dict[str, Any]:
    return command.get("session") or {}


def _input(command: dict[str, Any]) -> dict[str, Any]:
    audio: dict[str, Any] = (_session(command).get("audio") or {}).get("input") or {}
    return audio


# -- where the documentation is ahead of the types --------------------------------------------------------


def _cleared(command: dict[str, Any]) -> None:
    """`null` clears transcription and noise reduction, as the event's own description says."""
    sound = _input(command)
    for key in ("transcription", "noise_reduction"):
        if key in sound and sound[key] is None:
            del sound[key]


def _no_effort(command: dict[str, Any]) -> None:
    """Reasoning models take the effort "none"."""
    for holder in (_session(command), command.get("response") or {}):
        if (holder.get("reasoning") or {}).get("effort") == "none":
            holder["reasoning"] = {**holder["reasoning"], "effort": "minimal"}


def _references(command: dict[str, Any]) -> None:
    """The input of a response may name items by reference."""
    response = command.get("response") or {}
    if "input" in response:
        response["input"] = [item for item in response["input"] if not _is_reference(item)]


def _is_reference(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type") == "item_reference" and set(item) == {"type", "id"}


_EXTENSIONS = (_cleared, _no_effort, _references)
