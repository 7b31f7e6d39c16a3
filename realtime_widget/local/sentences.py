"""Make the sentences with which a person may ask for a tool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from realtime_widget.local.clauses import first_clause, split_clause
from realtime_widget.local.lexicon import name_words
from realtime_widget.local.placing import is_plural, place_slots
from realtime_widget.local.slots import Slot, slots
from realtime_widget.local.vocabulary import (
    ACTING,
    ARTICLES,
    ASKING,
    ENDINGS,
    PLACES,
    PREPOSITIONS,
    TELLING,
    WONDERING,
)

_MAX_WORDS = 10
_INDEFINITE = frozenset(("a", "an", "some", "all", "any", "each", "every", "one", "another"))
_SINGULAR = frozenset(("news", "series", "physics", "canvas", "atlas", "gas", "class", "plus", "lens"))
_BE = frozenset(("is", "are", "was", "were"))


@dataclass(frozen=True, slots=True)
class Head:
    """Hold the beginning of a sentence: words and slots.

    ``asks`` when it names a thing, not an act: it may then follow "tell me", and as a suggestion it follows
    the words of ``lead``; ``is_name`` when only the tool's name says so. Words with capitals are names, and
    are written so.
    """

    parts: tuple[str | Slot, ...]
    asks: bool
    lead: tuple[str, ...] = ()
    is_name: bool = False

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The parameters that it already names."""
        return tuple(part for part in self.parts if isinstance(part, Slot))

    @property
    def words(self) -> tuple[str, ...]:
        """Its words."""
        said = (part for part in self.parts if isinstance(part, str))
        return tuple(word for part in said for word in (part.split() if part.islower() else name_words(part)))


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
    acts = bool(described) and described[0].parts[:1] == words[:1]
    heads = [*described, *_named(words, parameters, acts=acts)]
    return Tool(str(tool.get("name") or ""), description, parameters, tuple(dict.fromkeys(heads)))


# -- from the name -----------------------------------------------------------------------------------------


def _named(words: tuple[str, ...], parameters: Sequence[Slot], *, acts: bool) -> list[Head]:
    if not words:
        return []
    if acts or (words[0] in ACTING and words[0] not in ASKING):
        return [Head(words, asks=False, is_name=True)]
    if words[0] in ("is", "are", "has", "can", "does") and len(words) > 1:
        said = [slot for slot in parameters if slot.required and slot.sayable and slot.kind != "flag"][:1]
        places = [slot for slot in said if slot.words[-1:] and slot.words[-1] in PLACES]
        parts: list[str | Slot] = [words[0], *(["the"] if places else []), *said, *words[1:]]
        return [Head(tuple(parts), asks=False, is_name=True)]
    if words[:2] == ("look", "up"):
        return [Head(words, asks=False, is_name=True)]
    if words[0] in ASKING and len(words) > 1:
        thing = words[1:]
        return [Head(thing, asks=True, lead=_what_is(thing), is_name=True)]
    return [Head(words, asks=words[0] not in ASKING, is_name=True)]


# -- from the description ----------------------------------------------------------------------------------


def _described(description: str, parameters: Sequence[Slot]) -> list[Head]:
    """Read the first clause of a description, with the parameters that it names as slots."""
    clause = first_clause(description)
    names = [slot.words[0] for slot in parameters if slot.words]
    verb, rest = split_clause(clause, also=names)
    if verb in TELLING and rest[:1] in (["me"], ["you"], ["us"], ["back"]):
        rest = rest[1:]
    if rest[:2] in (["true", "if"], ["true", "when"]):
        rest = ["whether", *rest[2:]]
    parts = _shorten(_unnamed(place_slots(rest, parameters, verb=verb)), parameters)
    if verb in TELLING and rest[:1] and rest[0] in _INDEFINITE:
        return [Head(("get", *_strip(parts, start=False)), asks=False), *_telling(parts)[-1:]]
    if verb is None or verb in TELLING or (verb == "check" and rest[:1] and rest[0] in WONDERING):
        return _telling(parts)
    act = Head((verb, *_strip(parts, start=False)), asks=False)
    if verb not in ASKING:
        return [act]
    thing = _strip(parts)
    return [act, Head(thing, asks=True, lead=_what_is(thing))] if _says(thing) else [act]


def _telling(parts: list[str | Slot]) -> list[Head]:
    """Return the heads of what a tool tells: "what is the mean", "how many rows", "get a random joke"."""
    if not _says(parts):
        return []
    if parts[0] in WONDERING:
        direct = parts[:2] in (["how", "many"], ["how", "much"]) and _BE.intersection(_said(parts))
        clause = _strip(parts, start=False)
        return [Head(clause, asks=not direct, lead=() if direct else ("tell", "me"))]
    thing = _strip(parts)
    if not _says(thing):
        return []
    counted = _counted(thing)
    asked = Head(thing, asks=True, lead=_what_is(thing))
    if counted:
        return [*counted, asked]
    if parts[0] in _INDEFINITE:
        return [Head(("get", *_strip(parts, start=False)), asks=False), asked]
    return [asked]


def _unnamed(parts: list[str | Slot]) -> list[str | Slot]:
    """Say "for twelve and twenty" where "for a weight of twelve and a height of twenty" is too long."""
    if len(parts) <= _MAX_WORDS:
        return parts
    short: list[str | Slot] = []
    for part in parts:
        size = len(part.words) if isinstance(part, Slot) else 0
        if size and short[-1:] == ["of"] and tuple(short[-1 - size : -1]) == getattr(part, "words", ()):
            del short[-2 - size :]
        short.append(part)
    return short


def _said(parts: Sequence[str | Slot]) -> list[str]:
    return [part for part in parts if isinstance(part, str)]


def _says(parts: Sequence[str | Slot]) -> bool:
    return any(word not in ARTICLES for word in _said(parts))


def _what_is(thing: Sequence[str | Slot]) -> tuple[str, ...]:
    """Return "what is the" or "what are the"."""
    noun = ""
    for part in thing:
        if isinstance(part, Slot) and part.kind == "number":  # "the first five rows"
            continue
        if not isinstance(part, str) or part in PREPOSITIONS or part in ENDINGS or part in ("and", "or"):
            break
        noun = part.lower()
    plural = is_plural(noun) and noun not in _SINGULAR
    return ("what", "are" if plural else "is", "the")


def _counted(thing: tuple[str | Slot, ...]) -> list[Head]:
    """Turn "number of rows for <city>" into "how many rows are there for <city>", and without "are there"."""
    if thing[:2] not in (("number", "of"), ("count", "of")) or len(thing) < 3:
        return []
    rest = thing[3:] if thing[2] in ARTICLES else thing[2:]
    ends = [at for at, part in enumerate(rest) if part in PREPOSITIONS or isinstance(part, Slot)]
    end = ends[0] if ends else len(rest)
    if rest[end : end + 1] == ("of",):
        return []
    short = Head(("how", "many", *rest), asks=False)
    if not end or not is_plural(str(rest[end - 1])):
        return [short]
    return [Head(("how", "many", *rest[:end], "are", "there", *rest[end:]), asks=False), short]


def _shorten(parts: list[str | Slot], parameters: Sequence[Slot]) -> list[str | Slot]:
    """Cut what explains: a trailing clause, and what follows when slots are still to come."""
    placed = [(index, part) for index, part in enumerate(parts) if isinstance(part, Slot)]
    needed = [index for index, slot in placed if slot.required] or [index for index, _ in placed]
    last = max(needed, default=-1)
    missing = [slot for slot in parameters if slot.required and slot.kind == "choice" and slot not in parts]
    wonders = bool(parts) and parts[0] in WONDERING
    for index, part in enumerate(parts[last + 1 :], last + 1):
        if part == "that" and index + 1 < len(parts) and parts[index + 1] not in ARTICLES:
            return parts[:index] if index else parts
        follower = parts[index + 1] if index + 1 < len(parts) else ""
        if part == "by" and not (isinstance(follower, str) and follower.endswith("ing")) and not missing:
            continue
        if index and not wonders and part in (ENDINGS | PREPOSITIONS if missing else ENDINGS):
            return parts[:index]
        if index and part in ("you", "which", "who", "whose"):
            return parts[:index]
    return parts


def _strip(parts: Sequence[str | Slot], *, start: bool = True) -> tuple[str | Slot, ...]:
    """Drop articles at the start (unless not ``start``), and what no sentence ends with at the end."""
    kept = list(parts)
    while start and kept and isinstance(kept[0], str) and kept[0] in ARTICLES:
        kept.pop(0)
    while kept and isinstance(kept[-1], str) and _dangles(kept[-1], kept[:-1]):
        kept.pop()
    return tuple(kept)


def _dangles(word: str, before: Sequence[str | Slot]) -> bool:
    if word in ("up", "on", "off", "in", "out") and len(before) == 0:  # "look up", "turn on"
        return False
    return word in ARTICLES or word in PREPOSITIONS or word in ("and", "or")
