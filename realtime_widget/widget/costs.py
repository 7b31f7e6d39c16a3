"""What a panel shows of money: what it cost so far, of what, at which prices, and what the next turn will."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from ..data.pricing import MODALITIES
from ..data.projection import projected_cost_usd

if TYPE_CHECKING:
    from ..data import Tables, UsageTable
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
    usage = data.usage
    return {
        "usd": usage.cost_usd,
        "free": data.free,
        "unpriced": list(usage.unpriced),
        "next_usd": projected_cost_usd(data),
        "prices": usage.prices.date,
        "own_prices": any(usage.prices.named(row.model) in usage.prices.own for row in usage.rows()[-1:]),
        "tokens": _tokens(usage),
        "models": _models(usage),
    }


def _tokens(usage: UsageTable) -> list[dict[str, Any]]:
    """Return what the answers took, by modality."""
    answers = [row for row in usage.rows() if row.kind == "response"]
    counts = [
        {
            "modality": modality,
            "given": sum(getattr(row, f"input_{modality}_tokens") or 0 for row in answers),
            "cached": sum(getattr(row, f"cached_{modality}_tokens") or 0 for row in answers),
            "made": sum(getattr(row, f"output_{modality}_tokens", None) or 0 for row in answers),
        }
        for modality in MODALITIES
    ]
    return [count for count in counts if count["given"] or count["made"]]


def _models(usage: UsageTable) -> list[dict[str, Any]]:
    """Return the sums of each model and kind of bill."""
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for row in usage.rows():
        key = (row.model or "", row.kind)
        group = groups.setdefault(
            key, {"model": key[0], "kind": key[1], "bills": 0, "seconds": 0.0, "usd": 0.0}
        )
        group["bills"] += 1
        group["seconds"] += row.seconds or 0.0
        known = group["usd"] is not None and row.cost_usd is not None
        group["usd"] = group["usd"] + row.cost_usd if known else None
    return list(groups.values())
