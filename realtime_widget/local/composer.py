"""Compose the rules of a tool's sentences, and a few such sentences as suggestions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from realtime_widget.local.grammar import SpokenWord, number_rule
from realtime_widget.local.lexicon import Lexicon
from realtime_widget.local.numbers import number_words
from realtime_widget.local.placing import is_counted
from realtime_widget.local.sentences import Head, Tool
from realtime_widget.local.slots import Slot
from realtime_widget.local.vocabulary import (
    ADJECTIVES,
    ARTICLES,
    CHANGING,
    GENERIC,
    MASS_NOUNS,
    MOVING,
    PLACES,
    PREPOSITIONS,
)

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


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SAID_WITH = (
    (frozenset(["city", "town", "location", "place", "country", "room", "language", "unit", "units"]), "in"),
    (frozenset(["source", "from", "origin", "start"]), "from"),
    (frozenset(["target", "to", "destination", "end"]), "to"),
    (frozenset(["kind", "type", "style", "format", "mode"]), "as"),
    (frozenset(["day", "weekday", "date"]), "on"),
    (frozenset(["by"]), "by"),
)
_LASTING = _words("seconds minutes hours days weeks months years epochs steps iterations rounds people")
_WORKING_OUT = _words("compute calculate estimate predict evaluate determine check test find show")
_SWITCHING = _words("on off enabled active state")
_NUMBERS = (12, 20, 30, 7, 3, 2, 1, 100, 500, 1000, 2000, 2020)
"""Numbers for suggestions, in turn: growing, and not easily misheard."""
_SHARE = 0.5
_MOST_WORDS = 10


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
        plans = [_plan(head, names) for head in heads if not head.is_name or head == heads[0]]
        plans += [short for plan in plans if (short := _without_nouns(plan)) != plan]
        likeliest = tuple(self._plan_rule(plan, names) for plan in plans)
        rules[prefix] = f"{self._sentences(heads, names)} | {' | '.join(likeliest)}"
        utterances = [f"<{prefix}>"]
        if answers:
            rules[f"{prefix}_answer"] = " | ".join(answers)
            utterances.append(f"[ the ] <{prefix}_answer>")
        suggestions = dict.fromkeys(self._example_tokens(plans[0], turn) for turn in range(2))
        return Composition(rules, tuple(utterances), likeliest, tuple(suggestions))

    def _plan_rule(self, plan: Sequence[str | Slot], names: Mapping[Slot, str]) -> str:
        return " ".join(f"<{names[part]}>" if isinstance(part, Slot) else self._word(part) for part in plan)

    def _word(self, word: str) -> str:
        """Return the JSGF of a word; one with capitals is written as it is."""
        return word if word == word.lower() else self._lexicon.value(word) or word.lower()

    def _sentences(self, heads: Sequence[Head], names: Mapping[Slot, str]) -> str:
        sentences = []
        for head in heads:
            rest = [slot for slot in names if slot not in head.slots]
            ask = f"[ {_ASK} ] " if head.asks else ""
            sentences.append(f"{ask}{self._head_rule(head, names)} {_arguments(rest, names)}")
        return f"[ {_POLITE} ] ( {' | '.join(sentences)} ) [ please ]"

    def _head_rule(self, head: Head, names: Mapping[Slot, str]) -> str:
        """Return a head as a rule: any article, or none; a slot with its preposition may be left out."""
        rule: list[str] = []
        parts = list(head.parts)
        for index, part in enumerate(parts):
            if isinstance(part, Slot):
                rule += _slot_rule(part, parts[index + 1 :], rule, names)
            elif not (index and _names_slot(parts[index - 1], parts[index:])):
                follows_verb = index == 1 and not head.asks and parts[0] != "how"
                rule += _word_rule(self._word(part), follows_verb=follows_verb)
        return " ".join(filter(None, rule))

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
        numbers = 0
        for index, part in enumerate(plan):
            if isinstance(part, str):
                tokens += (
                    [part] if part == part.lower() else self._lexicon.first_tokens(part) or [part.lower()]
                )
                continue
            at = turn + (numbers if part.kind == "number" else index and _same_kind_before(plan, index))
            numbers += 1 + part.repeats if part.kind == "number" else 0
            tokens += self._example(part, at, first=not turn)
            if part.repeats:
                more = self._example(part, at + 1, first=False)
                tokens += ["and", *more] if more != self._example(part, at, first=not turn) else []
        return tuple(tokens)

    def _tokens(self, word: str) -> Sequence[str]:
        return [word] if word == word.lower() else self._lexicon.first_tokens(word) or [word.lower()]

    def _example(self, slot: Slot, turn: int, *, first: bool) -> list[str]:
        """Return the tokens of a plausible value; ``turn`` varies it, ``first`` allows its own example."""
        if slot.kind == "number":
            return number_words(_example_number(slot, turn, first=first)).split()
        if slot.kind == "flag":
            return ["off" if turn % 2 else "on"]
        values = [value for value in slot.values if self._lexicon.first_tokens(value)]
        if slot.example in values and first:
            return list(self._lexicon.first_tokens(str(slot.example)))
        return list(self._lexicon.first_tokens(values[turn % len(values)])) if values else []


def _same_kind_before(plan: Sequence[str | Slot], index: int) -> int:
    """Return how many parameters before this one have the same values: each gets another example."""
    slot = plan[index]
    assert isinstance(slot, Slot)
    return sum(1 for part in plan[:index] if isinstance(part, Slot) and part.values == slot.values)


def _example_number(slot: Slot, turn: int, *, first: bool) -> int | float:
    if isinstance(slot.example, int | float) and not isinstance(slot.example, bool) and first:
        return slot.example
    low = -float("inf") if slot.minimum is None else slot.minimum
    high = float("inf") if slot.maximum is None else slot.maximum
    fitting = [number for number in _NUMBERS if low <= number <= high and number > 0]
    if not slot.integer and high <= 1 and low < _SHARE < high:
        return _SHARE
    if not fitting:
        fitting = [-number for number in _NUMBERS if low <= -number <= high]
    if len(fitting) > 1 and high <= _NUMBERS[0] * 3:
        fitting.sort()
        fitting = fitting[len(fitting) // 2 :] + fitting[: len(fitting) // 2]
    if fitting:
        return fitting[turn % len(fitting)]
    number = low if low > -float("inf") else high
    return int(number) if float(number).is_integer() else round(number, 3)


def _plan(head: Head, names: Mapping[Slot, str]) -> tuple[str | Slot, ...]:
    """Return the plainest sentence for a head: with what is required, or with one choice."""
    plan: list[str | Slot] = [part for part in head.parts if isinstance(part, str) or part in names]
    rest = [slot for slot in names if slot not in head.slots]
    wanted = [slot for slot in rest if slot.required]
    if not wanted and not head.slots:
        wanted = [slot for slot in rest if slot.kind == "choice"][:1]
    plan = _cut(plan, _MOST_WORDS - len(head.lead) - 2 * len(wanted))
    placed = any(isinstance(part, Slot) for part in plan)
    if head.parts[0] in CHANGING and not placed and any(slot.kind == "number" for slot in wanted):
        plan = plan[: plan.index("to")] if "to" in plan else plan  # "dim the lights to a percentage"
    for slot in wanted:
        plan += _argument(head, slot, plan, placed)
        placed = True
    return (*head.lead, *plan)


def _without_nouns(plan: tuple[str | Slot, ...]) -> tuple[str | Slot, ...]:
    """Return "train linear" for "train the linear model"."""
    short: list[str | Slot] = []
    for index, part in enumerate(plan):
        before = plan[index - 1] if index else None
        if isinstance(before, Slot) and before.kind == "choice" and _names_slot(before, plan[index:]):
            if short[-2:-1] == ["the"]:
                del short[-2]
        else:
            short.append(part)
    return tuple(short)


def _cut(plan: list[str | Slot], most: int) -> list[str | Slot]:
    """Cut what follows the last slot off a long sentence, at a preposition."""
    while len(plan) > most:
        cuts = [at for at, part in enumerate(plan) if at > 1 and part in PREPOSITIONS]
        if not cuts or any(isinstance(part, Slot) for part in plan[cuts[-1] :]):
            break
        plan = plan[: cuts[-1]]
    return plan


def _argument(head: Head, slot: Slot, plan: Sequence[str | Slot], placed: bool) -> list[str | Slot]:
    """Return how a parameter that the head doesn't name is said."""
    if slot.kind == "flag":
        return _said_flag(head, slot)
    if slot.kind == "choice":
        return _said_choice(head, slot, plan, placed)
    verb, counted = head.parts[0], is_counted(slot)
    noun = slot.words[-1] if slot.words else ""
    said: list[str | Slot] = [slot, *slot.words] if counted else [slot]
    if placed and _ends_with_number(plan):
        return ["and", *said]
    if verb in CHANGING or verb in MOVING:
        return ["to" if verb in CHANGING else "by", *said]
    if head.asks or slot.repeats or (counted and noun in _LASTING):
        return ["for", *said]
    if counted:
        return ["with", *said]
    if GENERIC.issuperset(slot.words) and len(plan) > 1:
        return ["for" if verb in _WORKING_OUT else "with", *said]
    if GENERIC.issuperset(slot.words) or plan[-1:] == [slot.words[0]]:  # "cancel order twelve"
        return said
    return ["with", "an" if slot.words[0][:1] in "aeiou" else "a", *slot.words, "of", slot]


def _ends_with_number(plan: Sequence[str | Slot]) -> bool:
    return any(isinstance(part, Slot) and part.kind == "number" for part in plan[-2:])


def _said_flag(head: Head, slot: Slot) -> list[str | Slot]:
    if not _SWITCHING.intersection(slot.words):
        return ["with", *slot.words]
    return [slot] if head.asks or head.parts[0] in ("turn", "switch", "set") else []  # else the verb tells it


def _said_choice(head: Head, slot: Slot, plan: Sequence[str | Slot], placed: bool) -> list[str | Slot]:
    noun = slot.words[-1] if slot.words else ""
    article = ["the"] if noun in PLACES and _is_common(slot) else []
    if not head.asks and len(plan) == 1:  # "plot income", not "plot for income"
        return [*article, slot]
    preposition = next((said for words, said in _SAID_WITH if words.intersection(slot.words)), None)
    if preposition is None:
        changes = head.parts[0] in CHANGING and not placed
        preposition = "to" if changes else "for" if head.asks or _is_common(slot) is False else "with"
        if plan[-2:-1] == [preposition] or (placed and plan[-3:-2] == [preposition]):
            preposition = "and"
    if noun in MASS_NOUNS or noun == "size":
        return [preposition, slot, noun]
    return [preposition, "the", slot, noun] if noun in ADJECTIVES else [preposition, *article, slot]


def _is_common(slot: Slot) -> bool:
    return not any(value[:1].isupper() for value in slot.values)


def _slot_rule(
    slot: Slot, after: Sequence[str | Slot], before: list[str], names: Mapping[Slot, str]
) -> list[str]:
    """Return a slot with the preposition that stands before it (taken from there) and its name after it."""
    if slot not in names:
        return []
    preposition = f"{before.pop()} " if before and before[-1] in PREPOSITIONS else ""
    article = "[ the ] " if slot.kind == "choice" else ""
    counted = f" {after[0]}" if _names_slot(slot, after) else ""
    if counted and slot.kind == "choice":  # "the front door", or "the front"
        counted = f" [{counted} ]"
    rule = f"{preposition}{article}<{names[slot]}>{counted}"
    return [f"[ {rule} ]" if preposition else rule]


def _names_slot(part: str | Slot, after: Sequence[str | Slot]) -> bool:
    """Return whether a counted thing's name follows its slot, as in "twelve sides"."""
    return isinstance(part, Slot) and not part.repeats and bool(after) and after[0] in part.words


def _word_rule(word: str, *, follows_verb: bool) -> list[str]:
    if word in ARTICLES:
        return [f"[ {_ARTICLE} ]" if word in _ARTICLE.split() else f"[ {_ARTICLE} | {word} ]"]
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
