"""Cut speech into pieces that know which part of the text they speak."""

from __future__ import annotations

import re
from collections.abc import Iterator

from realtime_widget.local.speaker.espeak import Word

SEGMENT_CHARACTERS = 400
_SENTENCE_END = re.compile(r"[.!?…\u3002\uff01\uff1f]+[\"')\]]*\s+|\n+\s*")
_SPACE = re.compile(r"\s+")


def split_text(text: str, limit: int = SEGMENT_CHARACTERS) -> Iterator[str]:
    """Split into sentences of at most ``limit`` characters, which concatenate to ``text``.

    A long sentence is split at a space where there is one: memory stays bounded for any text, and an abort
    never waits for more than one segment.
    """
    start = 0
    while start < len(text):
        window = text[start : start + limit]
        end = _SENTENCE_END.search(window)
        if end is not None:
            size = end.end()
        elif len(window) < limit or start + limit == len(text):
            size = len(window)
        else:
            spaces = [space.end() for space in _SPACE.finditer(window)]
            size = spaces[-1] if spaces else limit
        yield text[start : start + size]
        start += size


class PieceCutter:
    """Pair the samples of one text with its words: a piece begins where a word begins.

    Positions that go backwards or out of the text (espeak-ng reports such for some symbols) are ignored, so
    the texts of all pieces always concatenate to the whole text.
    """

    def __init__(self, text: str) -> None:
        """Cut the speech of ``text``."""
        self._text = text
        self._taken = 0
        self._pending = b""
        self._offset = 0
        self._starts: list[Word] = []

    def push(self, pcm: bytes, words: list[Word]) -> Iterator[tuple[bytes, str]]:
        """Take samples and the words announced; yield the pieces ``(pcm, text)`` that are complete."""
        self._starts += words
        self._pending += pcm
        while self._starts and (self._starts[0].sample - self._offset) * 2 <= len(self._pending):
            word = self._starts.pop(0)
            if self._begins_piece(word.position):
                yield self._cut(max(word.sample - self._offset, 0) * 2, word.position)

    def flush(self) -> Iterator[tuple[bytes, str]]:
        """Yield the last piece: the rest of the samples and of the text."""
        if self._pending or self._taken < len(self._text):
            yield self._cut(len(self._pending), len(self._text))

    def _begins_piece(self, position: int) -> bool:
        # espeak-ng also announces the parts of a number; and what lies before the first word belongs to it.
        if not self._taken < position < len(self._text) or not self._text[position - 1].isspace():
            return False
        return not self._text[self._taken : position].isspace()

    def _cut(self, n_bytes: int, position: int) -> tuple[bytes, str]:
        pcm, self._pending = self._pending[:n_bytes], self._pending[n_bytes:]
        self._offset += len(pcm) // 2
        text, self._taken = self._text[self._taken : position], position
        return pcm, text
