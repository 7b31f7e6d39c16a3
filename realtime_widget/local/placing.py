"""Put a tool's parameters where its description names them."""

from __future__ import annotations

from collections.abc import Sequence

from realtime_widget.local.slots import Slot
from realtime_widget.local.vocabulary import (
    ADJECTIVES,
    ARTICLES,
    CHANGING,
    COUNTED,
    COUNTS,
    GENERIC,
    IDENTIFYING,
    MASS_NOUNS,
    PLACES,
    PREPOSITIONS,
    QUANTITIES,
)

__all__ = ["is_counted", "is_id", "is_plural", "place_slots"]

Part = str | Slot
_BEFORE = frozenset(("given", "specified", "certain", "particular", "another", "other", "specific", "wanted"))
_SOME = frozenset(("some", "several", "multiple", "n", "k", "many"))
_FINDING = frozenset(("find", "search", "list", "show", "get", "recommend", "suggest"))
_RANKED = frozenset(("top", "first", "last", "next", "latest"))
_SWITCHES = {frozenset(("on", "off")), frozenset(("yes", "no")), frozenset(("true", "false"))}
_ONE_NUMBER = (("number",), ("value",), ("integer",), ("amount",))
_TAKING_VALUES = ("convert", "round", "double", "halve", "square", "negate", "format", "transfer", "pay")


def is_plural(word: str) -> bool:
    """Return whether a noun names several things, as far as its form tells."""
    if word in COUNTED:
        return True
    return (word.endswith("s") and not word.endswith(("ss", "us", "is", "ws"))) or word in ("rows", "views")


def is_counted(slot: Slot) -> bool:
    """Return whether a number counts things that it is named after: "sides", "people"."""
    return slot.kind == "number" and not slot.repeats and bool(slot.words) and is_plural(slot.words[-1])


def is_id(slot: Slot) -> bool:
    """Return whether a parameter tells one thing from its like: "order_id", "column_name"."""
    return len(slot.words) > 1 and slot.words[-1] in IDENTIFYING


def place_slots(words: Sequence[str], parameters: Sequence[Slot], *, verb: str | None) -> list[Part]:
    """Return the words of a clause (after its verb) with slots in the place of what they stand for."""
    parts: list[Part] = list(words)
    for slot in sorted(parameters, key=is_counted, reverse=True):  # what has a name of its own comes first
        if slot.kind == "flag":
            _place_switch(parts, slot)
        elif slot.sayable:
            _place(parts, slot, verb=verb)
    for slot in parameters:
        if (
            slot not in parts
            and slot.kind == "number"
            and (COUNTS.intersection(slot.words) or is_counted(slot))
        ):
            _place_count(parts, slot)
    left = [slot for slot in parameters if slot.sayable and slot.kind != "flag" and slot not in parts]
    if len(left) >= 2 and left[0].kind == left[1].kind:
        _place_two(parts, left[0], left[1])
    elif left and left[0].repeats:
        _place_list(parts, left[0])
    elif left and left[0].kind == "number" and verb in _TAKING_VALUES and GENERIC.issuperset(left[0].words):
        if parts[0] in ARTICLES or parts[0] == "money":  # "convert a temperature", which is "convert twelve"
            parts[: 1 if parts[0] == "money" else 2] = [left[0]]
    elif left and left[0].words == ("name",) and len(parts) > 1 and parts[-2] in ARTICLES:
        somebody = parts[-1] in ("person", "someone", "somebody", "user")
        parts[-2:] = [left[0]] if somebody else [parts[-1], left[0]]  # "greet Bob", "check in guest Bob"
    return parts


def _place_switch(parts: list[Part], slot: Slot) -> None:
    """Put a flag where the description says "on or off"."""
    for at in range(len(parts) - 2):
        if parts[at + 1] == "or" and frozenset(parts[at : at + 3 : 2]) in _SWITCHES:
            parts[at : at + 3] = [slot]
            return


def _names(slot: Slot) -> list[tuple[str, ...]]:
    """Return the ways to name a parameter, the fullest first."""
    ways = [slot.words]
    if is_id(slot) or (len(slot.words) > 1 and slot.words[-1] in ("type", "kind", "count")):
        ways.append(slot.words[:-1])
    forms = [form for way in ways for form in (way, _plural(way), _singular(way))]
    if slot.kind == "number" and not slot.repeats and GENERIC.issuperset(slot.words):
        forms = [slot.words, *_ONE_NUMBER]
    return list(dict.fromkeys(form for form in forms if form))


def _plural(words: tuple[str, ...]) -> tuple[str, ...]:
    return (*words[:-1], words[-1] + "s") if words else ()


def _singular(words: tuple[str, ...]) -> tuple[str, ...]:
    return (*words[:-1], words[-1].removesuffix("s")) if words and len(words[-1]) > 1 else words


def _place(parts: list[Part], slot: Slot, *, verb: str | None) -> None:
    for name in _names(slot):
        if name[0] in PREPOSITIONS:
            if _place_after(parts, slot, name):
                return
            continue
        for at in range(len(parts) - len(name) + 1):
            said = [part.lower() if isinstance(part, str) else "" for part in parts[at : at + len(name)]]
            if tuple(said) == name and _put(parts, slot, at, len(name), verb=verb):
                return


def _place_after(parts: list[Part], slot: Slot, name: tuple[str, ...]) -> bool:
    """Put a slot that is named like a preposition in the place of the thing after it: "by a column"."""
    for at, part in enumerate(parts[:-1]):
        after = parts[at + 1 :]
        if (part,) == name and len(after) == 2 and after[0] in ARTICLES:
            parts[at + 1 :] = [slot]
            return True
    return False


def _put(parts: list[Part], slot: Slot, at: int, size: int, *, verb: str | None) -> bool:
    """Put a slot in the place of its name at ``at``; False where it doesn't stand for what is said there."""
    noun, end = parts[at : at + size], at + size
    start = _start_of(parts, at, slot)
    if noun == ["number"] and parts[end : end + 1] == ["of"]:
        return False
    if is_id(slot) or (slot.words in (("id",), ("name",), ("code",), ("key",)) and verb is not None):
        return _put_id(parts, slot, at, end)
    if start > 1 and parts[start - 1] == "by" and verb in _FINDING and is_plural(str(parts[0])):
        del parts[start - 1 : end]
        parts.insert(0, slot)  # "find restaurants by cuisine", which is "find Italian restaurants"
        return True
    modified = start == at and at > 0 and not _may_precede(parts[at - 1])
    if verb in CHANGING and start == 0 < at and not is_counted(slot):
        parts[_end_of_object(parts, end) :] = ["to", slot]  # "set the volume to twelve"
        return True
    if modified or (start == at and at == 0 and verb is None):
        return False
    had_article = any(part in ARTICLES for part in parts[start:at])
    if is_counted(slot) or (slot.kind == "number" and end < len(parts) and COUNTS.issuperset(slot.words)):
        if verb in CHANGING and start and parts[start - 1] == "in":  # "set the heat in degrees"
            parts[start - 1] = "to"
        parts[start:end] = [slot, *(noun if is_counted(slot) else [])]
    elif slot.kind == "number" and not slot.repeats and not GENERIC.issuperset(slot.words):
        named = start == 0 and verb is not None
        parts[start:end] = [_article(str(noun[0])), *noun, "of", slot] if named and had_article else [slot]
    elif slot.kind == "choice" and not slot.repeats and slot.words[-1] in PLACES and not _is_proper(slot):
        parts[start:end] = ["the", slot]
    elif slot.kind == "choice" and not slot.repeats and slot.words[-1] in ADJECTIVES:
        parts[start:end] = [
            *([] if slot.words[-1] in MASS_NOUNS else ["the"]),
            slot,
            str(noun[-1]).removesuffix("s"),
        ]
    else:
        if start > 1 and parts[start - 2 : start] == ["many", "of"]:
            start -= 1
        parts[start:end] = [slot]
    return True


def _may_precede(part: Part) -> bool:
    """Return whether a bare name may follow: after a preposition or a parameter, not after an adjective."""
    return isinstance(part, Slot) or part in PREPOSITIONS | QUANTITIES | {
        "and", "or", "whether", "if", "than", "whose", "where", "top", "first", "last", "me", "next",
    }  # fmt: skip


def _start_of(parts: list[Part], at: int, slot: Slot) -> int:
    """Return where the noun phrase begins that ends with the name at ``at``."""
    start = at
    while start and (parts[start - 1] in ARTICLES or parts[start - 1] in _BEFORE):
        start -= 1
    if parts[max(start - 2, 0) : start] == ["number", "of"] and slot.kind == "number":
        start -= 2
        while start and (parts[start - 1] in ARTICLES or parts[start - 1] in _BEFORE):
            start -= 1
    if parts[max(start - 2, 0) : start] == ["one", "of"]:
        start -= 2
    if slot.repeats and parts[max(start - 2, 0) : start] == ["list", "of"]:
        start -= 3 if parts[max(start - 3, 0) : start - 2] in (["a"], ["the"]) else 2
    return start


def _put_id(parts: list[Part], slot: Slot, at: int, end: int) -> bool:
    """Put what identifies a thing after it: "cancel order twelve", "find customer Bob"."""
    by = at
    while by and (parts[by - 1] in ARTICLES or parts[by - 1] in _BEFORE):
        by -= 1
    named = slot.words[:-1] or slot.words
    tail = [part for part in parts[at:end] if isinstance(part, str)]
    if by and parts[by - 1] in ("by", "with") and tail[-1:] == [slot.words[-1]]:  # "a customer by name"
        del parts[by - 1 : end]
        end = by - 1
        at = max(end - len(named), 0)
        if at == end:
            return False
    start = at
    while start and not (isinstance(parts[start - 1], Slot) or parts[start - 1] in ARTICLES | PREPOSITIONS):
        start -= 1
    article = start - 1 if start and parts[start - 1] in ARTICLES else start
    after = end + 1 + (parts[end + 1 : end + 2] != [] and parts[end + 1] in ARTICLES)
    if parts[end : end + 1] in (["by"], ["with"]) and parts[after : after + 1] == [slot.words[-1]]:
        del parts[end : after + 1]  # "an order by id"
    parts[article:end] = [*parts[start:end], slot]
    return True


def _end_of_object(parts: Sequence[Part], end: int) -> int:
    """Return where the object of a changing verb ends: before "in degrees" and "to a value"."""
    for at in range(end, len(parts)):
        if parts[at] in ("to", "in", "by", "as", "from"):
            return at
    return len(parts)


def _is_proper(slot: Slot) -> bool:
    return any(value[:1].isupper() for value in slot.values)


def _article(word: str) -> str:
    return "an" if word[:1] in "aeiou" else "a"


def _place_count(parts: list[Part], slot: Slot) -> None:
    """Put a count where the description leaves it open: "some dice", "a number of dice", "the top rows"."""
    for at, part in enumerate(parts):
        if part in _SOME:
            parts[at] = slot
            return
        if parts[at : at + 3] == ["a", "number", "of"]:
            parts[at : at + 3] = [slot]
            return
        after = parts[at + 1] if at + 1 < len(parts) else None
        if part in _RANKED and isinstance(after, str) and is_plural(after):
            parts.insert(at + 1, slot)
            return


def _place_two(parts: list[Part], first: Slot, second: Slot) -> None:
    """Put two slots of a kind where they are named together: "two numbers", "the numbers", "two columns"."""
    for at, part in enumerate(parts):
        before = parts[at - 1] if at else None
        together = isinstance(part, str) and is_plural(part) and before == "two"
        if together or part == "numbers":
            parts[at - 1 if before in ("two", "the") else at : at + 1] = [first, "and", second]
            return


def _place_list(parts: list[Part], slot: Slot) -> None:
    """Put a list where the description speaks of what is in it: "a list of numbers"."""
    for at, part in enumerate(parts):
        if part in ("numbers", "values", "items"):
            parts[_start_of(parts, at, slot) : at + 1] = [slot]
            return
