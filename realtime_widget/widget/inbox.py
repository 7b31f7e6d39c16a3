"""The messages of one page in the order in which it sent them: on its way a message may overtake another.

The first ones after a panel was made may wait on the main thread for a cell to end, while later ones come by
another thread. A page that finds a better route sends by it again what may be waiting; a number counts once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Inbox"]

Item = TypeVar("Item")

PATIENCE_S = 0.25
MAX_HELD = 200
MAX_MISSING = 2_000


class Inbox(Generic[Item]):
    """Holds back what came too early, for a moment; lives on the I/O thread.

    Args:
        deliver: Gets each item, and whether it comes behind its turn: others that were sent later were
            delivered before it.
        later: Calls a function after so many seconds.
    """

    def __init__(
        self, deliver: Callable[[Item, bool], None], later: Callable[[float, Callable[[], None]], object]
    ) -> None:
        self._deliver = deliver
        self._later = later
        self._next = 0
        self._held: dict[int, Item] = {}
        self._missing: dict[
            int, None
        ] = {}  # passed over, oldest first; what else is behind its turn came before
        self._waiting = False

    def take(self, n: int | None, item: Item) -> None:
        """Take the item that its page counted as the `n`-th, from 0; one without a number passes at once."""
        if n is None:
            self._deliver(item, False)
        elif n >= self._next:
            self._held.setdefault(n, item)
            if len(self._held) > MAX_HELD:
                self._pass_over()
            self._release()
        elif n in self._missing:
            del self._missing[n]
            self._deliver(item, True)

    def _pass_over(self) -> None:
        first = min(self._held)
        self._missing.update(dict.fromkeys(range(max(self._next, first - MAX_MISSING), first)))
        while len(self._missing) > MAX_MISSING:
            del self._missing[next(iter(self._missing))]
        self._next = first

    def _release(self) -> None:
        while self._next in self._held:
            item = self._held.pop(self._next)
            self._next += 1
            self._deliver(item, False)
        if self._held and not self._waiting:
            self._waiting = True
            self._later(PATIENCE_S, self._give_up)

    def _give_up(self) -> None:
        self._waiting = False
        if self._held:
            self._pass_over()
            self._release()
