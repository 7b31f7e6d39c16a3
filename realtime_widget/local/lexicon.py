"""Turn written names and values into words that can be said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from realtime_widget.local.grammar import SpokenWord
from realtime_widget.local.numbers import number_words

_PARTS = re.compile(
    r"[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]{2,}(?![a-z])|[A-Z]?[^\W\dA-Z_]+(?:['\u2019][a-z]+)?|[A-Z]|\d+|[+#&%@$\u20ac]"
)
_SYMBOLS = {
    "+": "plus",
    "#": "sharp",
    "&": "and",
    "%": "percent",
    "@": "at",
    "$": "dollar",
    "\u20ac": "euro",
}
_VOWELS = frozenset("aeiouy")
_LONGEST_ACRONYM = 5
_LONGEST_NUMBER = 6
_SHORT = 3  # letters of a word that may well be said letter by letter, as "gpu" is


def fold(text: str) -> str:
    """Return lower-case ASCII: accents are dropped, letters with no ASCII form too."""
    text = text.replace("\u2019", "'").replace("\u00df", "ss")
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain.lower()


def split_name(name: str) -> tuple[str, ...]:
    """Split an identifier or a value into its parts: "getWeather_2m" has get, Weather, 2, m."""
    return tuple(_PARTS.findall(name))


def name_words(name: str) -> tuple[str, ...]:
    """Return the words of an identifier or a sentence, lower-case, numbers in words."""
    return tuple(word for part in split_name(name) for word in _readings(part)[0])


def _readings(part: str) -> tuple[tuple[str, ...], ...]:
    """Return the ways to say one part of a name, the likeliest first."""
    if part in _SYMBOLS:
        return ((_SYMBOLS[part],),)
    if part.isdigit():
        digits = tuple(number_words(int(digit)) for digit in part)
        if len(part) > _LONGEST_NUMBER or part.startswith("0"):
            return (digits,)
        whole = tuple(number_words(int(part)).split())
        return (whole,) if len(part) == 1 else (whole, digits)
    word = fold(part)
    if not word:
        return ((),)
    letters = tuple(word.replace("'", ""))
    if len(word) <= _LONGEST_ACRONYM and not _VOWELS.intersection(word):
        return (letters,)
    if part.isupper() and 1 < len(word) <= _LONGEST_ACRONYM:
        return (letters, (word,))
    return ((word,), letters) if len(word) == _SHORT and part.islower() else ((word,),)


class Lexicon:
    """Collect the words of a grammar that aren't written as they are called."""

    def __init__(self) -> None:
        self.words: dict[str, SpokenWord] = {}
        self._values: dict[str, str | None] = {}

    def value(self, written: str) -> str | None:
        """Return the JSGF for saying a value, which is written as ``written``; None if it can't be said."""
        if written not in self._values:
            readings = [self._alias(reading, written) for reading in self.readings(written)]
            self._values[written] = f"( {' | '.join(readings)} )" if readings else None
        return self._values[written]

    def first_tokens(self, written: str) -> tuple[str, ...]:
        """Return the tokens of the likeliest way to say a value; () if it can't be said."""
        readings = self.readings(written)
        return tuple(self._alias(readings[0], written).split()) if readings else ()

    @staticmethod
    def readings(written: str) -> tuple[tuple[str, ...], ...]:
        """Return the ways to say a value: each part in its likeliest way, or one of them in another."""
        parts = [_readings(part) for part in split_name(written)]
        if not parts or any(not options[0] for options in parts):
            return ()
        base = [options[0] for options in parts]
        ways = [base] + [
            [*base[:index], option, *base[index + 1 :]]
            for index, options in enumerate(parts)
            for option in options[1:]
        ]
        return tuple(tuple(word for words in way for word in words) for way in ways)

    def _alias(self, reading: Sequence[str], written: str) -> str:
        """Name the words of a reading so that they tell which value they belong to, where that matters."""
        shown = written.replace("_", " ")
        if shown == " ".join(reading):
            return shown
        number = list(self._values).index(written) if written in self._values else len(self._values)
        spellings = self._spellings(reading, written)
        tokens = []
        for index, (word, spelling) in enumerate(zip(reading, spellings, strict=True)):
            token = f"{word}~{number}~{index}"
            self.words[token] = SpokenWord(token, spelling, "" if index else shown)
            tokens.append(token)
        return " ".join(tokens)

    @staticmethod
    def _spellings(reading: Sequence[str], written: str) -> Sequence[str]:
        """Return the words as they are spelled with their accents, which tell how they sound."""
        parts = [part.lower() for part in split_name(written)]
        folded = {fold(part): part for part in parts}
        return [folded.get(word, word) for word in reading]


def find_values(text: str, values: Sequence[str]) -> list[tuple[str, tuple[int, int]]]:
    """Return the values that a sentence names, in its order, each with its span; longer values win.

    Upper and lower case, accents, underscores, hyphens and numbers in words make no difference: "gpt four"
    names "GPT-4".
    """
    words = [(word, part.span()) for part in _PARTS.finditer(text) for word in _plain(part.group())]
    keys: dict[tuple[str, ...], str] = {}
    for value in values:
        plain = tuple(word for part in split_name(value) for word in _plain(part))
        for key in (plain, *Lexicon.readings(value)):
            keys.setdefault(key, value)
    longest = max(map(len, keys), default=0)
    found, index = [], 0
    while index < len(words):
        taken = 1
        for size in range(min(longest, len(words) - index), 0, -1):
            value_there = keys.get(tuple(word for word, _ in words[index : index + size]))
            if value_there is not None:
                found.append((value_there, (words[index][1][0], words[index + size - 1][1][1])))
                taken = size
                break
        index += taken
    return found


def _plain(part: str) -> tuple[str, ...]:
    """Return one part of a text as it compares: folded, digits as words."""
    return (fold(part),) if part[0].isalpha() else _readings(part)[0]
