"""Understand the user's turns one after the other: what is asked for, and what a question was answered with.

A pure function of what was said: nothing is remembered between responses.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from realtime_widget.local.lexicon import find_values
from realtime_widget.local.phrases import demo_intent
from realtime_widget.local.responders.filling import fill, fill_answer, missing_slot
from realtime_widget.local.responders.matching import Match, ToolView, best_match, match_clauses, stem
from realtime_widget.local.responders.telling import join_words
from realtime_widget.local.responders.values import forced_value
from realtime_widget.local.slots import Slot

__all__ = ["Call", "Meaning", "Question", "follow", "force", "understand"]

SURE_SCORE = 0.8
"""From here on a tool wins over small talk, and over an answer that can be anything."""
_ALWAYS_TALK = frozenset(("stop", "thanks", "goodbye", "hello", "yes", "no", "wellbeing"))
_REFUSAL = re.compile(r"^\s*(?:please\s+)?(?:don't|do not|never)\b(?!\s+mind)", re.I)
_MOST_OPTIONS = 6
_NAMED = re.compile(r"\b(?:for|in|of|from|to|at)\s+(?:the\s+)?([^\W\d_]{3,})", re.I)
_NO_NAMES = frozenset(
    (
        "all",
        "any",
        "each",
        "every",
        "him",
        "her",
        "how",
        "least",
        "most",
        "now",
        "that",
        "the",
        "them",
        "this",
        "today",
        "tomorrow",
        "what",
        "which",
        "you",
    )
)
"""Words after a preposition that name no value."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call to be made."""

    tool: ToolView
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A question for a parameter that is missing; `ready` are calls that wait for the answer too."""

    call: Call
    slot: Slot
    ready: tuple[Call, ...] = ()

    @property
    def text(self) -> str:
        """The question."""
        return ask(self.call.tool, self.slot)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a turn means: calls, a question, small talk (`intent`), or nothing that the demo knows."""

    text: str
    calls: tuple[Call, ...] = ()
    question: Question | None = None
    intent: str | None = None
    dropped: bool = False
    """The user doesn't want what was being asked about."""
    doubted: tuple[Call, ...] = ()
    """Calls that wait for a yes: it isn't sure that they were asked for."""
    confirmed: bool = False
    """The calls have had their yes."""

    def doubt(self) -> Meaning:
        """Return it with calls that wait for a yes."""
        return replace(self, calls=(), doubted=self.calls)


def follow(
    turns: Sequence[str], tools: Sequence[ToolView], *, doubted: Collection[int] = frozenset()
) -> Meaning:
    """Return what the last turn means after the ones before it; about `doubted` ones it asked back."""
    meaning = Meaning("")
    for index, text in enumerate(turns):
        meaning = _decide(text, meaning.doubted) or understand(text, tools, meaning.question)
        if index in doubted:
            meaning = meaning.doubt()
    return meaning


def _decide(text: str, doubted: tuple[Call, ...]) -> Meaning | None:
    """Return what a yes or a no to calls in doubt means; None when it is neither."""
    intent = demo_intent(text) if doubted else None
    if intent == "yes":
        return Meaning(text, calls=doubted, confirmed=True)
    return Meaning(text, dropped=True) if intent in ("no", "stop") else None


def understand(text: str, tools: Sequence[ToolView], question: Question | None = None) -> Meaning:
    """Return what one turn means; `question` is what was asked before."""
    if question is not None:
        answered = _answer(text, tools, question)
        if answered is not None:
            return answered
    if not text.strip():
        return Meaning(text)
    if _REFUSAL.match(text) and tools:
        return Meaning(text, dropped=True)
    intent = demo_intent(text)
    matches = [] if intent in _ALWAYS_TALK else match_clauses(text, tools)
    if intent is not None and (not matches or matches[0].score < SURE_SCORE):
        return Meaning(text, intent=intent)
    if not matches:
        # The same question again, if it was one: nothing else is known to have been meant.
        return Meaning(text, question=question)
    calls: list[Call] = []
    for match in _merged(text, matches):
        calls += [call for call in _calls(match) if call not in calls]
    return _plan(text, calls)


def _answer(text: str, tools: Sequence[ToolView], question: Question) -> Meaning | None:
    """Return what a turn after a question means; None when it is about something else."""
    intent = demo_intent(text)
    if (intent in ("stop", "no") and question.slot.kind != "flag") or _REFUSAL.match(text):
        return Meaning(text, dropped=True)
    other = best_match(text, tools)
    takes_anything = question.slot.kind in ("free", "choice") and not question.slot.closed
    sure = SURE_SCORE if takes_anything else 0.6
    if other is not None and other.score >= sure and other.tool.name != question.call.tool.name:
        return None
    if intent is not None and intent not in ("yes", "no") and not takes_anything:
        return None
    if intent in ("capabilities", "identity", "repeat", "hello"):
        return None
    call = question.call
    if other is not None and other.score >= SURE_SCORE and _is_whole(text, call.tool):
        return None  # the same tool again, with all it needs: what was said before is over
    known = {**fill(text, call.tool, call.arguments), **call.arguments}
    if question.slot.name not in known or takes_anything:
        answered = fill_answer(text, call.tool, call.arguments, question.slot.name)
        if answered is None and len(known) == len(call.arguments):
            return None
        if answered is None:  # the answer to another question, which comes in handy
            return _plan(text, [*question.ready, Call(call.tool, known)])
        known = {**answered, **{name: known[name] for name in known if name not in answered}}
        known = _without_repeats(known, question.slot.name)
    return _plan(text, [*question.ready, Call(call.tool, known)])


def _is_whole(text: str, tool: ToolView) -> bool:
    """Tell whether a sentence by itself gives a tool all that it needs, and something at all."""
    given = fill(text, tool)
    return bool(given) and missing_slot(tool, given) is None


def _merged(text: str, matches: Sequence[Match]) -> list[Match]:
    """Join parts of a sentence that only together give one tool what it needs: "of age and income"."""
    joined: list[Match] = []
    start = 0
    for match in matches:
        at = text.find(match.text, start)
        last = joined[-1] if joined else None
        if last is not None and last.tool.name == match.tool.name and _goes_on(last):
            begin = text.rfind(last.text, 0, at)
            joined[-1] = Match(match.tool, max(last.score, match.score), text[begin : at + len(match.text)])
        else:
            joined.append(match)
        start = at + len(match.text)
    return joined


def _goes_on(match: Match) -> bool:
    """Tell whether the values that follow may still belong to this part of a sentence."""
    lists = any(slot.repeats for slot in match.tool.slots)
    return lists or missing_slot(match.tool, fill(match.text, match.tool)) is not None


def _without_repeats(arguments: dict[str, Any], asked: str) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name == asked or value != arguments[asked]}


def _calls(match: Match) -> list[Call]:
    """Return the call that a clause asks for, or several where it names several values for one parameter."""
    arguments = fill(match.text, match.tool)
    calls = [Call(match.tool, arguments)]
    choices = [slot for slot in match.tool.slots if slot.kind == "choice" and not slot.repeats]
    if len(choices) != 1 or choices[0].name not in arguments:
        return calls
    slot = choices[0]
    rest = match.text
    for _ in range(_MOST_OPTIONS):
        rest = _after_value(rest, slot, match.tool)
        again = fill(rest, match.tool) if rest else {}
        if slot.name not in again or not re.match(r"\s*(?:,|and\b|or\b)", rest, re.I):
            break
        calls.append(Call(match.tool, {**arguments, slot.name: again[slot.name]}))
    return calls


def _after_value(text: str, slot: Slot, tool: ToolView) -> str:
    """Return what follows the first value of a parameter that a text names."""
    found = find_values(text, slot.values)
    return text[found[0][1][1] :] if found else ""


def _plan(text: str, calls: Sequence[Call]) -> Meaning:
    """Make the calls, or ask for what the first incomplete one lacks."""
    for index, call in enumerate(calls):
        slot = missing_slot(call.tool, call.arguments) or _misnamed_slot(text, call)
        if slot is not None:
            ready = (*calls[:index], *calls[index + 1 :])
            return Meaning(text, question=Question(call, slot, ready))
    return Meaning(text, calls=tuple(calls))


def _misnamed_slot(text: str, call: Call) -> Slot | None:
    """Return the choice that a sentence gives a value it doesn't have: "rows for London"."""
    for slot in call.tool.slots:
        if slot.kind == "choice" and slot.closed and slot.name not in call.arguments and not slot.repeats:
            named = [word for word in _NAMED.findall(text) if stem(word.lower()) not in call.tool.known_stems]
            return slot if any(word.lower() not in _NO_NAMES for word in named) else None
    return None


def force(text: str, tools: Sequence[ToolView], *, name: str | None = None) -> Call:
    """Return a call that must be made, of the tool `name` or of the likeliest one, with values made up.

    Raises:
        LookupError: There is no such tool.
    """
    wanted = [tool for tool in tools if name is None or tool.name == name]
    if not wanted:
        raise LookupError(
            f"There is no tool named {name!r}." if name else "There are no tools to choose from."
        )
    match = best_match(text, wanted)
    tool = match.tool if match is not None else wanted[0]
    arguments = dict(fill(text, tool))
    for slot in tool.slots:
        if slot.required and slot.name not in arguments:
            arguments[slot.name] = forced_value(slot, tool, text)
    return Call(tool, arguments)


def ask(tool: ToolView, slot: Slot) -> str:
    """Return the question for a parameter."""
    name = " ".join(slot.words) or slot.name
    if len(name) <= 2:  # "b", "to"
        name = f"\u201c{name}\u201d"
    reason = f"To {tool.title}" if tool.acts else f"For the {tool.subject}"
    if slot.kind == "flag":
        return f"{reason} I need to know: {name}, yes or no?"
    if slot.kind == "number":
        counted = bool(slot.words) and slot.words[-1].endswith("s") and not slot.repeats
        return f"{reason} I need a number. " + (
            f"How many {name}?" if counted else f"Which number for {name}?"
        )
    if slot.closed and 1 < len(slot.values) <= _MOST_OPTIONS:
        options = [value.replace("_", " ") for value in slot.values]
        return f"{reason} I need the {name}. Which one: {join_words(options, 'or')}?"
    return (
        f"{reason} I need the {name}. What shall it be?"
        if name[0] == "\u201c"
        else (f"{reason} I need the {name}. Which {name}?")
    )
