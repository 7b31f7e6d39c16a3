"""Where one passage of a stream of words ends and the next begins: a translation has no turns of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["QUIET_MS", "Passage"]

PAUSE_MS = 1_500.0  # of the stream: whoever pauses for this long has said what he had to say
SHORT_PAUSE_MS = 600.0  # is enough behind a whole sentence
LONG_MS = 15_000.0  # who goes on without a pause gets a new passage with each sentence
QUIET_MS = 3_000.0  # on the session's clock: nothing has come for this long
_SENTENCE_END = re.compile(r"[.!?…。\uff01\uff1f।]['\"”’»)\]」』]*\s*\Z")


@dataclass(slots=True)
class Passage:
    """What one side said between two pauses; `*_ms` count the sound sent on this connection.

    Attributes:
        item_id: The item that it is in the conversation.
        start_ms: Where its first word or sound stands.
        words_ms: Where its last words stand.
        end_ms: Where its last word or sound stands.
        seen_ms: When its last word or sound came, on the session's clock.
        text: Its words so far.
    """

    item_id: str
    start_ms: float
    words_ms: float
    end_ms: float
    seen_ms: float
    text: str = ""

    def add_words(self, words: str, at_ms: float, now_ms: float) -> None:
        """Take words that stand at `at_ms` and came at `now_ms`."""
        self.text += words
        self.words_ms = max(self.words_ms, at_ms)
        self.see(at_ms, now_ms)

    def see(self, at_ms: float, now_ms: float) -> None:
        """Note a sign of life."""
        self.end_ms = max(self.end_ms, at_ms)
        self.seen_ms = now_ms

    def is_over(self, at_ms: float) -> bool:
        """Tell whether words that stand at `at_ms` belong to another passage."""
        if not self.text.strip():
            return False  # sound that waits for its words
        gap_ms = at_ms - self.words_ms
        if gap_ms >= PAUSE_MS:
            return True
        if _SENTENCE_END.search(self.text) is None:
            return False
        return gap_ms >= SHORT_PAUSE_MS or self.words_ms - self.start_ms >= LONG_MS

    def is_broken_off(self, at_ms: float) -> bool:
        """Tell whether sound that stands at `at_ms` belongs to another passage; none does that has words."""
        return not self.text.strip() and at_ms - self.end_ms >= PAUSE_MS

    def is_past(self, now_ms: float) -> bool:
        """Tell whether nothing has come for so long that nothing more will."""
        return now_ms - self.seen_ms >= QUIET_MS
