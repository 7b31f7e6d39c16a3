"""Read numbers in English sentences, and say them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = dict(
    zip(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
        range(20, 100, 10),
        strict=True,
    )
)
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}

_SMALL = {word: value for value, word in enumerate(ONES)} | {"oh": 0, "fourty": 40} | TENS
_TOKEN = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[^\W\d_]+|\.\d+|[-\u2212+%]")
_CENTURIES = range(17, 22)
"""First halves of years said in two, as in "nineteen eighty four"."""


class FoundNumber(NamedTuple):
    """Hold a number and the span ``(start, end)`` of the text that says it."""

    value: int | float
    span: tuple[int, int]


def number_words(number: int | float) -> str:
    """Return how a number is said: "minus one hundred and two", "three point five".

    Beyond the trillions, and for what isn't finite, the digits are returned.
    """
    if isinstance(number, float) and not number.is_integer():
        text = format(Decimal(repr(number)), "f")
        if not text.lstrip("-").replace(".", "").isdigit():
            return text
        whole, _, decimals = text.partition(".")
        sign = "minus " if whole.startswith("-") else ""
        return (
            f"{sign}{number_words(abs(int(whole)))} point {' '.join(ONES[int(digit)] for digit in decimals)}"
        )
    value = int(number)
    if value < 0:
        return f"minus {number_words(-value)}"
    return _whole_words(value) if value < 10**15 else str(value)


def _whole_words(value: int) -> str:
    if value < 20:
        return ONES[value]
    if value < 100:
        ten = next(word for word, start in TENS.items() if start == value // 10 * 10)
        return f"{ten} {ONES[value % 10]}" if value % 10 else ten
    if value < 1000:
        rest = f" and {_whole_words(value % 100)}" if value % 100 else ""
        return f"{ONES[value // 100]} hundred{rest}"
    scale, size = next((word, size) for word, size in reversed(SCALES.items()) if value >= size)
    left = value % size
    join = " and " if 0 < left < 100 else " "
    return f"{_whole_words(value // size)} {scale}" + (f"{join}{_whole_words(left)}" if left else "")


def words_to_number(text: str) -> int | float | None:
    """Return the number that the whole text says, in words or digits; None when it isn't just a number."""
    found = find_numbers(text)
    if len(found) != 1:
        return None
    start, end = found[0].span
    return found[0].value if not (text[:start] + text[end:]).strip(" .,!?%+") else None


def find_numbers(text: str) -> list[FoundNumber]:
    """Return the numbers of a sentence in order: "roll 3 dice with twenty five sides" has 3 and 25.

    Knows "one hundred and two", "three point five", "minus four", "two and a half", "a dozen", "1,234.5" and
    years said in two ("nineteen eighty four"); digits said one by one are one number each.
    """
    reader = _Reader(text)
    found, index = [], 0
    while index < len(reader.words):
        parsed = reader.number(index)
        if parsed is None:
            index += 1
            continue
        value, end = parsed
        found.append(FoundNumber(_plain(value), (reader.spans[index][0], reader.spans[end - 1][1])))
        index = end
    return found


def _plain(value: Decimal) -> int | float:
    return (
        int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    )


Parsed = tuple[Decimal, int] | None
"""A value and the index of the token after it."""


class _Reader:
    """Read numbers by recursive descent; each method takes a token index."""

    def __init__(self, text: str) -> None:
        tokens = list(_TOKEN.finditer(text))
        self.words = [token.group().lower() for token in tokens]
        self.spans = [token.span() for token in tokens]

    def word(self, index: int) -> str:
        return self.words[index] if index < len(self.words) else ""

    def number(self, index: int) -> Parsed:
        if self.word(index) in ("minus", "negative") or self._is_sign(index):
            parsed = self.unsigned(index + 1)
            return (-parsed[0], parsed[1]) if parsed else None
        return self.unsigned(index)

    def _is_sign(self, index: int) -> bool:
        # "-4" is a sign, "3-4" and "twenty-five" aren't.
        if self.word(index) not in ("-", "\u2212") or index + 1 >= len(self.words):
            return False
        end = self.spans[index][1]
        touches = index > 0 and self.spans[index - 1][1] == self.spans[index][0]
        return self.spans[index + 1][0] == end and not touches and self.word(index + 1)[0].isdigit()

    def unsigned(self, index: int) -> Parsed:
        whole = self.year(index) or self.cardinal(index)
        if whole is None:
            return self.decimals(Decimal(0), index)
        value, end = whole
        if self.words[end:][:3] == ["and", "a", "half"]:
            return value + Decimal("0.5"), end + 3
        return self.decimals(value, end) or whole

    def decimals(self, whole: Decimal, index: int) -> Parsed:
        """Read "point one four" and "point fourteen" after the whole part."""
        if self.word(index) != "point":
            return None
        digits, end = "", index + 1
        while (small := self.below_100(end)) is not None and "." not in str(small[0]):
            digits, end = digits + str(small[0]), small[1]
        return (whole + Decimal(f"0.{digits}"), end) if digits else None

    def year(self, index: int) -> Parsed:
        century = self.below_100(index)
        if century is None or century[0] not in _CENTURIES or self.word(index)[0].isdigit():
            return None
        rest_at = century[1]
        zero = self.word(rest_at) in ("oh", "zero")
        rest = self.below_100(rest_at + zero)
        if rest is None or self.word(rest_at)[0].isdigit() or (rest[0] < 10) != zero:
            return None
        if century[0] == 20 and not zero and rest[0] < 10:
            return None
        return None if self.is_scale(rest[1]) else (century[0] * 100 + rest[0], rest[1])

    def cardinal(self, index: int) -> Parsed:
        total, limit, end = Decimal(0), max(SCALES.values()) + 1, index
        while (group := self.group(end, after=end > index)) is not None:
            value, after = group
            scale = SCALES.get(self.word(after), 0)
            if not 0 < scale < limit:
                return (total + value, after) if end == index or not scale else (total, end)
            total, limit, end = total + value * scale, scale, after + 1
        return (total, end) if end > index else None

    def group(self, index: int, *, after: bool) -> Parsed:
        """Read what stands before a scale; ``after`` one, "and" may come first and digits may not."""
        joined = after and self.word(index) == "and"
        if after and self.word(index + joined)[:1].isdigit():
            return None
        return self.below_1000(index + joined)

    def below_1000(self, index: int) -> Parsed:
        if self.word(index) == "a" and self.is_scale(index + 1):
            first: Parsed = (Decimal(1), index + 1)
        else:
            first = self.below_100(index)
        if first is None:
            return None
        value, end = first
        if self.word(end) == "dozen" and value < 100:
            return value * 12, end + 1
        if self.word(end) != "hundred":
            return first
        joined = self.word(end + 1) == "and"
        rest = self.below_100(end + 1 + joined)
        if rest is None or rest[0] >= 100 or self.word(rest[1]) == "hundred" or self.word(end + 1).isdigit():
            return value * 100, end + 1
        return value * 100 + rest[0], rest[1]

    def below_100(self, index: int) -> Parsed:
        word = self.word(index)
        if word[:1].isdigit() or word[:1] == ".":
            return Decimal(word.replace(",", "")), index + 1
        value = _SMALL.get(word)
        if value is None or (word == "oh" and index == 0):
            return None
        if value < 20:
            return Decimal(value), index + 1
        hyphen = self.word(index + 1) == "-"
        unit = _SMALL.get(self.word(index + 1 + hyphen), 0)
        return (Decimal(value + unit), index + 2 + hyphen) if 0 < unit < 10 else (Decimal(value), index + 1)

    def is_scale(self, index: int) -> bool:
        return self.word(index) in ("hundred", "dozen") or self.word(index) in SCALES
