"""Captions: what sounded, when, in pieces that a person can read while they are shown."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .turns import Turn

__all__ = ["Caption", "captions", "srt", "vtt"]

SHORTEST_MS = 500
MOST_CHARACTERS = 84  # two lines of a film's subtitles


@dataclass(frozen=True, slots=True)
class Caption:
    """Some words of one side, from `start_ms` to `end_ms`, which is later."""

    start_ms: int
    end_ms: int
    role: str
    words: str


def captions(turns: Iterable[Turn]) -> list[Caption]:
    """Return the captions of turns, by their beginning; a long turn is several, by the share of its words."""
    found: list[Caption] = []
    start_ms = 0
    for turn in turns:
        start_ms = start_ms if turn.start_ms is None else max(0, turn.start_ms)
        found += _pieces(turn, start_ms)
    return sorted(found, key=lambda caption: caption.start_ms)


def _pieces(turn: Turn, start_ms: int) -> Iterator[Caption]:
    # A caption stands for what sounded, which is not what was never heard.
    words = " ".join(turn.heard_text.replace("\0", "").split())
    lines = textwrap.wrap(words, MOST_CHARACTERS, break_on_hyphens=False)
    length_ms = max((turn.end_ms or 0) - start_ms, SHORTEST_MS * len(lines))
    total, done = sum(map(len, lines)), 0
    begin_ms = start_ms
    for line in lines:
        done += len(line)
        end_ms = start_ms + max(length_ms * done // total, begin_ms - start_ms + 1)
        yield Caption(begin_ms, end_ms, turn.role.capitalize(), line)
        begin_ms = end_ms


def srt(turns: Iterable[Turn]) -> str:
    """Return captions as SubRip."""
    blocks = []
    for number, caption in enumerate(captions(turns), 1):
        # The format knows no escapes, and an arrow would be taken for times.
        words = caption.words.replace("-->", "→")
        times = f"{_clock(caption.start_ms, ',')} --> {_clock(caption.end_ms, ',')}"
        blocks.append(f"{number}\n{times}\n{caption.role}: {words}\n")
    return "\n".join(blocks)


def vtt(turns: Iterable[Turn]) -> str:
    """Return captions as WebVTT, with the speaker as its voice."""
    blocks = ["WEBVTT\n"]
    for number, caption in enumerate(captions(turns), 1):
        words, role = (html.escape(text, quote=False) for text in (caption.words, caption.role))
        times = f"{_clock(caption.start_ms, '.')} --> {_clock(caption.end_ms, '.')}"
        blocks.append(f"{number}\n{times}\n<v {role}>{words}</v>\n")
    return "\n".join(blocks)


def _clock(ms: int, point: str) -> str:
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{ms:03}"
