"""Words in pictures: any script, whatever fonts there are, and never a warning."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from typing import Any

__all__ = ["text_px", "write"]

BASE = "DejaVu Sans"
"""Comes with matplotlib: Latin, Greek, Cyrillic, Arabic, Hebrew, arrows and symbols."""
MISSING = "▯"
MOST_FONTS = 500
PLAIN = (400, "normal", "regular", "book", "roman")
# Tried first, because looking into every font of a machine takes its time.
KNOWN = (
    "Noto Sans CJK JP", "Noto Sans JP", "Noto Sans CJK SC", "Noto Sans SC", "Noto Sans CJK KR",
    "Noto Sans KR", "Hiragino Sans", "Hiragino Sans GB", "PingFang SC", "PingFang HK",
    "Apple SD Gothic Neo", "Yu Gothic", "Meiryo", "MS Gothic", "Microsoft YaHei", "SimHei", "Malgun Gothic",
    "Noto Sans Devanagari", "Noto Sans Thai", "Nirmala UI", "Leelawadee UI", "Noto Emoji",
    "Noto Sans Symbols 2", "Segoe UI Symbol", "Segoe UI", "Arial Unicode MS", "Droid Sans Fallback",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Unifont",
)  # fmt: skip

PX_PER_POINT = 100 / 72

_lock = threading.Lock()
_family_of: dict[str, str | None] = {}
_width_of: dict[str, float] = {}


def write(words: str, *, limit: int = 200) -> tuple[str, list[str]]:
    """Return words as they can be drawn, on one line, and the font families to draw them with.

    What no font of this machine has is drawn as an empty box, one for each run of such characters.
    """
    line = _one_line(words, limit)
    if line.isascii():
        return line, [BASE]
    families = [BASE]
    drawn: list[str] = []
    for character in line:
        family = _family(character)
        if family is None:
            if drawn[-1:] != [MISSING]:
                drawn.append(MISSING)
            continue
        drawn.append(character)
        if family not in families:
            families.append(family)
    return "".join(drawn), families


def text_px(words: str, size: float) -> float:
    """Return how wide words are in pixels of a screen, to a hair: what lies between letters isn't counted."""
    return size * PX_PER_POINT * sum(map(_width, words))


def _width(character: str) -> float:
    """Return how wide a character is, as a share of the size of its font."""
    known = _width_of.get(character)
    if known is None:
        font = _base()
        with _lock:
            if _has(font, character):
                font.set_size(100, 72)
                known = font.load_char(ord(character)).linearHoriAdvance / 65536 / 100
            else:
                known = 1.0
        _width_of[character] = known
    return known


def _one_line(words: str, limit: int) -> str:
    # A picture of the first line needs no look at a whole book.
    line = " ".join(words[: 4 * limit + 40].split())
    line = "".join(c for c in line if unicodedata.category(c) not in _NOT_DRAWN)
    return line if len(line) <= limit else line[: max(0, limit - 1)].rstrip() + "…"


_NOT_DRAWN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Me"))
"""Controls, marks of direction, halves of pairs, what is private or isn't assigned, circles around others."""


def _family(character: str) -> str | None:
    """Return the family that has a character, or None."""
    if character.isascii() or _has(_base(), character):
        return BASE
    if character not in _family_of:
        with _lock:
            _family_of[character] = next((name for name, font in _fonts() if _has(font, character)), None)
    return _family_of[character]


def _has(font: Any, character: str) -> bool:
    return bool(font.get_char_index(ord(character)))


@cache
def _base() -> Any:
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font

    return FT2Font(findfont(BASE))


@cache
def _fonts() -> tuple[tuple[str, Any], ...]:
    """Return upright fonts of this machine, by family; those known to have much come first."""
    from matplotlib.font_manager import fontManager
    from matplotlib.ft2font import FT2Font

    files = {entry.name: entry.fname for entry in fontManager.ttflist if _is_plain(entry)}
    names = [name for name in KNOWN if name in files] + sorted(files.keys() - {*KNOWN, BASE})
    fonts: list[tuple[str, Any]] = []
    for name in names[:MOST_FONTS]:
        try:
            font = FT2Font(files[name])
        except (OSError, RuntimeError, ValueError):
            continue
        if font.num_fixed_sizes == 0 and font.scalable:
            fonts.append((name, font))
    return tuple(fonts)


def _is_plain(entry: Any) -> bool:
    # Of other weights matplotlib says aloud that it had to take what there is; coloured glyphs it can't draw.
    drawable = not any(word in entry.name for word in ("Color", "LastResort", "Last Resort"))
    return (
        drawable and (entry.style, entry.variant, entry.stretch) == ("normal",) * 3 and entry.weight in PLAIN
    )
