"""Sums of bills, kept up while bills come: whoever looks many times a second mustn't add up thousands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .pricing import TOKEN_COLUMNS

if TYPE_CHECKING:
    from ..usage import UsageRow

__all__ = ["Sum", "Sums"]


class Sum:
    """The sum of some bills.

    Attributes:
        tokens: By column.
        seconds: Of sound that is paid by its length.
        cost_usd: As far as prices are known.
        bills: How many.
        unpriced: How many of them have no known price.
    """

    __slots__ = ("bills", "cost_usd", "seconds", "tokens", "unpriced")

    def __init__(self) -> None:
        self.tokens = dict.fromkeys(TOKEN_COLUMNS, 0)
        self.seconds = 0.0
        self.cost_usd = 0.0
        self.bills = 0
        self.unpriced = 0

    def add(self, row: UsageRow, sign: int = 1) -> None:
        """Count a bill; with the sign -1, count it no more."""
        for name in TOKEN_COLUMNS:
            self.tokens[name] += sign * (getattr(row, name) or 0)
        self.seconds += sign * (row.seconds or 0.0)
        self.cost_usd += sign * (row.cost_usd or 0.0)
        self.bills += sign
        self.unpriced += sign * (row.cost_usd is None)

    def __add__(self, other: Sum) -> Sum:
        both = Sum()
        for one in (self, other):
            for name, count in one.tokens.items():
                both.tokens[name] += count
            both.seconds += one.seconds
            both.cost_usd += one.cost_usd
            both.bills += one.bills
            both.unpriced += one.unpriced
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
        """The models with bills whose price isn't known."""
        return tuple(
            sorted({model or "a model without a name" for model, _, group in self if group.unpriced})
        )
