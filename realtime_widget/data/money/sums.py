"""Sums of bills, kept up while bills come: whoever looks many times a second mustn't add up thousands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .pricing import TOKEN_COLUMNS, TOTAL_COLUMNS, counts_of_bill, undivided

if TYPE_CHECKING:
    from ..usage import UsageRow

__all__ = ["Sum", "Sums"]


class Sum:
    """The sum of some bills.

    Attributes:
        tokens: By column.
        seconds: Of sound that is paid by its length.
        cost_usd: As far as it is known.
        bills: How many.
        unpriced: How many of them have no known cost.
        undivided: How many of those for want of the server's word which tokens were audio.
    """

    __slots__ = ("bills", "cost_usd", "seconds", "tokens", "undivided", "unpriced")

    def __init__(self) -> None:
        self.tokens = dict.fromkeys((*TOKEN_COLUMNS, *TOTAL_COLUMNS), 0)
        self.seconds = 0.0
        self.cost_usd = 0.0
        self.bills = 0
        self.unpriced = 0
        self.undivided = 0

    def add(self, row: UsageRow, sign: int = 1) -> None:
        """Count a bill; with the sign -1, count it no more."""
        for name in self.tokens:
            self.tokens[name] += sign * (getattr(row, name) or 0)
        self.seconds += sign * (row.seconds or 0.0)
        self.cost_usd += sign * (row.cost_usd or 0.0)
        self.bills += sign
        if row.cost_usd is None:
            self.unpriced += sign
            self.undivided += sign * (row.seconds is None and undivided(counts_of_bill(row)))

    def __add__(self, other: Sum) -> Sum:
        both = Sum()
        for one in (self, other):
            for name, count in one.tokens.items():
                both.tokens[name] += count
            both.seconds += one.seconds
            both.cost_usd += one.cost_usd
            both.bills += one.bills
            both.unpriced += one.unpriced
            both.undivided += one.undivided
        return both

    def to_dict(self) -> dict[str, float]:
        """Return it by the names of the columns, and how many `bills`."""
        return {**self.tokens, "seconds": self.seconds, "cost_usd": self.cost_usd, "bills": self.bills}


class Sums:
    """The sums of each model and kind of bill; to be used with the table's lock held."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], Sum] = {}

    def __iter__(self) -> Iterator[tuple[str, str, Sum]]:
        """Yield model, kind and sum, in the order in which they came."""
        return iter([(model, kind, group) for (model, kind), group in self._groups.items()])

    def put(self, row: UsageRow, old: UsageRow | None) -> None:
        """Count a bill, in place of an older one of the same thing."""
        if old is not None:
            key = (old.model or "", old.kind)
            self._groups[key].add(old, -1)
            if not self._groups[key].bills and key != (row.model or "", row.kind):
                del self._groups[key]
        self._groups.setdefault((row.model or "", row.kind), Sum()).add(row)

    def total(self, kind: str | None = None) -> Sum:
        """Return the sum of all bills, or of a kind."""
        return sum((group for _, one, group in self if kind in (None, one)), Sum())

    @property
    def unpriced(self) -> tuple[str, ...]:
        """The models with bills whose cost isn't known."""
        return self._models(lambda group: group.unpriced > 0)

    @property
    def without_price(self) -> tuple[str, ...]:
        """Those of them whose price isn't known."""
        return self._models(lambda group: group.unpriced > group.undivided)

    @property
    def undivided(self) -> bool:
        """Whether there are bills whose cost isn't known because nobody told which tokens were audio."""
        return any(group.undivided for _, _, group in self)

    def _models(self, chosen: Callable[[Sum], bool]) -> tuple[str, ...]:
        return tuple(sorted({model or "a model without a name" for model, _, group in self if chosen(group)}))
