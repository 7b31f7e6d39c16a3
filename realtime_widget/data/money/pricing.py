"""From tokens and minutes to money: cached input costs less, each modality has its own price."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...protocol.objects import CachedTokenDetails, InputTokenDetails, OutputTokenDetails, TranscriptionUsage
from .prices import Price

if TYPE_CHECKING:
    from ..usage import UsageRow

__all__ = [
    "MODALITIES",
    "TOKEN_COLUMNS",
    "TOTAL_COLUMNS",
    "cost_of_bill",
    "cost_of_tokens",
    "cost_of_transcription",
    "counts_of_bill",
    "money",
    "tokens_by_modality",
    "undivided",
]

MILLION = 1_000_000
MODALITIES = ("text", "audio", "image")
TOKEN_COLUMNS = (
    *(f"input_{modality}_tokens" for modality in MODALITIES),
    *(f"cached_{modality}_tokens" for modality in MODALITIES),
    "output_text_tokens",
    "output_audio_tokens",
)
TOTAL_COLUMNS = ("input_tokens", "output_tokens")
"""All tokens of a side, as the server tells them; some tell nothing else."""


def tokens_by_modality(
    given: InputTokenDetails | None, made: OutputTokenDetails | None
) -> dict[str, int | None]:
    """Return the counts of a bill by column; None where the server doesn't tell."""
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
    known = (given.text_tokens, given.audio_tokens, given.image_tokens)
    if rest is None or all(tokens is None for tokens in known):
        return CachedTokenDetails()
    split = []
    for tokens in known:
        split.append(min(rest, tokens or 0))
        rest -= split[-1]
    return CachedTokenDetails(*split)


def undivided(tokens: Mapping[str, float | None]) -> bool:
    """Return whether a server left open which of the tokens were audio: they have no price then.

    True too where it told of no tokens at all.
    """
    if all(count is None for count in tokens.values()):
        return True
    sides = {
        "input_tokens": [tokens.get(f"input_{modality}_tokens") for modality in MODALITIES],
        "output_tokens": [tokens.get("output_text_tokens"), tokens.get("output_audio_tokens")],
    }
    # Where every modality is told, they count, whatever the server adds up.
    return any(
        None in counts and (tokens.get(total) or 0) > sum(count or 0 for count in counts)
        for total, counts in sides.items()
    )


def cost_of_tokens(tokens: Mapping[str, float | None], price: Price | None) -> float | None:
    """Return US dollars; None where the price isn't known, or not what the tokens were.

    Cached tokens are a part of the input: they are paid at their own price, and not at that of fresh ones.
    """
    if price is None or undivided(tokens):
        return None
    total = 0.0
    for modality in MODALITIES:
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


def cost_of_transcription(
    usage: TranscriptionUsage, tokens: Mapping[str, float | None], price: Price | None
) -> float | None:
    """Return US dollars: by the minute where a length is billed, else by tokens."""
    if price is None or usage.seconds is None:
        return cost_of_tokens(tokens, price)
    return None if price.per_minute is None else usage.seconds / 60 * price.per_minute


def counts_of_bill(row: UsageRow) -> dict[str, int | None]:
    """Return the tokens that a bill counts, by column."""
    return {name: getattr(row, name) for name in (*TOKEN_COLUMNS, *TOTAL_COLUMNS)}


def cost_of_bill(row: UsageRow, price: Price | None) -> float | None:
    """Return US dollars for what a bill counts, at a price that may not be its own."""
    if row.seconds is None:
        return cost_of_tokens(counts_of_bill(row), price)
    return None if price is None or price.per_minute is None else row.seconds / 60 * price.per_minute


def money(usd: float) -> str:
    """Return an amount for people: `$1.25`, `$0.0124`."""
    if usd == 0:
        return "$0"
    if usd < 0.0001:
        return "under $0.0001"
    return f"${usd:.4f}" if usd < 0.1 else f"${usd:.3f}" if usd < 1 else f"${usd:.2f}"
