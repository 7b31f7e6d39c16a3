"""Read the first clause of a tool's description: what is left of it to say, and whether it acts or asks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from realtime_widget.local.lexicon import name_words
from realtime_widget.local.vocabulary import (
    ACTING,
    ARTICLES,
    ASKING,
    ENDINGS,
    NOUNS_TOO,
    PREPOSITIONS,
    QUANTITIES,
    WONDERING,
)

__all__ = ["first_clause", "split_clause", "to_verb"]

_SOFT_BREAK = re.compile(r"(?<=\S)[ \t]*\n[ \t]*(?=[^\s-])")
_CLAUSE_END = re.compile(r"[.;:!?](?=\s|$)|[\n(\u2014]|,\s|\s-+\s")
_WORD = re.compile(r"[^\s/\"`*<>\[\]{}|]+")
_OPENING = re.compile(
    r"^(?:(?:this|the|a|an)\s+)?(?:(?:simple|small|little|helper|utility)\s+)*"
    r"(?:(?:function|tool|method|helper|utility|callback|endpoint|command)s?\s+)"
    r"(?:(?:that|which)\s+)?"
    r"(?:(?:can|will|is|be|used|useful|helps?|allows?|lets?|you|one|the model|to|for)\s+)*"
    r"|^(?:use|call|useful|used|helps?|allows?|lets?|can be used|tries|try|you can)\s+"
    r"(?:(?:this|it|the|function|tool|you|one|us|user|users|model|when|whenever|to|for|in order)\s+)*"
    r"|^(?:simply|just|please|quickly|automatically)\s+",
    re.I,
)
_ORDINAL = re.compile(r"\b([a-z])-?th\b")
"""The "n" of "n-th"."""
_NUMBERS_IN_RANGE = re.compile(r"\b(?:from|between)\s+[-\u2212]?\d[\d.,]*\s+(?:to|and)\s+[-\u2212]?\d[\d.,]*")
_NO_VERBS = ARTICLES | ENDINGS | QUANTITIES | WONDERING | PREPOSITIONS


def first_clause(description: str) -> list[str]:
    """Return the words of the first clause; names and acronyms keep their capitals, all else is lower-case.

    What only introduces it ("This tool can be used to …") and ranges of numbers are left out.
    """
    text = _SOFT_BREAK.sub(" ", description.strip())
    text = _CLAUSE_END.split(_NUMBERS_IN_RANGE.sub("", text), maxsplit=1)[0].strip()
    text = _ORDINAL.sub(r"\1", text)
    text = _OPENING.sub("", text + " ", count=1).strip() or text
    words: list[str] = []
    for found in _WORD.finditer(text):
        word = found.group().strip("'\u2019,_")
        # The first word of a sentence has a capital anyway.
        if any(letter.isupper() for letter in (word[1:] if not words else word)) and word.isalnum():
            words.append(word)
        else:
            words += name_words(word)
    return words


def split_clause(words: Sequence[str], *, also: Sequence[str] = ()) -> tuple[str | None, list[str]]:
    """Return the verb that a clause begins with (None where it names a thing) and the words after it.

    Args:
        words: The clause.
        also: Words that may follow a verb at once, such as parameters: "sample n rows".
    """
    if not words:
        return None, []
    follower = words[1] if len(words) > 1 else ""
    verb = to_verb(words[0])
    rest = _without_second_act(words[1:])
    if follower in PREPOSITIONS and not _is_phrasal(verb, words):
        return None, list(words)  # "count of rows"
    if verb in ACTING or verb in ASKING:
        inflected = verb != words[0]
        sure = follower in ARTICLES | QUANTITIES or follower in also or inflected or not follower
        if verb in NOUNS_TOO and not sure:
            return None, list(words)
        if follower in ("and", "or"):  # "mute or unmute the speaker", "fetch and return the rows"
            second = to_verb(words[2]) if len(words) > 2 else ""
            if second in ACTING or second in ASKING or second.startswith("un"):
                return verb, rest[2:]
        return verb, rest
    if follower in ARTICLES | QUANTITIES and words[0] not in _NO_VERBS:
        return verb, rest
    return None, list(words)


def _is_phrasal(verb: str, words: Sequence[str]) -> bool:
    """Tell "look up an order" and "check in a guest" from "count of rows"."""
    if verb in ("look", "search", "turn", "switch", "zoom", "move", "log"):
        return True
    known = verb in ACTING or verb in ASKING
    return (
        known
        and words[1] in ("in", "on", "off", "up", "out", "down")
        and words[2:3] != []
        and words[2] in ARTICLES
    )


def _without_second_act(words: Sequence[str]) -> list[str]:
    """Cut "and clears its outputs" off "the kernel and clears its outputs"."""
    for at, word in enumerate(words[:-1]):
        if word in ("and", "then") and at:
            verb = to_verb(words[at + 1])
            after = words[at + 2] if at + 2 < len(words) else ""
            if (verb in ACTING or verb in ASKING) and (verb != words[at + 1] or after in ARTICLES):
                return list(words[:at])
    return list(words)


def to_verb(word: str) -> str:
    """Return a verb without the s of "rolls", "fetches" and "applies"."""
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if word.endswith(ending):
            base = word.removesuffix(ending) + instead
            if base in ACTING or base in ASKING:
                return base
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and word not in ACTING | ASKING:
        return word[:-2] if word.endswith(("ches", "shes", "sses", "xes")) else word[:-1]
    return word
