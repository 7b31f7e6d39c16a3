"""Events as the official client knows them, every field filled in: all of it is understood, and kept."""

import json
import types
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
import pytest
from openai.types.realtime import RealtimeServerEvent
from pydantic import BaseModel

from realtime_widget.protocol import events as ev
from realtime_widget.protocol.codec import decode_event, encode

from .drive import Talk
from .sdk import SERVER_TYPES, check_event

DEPTH = 8


def members(union: Any) -> list[Any]:
    """The alternatives of an annotation, without its decorations."""
    if get_origin(union) is not None and hasattr(union, "__metadata__"):
        return members(get_args(union)[0])
    if get_origin(union) in (Union, types.UnionType):
        return [inner for option in get_args(union) for inner in members(option)]
    return [union]


def examples(annotation: Any, depth: int = DEPTH) -> list[Any]:
    """Return values of a type: one for each of its alternatives, every field filled in."""
    found: list[Any] = []
    for option in members(annotation):
        found += _examples_of(option, depth)
    return found


def _examples_of(option: Any, depth: int) -> list[Any]:
    origin = get_origin(option)
    if origin is Literal:
        return [get_args(option)[0]]
    if origin in (list, dict):
        inner = examples(get_args(option)[-1], depth - 1)
        return [inner if origin is list else {"key": inner[0]}]
    if isinstance(option, type) and issubclass(option, BaseModel):
        return _filled(option, depth) if depth else []
    simple: dict[Any, Any] = {
        str: "AAAA",
        int: 3,
        float: 0.5,
        bool: True,
        object: {"a": [1]},
        Any: {"a": [1]},
    }
    return [] if option is type(None) else [simple[option]]


def _filled(model: type[BaseModel], depth: int) -> list[dict[str, Any]]:
    """Return as many examples of a model as its field of most alternatives has."""
    fields = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    choices = {name: values for name in fields if (values := examples(fields[name], depth - 1))}
    n = max((len(values) for values in choices.values()), default=1)
    return [{name: values[i % len(values)] for name, values in choices.items()} for i in range(n)]


EXAMPLES: list[dict[str, Any]] = examples(RealtimeServerEvent)


def test_there_is_an_example_of_every_event() -> None:
    assert {example["type"] for example in EXAMPLES} == SERVER_TYPES == set(ev.EVENT_TYPES)


@pytest.mark.parametrize("raw", EXAMPLES, ids=lambda raw: raw["type"])
def test_every_event_with_every_field_is_a_typed_struct(raw: dict[str, Any]) -> None:
    check_event(raw)
    event = decode_event(json.dumps(raw))
    assert type(event) is ev.EVENT_TYPES[raw["type"]]
    assert decode_event(encode(event)) == event
    assert not lost(raw, msgspec.to_builtins(event)) - {"obfuscation"}, "padding against eavesdroppers"
    Talk().feed(raw, raw)


def lost(sent: Any, kept: Any, key: str = "") -> set[str]:
    """Return the keys of all that was sent and isn't kept."""
    if isinstance(sent, dict) and isinstance(kept, dict):
        known = {inner for name in sent.keys() & kept.keys() for inner in lost(sent[name], kept[name], name)}
        return known | (sent.keys() - kept.keys())
    if isinstance(sent, list) and isinstance(kept, list) and len(sent) == len(kept):
        return {inner for one, other in zip(sent, kept, strict=True) for inner in lost(one, other, key)}
    return set() if sent == kept else {key}
