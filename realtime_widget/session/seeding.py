"""An earlier conversation to begin with: from a transcript, a dataframe, or plain dictionaries."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from ..data import Conversation, StillData, Transcript, Turn
from ..errors import ConfigError
from ..protocol.objects import ContentPart, Item

if TYPE_CHECKING:
    from .base import BaseSession

__all__ = ["history_items", "short_call_id"]

MAX_ID_CHARACTERS = 32
ROLES = ("user", "assistant", "system")
_REMEDY = (
    "Pass a transcript, a session, a conversation, a dataframe, or dictionaries such as "
    "{'role': 'user', 'text': 'Hello'}, {'name': 'f', 'arguments': {}, 'output': '42'}."
)


def history_items(history: Transcript | BaseSession | Conversation | Iterable[Any]) -> list[Item]:
    """Return an earlier conversation as items, in its order.

    Raises:
        ConfigError: Something in it is neither a turn nor a call; the message says which.
    """
    held = StillData(history) if isinstance(history, Conversation) else history
    transcript = getattr(held, "transcript", held)
    if isinstance(transcript, Transcript):
        return [_short_id(item) for item in transcript.items()]
    if hasattr(transcript, "to_dict"):  # a dataframe
        transcript = transcript.to_dict("records")
    if isinstance(transcript, str | bytes | Mapping) or not isinstance(transcript, Iterable):
        raise ConfigError(f"history can't be made from {type(history).__name__}.", remedy=_REMEDY)
    return [_short_id(item) for place, entry in enumerate(transcript) for item in _items(entry, place)]


def _short_id(item: Item) -> Item:
    """Return an item whose call has an id that the API takes; a call and its output get the same one."""
    if item.call_id is None or len(item.call_id) <= MAX_ID_CHARACTERS:
        return item
    return msgspec.structs.replace(item, call_id=short_call_id(item.call_id))


def short_call_id(call_id: str) -> str:
    """Return a call's id as the API takes it: some servers make longer ones."""
    if len(call_id) <= MAX_ID_CHARACTERS:
        return call_id
    return f"call_{hashlib.sha256(call_id.encode(errors='replace')).hexdigest()[:24]}"


def _items(entry: Any, place: int) -> Iterator[Item]:
    if isinstance(entry, Turn):
        entry = {"role": entry.role, "text": entry.heard_text if entry.interrupted else entry.text}
    if not isinstance(entry, Mapping):
        raise ConfigError(f"history[{place}] is {type(entry).__name__}, no turn.", remedy=_REMEDY)
    if isinstance(entry.get("type"), str):
        yield _api_item(entry, place)
    elif "name" in entry and "role" not in entry:
        yield from _call(entry, place)
    else:
        yield from _message(entry, place)


def _api_item(entry: Mapping[str, Any], place: int) -> Item:
    try:
        return msgspec.convert(dict(entry), Item)
    except msgspec.ValidationError as error:
        raise ConfigError(f"history[{place}] isn't an item of the API: {error}.", remedy=_REMEDY) from None


def _message(entry: Mapping[str, Any], place: int) -> Iterator[Item]:
    role = entry.get("role")
    if role not in ROLES:
        raise ConfigError(
            f"history[{place}] has the role {role!r}; a role is one of {', '.join(map(repr, ROLES))}.",
            remedy=_REMEDY,
        )
    heard = entry.get("heard_text") if entry.get("interrupted") is True else None
    text = next((each for each in (heard, entry.get("text"), entry.get("content")) if each is not None), None)
    if not isinstance(text, str):
        raise ConfigError(f"history[{place}] has no text.", remedy=_REMEDY)
    if text.strip():
        kind = "output_text" if role == "assistant" else "input_text"
        yield Item(type="message", role=role, content=[ContentPart(type=kind, text=text.strip())])


def _call(entry: Mapping[str, Any], place: int) -> Iterator[Item]:
    arguments, output = entry.get("arguments", {}), entry.get("output")
    if not isinstance(entry["name"], str) or output is None:
        raise ConfigError(f"history[{place}] is a call without a name or an output.", remedy=_REMEDY)
    written = [
        each if isinstance(each, str) else msgspec.json.encode(each).decode() for each in (arguments, output)
    ]
    call_id = entry.get("call_id") or f"call_{secrets.token_hex(8)}"
    yield Item(type="function_call", call_id=call_id, name=entry["name"], arguments=written[0])
    yield Item(type="function_call_output", call_id=call_id, output=written[1])
