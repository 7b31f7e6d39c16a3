"""What was used and what it costs: a row a response, and a row a transcription, which is billed apart."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from ..protocol.objects import InputTokenDetails, OutputTokenDetails, TranscriptionUsage, Usage
from .columns import Column
from .joining import Joins
from .money.prices import PriceTable
from .money.pricing import (
    TOKEN_COLUMNS,
    TOTAL_COLUMNS,
    cost_of_bill,
    cost_of_tokens,
    cost_of_transcription,
    money,
    tokens_by_modality,
)
from .money.sums import Sum, Sums
from .table import Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from .pictures.picture import Picture

__all__ = ["UsageRow", "UsageTable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """Tokens by modality; None where the engine didn't tell.

    `input_*_tokens` is all input of a modality, `cached_*_tokens` the part of it that came from the cache and
    is billed at the lower price.

    Attributes:
        response_id: The response; of a transcription the id of the user's turn.
        model: The model that did it.
        seconds: Length of the sound, of a transcription that is billed by time.
        cost_usd: What it costs; None where the price isn't known or not which tokens were audio, 0 with a
            local engine.
        connection: Ordinal of the connection over which it was.
        kind: What is paid: a `"response"`, the `"transcription"` of the user's words, or the length of
            `"sound"` that went into a model, as a translation is paid. A transcription is never part of what
            its response costs.
        input_tokens: All input, as the server tells it: some don't tell the modalities.
        output_tokens: All output, likewise.
    """

    response_id: str
    model: str | None
    input_text_tokens: int | None = None
    input_audio_tokens: int | None = None
    input_image_tokens: int | None = None
    cached_text_tokens: int | None = None
    cached_audio_tokens: int | None = None
    cached_image_tokens: int | None = None
    output_text_tokens: int | None = None
    output_audio_tokens: int | None = None
    seconds: float | None = None
    cost_usd: float | None = None
    connection: int | None = 1
    kind: str = "response"
    input_tokens: int | None = None
    output_tokens: int | None = None


class UsageTable(Table[UsageRow]):
    """Tokens and money, a row a response or transcription.

    `response_id` joins a response with its turns; of a transcription it is the `id` of the user's turn.
    Each response is billed for the whole conversation before it: that is what the cached tokens are.

    Attributes:
        prices: What everything costs, and since when.
        connection: Ordinal of the connection that bills come over now.
    """

    noun: ClassVar[str] = "bill"
    spec: ClassVar[tuple[Column, ...]] = (
        Column("response_id", "string"),
        Column("model", "string", recurs=True),
        *(Column(name, "int") for name in TOKEN_COLUMNS),
        Column("seconds", "float"),
        Column("cost_usd", "float"),
        Column("connection", "int"),
        Column("kind", "string", recurs=True),
        *(Column(name, "int") for name in TOTAL_COLUMNS),
    )

    def __init__(self, prices: PriceTable, lock: threading.RLock) -> None:
        super().__init__(lock)
        self.prices = prices
        self.connection = 1
        self._bills: dict[tuple[str, str], UsageRow] = {}
        self._rows: tuple[UsageRow, ...] | None = ()
        self._sums = Sums()

    def __repr__(self) -> str:
        return f"UsageTable({self._count(len(self))})"

    # -- sums --------------------------------------------------------------------------------------------

    @property
    def cost_usd(self) -> float:
        """What everything so far costs, as far as that is known."""
        with self._lock:
            return self._sums.total().cost_usd

    @property
    def unpriced(self) -> tuple[str, ...]:
        """The models with bills whose cost isn't known, see `unknown`; `cost_usd` doesn't count those."""
        with self._lock:
            return self._sums.unpriced

    @property
    def without_price(self) -> tuple[str, ...]:
        """Those of the `unpriced` models whose price isn't known: `prices=` tells it."""
        with self._lock:
            return self._sums.without_price

    @property
    def unknown(self) -> str | None:
        """Why the cost isn't known, or not all of it, in words; None if it is."""
        with self._lock:
            models, undivided = self._sums.without_price, self._sums.undivided
        reasons = [f"the price of {', '.join(models)} isn't known"] if models else []
        if undivided:
            reasons.append("the server doesn't tell which tokens were audio")
        return " and ".join(reasons) or None

    @property
    def total(self) -> dict[str, float]:
        """Everything so far: the sum of each column, and how many `bills`."""
        with self._lock:
            return self._sums.total().to_dict()

    def sums(self) -> list[tuple[str, str, Sum]]:
        """Return model, kind and sum of each model and kind of bill."""
        with self._lock:
            return [(model, kind, group + Sum()) for model, kind, group in self._sums]

    def by_model(self) -> pd.DataFrame:
        """Return a dataframe with a row a model and kind of bill, and the sums of `total` as columns."""
        import pandas as pd

        sums = [{"model": model, "kind": kind, **group.to_dict()} for model, kind, group in self.sums()]
        whole = [*TOKEN_COLUMNS, "bills", *TOTAL_COLUMNS]
        types = {"model": "string", "kind": "string", **dict.fromkeys(whole, "int64")}
        columns = ["model", "kind", *TOKEN_COLUMNS, "seconds", "cost_usd", "bills", *TOTAL_COLUMNS]
        frame = pd.DataFrame(sums, columns=columns)
        return frame.astype({**types, "seconds": "float64", "cost_usd": "float64"})

    def would_cost(self, model: str | None = None, *, prices: PriceTable | None = None) -> float | None:
        """Return in US dollars what the same tokens and minutes cost elsewhere; None where that isn't known.

        Args:
            model: Who would have answered; None for the model of each bill. Transcriptions stay as they were.
            prices: At which prices; None for those of the session.
        """
        table = prices or self.prices
        costs = [
            cost_of_bill(row, table.get(model if model and row.kind == "response" else row.model))
            for row in self.rows()
        ]
        return None if None in costs else sum(cost or 0.0 for cost in costs)

    def plot(self, ax: Axes | None = None, *, theme: str = "auto") -> Picture | Axes:
        """Return a picture of what it cost: the sum as it grew, and the tokens of each bill.

        Args:
            ax: Axes of matplotlib to draw the sum into, which are returned then.
            theme: `light`, `dark`, or `auto`: that of the axes, or of matplotlib's settings.

        Raises:
            ConfigError: There is no matplotlib: `pip install "realtime-widget[data]"`.
        """
        from .pictures.spending import spending

        return spending(self, ax, theme=theme)

    def _count(self, n: int) -> str:
        cost_usd, unknown = self.cost_usd, self.unknown
        if not n:
            return super()._count(n)
        if unknown:
            known = f"{money(cost_usd)} and more" if cost_usd else "cost unknown"
            return f"{super()._count(n)}, {known}: {unknown}"
        if not cost_usd:
            return f"{super()._count(n)}, which cost nothing"
        since = f" at prices of {self.prices.date}" if self.prices.date else ""
        return f"{super()._count(n)}, {money(cost_usd)}{since}"

    def turns_of(self, row: UsageRow, joins: Joins) -> Collection[int]:
        """Return the turns that a bill is for."""
        return joins.of_bill(row.response_id)

    def _snapshot(self) -> tuple[UsageRow, ...]:
        if self._rows is None:
            self._rows = tuple(self._bills.values())
        return self._rows

    def bill(self, billed_id: str, kind: str) -> UsageRow | None:
        """Return the bill of a response, or of a turn's transcription."""
        with self._lock:
            return self._bills.get((kind, billed_id))

    # -- what the data layer calls, with the lock held ---------------------------------------------------

    def response(self, response_id: str, usage: Usage, *, model: str | None, free: bool) -> None:
        """Note what a response used."""
        tokens = tokens_by_modality(usage.input_token_details, usage.output_token_details) | _totals(usage)
        cost = 0.0 if free else cost_of_tokens(tokens, self.prices.get(model))
        self._bill(_row(response_id, model, tokens, cost))

    def transcription(
        self,
        item_id: str,
        usage: TranscriptionUsage,
        *,
        model: str | None,
        free: bool,
        kind: str = "transcription",
    ) -> None:
        """Note what the transcription of a user's turn used; tokens or seconds, as the model is billed."""
        tokens: dict[str, int | None] = {}
        if usage.seconds is None:
            details = usage.input_token_details or InputTokenDetails(audio_tokens=usage.input_tokens)
            made = OutputTokenDetails(text_tokens=usage.output_tokens)
            tokens = tokens_by_modality(details, made) | _totals(usage)
        cost = 0.0 if free else cost_of_transcription(usage, tokens, self.prices.get(model))
        self._bill(replace(_row(item_id, model, tokens, cost), seconds=usage.seconds, kind=kind))

    def restore(self, rows: Iterable[UsageRow]) -> None:
        """Take bills of another time, with what they cost then."""
        with self._lock:
            for row in rows:
                self._put(row)
            self._changed()

    def _bill(self, row: UsageRow) -> None:
        # Some servers tell the usage of a transcription again and again while it grows: the last one counts.
        self._put(replace(row, connection=self.connection))
        self._changed()

    def _put(self, row: UsageRow) -> None:
        key = (row.kind, row.response_id)
        self._sums.put(row, self._bills.get(key))
        self._bills[key] = row
        self._rows = None


def _totals(usage: Usage | TranscriptionUsage) -> dict[str, int | None]:
    return {name: getattr(usage, name) for name in TOTAL_COLUMNS}


def _row(billed_id: str, model: str | None, tokens: Mapping[str, int | None], cost: float | None) -> UsageRow:
    return replace(UsageRow(response_id=billed_id, model=model, cost_usd=cost), **tokens)  # type: ignore[arg-type]
