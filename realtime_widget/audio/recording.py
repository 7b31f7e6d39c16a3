"""`Recording`: the sound of a conversation that knows its turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import ConfigError
from .clip import Clip, span_in_samples
from .player import Lane, describe, plain_lanes

__all__ = ["Mark", "Recording"]

SIDES: tuple[Lane, ...] = (Lane("user", "#2380C2"), Lane("assistant", "#CF8000"))
"""Left and right, in colours that colour-blind people tell apart, on light and on dark."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a turn lies in a recording, in ms from its beginning.

    Attributes:
        turn: The turn's number, as in the transcript.
        role: Who spoke.
        start_ms: When it began.
        end_ms: When it fell silent; the recording's end while it goes on.
        text: Its words.
        interrupted: Whether something of it was never heard.
    """

    turn: int
    role: str
    start_ms: float
    end_ms: float
    text: str = ""
    interrupted: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Recording(Clip):
    """Hold a conversation as it sounded: a `Clip` with 2 channels, user and assistant, that knows its turns.

    `recording.turn(3)` is what sounded during turn 3, on both sides; `recording[60_000:90_000]` is half a
    minute with its turns; `recording.user` and `recording.assistant` are one side alone. All of it is in
    memory, 10 MB for 100 s, for as long as you hold it.
    """

    turns: tuple[Mark, ...] = ()
    """Where the turns lie, in order."""

    def turn(self, number: Any) -> Recording:
        """Cut out what sounded during a turn.

        Args:
            number: Its number, counted from the last one if negative, or the turn itself.

        Raises:
            ConfigError: There is no such turn in here.
        """
        mark = self._mark(getattr(number, "turn", number))
        return self[mark.start_ms : max(mark.start_ms, mark.end_ms)]

    @property
    def user(self) -> Clip:
        """The user's side alone."""
        return self.channel(0)

    @property
    def assistant(self) -> Clip:
        """The assistant's side alone, as far as it was heard."""
        return self.channel(1)

    def resample(self, rate: int) -> Recording:
        """Return the same sound at another rate."""
        clip = Clip.resample(self, rate)
        return Recording(clip.samples, clip.rate, self.turns)

    @property
    def _lanes(self) -> tuple[Lane, ...]:
        return SIDES if self.channels == len(SIDES) else plain_lanes(self.channels)

    @property
    def _label(self) -> str:
        return f"{describe(self)} · {_count(self.turns)}"

    def _mark(self, given: object) -> Mark:
        number = int(given) if isinstance(given, int | np.integer) and not isinstance(given, bool) else None
        if number is None:
            raise ConfigError(
                f"A turn is told by its number, not {given!r}.", remedy="Try recording.turn(3)."
            )
        if number < 0 and -number <= len(self.turns):
            return self.turns[number]
        mark = next((mark for mark in self.turns if mark.turn == number), None)
        if mark is None:
            told = ", ".join(str(mark.turn) for mark in self.turns[:20]) + ", …" * (len(self.turns) > 20)
            raise ConfigError(
                f"There is no turn {number} in this recording.",
                remedy=f"It has turn {told}." if told else "It has no turns.",
            )
        return mark

    def __getitem__(self, span: slice) -> Recording:
        """Cut out a span given in milliseconds, with the turns in it."""
        begin, end, _ = span_in_samples(span, self.rate).indices(len(self))
        begin_ms, end_ms = (place * 1000 / self.rate for place in (begin, max(begin, end)))
        return Recording(self.samples[begin:end], self.rate, tuple(_within(self.turns, begin_ms, end_ms)))

    def __add__(self, other: Clip) -> Recording:
        """Join what follows, with its turns if it knows them."""
        clip = Clip.__add__(self, other)
        if clip is NotImplemented:
            return NotImplemented
        later = other.turns if isinstance(other, Recording) else ()
        shift_ms = self.duration_ms
        moved = (replace(m, start_ms=m.start_ms + shift_ms, end_ms=m.end_ms + shift_ms) for m in later)
        return Recording(clip.samples, clip.rate, (*self.turns, *moved))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle through the constructor, as a clip does."""
        return (Recording, (self.samples, self.rate, self.turns))

    def __repr__(self) -> str:
        """Show length, rate and the number of turns."""
        return f"{Clip.__repr__(self).replace('Clip(', 'Recording(', 1)[:-1]}, {_count(self.turns)})"


def _count(turns: tuple[Mark, ...]) -> str:
    return f"{len(turns)} turn{'' if len(turns) == 1 else 's'}"


def _within(marks: Iterable[Mark], begin_ms: float, end_ms: float) -> Iterator[Mark]:
    """Yield the turns of a span, on its own clock; of those that reach beyond it, the part in it."""
    for mark in marks:
        overlaps = mark.start_ms < end_ms and mark.end_ms > begin_ms
        if overlaps or begin_ms <= mark.start_ms == mark.end_ms < end_ms:
            yield replace(
                mark,
                start_ms=max(0.0, mark.start_ms - begin_ms),
                end_ms=min(end_ms, mark.end_ms) - begin_ms,
            )
