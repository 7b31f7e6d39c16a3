"""Build the grammar of what can be said: rules in JSGF, and how each of its words sounds and is written.

A rule is written in the syntax of JSGF: words, ``<rule>``, ``[optional]``, ``(group)`` and ``a | b``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

_SYNTAX = re.compile(r"<[\w]+>|[\[\]()|]|[^\s\[\]()|<>]+")
_PRONOUNS = {"i": "I", "i'm": "I'm", "i'd": "I'd", "i'll": "I'll", "i've": "I've"}


@dataclass(frozen=True, slots=True)
class Ref:
    """Stand for a rule."""

    name: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Stand for one part after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Stand for one of several parts; ``optional`` when none is fine too."""

    parts: tuple[Node, ...]
    optional: bool = False


Node = str | Ref | Chain | Choice


def parse_rule(text: str) -> Node:
    """Parse one rule's right-hand side.

    Raises:
        ValueError: The brackets don't match.
    """
    tokens = _SYNTAX.findall(text)
    node, end = _parse_choice(tokens, 0)
    if end != len(tokens):
        raise ValueError(f"unexpected {tokens[end]!r} in the rule {text!r}")
    return node


def _parse_choice(tokens: Sequence[str], index: int) -> tuple[Node, int]:
    parts: list[Node] = []
    while True:
        part, index = _parse_sequence(tokens, index)
        parts.append(part)
        if index >= len(tokens) or tokens[index] != "|":
            return (parts[0] if len(parts) == 1 else Choice(tuple(parts))), index
        index += 1


def _parse_sequence(tokens: Sequence[str], index: int) -> tuple[Node, int]:
    parts: list[Node] = []
    while index < len(tokens) and tokens[index] not in ("|", "]", ")"):
        token = tokens[index]
        if token in ("[", "("):
            inner, index = _parse_choice(tokens, index + 1)
            if index >= len(tokens):
                raise ValueError(f"{token!r} isn't closed")
            parts.append(Choice((inner,), optional=True) if token == "[" else inner)
        else:
            parts.append(Ref(token[1:-1]) if token.startswith("<") else token)
        index += 1
    return (parts[0] if len(parts) == 1 else Chain(tuple(parts))), index


def tokens_of(node: Node) -> Iterator[str]:
    """Yield every word of a node."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, Chain | Choice):
        for part in node.parts:
            yield from tokens_of(part)


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """Describe a word of the grammar: what the recogniser calls it, its spelling for the ear and for the eye.

    ``written`` is None for a word that is written as it is called, and "" for all but the first word of a
    value that is written as a whole ("New York", "GPT-4").
    """

    token: str
    spelling: str
    written: str | None = None


Reader = Callable[[str], tuple[str, ...]]
"""From a word of the grammar to the words of a text that stand for it."""


def _itself(token: str) -> tuple[str, ...]:
    return (token,)


@dataclass(frozen=True)
class Grammar:
    """Hold the rules by name, as text; ``start`` names the one that is a whole utterance."""

    rules: Mapping[str, str]
    start: str = "utterance"
    words: Mapping[str, SpokenWord] = field(default_factory=dict)

    def node(self, rule: str) -> Node:
        """Return a rule, parsed.

        Raises:
            ValueError: There is no such rule, or it is written wrongly.
        """
        if rule not in self._nodes:
            raise ValueError(f"there is no rule <{rule}>")
        return self._nodes[rule]

    @cached_property
    def _nodes(self) -> Mapping[str, Node]:
        return {name: parse_rule(text) for name, text in self.rules.items()}

    @cached_property
    def vocabulary(self) -> tuple[SpokenWord, ...]:
        """Every word of the grammar, once."""
        tokens = dict.fromkeys(token for node in self._nodes.values() for token in tokens_of(node))
        return tuple(self.words.get(token) or SpokenWord(token, token) for token in tokens)

    def accepts(self, tokens: Sequence[str], rule: str | None = None) -> bool:
        """Return whether a rule (the whole utterance, when None) says exactly these tokens."""
        return len(tokens) in self._ends(Ref(rule or self.start), tuple(tokens), frozenset([0]))

    def _ends(
        self, node: Node, tokens: tuple[str, ...], starts: frozenset[int], read: Reader = _itself
    ) -> frozenset[int]:
        """Return where a node can end when it can begin at ``starts``; ``read`` gives a word's looks."""
        match node:
            case str():
                said = read(node)
                return frozenset(at + len(said) for at in starts if tokens[at : at + len(said)] == said)
            case Ref(name):
                return self._ends(self.node(name), tokens, starts, read)
            case Chain(parts):
                for part in parts:
                    if not starts:
                        break
                    starts = self._ends(part, tokens, starts, read)
                return starts
            case Choice(parts, optional):
                ends = frozenset[int]().union(*(self._ends(part, tokens, starts, read) for part in parts))
                return ends | starts if optional else ends

    def says(self, text: str) -> bool:
        """Return whether the whole utterance can be written like this, upper and lower case aside."""
        words = tuple(re.findall(r"[^\s,.!?;:]+", text.lower().replace("\u2019", "'")))
        ends = self._ends(Ref(self.start), words, frozenset([0]), self._written_as)
        return bool(words) and len(words) in ends

    def _written_as(self, token: str) -> tuple[str, ...]:
        return tuple(re.findall(r"[^\s,.!?;:]+", self.written(token).lower()))

    def written(self, token: str) -> str:
        """Return how a word is written; "" when the word before it was written with it."""
        word = self.words.get(token)
        return _PRONOUNS.get(token, token) if word is None or word.written is None else word.written

    def write(self, tokens: Sequence[str]) -> str:
        """Return the sentence that these tokens are, as people write it; a value keeps its own case."""
        text = " ".join(filter(None, map(self.written, tokens)))
        return text if tokens and tokens[0] in self.words else text[:1].upper() + text[1:]


_UNITS = "one | two | three | four | five | six | seven | eight | nine"
_TEENS = "ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | nineteen"
_TENS = "twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety"
_DIGITS = f"zero | oh | {_UNITS}"

_BELOW_10 = f"( zero | {_UNITS} )"
_BELOW_100 = f"( {_UNITS} | {_TEENS} | ( {_TENS} ) [ {_UNITS} ] )"
_BELOW_1000 = f"( {_BELOW_100} | ( a | {_UNITS} ) hundred [ [ and ] {_BELOW_100} ] )"
_BELOW_MILLION = f"( {_BELOW_1000} [ thousand [ [ and ] {_BELOW_1000} ] ] | a thousand )"


def number_rule(*, minimum: float | None = None, maximum: float | None = None, integer: bool = True) -> str:
    """Return a rule for the numbers from ``minimum`` to ``maximum``, roughly: the next larger of a few sizes.

    Up to 999,999; with decimals unless ``integer``; negative where the range allows it. A small range gives
    a small rule, which is heard better.
    """
    largest = max(abs(minimum or 0), 999_999 if maximum is None else abs(maximum))
    sizes = ((9, _BELOW_10), (99, _BELOW_100), (999, _BELOW_1000))
    rule = next((rule for size, rule in sizes if largest <= size), _BELOW_MILLION)
    if largest > 9 and (minimum is None or minimum <= 0):
        rule = f"( zero | {rule} )"
    if not integer:
        rule = f"( {rule} [ point ( {_DIGITS} ) [ {_DIGITS} ] ] | point ( {_DIGITS} ) [ {_DIGITS} ] )"
    if minimum is None or minimum < 0:
        rule = f"[ minus ] {rule}"
    return rule
