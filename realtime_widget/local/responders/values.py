"""Values as a tool's schema wants them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from realtime_widget.local.responders.matching import ToolView
from realtime_widget.local.slots import Slot

__all__ = ["forced_value", "is_object", "typed", "whole"]


def whole(value: float) -> int | float:
    """Return a number without decimals where it has none."""
    return int(value) if float(value).is_integer() else value


def typed(written: str, slot: Slot, tool: ToolView) -> Any:
    """Return a value as the schema has it: the 4 of an enumeration of numbers isn't "4"."""
    for value in _enumerated(_property(slot, tool), _mapping(tool.wire.get("parameters"))):
        same = f"{value:g}" if isinstance(value, float) else str(value)
        if same == written:
            return value
    return written


def _property(slot: Slot, tool: ToolView) -> Mapping[str, Any]:
    parameters = _mapping(tool.wire.get("parameters"))
    return _mapping(_mapping(parameters.get("properties")).get(slot.name))


def _enumerated(schema: Any, root: Mapping[str, Any], depth: int = 0) -> Iterable[Any]:
    if depth > 8 or not isinstance(schema, Mapping):
        return
    yield from schema.get("enum") or ()
    if "const" in schema:
        yield schema["const"]
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        target: Any = root
        for key in reference[2:].split("/"):
            target = _mapping(target).get(key)
        yield from _enumerated(target, root, depth + 1)
    for key in ("anyOf", "oneOf", "allOf"):
        for option in schema.get(key) or ():
            yield from _enumerated(option, root, depth + 1)
    yield from _enumerated(schema.get("items"), root, depth + 1)


def is_object(slot: Slot, tool: ToolView) -> bool:
    """Tell whether a parameter is an object, which no sentence gives."""
    schema = _property(slot, tool)
    return schema.get("type") == "object" or "properties" in schema


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def forced_value(slot: Slot, tool: ToolView, text: str) -> Any:
    """Return some valid value, for a call that must be made although nothing was said for it."""
    if slot.kind == "choice" and slot.values:
        value = slot.example if slot.example in slot.values else slot.values[0]
        plain = typed(str(value), slot, tool)
        return [plain] if slot.repeats else plain
    if slot.kind == "number":
        number = slot.example if isinstance(slot.example, int | float) else max(slot.minimum or 1, 1)
        if slot.maximum is not None:
            number = min(number, slot.maximum)
        return [whole(number)] if slot.repeats else whole(number)
    if slot.kind == "flag":
        return [False] if slot.repeats else False
    if is_object(slot, tool):
        return {}
    return [text] if slot.repeats else text
