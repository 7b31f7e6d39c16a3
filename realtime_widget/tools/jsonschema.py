"""JSON Schema as the API likes it: short, without titles, references put in place where that ends."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

# Keywords whose value is a schema, a list of schemas, or a mapping of names to schemas.
_ONE = ("items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else")
_MANY = ("anyOf", "oneOf", "allOf", "prefixItems")
_NAMED = ("properties", "$defs", "patternProperties", "dependentSchemas")

_REF = "#/$defs/"


def clean(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Drop titles and put definitions in the place of their references; recursive ones stay `$defs`."""
    definitions = dict(schema.get("$defs", {}))
    inlined = {
        name: definition
        for name, definition in definitions.items()
        if name not in _reachable(definition, definitions)
    }
    kept = {name: _clean(definitions[name], inlined) for name in definitions if name not in inlined}
    cleaned: dict[str, Any] = _clean({key: schema[key] for key in schema if key != "$defs"}, inlined)
    used = _reachable(cleaned, kept)
    if used:
        cleaned["$defs"] = {name: kept[name] for name in sorted(used)}
    return cleaned


def optional(schema: dict[str, Any]) -> dict[str, Any]:
    """Take the null out of a parameter that may be left out: leaving it out says the same in less words."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1 or len(schema["anyOf"]) != 2:
        return schema
    return {**choices[0], **{key: value for key, value in schema.items() if key != "anyOf"}}


def short_signature(name: str, schema: Mapping[str, Any]) -> str:
    """Write parameters in one line, e.g. `rows(city: string, limit: integer = 5, note?: string)`."""
    required = schema.get("required", ())
    properties = schema.get("properties", {})
    return (
        f"{name}({', '.join(_short_parameter(key, properties[key], key in required) for key in properties)})"
    )


def short_type(schema: Any) -> str:
    """Write a type in a word or a few, e.g. `integer`, `"a" | "b"`, `string[]`."""
    if not isinstance(schema, Mapping):
        return "any"
    if "enum" in schema:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return " | ".join(dict.fromkeys(short_type(choice) for choice in choices))
    return _short_kind(schema)


def _short_kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return " | ".join(kind)
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REF)
    if kind == "array":
        inner = short_type(schema.get("items"))
        return f"({inner})[]" if "|" in inner else f"{inner}[]"
    if kind == "object" and schema.get("properties"):
        return "{" + short_signature("", schema)[1:-1] + "}"
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)


def _short_parameter(name: str, schema: Any, required: bool) -> str:
    if required:
        return f"{name}: {short_type(schema)}"
    if isinstance(schema, Mapping) and "default" in schema:
        return f"{name}: {short_type(schema)} = {json.dumps(schema['default'], ensure_ascii=False)}"
    return f"{name}?: {short_type(schema)}"


def _clean(schema: Any, definitions: Mapping[str, Any]) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    reference = str(schema.get("$ref", "")).removeprefix(_REF)
    if reference in definitions:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return _clean({**definitions[reference], **beside}, definitions)
    # A title here is pydantic's; a property that happens to be called "title" sits one level deeper.
    result = {key: value for key, value in schema.items() if key != "title"}
    for key in result.keys() & set(_ONE):
        result[key] = _clean(result[key], definitions)
    for key in result.keys() & set(_MANY):
        result[key] = [_clean(part, definitions) for part in result[key]]
    for key in result.keys() & set(_NAMED):
        result[key] = {name: _clean(part, definitions) for name, part in result[key].items()}
    return result


def _reachable(schema: Any, definitions: Mapping[str, Any]) -> set[str]:
    """Find the names of all definitions that a schema leads to."""
    found: set[str] = set()
    waiting = [schema]
    while waiting:
        new = set(_references(waiting.pop())) - found
        found |= new
        waiting += [definitions[name] for name in new if name in definitions]
    return found


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix(_REF)
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)
