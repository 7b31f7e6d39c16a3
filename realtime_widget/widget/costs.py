"""What a panel shows of money: what it cost so far, of what, at which prices, and what the next turn will."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from ..data.money.pricing import MODALITIES
from ..data.money.projection import projected_cost_usd
from ..data.money.sums import Sum

if TYPE_CHECKING:
    from ..data import Tables
    from ..data.usage import UsageTable
    from ..session.core import SessionCore

__all__ = ["cost_view"]

_made: weakref.WeakKeyDictionary[Tables, tuple[object, dict[str, Any]]] = weakref.WeakKeyDictionary()


def cost_view(core: SessionCore) -> dict[str, Any]:
    """Return it as plain values; made anew when a bill came."""
    data = core.data
    state = (data.usage.rows(), data.usage.prices, data.free, core.limits.budget_usd)
    known = _made.get(data)
    if known is None or known[0] != state:
        known = _made[data] = (state, {**_view(data), "budget_usd": core.limits.budget_usd})
    return known[1]


def _view(data: Tables) -> dict[str, Any]:
    usage, sums = data.usage, data.usage.sums()
    answers = sum((group for _, kind, group in sums if kind == "response"), Sum())
    return {
        "usd": usage.cost_usd,
        "free": data.free,
        "unpriced": list(usage.unpriced),
        "unknown": _unknown(usage),
        "next_usd": projected_cost_usd(data),
        "prices": usage.prices.date,
        "own_prices": any(usage.prices.named(model) in usage.prices.own for model, _, _ in sums),
        "tokens": _tokens(answers.tokens),
        "models": [_model(model, kind, group) for model, kind, group in sums],
    }


def _unknown(usage: UsageTable) -> str | None:
    """Return why something isn't counted, and what helps."""
    if usage.without_price:
        models = ", ".join(usage.without_price)
        return f"What {models} costs isn't known and not counted: tell it with prices=."
    if usage.unknown is not None:
        return "The server doesn't tell which tokens were audio, so the cost isn't known."
    return None


def _tokens(counts: dict[str, int]) -> list[dict[str, Any]]:
    """Return what the answers took, by modality."""
    tokens = [
        {
            "modality": modality,
            "given": counts[f"input_{modality}_tokens"],
            "cached": counts[f"cached_{modality}_tokens"],
            "made": counts.get(f"output_{modality}_tokens", 0),
        }
        for modality in MODALITIES
    ]
    return [count for count in tokens if count["given"] or count["made"]]


def _model(model: str, kind: str, group: Sum) -> dict[str, Any]:
    usd = None if group.unpriced else group.cost_usd
    return {"model": model, "kind": kind, "bills": group.bills, "seconds": group.seconds, "usd": usd}
