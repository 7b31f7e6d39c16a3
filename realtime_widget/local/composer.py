"""Compose the rules of a tool's sentences, and a few such sentences as suggestions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from realtime_widget.local.grammar import SpokenWord, number_rule
from realtime_widget.local.lexicon import Lexicon
from realtime_widget.local.numbers import number_words
from realtime_widget.local.sentences import Head, Tool
from realtime_widget.local.slots import Slot
from realtime_widget.local.vocabulary import ARTICLES, PREPOSITIONS

MAX_HEADS = 4
MAX_SLOTS = 6
_POLITE = (
    "please | can you [ please ] | could you [ please ] | would you [ please ] | i want to | i'd like to"
)
_ASK = (
    "( what is | what's | what are | what was | tell me | show me | give me | get me | get | find | check "
    "| how is | how's | what about | how about ) [ the | a | my ] [ current ]"
)
_PREPOSITION = "in | for | of | on | at | from | to | with | by | as | about"
_ARTICLE = "a | an | the | my | some"
_FLAG = "yes | no | true | false | on | off"
_SAID_WITH = (
    (frozenset(["city", "town", "location", "place", "country", "room", "language", "unit", "units"]), "in"),
    (frozenset(["source", "from", "origin", "start"]), "from"),
    (frozenset(["target", "to", "destination", "end"]), "to"),
    (frozenset(["kind", "type", "style", "format", "mode"]), "as"),
)
_CHANGING = frozenset(("set", "change", "increase", "decrease"))
_NUMBERS = (20, 6, 3)
"""Numbers for suggestions, in turn."""


@dataclass(frozen=True, slots=True)
class Composition:
    """Hold rules by name, those of whole utterances and of the likeliest, and suggestions as tokens."""

    rules: Mapping[str, str]
    utterances: tuple[str, ...]
    likeliest: tuple[str, ...]
    suggestions: tuple[tuple[str, ...], ...]


class Composer:
    """Compose tool after tool with one lexicon."""

    def __init__(self) -> None:
        self._lexicon = Lexicon()
        self._count = 0
        self._answers: set[str] = set()

    @property
    def words(self) -> Mapping[str, SpokenWord]:
        """The words that aren't written as they are called."""
        return self._lexicon.words

    def compose(self, tool: Tool) -> Composition:
        """Return the rules of one tool."""
        self._count += 1
        prefix = f"tool{self._count}"
        rules, names = {}, {}
        for index, slot in enumerate(tool.slots[:MAX_SLOTS]):
            value = self._value_rule(slot)
            if value:
                names[slot] = f"{prefix}_{index}"
                rules[names[slot]] = value
        answers = [f"<{name}>" for name in names.values() if self._is_new(rules[name])]
        heads = tool.heads[:MAX_HEADS]
        if not heads:
            return Composition({}, (), (), ())
        rules[prefix] = _sentences(heads, names)
        utterances = [f"<{prefix}>"]
        if answers:
            rules[f"{prefix}_answer"] = " | ".join(answers)
            utterances.append(f"[ the ] <{prefix}_answer>")
        plans = [_plan(head, tool, names) for head in heads]
        return Composition(
            rules,
            tuple(utterances),
            tuple(" ".join(f"<{names[p]}>" if isinstance(p, Slot) else p for p in plan) for plan in plans),
            tuple(
                self._example_tokens(plan, turn)
                for turn, (head, plan) in enumerate(zip(heads, plans, strict=True))
                if not turn or _is_natural(head, plan)
            ),
        )

    def _is_new(self, rule: str) -> bool:
        new = rule not in self._answers
        self._answers.add(rule)
        return new

    def _value_rule(self, slot: Slot) -> str | None:
        if slot.kind == "number":
            value = number_rule(minimum=slot.minimum, maximum=slot.maximum, integer=slot.integer)
        elif slot.kind == "flag":
            value = f"( {_FLAG} )"
        else:
            said = [rule for rule in map(self._lexicon.value, slot.values) if rule]
            value = f"( {' | '.join(said)} )" if said else ""
        if value and slot.repeats:
            value = f"{value} [ [ and ] {value} [ [ and ] {value} ] ]"
        return value or None

    def _example_tokens(self, plan: Sequence[str | Slot], turn: int) -> tuple[str, ...]:
        """Return a planned sentence with example values; ``turn`` varies them."""
        tokens: list[str] = []
        for part in plan:
            if isinstance(part, str):
                tokens.append(part)
                continue
            tokens += self._example(part, turn)
            turn += 1
        return tuple(tokens)

    def _example(self, slot: Slot, turn: int) -> list[str]:
        """Return the tokens of a plausible value; ``turn`` varies it."""
        if slot.kind == "number":
            return number_words(_example_number(slot, turn)).split()
        values = [value for value in slot.values if self._lexicon.first_tokens(value)]
        if slot.example in values and not turn:
            return list(self._lexicon.first_tokens(str(slot.example)))
        return list(self._lexicon.first_tokens(values[turn % len(values)])) if values else []


def _example_number(slot: Slot, turn: int) -> int | float:
    low, high = slot.minimum, slot.maximum
    if isinstance(slot.example, int | float) and not isinstance(slot.example, bool) and not turn:
        return slot.example
    number: float = _NUMBERS[turn % len(_NUMBERS)]
    if high is not None and number > high:
        number = (max(low or 0, 0) + high) / 2
        number = int(number) if slot.integer or number >= 1 else number
    if low is not None and number < low:
        number = low
    return int(number) if float(number).is_integer() else round(number, 1)


def _plan(head: Head, tool: Tool, names: Mapping[Slot, str]) -> tuple[str | Slot, ...]:
    """Return the plainest sentence for a head: with what is required, or with one parameter."""
    plan: list[str | Slot] = [*(_lead(head) if head.asks and tool.description else ())]
    plan += [part for part in head.parts if isinstance(part, str) or part in names]
    rest = [slot for slot in names if slot not in head.slots and slot.kind != "flag"]
    wanted = [slot for slot in rest if slot.required] or (rest[:1] if not head.slots else [])
    placed = bool(head.slots)
    for slot in wanted:
        plan += _argument(head, slot, placed)
        placed = True
    return tuple(plan)


def _argument(head: Head, slot: Slot, placed: bool) -> list[str | Slot]:
    if slot.kind == "choice" and len(head.words) == 1 and not head.asks and not placed:
        return [slot]  # "plot income", not "plot for income"
    if slot.kind == "choice":
        preposition = next((said for words, said in _SAID_WITH if words.intersection(slot.words)), "for")
        proper = any(value[:1].isupper() for value in slot.values)
        # "in the kitchen", but "in Berlin"
        return [preposition, slot] if preposition != "in" or proper else [preposition, "the", slot]
    if slot.words and slot.words[-1].endswith("s"):
        return ["to" if head.parts[0] in _CHANGING else "with", slot, *slot.words]
    return [slot] if not placed and not head.asks else ["and" if placed else "for", slot]


def _is_natural(head: Head, plan: Sequence[str | Slot]) -> bool:
    """Return whether a plan makes a second suggestion: it asks for one thing with one value."""
    return head.asks and sum(isinstance(part, Slot) for part in plan) == 1


def _lead(head: Head) -> tuple[str, ...]:
    """Return "what is the" or "what are the"."""
    noun = head.words[0] if head.words else ""
    for part in head.parts:
        if not isinstance(part, str) or part in PREPOSITIONS:
            break
        noun = part
    plural = noun.endswith("s") and not noun.endswith(("ss", "us", "is"))
    return ("what", "are" if plural else "is", "the")


def _sentences(heads: Sequence[Head], names: Mapping[Slot, str]) -> str:
    sentences = []
    for head in heads:
        rest = [slot for slot in names if slot not in head.slots]
        ask = f"[ {_ASK} ] " if head.asks else ""
        sentences.append(f"{ask}{_head_rule(head, names)} {_arguments(rest, names)}")
    return f"[ {_POLITE} ] ( {' | '.join(sentences)} ) [ please ]"


def _head_rule(head: Head, names: Mapping[Slot, str]) -> str:
    """Return a head as a rule: any article, or none; a slot with its preposition may be left out."""
    rule: list[str] = []
    parts = list(head.parts)
    for index, part in enumerate(parts):
        if isinstance(part, Slot):
            rule += _slot_rule(part, parts[index + 1 :], rule, names)
        elif not (index and _names_slot(parts[index - 1], parts[index:])):
            rule += _word_rule(part, follows_verb=index == 1 and not head.asks and parts[0] != "how")
    return " ".join(filter(None, rule))


def _slot_rule(
    slot: Slot, after: Sequence[str | Slot], before: list[str], names: Mapping[Slot, str]
) -> list[str]:
    """Return a slot with the preposition that stands before it (taken from there) and its name after it."""
    if slot not in names:
        return []
    preposition = f"{before.pop()} " if before and before[-1] in PREPOSITIONS else ""
    article = "[ the ] " if slot.kind == "choice" else ""
    counted = f" {after[0]}" if _names_slot(slot, after) else ""
    rule = f"{preposition}{article}<{names[slot]}>{counted}"
    return [f"[ {rule} ]" if preposition else rule]


def _names_slot(part: str | Slot, after: Sequence[str | Slot]) -> bool:
    """Return whether a counted thing's name follows its slot, as in "twelve sides"."""
    return isinstance(part, Slot) and part.kind == "number" and bool(after) and after[0] in part.words


def _word_rule(word: str, *, follows_verb: bool) -> list[str]:
    if word in ARTICLES:
        return [f"[ {_ARTICLE} ]"]
    return [f"[ {_ARTICLE} ]", word] if follows_verb and word not in PREPOSITIONS else [word]


def _arguments(rest: Sequence[Slot], names: Mapping[Slot, str]) -> str:
    rules = [_argument_rule(slot, names[slot]) for slot in rest]
    in_order = " ".join(f"[ {rule} ]" for rule in rules)
    if len(rules) == 2:
        return f"( {in_order} | {rules[1]} {rules[0]} )"
    return in_order


def _argument_rule(slot: Slot, name: str) -> str:
    said = " ".join(slot.words)
    if slot.kind == "flag":
        return f"( [ with | without | not ] {said} [ <{name}> ] )"
    if slot.kind == "number":
        return f"( [ and | {_PREPOSITION} ] [ [ a | the ] {said} [ of ] ] <{name}> [ {said} ] )"
    return f"( [ and | {_PREPOSITION} ] [ the ] [ {said} ] <{name}> )"
