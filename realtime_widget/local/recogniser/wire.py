"""Name the frames between the recogniser and its child process."""

from __future__ import annotations

import struct

import msgspec

from realtime_widget.local.grammar import Grammar, SpokenWord

GRAMMAR, PRONUNCIATIONS, BEGIN, AUDIO, FINISH, CANCEL, DROP = 10, 11, 12, 13, 14, 15, 16
MISSING, GRAMMAR_DONE, PARTIAL, FINAL = 20, 21, 22, 23
AUDIO_HEAD = struct.Struct("<I")
"""Head of an AUDIO payload: the utterance's id; pcm at 24000 Hz follows."""


class GrammarFrame(msgspec.Struct, frozen=True):
    """Send a grammar: its rules as text, and ``words`` as token, spelling and what is written."""

    id: int
    rules: dict[str, str]
    start: str
    words: list[tuple[str, str, str | None]]

    @classmethod
    def of(cls, grammar_id: int, grammar: Grammar) -> GrammarFrame:
        """Return the frame of a grammar."""
        words = [(word.token, word.spelling, word.written) for word in grammar.words.values()]
        return cls(grammar_id, dict(grammar.rules), grammar.start, words)

    def grammar(self) -> Grammar:
        """Return the grammar."""
        return Grammar(self.rules, self.start, {word[0]: SpokenWord(*word) for word in self.words})


class Pronunciations(msgspec.Struct, frozen=True):
    """Ask how words of a grammar sound (``phones`` empty), or tell it."""

    id: int
    spellings: list[str] = []
    phones: dict[str, str] = {}


class Utterance(msgspec.Struct, frozen=True):
    """Begin, finish or cancel an utterance; or name a grammar that is done (or why it isn't) or dropped."""

    id: int
    grammar: int = 0
    error: str = ""


class Heard(msgspec.Struct, frozen=True):
    """Tell what was heard: a partial text, or the final one with times in ms from the utterance's start."""

    id: int
    text: str
    uncertain: bool = False
    confidence: float | None = None
    words: list[tuple[str, int, int]] = []
