"""Fill a tool's parameters from a sentence: numbers, known values, switches, quoted and free text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from realtime_widget.local.lexicon import find_values, name_words
from realtime_widget.local.numbers import find_numbers
from realtime_widget.local.responders.free_text import FreeText, clean, cues, listed
from realtime_widget.local.responders.matching import ToolView, stem, stems
from realtime_widget.local.responders.values import is_object, typed, whole
from realtime_widget.local.slots import Slot

__all__ = ["fill", "fill_answer", "missing_slot"]

Span = tuple[int, int]

_QUOTED = re.compile(
    r"[\"\u201c\u201e]([^\"\u201c\u201d]+)[\"\u201d]|(?<!\w)['\u2018]([^'\u2018\u2019]+)['\u2019](?!\w)"
)
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?\b")
_TIME = re.compile(r"\b\d{1,2}:\d{2}(?:\s?[ap]\.?m\b\.?)?|\b\d{1,2}\s?(?:[ap]\.?m\b\.?|o'clock\b)", re.I)
_LEAD = re.compile(
    r"^(?:(?:it's|it is|that's|that is|the|a|an|use|make it|take|in|for|on|at|to|of|with|about|call it|"
    r"called|named|let's say|say|um|uh|well|please|i want|i'd like|i would like)\s+)+",
    re.I,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_YES = _words("yes yeah sure true on okay ok yep with enable enabled")
_NO = _words("no not false off nope without never don't disable disabled")
_SECONDS = {"second": 1, "minut": 60, "hour": 3600, "day": 86400, "week": 604800}
_DATE_WORDS = _words("date day when datetime until due deadline start end")
_TIME_WORDS = _words("time hour when datetime until start end at")
_SWITCH_WORDS = _words("enabled enable on active state value flag")


class _Filler:
    """Fill the slots of one tool from one text; what was used isn't used again."""

    def __init__(self, text: str, tool: ToolView, slots: Sequence[Slot]) -> None:
        self.text = text
        self.tool = tool
        self.slots = slots
        self.used: list[Span] = []
        self.values: dict[str, Any] = {}

    def run(self) -> dict[str, Any]:
        for step in (self._dates, self._quotes, self._choices, self._numbers, self._flags, self._free):
            step()
        return self.values

    def _open(self, *kinds: str) -> list[Slot]:
        return [slot for slot in self.slots if slot.kind in kinds and slot.name not in self.values]

    def _is_free(self, span: Span) -> bool:
        return all(span[1] <= start or span[0] >= end for start, end in self.used)

    def _take(self, slot: Slot, value: Any, *spans: Span) -> None:
        self.values[slot.name] = value
        self.used += spans

    # -- dates and quotes --------------------------------------------------------------------------------

    def _dates(self) -> None:
        for names, pattern in ((_DATE_WORDS, _DATE), (_TIME_WORDS, _TIME)):
            slots = [slot for slot in self._open("free", "choice") if names.intersection(slot.words)]
            found = [entry for entry in pattern.finditer(self.text) if self._is_free(entry.span())]
            for slot, entry in zip([slot for slot in slots if not slot.closed], found, strict=False):
                self._take(slot, entry.group(), entry.span())

    def _quotes(self) -> None:
        slots = [slot for slot in self._open("free", "choice") if not slot.closed and not slot.repeats]
        quotes = list(_QUOTED.finditer(self.text))
        for slot in [*slots]:
            near = next((quote for quote in quotes if self._names_before(slot, quote.start())), None)
            if near is not None:
                self._take(slot, near.group(1) or near.group(2), near.span())
                quotes.remove(near)
                slots.remove(slot)
        for slot, quote in zip(slots, quotes, strict=False):
            self._take(slot, quote.group(1) or quote.group(2), quote.span())

    def _names_before(self, slot: Slot, at: int) -> bool:
        before = name_words(self.text[:at].lower())[-2:]
        return bool(stems(before) & stems(slot.words)) if slot.words else False

    # -- known values ------------------------------------------------------------------------------------

    def _choices(self) -> None:
        slots = self._open("choice")
        for slot in sorted(slots, key=lambda slot: (not slot.closed, not cues(slot))):
            found = [
                (value, span) for value, span in find_values(self.text, slot.values) if self._is_free(span)
            ]
            if not found:
                continue
            if slot.repeats:
                values = list(dict.fromkeys(typed(value, slot, self.tool) for value, _ in found))
                self._take(slot, values, *(span for _, span in found))
                continue
            cued = [entry for entry in found if self._word_before(entry[1][0]) in cues(slot)]
            value, span = (cued or found)[0]
            self._take(slot, typed(value, slot, self.tool), span)

    def _word_before(self, at: int) -> str:
        words = [
            word for word in re.findall(r"[\w']+", self.text[:at].lower()) if word not in ("the", "a", "an")
        ]
        return words[-1] if words else ""

    # -- numbers -----------------------------------------------------------------------------------------

    def _numbers(self) -> None:
        found = self._free_numbers()
        slots = self._open("number")
        many = [slot for slot in slots if slot.repeats]
        single = [slot for slot in slots if not slot.repeats]
        for slot in single[:]:
            near = next((number for number in found if self._is_beside(slot, number[1])), None)
            if near is not None:
                self._take_number(slot, near)
                found.remove(near)
                single.remove(slot)
        if len(found) < len(single):
            single.sort(key=lambda slot: not slot.required)
        for slot, number in zip(single, found, strict=False):
            self._take_number(slot, number)
        rest = found[len(single) :]
        if many and rest:
            self._take(many[0], [whole(value) for value, _ in rest], *(span for _, span in rest))

    def _free_numbers(self) -> list[tuple[float, Span]]:
        numbers: list[tuple[float, Span]] = []
        end = -1
        for value, span in find_numbers(self.text):
            if not self._is_free(span) or self._is_pronoun(span) or self._counts_numbers(span):
                continue
            # "ten minus four" has a four: the minus after a number is the operation.
            follows = numbers and not self.text[end : span[0]].strip()
            numbers.append((abs(value) if follows and value < 0 else value, span))
            end = span[1]
        return numbers

    def _is_pronoun(self, span: Span) -> bool:
        """Tell whether it is the "one" of "that one" or "which one"."""
        is_one = self.text[span[0] : span[1]].lower() == "one"
        return is_one and self._word_before(span[0]) in ("that", "this", "which", "no", "another", "any")

    def _counts_numbers(self, span: Span) -> bool:
        """Tell whether it is the "two" of "two numbers"."""
        return re.match(r"\s*(?:numbers?|values?|of them)\b", self.text[span[1] :], re.I) is not None

    def _is_beside(self, slot: Slot, span: Span) -> bool:
        """Tell whether the parameter's name stands beside a number: "twelve sides", "a width of 5"."""
        names = stems(slot.words) - {"number", "of", "count"}
        after = re.findall(r"[^\W\d_]+", self.text[span[1] :].lower())[:1]
        before = [
            word
            for word in re.findall(r"[^\W\d_]+", self.text[: span[0]].lower())[-4:]
            if word not in ("of", "is", "to", "equals", "be", "as", "the", "at")
        ][-1:]
        beside = stems(after) | ({stem(before[0])} if before else set())
        return bool(names & beside) or self._unit(slot, span) != 1

    def _unit(self, slot: Slot, span: Span) -> float:
        """Return what a number must be multiplied with: five minutes are 300 of a parameter in seconds."""
        wanted = next((_SECONDS[word] for word in stems(slot.words) if word in _SECONDS), None)
        after = re.match(r"\s*(?:and a half\s+)?([^\W\d_]+)", self.text[span[1] :].lower())
        said = _SECONDS.get(stem(after.group(1))) if after else None
        return said / wanted if wanted and said else 1

    def _take_number(self, slot: Slot, number: tuple[float, Span]) -> None:
        value, span = number
        self._take(slot, whole(value * self._unit(slot, span)), span)

    # -- switches ----------------------------------------------------------------------------------------

    def _flags(self) -> None:
        words = re.findall(r"[\w']+", self.text.lower())
        slots = self._open("flag")
        for slot in slots:
            names = stems(slot.words)
            at = next((i for i, word in enumerate(words) if stem(word) in names), None)
            if at is not None and (len(names) == 1 or names <= stems(words)):
                around = {*words[max(at - 2, 0) : at], *words[at + 1 : at + 3]}
                self._take(slot, not around & _NO)
            elif len(slots) == 1 and (
                said := [word for word in words if word in ("on", "off", "true", "false")]
            ):
                self._take(slot, said[-1] in _YES)
            elif len(self.slots) == 1 and _SWITCH_WORDS.issuperset(slot.words):
                self._switch(slot, words)

    def _switch(self, slot: Slot, words: Sequence[str]) -> None:
        """Fill a switch that the tool itself is: "mute", "unmute"."""
        if any(word.startswith("un") and stem(word[2:]) in self.tool.name_stems for word in words):
            self._take(slot, False)
        elif self.tool.name_stems & stems(words):
            self._take(slot, not _NO.intersection(words))

    # -- free text ---------------------------------------------------------------------------------------

    def _free(self) -> None:
        slots = [
            slot
            for slot in self._open("free", "choice")
            if not slot.closed and not is_object(slot, self.tool)
        ]
        for slot in slots:
            found = FreeText(self.text, self.tool, self.used).find(slot, slots)
            if found is not None:
                start, end = found
                text = clean(self.text[start:end])
                self._take(slot, listed(text) if slot.repeats else text, found)


# -- what the dialogue needs ---------------------------------------------------------------------------------


def fill(text: str, tool: ToolView, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the arguments that a sentence gives; `known` ones stay."""
    known = dict(known or {})
    slots = [slot for slot in tool.slots if slot.name not in known]
    return _in_order({**known, **_Filler(text, tool, slots).run()}, tool)


def fill_answer(text: str, tool: ToolView, known: Mapping[str, Any], asked: str) -> dict[str, Any] | None:
    """Return the arguments after the answer to a question for one of them; None when it isn't an answer."""
    slot = next((slot for slot in tool.slots if slot.name == asked), None)
    if slot is None:
        return None
    value = _bare_value(text, slot, tool)
    if value is None:
        return None
    return _in_order({**known, slot.name: value}, tool)


def _bare_value(text: str, slot: Slot, tool: ToolView) -> Any:
    quoted = _QUOTED.search(text)
    if slot.kind != "free":
        found = _Filler(text, tool, [slot]).run()
        if slot.name in found:
            return found[slot.name]
    elif quoted is not None and not slot.repeats:
        return quoted.group(1) or quoted.group(2)
    words = re.findall(r"[\w']+", text.lower())
    if slot.kind == "flag":
        answer = [word in _YES for word in words if word in _YES | _NO]
        return answer[0] if answer else None
    if slot.kind == "number" or slot.closed:
        return None
    bare = clean(_LEAD.sub("", clean(text)))
    if not bare:
        return None
    return listed(bare) if slot.repeats else bare


def missing_slot(tool: ToolView, arguments: Mapping[str, Any]) -> Slot | None:
    """Return the first required parameter that has no value."""
    return next((slot for slot in tool.slots if slot.required and slot.name not in arguments), None)


def _in_order(arguments: Mapping[str, Any], tool: ToolView) -> dict[str, Any]:
    return {slot.name: arguments[slot.name] for slot in tool.slots if slot.name in arguments}
