"""A conversation in a few figures, as plain values for logs, databases and dashboards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .conversation import About
from .money.pricing import TOKEN_COLUMNS
from .statistics import Statistics, statistics
from .tables import Tables
from .trouble import Trouble, found_trouble

__all__ = ["summary"]

MOST_WORDS = 200


def summary(
    data: Tables,
    about: About,
    *,
    figures: Statistics | None = None,
    trouble: tuple[Trouble, ...] | None = None,
) -> dict[str, Any]:
    """Return the summary of a conversation; see `Readings.summary` for the keys."""
    turns = data.transcript.rows()
    figures = statistics(data, turns) if figures is None else figures
    trouble = found_trouble(data) if trouble is None else trouble
    by_role = {side.role: side for side in figures.sides}
    return {
        "id": about.id,
        "title": about.title,
        "kind": about.kind,
        "engine": about.engine,
        "model": about.model,
        "created_at": None if about.created_at is None else about.created_at.isoformat(),
        "duration_ms": round(about.duration_ms),
        "turns": {role: side.turns for role, side in by_role.items()},
        "words": {role: side.words for role, side in by_role.items()},
        "talk_ms": {role: round(side.talk_ms) for role, side in by_role.items()},
        "interruptions": sum(side.interrupted for side in figures.sides),
        "tool_calls": figures.tool_calls,
        "tool_failures": figures.tool_failures,
        "latency_ms": _latency(row.voice_to_voice_ms for row in data.latency.rows()),
        "tokens": _tokens(data),
        "cost_usd": round(data.usage.cost_usd, 8),
        "unpriced": list(data.usage.unpriced),
        "prices_of": data.usage.prices.date,
        "errors": sum(each.kind in ("error", "answer") for each in trouble),
        "reconnects": sum(each.kind == "connection" and "again" in each.what for each in trouble),
        "first_words": _words(next((turn.text for turn in turns if turn.text), "")),
        "last_words": _words(next((turn.text for turn in reversed(turns) if turn.text), "")),
        "metadata": dict(about.metadata),
        "version": about.version,
    }


def _latency(values: Iterable[float | None]) -> dict[str, float | int | None]:
    known = [value for value in values if value is not None]
    if not known:
        return {"n": 0, "p50": None, "p95": None}
    p50, p95 = np.percentile(known, (50, 95))
    return {"n": len(known), "p50": round(float(p50), 1), "p95": round(float(p95), 1)}


def _tokens(data: Tables) -> dict[str, int]:
    total = data.usage.total
    kinds = {"input": "input_", "cached": "cached_", "output": "output_"}
    told = {
        kind: int(sum(total[name] for name in TOKEN_COLUMNS if name.startswith(prefix)))
        for kind, prefix in kinds.items()
    }
    # Some servers tell nothing but the totals.
    return {kind: max(count, int(total.get(f"{kind}_tokens", 0))) for kind, count in told.items()}


def _words(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_WORDS else line[: MOST_WORDS - 1] + "…"
