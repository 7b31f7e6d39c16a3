"""Read from a tool's JSON schema what its parameters can be filled with by voice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from realtime_widget.local.lexicon import name_words
from realtime_widget.local.vocabulary import likely_values

MAX_VALUES = 200
"""Values of one parameter that are made sayable; the rest can be typed."""
_DEPTH = 8

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Slot:
    """Describe one parameter of a tool.

    ``kind`` is "choice" (one of ``values``), "number" (``minimum`` to ``maximum``), "flag" (a boolean) or
    "free". ``values`` are written as in the schema, or are well-known words for the kind of a free string
    ("city"); ``closed`` tells that no other value is allowed. ``repeats`` is True for a list of such values.
    """

    name: str
    kind: str
    words: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    closed: bool = False
    minimum: float | None = None
    maximum: float | None = None
    integer: bool = False
    repeats: bool = False
    required: bool = False
    example: Any = None
    description: str = ""

    @property
    def sayable(self) -> bool:
        """Whether the grammar can hold its values."""
        return self.kind != "free"


def slots(tool: Mapping[str, Any]) -> tuple[Slot, ...]:
    """Return the parameters of a wire tool, in order."""
    parameters = _mapping(tool.get("parameters"))
    about = name_words(f"{tool.get('name') or ''} {tool.get('description') or ''}".lower().replace("_", " "))
    required = parameters.get("required") or ()
    return tuple(
        _slot(name, _mapping(schema), parameters, name in required, about)
        for name, schema in _mapping(parameters.get("properties")).items()
    )


def _mapping(value: object) -> Schema:
    return value if isinstance(value, Mapping) else {}


def _slot(name: str, schema: Schema, root: Schema, required: bool, about: Sequence[str]) -> Slot:
    variants = list(_variants(schema, root))
    described = {key: value for variant in reversed(variants) for key, value in variant.items()}
    words = name_words(name)
    repeats = any(variant.get("type") == "array" for variant in variants)
    if repeats:
        items = [_mapping(variant.get("items")) for variant in variants]
        variants = [inner for item in items for inner in _variants(item, root)]
    allowed = tuple(dict.fromkeys(value for variant in variants for value in _allowed(variant)))
    likely = (value for variant in variants for value in _suggested(variant, words, about))
    suggested = tuple(dict.fromkeys(likely))
    kind = _kind(variants, allowed or suggested)
    bounds = [_bounds(variant) for variant in variants if variant.get("type") in ("integer", "number")]
    return Slot(
        name=name,
        kind=kind,
        words=words,
        values=(allowed or suggested)[:MAX_VALUES] if kind == "choice" else (),
        closed=bool(allowed),
        minimum=min((low for low, _ in bounds if low is not None), default=None),
        maximum=max((high for _, high in bounds if high is not None), default=None),
        integer=any(variant.get("type") == "integer" for variant in variants)
        and not any(variant.get("type") == "number" for variant in variants),
        repeats=repeats,
        required=required,
        example=_example(described),
        description=str(described.get("description") or ""),
    )


def _variants(schema: Schema, root: Schema, depth: int = 0) -> Iterator[Schema]:
    """Yield the schema's alternatives: references followed, unions opened, null left out."""
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/") and depth < _DEPTH:
        target: object = root
        for key in reference[2:].split("/"):
            target = _mapping(target).get(key)
        yield from _variants({**_mapping(target), **_without(schema, "$ref")}, root, depth + 1)
        return
    for union in ("anyOf", "oneOf", "allOf"):
        if isinstance(schema.get(union), Sequence) and depth < _DEPTH:
            rest = _without(schema, union)
            for option in schema[union]:
                yield from _variants({**rest, **_mapping(option)}, root, depth + 1)
            return
    types = schema.get("type")
    if isinstance(types, list):
        for name in types:
            yield from _variants({**schema, "type": name}, root, depth + 1)
    elif types != "null":
        yield schema


def _without(schema: Schema, key: str) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != key}


def _allowed(schema: Schema) -> Iterator[str]:
    values = [schema["const"]] if "const" in schema else schema.get("enum") or ()
    yield from (_written(value) for value in values if value is not None and not isinstance(value, bool))


def _suggested(schema: Schema, words: tuple[str, ...], about: Sequence[str]) -> Iterator[str]:
    if schema.get("type", "string") != "string":
        return
    examples = schema.get("examples") or ()
    candidates = [*(examples if isinstance(examples, list) else [examples]), schema.get("default")]
    yield from (value for value in candidates if isinstance(value, str) and value.strip())
    yield from likely_values(words, about)


def _written(value: object) -> str:
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def _kind(variants: Sequence[Schema], values: tuple[str, ...]) -> str:
    types = {variant.get("type") for variant in variants}
    if values:
        return "choice"
    if types & {"integer", "number"}:
        return "number"
    return "flag" if "boolean" in types else "free"


def _bounds(schema: Schema) -> tuple[float | None, float | None]:
    """Return the least and largest number allowed; an exclusive bound of whole numbers is moved by one."""
    step = 1 if schema.get("type") == "integer" else 0
    low, high = _number(schema.get("minimum")), _number(schema.get("maximum"))
    above, below = _number(schema.get("exclusiveMinimum")), _number(schema.get("exclusiveMaximum"))
    lows = [low, None if above is None else above + step]
    highs = [high, None if below is None else below - step]
    return (
        max((value for value in lows if value is not None), default=None),
        min((value for value in highs if value is not None), default=None),
    )


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _example(schema: Schema) -> Any:
    examples = schema.get("examples")
    if isinstance(examples, list) and examples:
        return examples[0]
    return examples if examples is not None else schema.get("default")
