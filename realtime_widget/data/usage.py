"""What was used and what it costs: a row a response, and a row a transcription, which is billed apart."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from ..protocol.objects import (
    CachedTokenDetails,
    InputTokenDetails,
    OutputTokenDetails,
    TranscriptionUsage,
    Usage,
)
from .columns import Column
from .prices import Price, PriceTable
from .table import Table

__all__ = ["UsageRow", "UsageTable"]

MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """Tokens by modality; None where the engine didn't tell.

    `input_*_tokens` is all input of a modality, `cached_*_tokens` the part of it that came from the cache and
    is billed at the lower price.

    Attributes:
        response_id: The response; of a transcription the id of the user's turn.
        model: The model that did it.
        seconds: Length of the sound, of a transcription that is billed by time.
        cost_usd: What it costs; None where the price isn't known, 0 with a local engine.
        connection: Ordinal of the connection over which it was.
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


_TOKENS = [
    Column(name, "int")
    for name in (
        "input_text_tokens",
        "input_audio_tokens",
        "input_image_tokens",
        "cached_text_tokens",
        "cached_audio_tokens",
        "cached_image_tokens",
        "output_text_tokens",
        "output_audio_tokens",
    )
]


class UsageTable(Table[UsageRow]):
    """Tokens and money, a row a response or transcription.

    `response_id` joins a response with its turns; of a transcription it is the `id` of the user's turn.
    Each response is billed for the whole conversation before it: that is what the cached tokens are.
    """

    noun: ClassVar[str] = "bill"
    spec: ClassVar[tuple[Column, ...]] = (
        Column("response_id", "string"),
        Column("model", "string"),
        *_TOKENS,
        Column("seconds", "float"),
        Column("cost_usd", "float"),
        Column("connection", "int"),
    )

    def __init__(self, prices: PriceTable, lock: threading.RLock) -> None:
        super().__init__(lock)
        self.prices = prices
        self.connection = 1
        self._bills: dict[str, UsageRow] = {}
        self._rows: tuple[UsageRow, ...] | None = ()

    @property
    def cost_usd(self) -> float:
        """What everything so far costs, as far as prices are known."""
        return sum(row.cost_usd or 0.0 for row in self.rows())

    def _snapshot(self) -> tuple[UsageRow, ...]:
        if self._rows is None:
            self._rows = tuple(self._bills.values())
        return self._rows

    # -- what the data layer calls, with the lock held ---------------------------------------------------

    def response(self, response_id: str, usage: Usage, *, model: str | None, free: bool) -> None:
        """Note what a response used."""
        tokens = _tokens(usage.input_token_details, usage.output_token_details)
        cost = 0.0 if free else _cost_of_tokens(tokens, self.prices.get(model))
        self._bill(UsageRow(response_id=response_id, model=model, cost_usd=cost, **tokens))

    def transcription(
        self, item_id: str, usage: TranscriptionUsage, *, model: str | None, free: bool
    ) -> None:
        """Note what the transcription of a user's turn used; tokens or seconds, as the model is billed."""
        tokens: dict[str, int | None] = {}
        if usage.seconds is None:
            details = usage.input_token_details or InputTokenDetails(audio_tokens=usage.input_tokens)
            tokens = _tokens(details, OutputTokenDetails(text_tokens=usage.output_tokens))
        cost = 0.0 if free else _cost_of_transcription(usage, tokens, self.prices.get(model))
        self._bill(UsageRow(response_id=item_id, model=model, seconds=usage.seconds, cost_usd=cost, **tokens))

    def restore(self, rows: Iterable[UsageRow]) -> None:
        """Take bills of another time, with what they cost then."""
        with self._lock:
            self._bills.update((row.response_id, row) for row in rows)
            self._rows = None
            self._changed()

    def _bill(self, row: UsageRow) -> None:
        # Some servers tell the usage of a transcription again and again while it grows: the last one counts.
        self._bills[row.response_id] = replace(row, connection=self.connection)
        self._rows = None
        self._changed()


def _tokens(given: InputTokenDetails | None, made: OutputTokenDetails | None) -> dict[str, int | None]:
    given, made = given or InputTokenDetails(), made or OutputTokenDetails()
    cached = given.cached_tokens_details or _split_cached(given)
    return {
        "input_text_tokens": given.text_tokens,
        "input_audio_tokens": given.audio_tokens,
        "input_image_tokens": given.image_tokens,
        "cached_text_tokens": cached.text_tokens,
        "cached_audio_tokens": cached.audio_tokens,
        "cached_image_tokens": cached.image_tokens,
        "output_text_tokens": made.text_tokens,
        "output_audio_tokens": made.audio_tokens,
    }


def _split_cached(given: InputTokenDetails) -> CachedTokenDetails:
    # Only a sum is known. Caches hold the beginning of the context: instructions and tools, which are text.
    rest = given.cached_tokens
    if rest is None:
        return CachedTokenDetails()
    split = []
    for tokens in (given.text_tokens, given.audio_tokens, given.image_tokens):
        split.append(min(rest, tokens or 0))
        rest -= split[-1]
    return CachedTokenDetails(*split)


def _cost_of_tokens(tokens: dict[str, int | None], price: Price | None) -> float | None:
    if price is None or all(count is None for count in tokens.values()):
        return None
    total = 0.0
    for modality in ("text", "audio", "image"):
        given = tokens.get(f"input_{modality}_tokens") or 0
        cached = min(tokens.get(f"cached_{modality}_tokens") or 0, given)
        made = tokens.get(f"output_{modality}_tokens") or 0
        price_in = getattr(price, f"{modality}_in")
        price_cached = getattr(price, f"{modality}_cached")
        parts = (
            (given - cached, price_in),
            (cached, price_in if price_cached is None else price_cached),
            (made, getattr(price, f"{modality}_out", None)),
        )
        for count, per_million in parts:
            if count and per_million is None:
                return None
            total += count * (per_million or 0.0)
    return total / MILLION


def _cost_of_transcription(
    usage: TranscriptionUsage, tokens: dict[str, int | None], price: Price | None
) -> float | None:
    if price is None or usage.seconds is None:
        return _cost_of_tokens(tokens, price)
    return None if price.per_minute is None else usage.seconds / 60 * price.per_minute
