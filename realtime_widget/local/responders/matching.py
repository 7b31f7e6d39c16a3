"""Find the tool that a sentence asks for, by the words of its name, its description and its parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from realtime_widget.local.lexicon import find_values, name_words
from realtime_widget.local.numbers import find_numbers
from realtime_widget.local.sentences import Head, read_tool
from realtime_widget.local.slots import Slot
from realtime_widget.local.vocabulary import ACTING, ASKING, HARMLESS

__all__ = [
    "LEAST_SCORE",
    "Match",
    "ToolView",
    "best_match",
    "match_clauses",
    "stem",
    "view_tools",
]

LEAST_SCORE = 0.4
"""Below it the demo says that it didn't understand."""
CLAUSE_SCORE = 0.5
"""Of each part of a sentence that asks for several tools."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_IDLE = _words(
    "a about an and are as at be can could did do does for from give has have hear how i in is it let "
    "like me my of please s shall should so some tell than that the their them there these this those "
    "to us want was what what's when where which who will with would you your here let's i'd i'll i'm "
    "it's ok okay hey hi hello just now then also much many any all by into whats need"
)
"""Words that tell nothing about which tool is meant."""
_VAGUE = _words("get set fetch run do make show find use call check compute calculate query look")
"""Verbs that so many names begin with that they tell little."""
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "plus": ("add", "sum"),
    "minus": ("subtract", "difference"),
    "times": ("multiply", "product"),
    "multiplied": ("multiply", "product"),
    "divided": ("divide", "quotient"),
    "over": ("divide",),
    "total": ("sum",),
    "sum": ("add", "total"),
    "mean": ("average",),
    "average": ("mean",),
    "temperature": ("weather",),
    "hot": ("weather", "temperature"),
    "warm": ("weather", "temperature"),
    "cold": ("weather", "temperature"),
    "rain": ("weather",),
    "sunny": ("weather",),
    "forecast": ("weather",),
    "alarm": ("timer",),
    "chart": ("plot", "graph"),
    "graph": ("plot", "chart"),
    "draw": ("plot", "chart", "paint"),
    "plot": ("chart", "graph", "draw"),
    "picture": ("image", "photo"),
    "photo": ("image", "picture"),
    "die": ("dice",),
    "throw": ("roll",),
    "lamp": ("light",),
    "switch": ("turn", "toggle"),
    "records": ("rows",),
    "lines": ("rows",),
    "remind": ("reminder",),
    "mail": ("email",),
    "tune": ("song", "music"),
    "biggest": ("largest", "maximum", "max"),
    "smallest": ("minimum", "min"),
}
_JOINTS = re.compile(r"(\s*[,;]\s*(?:and\s+)?(?:then\s+)?|\s+and\s+(?:also\s+|then\s+)?|\s+then\s+)", re.I)


def stem(word: str) -> str:
    """Return the stem of a word: "rolling", "rolls" and "rolled" are one."""
    for ending in ("ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word.removesuffix(ending)
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def stems(words: Iterable[str]) -> frozenset[str]:
    """Return the stems of words."""
    return frozenset(map(stem, words))


@dataclass(frozen=True)
class ToolView:
    """A tool as the demo sees it."""

    wire: Mapping[str, Any]
    name: str
    description: str
    slots: tuple[Slot, ...]
    heads: tuple[Head, ...]

    @cached_property
    def phrases(self) -> tuple[tuple[str, ...], ...]:
        """Ways to name it: the words of its name, and the beginnings of sentences that ask for it."""
        ways = [name_words(self.name), *(head.words for head in self.heads)]
        return tuple(dict.fromkeys(filter(None, ways)))

    @cached_property
    def name_stems(self) -> frozenset[str]:
        """Stems that name it."""
        return stems(word for phrase in self.phrases for word in phrase) - _IDLE_STEMS

    @cached_property
    def known_stems(self) -> frozenset[str]:
        """Stems that have to do with it."""
        described = name_words(self.description.lower())
        parameters = (word for slot in self.slots for word in (*slot.words, *name_words(slot.description)))
        return self.name_stems | (stems((*described, *parameters)) - _IDLE_STEMS)

    @property
    def title(self) -> str:
        """Its name as a person says it."""
        return " ".join(name_words(self.name)) or self.name

    @property
    def subject(self) -> str:
        """What it is about: "get weather" is about "weather"."""
        words = name_words(self.name)
        return " ".join(words[1:] if len(words) > 1 and words[0] in ASKING else words) or self.name

    @property
    def acts(self) -> bool:
        """Whether it does something rather than tells something."""
        words = name_words(self.name)
        return bool(words) and words[0] in ACTING

    @property
    def has_effects(self) -> bool:
        """Whether calling it may change something, as far as its words tell."""
        head = self.heads[0] if self.heads else None
        if head is None:
            return True
        return not head.asks and head.parts[0] not in ASKING | HARMLESS | {"how", "is", "are", "has"}


_IDLE_STEMS = stems(_IDLE)
_VAGUE_STEMS = stems(_VAGUE)


def view_tools(tools: Iterable[Mapping[str, Any]]) -> tuple[ToolView, ...]:
    """Read the session's function tools."""
    views = []
    for wire in tools:
        if wire.get("type", "function") == "function" and wire.get("name"):
            tool = read_tool(wire)
            views.append(ToolView(wire, tool.name, tool.description, tool.slots, tool.heads))
    return tuple(views)


@dataclass(frozen=True, slots=True)
class Match:
    """A tool and how well the sentence asks for it, 0 to 1; `text` is the part of the sentence that does."""

    tool: ToolView
    score: float
    text: str


def best_match(text: str, tools: Sequence[ToolView]) -> Match | None:
    """Return the tool that a sentence asks for; None when none is meant clearly enough."""
    matches = [Match(tool, score(text, tool), text) for tool in tools]
    best = max(matches, key=lambda match: match.score, default=None)
    return best if best is not None and best.score >= LEAST_SCORE else None


def match_clauses(text: str, tools: Sequence[ToolView]) -> list[Match]:
    """Return the tools that a sentence asks for, in order: several where its parts each ask for one."""
    whole = best_match(text, tools)
    if whole is None:
        return []
    pieces = _JOINTS.split(text)
    clauses: list[str] = []
    for index in range(0, len(pieces), 2):
        clause, joint = pieces[index], pieces[index - 1] if index else ""
        if clauses and not (_asks(clause, tools) and _asks(clauses[-1], tools)):
            clauses[-1] += joint + clause
        else:
            clauses.append(clause)
    if len(clauses) < 2:
        return [whole]
    found = [best_match(clause, tools) for clause in clauses]
    return [match for match in found if match is not None]


def _asks(clause: str, tools: Sequence[ToolView]) -> bool:
    match = best_match(clause, tools)
    return match is not None and match.score >= CLAUSE_SCORE


def score(text: str, tool: ToolView) -> float:
    """Return how well a sentence asks for a tool, 0 to 1.

    It counts how much of the tool's name is said, and how much of what is said has to do with the tool.
    """
    said = _said(text, tool)
    if not said.words & tool.known_stems:
        return 0.0
    named = max((_coverage(phrase, said.words, said.all) for phrase in tool.phrases), default=0.0)
    told = said.content - _VAGUE_STEMS or said.content
    explained = sum(1 for word in told if said.explains(word, tool)) / len(told) if told else 0.0
    strongest = 1.0 if said.words & tool.name_stems - _VAGUE_STEMS else 0.6
    return 0.55 * named + 0.4 * explained * strongest + 0.05 * _exactness(tool, said.all)


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence as stems: `content` tells something, `words` are these and their synonyms, `all` is all."""

    content: frozenset[str]
    words: frozenset[str]
    all: frozenset[str]
    values: frozenset[str]
    synonyms: Mapping[str, frozenset[str]]

    def explains(self, word: str, tool: ToolView) -> bool:
        known = tool.known_stems
        return word in known or word in self.values or bool(self.synonyms.get(word, frozenset()) & known)


def _said(text: str, tool: ToolView) -> _Said:
    words = name_words(text.lower())
    every = stems(words)
    numbers = {
        stem(word)
        for number in find_numbers(text)
        for word in name_words(text[number.span[0] : number.span[1]])
    }
    values = {
        stem(word)
        for slot in tool.slots
        if slot.kind == "choice"
        for _, (start, end) in find_values(text, slot.values)
        for word in name_words(text[start:end].lower())
    }
    content = every - _IDLE_STEMS - numbers
    # By whole words, since stems are too coarse here: "meaning" isn't "mean".
    meant = {stem(word): stems(_SYNONYMS[word]) for word in words if word in _SYNONYMS}
    synonyms = frozenset[str]().union(*meant.values())
    return _Said(
        frozenset(content), frozenset(content) | synonyms, every | synonyms, frozenset(values), meant
    )


def _coverage(phrase: Sequence[str], words: frozenset[str], every: frozenset[str]) -> float:
    """Return how much of a phrase is said; what tells little counts little."""
    weights = {
        stem(word): 0.25 if stem(word) in _VAGUE_STEMS else 1.0 for word in phrase if word not in _IDLE
    }
    if not weights:  # a name of idle words only, such as "do it"
        return float(all(stem(word) in every for word in phrase))
    return sum(weight for word, weight in weights.items() if word in words) / sum(weights.values())


def _exactness(tool: ToolView, every: frozenset[str]) -> float:
    """Return the share of all words of the name that are said: it tells "turn on" from "turn off"."""
    words = stems(name_words(tool.name))
    return len(words & every) / len(words) if words else 0.0
