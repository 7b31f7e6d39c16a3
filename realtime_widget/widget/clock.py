"""How far the clock of a page is from the kernel's, measured by messages that go there and back.

What the kernel sends is received later than it was sent, and so is the answer. So each exchange says between
which two values the offset lies: the true one is among them, whatever the delays and however unequal. Many
exchanges narrow it down to where all agree. As the clocks drift apart, what an exchange says becomes less
sharp as it ages.
"""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

from ..session.health import ClockHealth

__all__ = ["Exchange", "Moment", "PageClock"]

DRIFT = 2e-4
"""How much one clock may be faster than the other: both have good quartz, and one may be slewed by NTP."""
RESOLUTION_MS = 1.0
"""Browsers round their time, some to a whole ms."""
STEP_MS = 50.0
"""A jump of a computer's date against its steady clock: it slept, which stops the one and not the other."""
KEPT = 64
MAX_ASKED = 32


class Exchange(NamedTuple):
    """A question and its answer: sent and came by the kernel's clock, received and answered by the page's."""

    sent_ms: float
    received_ms: float
    answered_ms: float
    came_ms: float

    @property
    def round_trip_ms(self) -> float:
        """How long both ways took together."""
        return (self.came_ms - self.sent_ms) - (self.answered_ms - self.received_ms)

    def bounds_ms(self, at_ms: float) -> tuple[float, float]:
        """Return the least and the greatest offset (kernel minus page) at a moment of the kernel's clock."""
        slack_ms = RESOLUTION_MS + DRIFT * max(abs(at_ms - self.sent_ms), abs(at_ms - self.came_ms))
        return self.sent_ms - self.received_ms - slack_ms, self.came_ms - self.answered_ms + slack_ms


class Moment(NamedTuple):
    """A moment of the kernel's clock, and how far off it may be."""

    ms: float
    error_ms: float

    def since_ms(self, begin_s: float | None) -> float:
        """Return it on a session's clock, which began at `begin_s`; 0 while that doesn't run."""
        return 0.0 if begin_s is None else self.ms - begin_s * 1000


class PageClock:
    """The clock of one loaded page; all times in ms."""

    def __init__(self) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=KEPT)
        self._asked: deque[float] = deque(maxlen=MAX_ASKED)
        self._skews_ms: tuple[float, float] | None = None
        self.n_asked = 0

    def ask(self, now_ms: float) -> float:
        """Note that the page is asked now; return what it has to give back with its answer."""
        self.n_asked += 1
        self._asked.append(now_ms)
        return now_ms

    def take(self, exchange: Exchange, *, page_skew_ms: float = 0.0, kernel_skew_ms: float = 0.0) -> bool:
        """Take an answer; return whether it is of use: what nobody asked for isn't, nor what can't be.

        The skews tell by how much the date differs from the steady clock: when one changes at once, a
        computer has slept, or was set, and all that was known is worth nothing.
        """
        if exchange.sent_ms not in self._asked or not all(map(math.isfinite, (*exchange, page_skew_ms))):
            return False
        self._asked.remove(exchange.sent_ms)
        skews, before = (page_skew_ms, kernel_skew_ms), self._skews_ms
        self._skews_ms = skews
        if before is not None and max(abs(a - b) for a, b in zip(skews, before, strict=True)) > STEP_MS:
            self._exchanges.clear()
            self._asked.clear()
            return False
        own_ms = exchange.answered_ms - exchange.received_ms
        if own_ms < -RESOLUTION_MS or exchange.round_trip_ms < -2 * RESOLUTION_MS:
            return False
        self._exchanges.append(exchange)
        while self._bounds_ms(exchange.came_ms) is None:
            self._exchanges.popleft()
        return True

    def kernel(self, page_ms: float, now_ms: float) -> Moment | None:
        """Return when by the kernel's clock a moment of the page's clock was; None while that isn't known.

        Args:
            page_ms: The moment, not long ago.
            now_ms: The kernel's clock now.
        """
        found = self._bounds_ms(now_ms)
        if found is None:
            return None
        at_ms = page_ms + sum(found) / 2
        low_ms, high_ms = self._bounds_ms(at_ms) or found
        return Moment(page_ms + (low_ms + high_ms) / 2, (high_ms - low_ms) / 2)

    def health(self, now_ms: float) -> ClockHealth | None:
        """Return how well it is known; None while it isn't. Callable from any thread."""
        exchanges = tuple(self._exchanges)
        found = _common(exchanges, now_ms)
        if found is None:
            return None
        return ClockHealth(
            offset_ms=sum(found) / 2,
            error_ms=(found[1] - found[0]) / 2,
            round_trip_ms=max(0.0, min(exchange.round_trip_ms for exchange in exchanges)),
            exchanges=len(exchanges),
            age_s=max(0.0, now_ms - exchanges[-1].came_ms) / 1000,
        )

    def _bounds_ms(self, at_ms: float) -> tuple[float, float] | None:
        return _common(self._exchanges, at_ms)


def _common(exchanges: deque[Exchange] | tuple[Exchange, ...], at_ms: float) -> tuple[float, float] | None:
    """Return where the offset lies by what all exchanges say; None where they contradict one another."""
    if not exchanges:
        return None
    bounds = [exchange.bounds_ms(at_ms) for exchange in exchanges]
    low_ms, high_ms = max(low for low, _ in bounds), min(high for _, high in bounds)
    return (low_ms, high_ms) if low_ms <= high_ms else None
