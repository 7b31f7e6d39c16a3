"""How long to wait before trying again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Backoff"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Doubling pauses with jitter, so that many sessions that broke at once don't come back at once.

    Attributes:
        first_s: The first pause.
        longest_s: No pause is longer.
        jitter: How much shorter a pause may be by chance, as a share of it.
        limit_s: How long to try in all, before it is given up.
    """

    first_s: float = 0.5
    longest_s: float = 8.0
    jitter: float = 0.5
    limit_s: float = 60.0

    def pauses(self) -> Iterator[float]:
        """Yield one pause after the other, in seconds, without end."""
        pause_s = self.first_s
        while True:
            yield pause_s * (1 - self.jitter * random.random())
            pause_s = min(2 * pause_s, self.longest_s)
