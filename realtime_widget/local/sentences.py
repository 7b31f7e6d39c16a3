"""Make the sentences with which a person may ask for a tool."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from realtime_widget.local.lexicon import name_words
from realtime_widget.local.slots import Slot, slots
from realtime_widget.local.vocabulary import (
    ACTING,
    ARTICLES,
    ASKING,
    COUNTS,
    ENDINGS,
    PREPOSITIONS,
    QUANTITIES,
)

_MAX_WORDS = 14
_SENTENCE_END = re.compile(r"[.;:!?\n(\u2014]|,\s|\s-\s")


@dataclass(frozen=True, slots=True)
class Head:
    """Hold the beginning of a sentence: words and slots; ``asks`` when it names a thing, not an act."""

    parts: tuple[str | Slot, ...]
    asks: bool

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The parameters that it already names."""
        return tuple(part for part in self.parts if isinstance(part, Slot))

    @property
    def words(self) -> tuple[str, ...]:
        """Its words."""
        return tuple(part for part in self.parts if isinstance(part, str))


@dataclass(frozen=True, slots=True)
class Tool:
    """Hold what there is to know of a tool for talking about it."""

    name: str
    description: str
    slots: tuple[Slot, ...]
    heads: tuple[Head, ...]


def tool_words(tool: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the words of a tool's name: get_weather has "get" and "weather"."""
    return name_words(str(tool.get("name") or ""))


def read_tool(tool: Mapping[str, Any]) -> Tool:
    """Read a wire tool; its heads are ordered by how natural they are as a suggestion."""
    parameters = slots(tool)
    description = str(tool.get("description") or "")
    words = tool_words(tool)
    described = _described(description, parameters)
    acts = bool(described) and not described[0].asks and described[0].parts[:1] == words[:1]
    heads = [*described, *_named(words, acts=acts)]
    counted = [head for head in map(_counted, heads) if head is not None]
    return Tool(
        str(tool.get("name") or ""), description, parameters, tuple(dict.fromkeys([*counted, *heads]))
    )


def _named(words: tuple[str, ...], *, acts: bool) -> list[Head]:
    if not words:
        return []
    if acts:
        return [Head(words, asks=False)]
    if words[0] in ASKING:
        return [Head(words[1:], asks=True)] if len(words) > 1 else [Head(words, asks=False)]
    if words[0] in ACTING:
        return [Head(words, asks=False)]
    return [Head(words, asks=True)]


def _described(description: str, parameters: Sequence[Slot]) -> list[Head]:
    """Read the first clause of a description, with the parameters that it names as slots."""
    words = list(name_words(_SENTENCE_END.split(description.strip(), maxsplit=1)[0]))
    if not words:
        return []
    verb = _verb(words)
    if verb is not None:
        words[0] = verb
    asks = verb is None or verb in ASKING
    if verb in ASKING:
        words = words[1:]
        if words[:1] in (["me"], ["you"], ["us"]):
            words = words[1:]
    parts = _strip(_shorten(_place_slots(words, parameters)[:_MAX_WORDS], parameters))
    said = [part for part in parts if isinstance(part, str)]
    return [Head(parts, asks)] if said else []


def _verb(words: Sequence[str]) -> str | None:
    """Return the verb that a description begins with, without the s of "rolls" and "fetches"."""
    follower = words[1] if len(words) > 1 else ""
    if follower in PREPOSITIONS:  # "count of rows"
        return None
    first = words[0]
    for candidate in (first, first.removesuffix("s"), first.removesuffix("es")):
        if candidate in ACTING or candidate in ASKING:
            return candidate
    return first.removesuffix("s") if follower in ARTICLES or follower in QUANTITIES else None


def _shorten(parts: list[str | Slot], parameters: Sequence[Slot]) -> list[str | Slot]:
    """Cut what explains: a trailing clause, and what follows when slots are still to come."""
    last = max((index for index, part in enumerate(parts) if isinstance(part, Slot)), default=0)
    missing = [slot for slot in parameters if slot.required and slot.sayable and slot not in parts]
    for index, part in enumerate(parts[last + 1 :], last + 1):
        if index > 1 and part in (ENDINGS | PREPOSITIONS if missing else ENDINGS):
            return parts[:index]
    return parts


def _strip(parts: Sequence[str | Slot]) -> tuple[str | Slot, ...]:
    """Drop articles at the start, and articles and prepositions at the end."""
    kept = list(parts)
    while kept and isinstance(kept[0], str) and kept[0] in ARTICLES:
        kept.pop(0)
    while (
        kept
        and isinstance(kept[-1], str)
        and (kept[-1] in ARTICLES or kept[-1] in PREPOSITIONS or kept[-1] == "and")
    ):
        kept.pop()
    return tuple(kept)


def _place_slots(words: list[str], parameters: Sequence[Slot]) -> list[str | Slot]:
    """Put each parameter where its name stands; "two numbers" stands for the first two numbers not named."""
    parts: list[str | Slot] = list(words)
    for slot in parameters:
        if slot.sayable:
            _place(parts, slot)
    for slot in parameters:
        if slot.kind == "number" and COUNTS.intersection(slot.words) and slot not in parts:
            _place_count(parts, slot)
    unplaced = [slot for slot in parameters if slot.sayable and slot.kind != "flag" and slot not in parts]
    if len(unplaced) >= 2 and unplaced[0].kind == unplaced[1].kind:
        _place_two(parts, unplaced[0], unplaced[1])
    return parts


def _place_two(parts: list[str | Slot], first: Slot, second: Slot) -> None:
    """Put two slots of a kind where they are named together: "two numbers", "the numbers", "two columns"."""
    for at, part in enumerate(parts[1:], 1):
        together = isinstance(part, str) and part.endswith("s") and parts[at - 1] == "two"
        if together or part == "numbers":
            parts[at - 1 if parts[at - 1] in ("two", "the") else at : at + 1] = [first, "and", second]
            return


def _place(parts: list[str | Slot], slot: Slot) -> None:
    size = len(slot.words)
    for at in range(1, len(parts) - size + 1):
        span = parts[at : at + size]
        if not all(isinstance(word, str) for word in span):
            continue
        said = tuple(str(word) for word in span)
        if said not in (slot.words, _plural(slot.words), _singular(slot.words)):
            continue
        start = at
        if parts[max(start - 2, 0) : start] == ["number", "of"] and slot.kind == "number":
            start -= 2
        if start > 1 and (parts[start - 1] in ARTICLES or parts[start - 1] == "one"):
            start -= 1
        # "with a number of sides" is said "with twelve sides": a counted thing keeps its name.
        counted = slot.kind == "number" and said[-1].endswith("s")
        parts[start : at + size] = [slot, *said] if counted else [slot]
        return


def _place_count(parts: list[str | Slot], slot: Slot) -> None:
    """Put a count where the description leaves it open: "some dice", "a number of dice"."""
    for at, part in enumerate(parts):
        if part in ("some", "several", "n", "multiple"):
            parts[at] = slot
            return
        if parts[at : at + 3] == ["a", "number", "of"]:
            parts[at : at + 3] = [slot]
            return


def _plural(words: tuple[str, ...]) -> tuple[str, ...]:
    return (*words[:-1], words[-1] + "s") if words else ()


def _singular(words: tuple[str, ...]) -> tuple[str, ...]:
    return (*words[:-1], words[-1].removesuffix("s")) if words else ()


def _counted(head: Head) -> Head | None:
    """Turn "number of rows for <city>" into "how many rows for <city>"."""
    parts = head.parts
    if head.asks and parts[:2] in (("number", "of"), ("count", "of")) and len(parts) > 2:
        rest = parts[3:] if parts[2] in ARTICLES else parts[2:]
        return Head(("how", "many", *rest), asks=False)
    if not head.asks and parts[:1] == ("count",) and len(parts) > 1:
        rest = parts[2:] if parts[1] in ARTICLES else parts[1:]
        return Head(("how", "many", *rest), asks=False)
    return None
