"""Events that are delivered twice: a piece of a sentence must not stand in it twice.

Of most events a second one says nothing new, but pieces add up. What tells a repetition is the event's id,
as long as the server gives each event an id of its own; one that doesn't is soon found out.
"""

from __future__ import annotations

__all__ = ["Repeats"]

REMEMBERED = 4_096
MAX_CONFLICTS = 3
LONG_TEXT = 2_000
SAMPLE = 100


class Repeats:
    """Remembers the last events of a connection, at least `REMEMBERED` of them, and at most twice as many."""

    def __init__(self) -> None:
        self._recent: dict[str, int] = {}
        self._older: dict[str, int] = {}
        self._conflicts = 0

    def is_repeat(self, event_id: str | None, text: str) -> bool:
        """Tell whether an event has come before; `text` is the frame that it came in."""
        if not event_id or self._conflicts >= MAX_CONFLICTS:
            return False
        mark = _mark(text)
        known = self._recent.get(event_id, self._older.get(event_id))
        if known is None:
            self._remember(event_id, mark)
            return False
        self._conflicts += known != mark
        return known == mark

    def _remember(self, event_id: str, mark: int) -> None:
        if len(self._recent) >= REMEMBERED:
            self._older, self._recent = self._recent, {}
        self._recent[event_id] = mark


def _mark(text: str) -> int:
    # Of long texts, which are sound, a few samples will do: reading all of it takes longer than decoding it.
    if len(text) < LONG_TEXT:
        return hash(text)
    middle = len(text) // 2
    return hash((len(text), text[:SAMPLE], text[middle : middle + SAMPLE], text[-SAMPLE:]))
