"""Say what can be said: the small talk of the demo, and the sentences that ask for the session's tools.

A parameter that is a free string can't be in a grammar: it is sayable through its `examples`, its
`default` or the well-known words of its kind ("city"), and is otherwise left out of the sentence,
so that the responder asks for it and the open model hears the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import Any

from realtime_widget.local.composer import Composer
from realtime_widget.local.grammar import Grammar
from realtime_widget.local.lexicon import find_values, name_words
from realtime_widget.local.sentences import read_tool, tool_words
from realtime_widget.local.slots import Slot, slots
from realtime_widget.local.smalltalk import DEMO_PHRASES, LIKELIEST, SUGGESTIONS, UPTO, demo_intent

__all__ = [
    "DEMO_PHRASES",
    "Sayable",
    "Slot",
    "demo_intent",
    "find_values",
    "name_words",
    "sayable",
    "slots",
    "tool_words",
]

MAX_SUGGESTIONS = 8
MAX_TOOL_SUGGESTIONS = 6
_EACH_TOOL = 2
"""Suggestions of one tool, where there is room for them."""


@dataclass(frozen=True)
class Sayable:
    """Hold what can be said to the engine.

    ``suggestions`` are sentences for the panel, each one written exactly as the recogniser writes it;
    ``grammar`` is what the recogniser listens for; its rule "likeliest" holds the plainest sentences, which
    are preferred to what sounds about the same.
    """

    suggestions: tuple[str, ...]
    grammar: Grammar = field(repr=False)


def sayable(tools: Sequence[Mapping[str, Any]] = ()) -> Sayable:
    """Return what can be said when these wire tools are there."""
    composer = Composer()
    rules = {**DEMO_PHRASES, "upto": UPTO}
    utterances = [f"<{intent}>" for intent in DEMO_PHRASES]
    likeliest, suggested = list(LIKELIEST), []
    for tool in map(read_tool, tools):
        composition = composer.compose(tool)
        rules |= composition.rules
        utterances += composition.utterances
        likeliest += composition.likeliest
        suggested.append(composition.suggestions[:_EACH_TOOL])
    rules |= {"utterance": " | ".join(utterances), "likeliest": " | ".join(likeliest)}
    grammar = Grammar(rules, words=composer.words)
    return Sayable(tuple(_written(grammar, suggested)), grammar)


def _written(grammar: Grammar, suggested: Sequence[Sequence[tuple[str, ...]]]) -> Iterator[str]:
    """Yield the suggestions: one of each tool first, then a second one each, then small talk."""
    rounds = chain.from_iterable(zip_longest(*suggested, fillvalue=()))
    of_tools = dict.fromkeys(grammar.write(tokens) for tokens in rounds if tokens and grammar.accepts(tokens))
    yield from list(of_tools)[:MAX_TOOL_SUGGESTIONS]
    left = MAX_SUGGESTIONS - min(len(of_tools), MAX_TOOL_SUGGESTIONS)
    yield from (grammar.write(text.split()) for text in SUGGESTIONS[:left])
