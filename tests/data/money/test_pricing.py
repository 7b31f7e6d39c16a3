"""Money: against a calculation by hand from the servers' own usage objects, of any content."""

from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_widget.data.money.prices import Price, default_prices
from realtime_widget.data.money.pricing import (
    TOKEN_COLUMNS,
    cost_of_tokens,
    cost_of_transcription,
    money,
    tokens_by_modality,
    undivided,
)
from realtime_widget.protocol.objects import TranscriptionUsage, Usage

COUNTS = st.integers(0, 200_000)
MODEL = "gpt-realtime-2.1"
PRICE = default_prices().get(MODEL)
# US dollars per million tokens, from the pricing page: fresh, cached, made.
BY_HAND = {"text": (4, "0.40", 24), "audio": (32, "0.40", 64), "image": (5, "0.50", 0)}


@st.composite
def usages(draw: st.DrawFn) -> dict[str, Any]:
    given = {f"{modality}_tokens": draw(COUNTS) for modality in BY_HAND}
    cached = {name: draw(st.integers(0, count)) for name, count in given.items()}
    made = {"text_tokens": draw(COUNTS), "audio_tokens": draw(COUNTS)}
    n_in, n_out = sum(given.values()), sum(made.values())
    details = {**given, "cached_tokens": sum(cached.values()), "cached_tokens_details": cached}
    return {
        "total_tokens": n_in + n_out,
        "input_tokens": n_in,
        "output_tokens": n_out,
        "input_token_details": details,
        "output_token_details": {**made, "reasoning_tokens": draw(COUNTS)},
    }


def by_hand(usage: dict[str, Any]) -> Fraction:
    details, made = usage["input_token_details"], usage["output_token_details"]
    total = Fraction(0)
    for modality, (fresh, cached, out) in BY_HAND.items():
        n_cached = details["cached_tokens_details"][f"{modality}_tokens"]
        n_fresh = details[f"{modality}_tokens"] - n_cached
        total += n_fresh * fresh + n_cached * Fraction(cached) + made.get(f"{modality}_tokens", 0) * out
    return total / 1_000_000


@given(usages())
def test_a_bill_is_what_one_calculates_by_hand(raw: dict[str, Any]) -> None:
    usage = msgspec.convert(raw, Usage)
    tokens = tokens_by_modality(usage.input_token_details, usage.output_token_details)
    assert set(tokens) == set(TOKEN_COLUMNS)
    # No token counts twice: fresh and cached ones are the input, and reasoning is in the text.
    assert sum(tokens[name] or 0 for name in TOKEN_COLUMNS if name.startswith("input")) == raw["input_tokens"]
    assert (
        sum(tokens[name] or 0 for name in TOKEN_COLUMNS if name.startswith("output")) == raw["output_tokens"]
    )
    assert cost_of_tokens(tokens, PRICE) == pytest.approx(float(by_hand(raw)), rel=1e-12)


@given(COUNTS, COUNTS, COUNTS)
def test_a_transcription_by_tokens(audio: int, text: int, made: int) -> None:
    raw = {"type": "tokens", "input_tokens": audio + text, "output_tokens": made}
    usage = msgspec.convert(
        {**raw, "input_token_details": {"audio_tokens": audio, "text_tokens": text}}, TranscriptionUsage
    )
    tokens = {"input_audio_tokens": audio, "input_text_tokens": text, "output_text_tokens": made}
    price = default_prices().get("gpt-4o-mini-transcribe")
    expected = (Fraction("1.25") * (audio + text) + 5 * made) / 1_000_000
    assert cost_of_transcription(usage, tokens, price) == pytest.approx(float(expected), rel=1e-12)


@given(st.floats(0, 36_000), st.sampled_from(["whisper-1", "gpt-live-transcribe", "gpt-realtime-translate"]))
def test_sound_by_the_minute(seconds: float, model: str) -> None:
    per_minute = {"whisper-1": 0.006, "gpt-live-transcribe": 0.017, "gpt-realtime-translate": 0.034}[model]
    usage = TranscriptionUsage(type="duration", seconds=seconds)
    cost = cost_of_transcription(usage, {}, default_prices().get(model))
    assert cost == pytest.approx(seconds / 60 * per_minute, rel=1e-12)


def test_what_is_not_known_has_no_price_and_what_is_not_used_needs_none() -> None:
    only_text = Price(text_in=1.0, text_out=2.0)
    assert cost_of_tokens({"input_text_tokens": 1_000_000, "cached_text_tokens": 500_000}, only_text) == 1.0
    assert cost_of_tokens({"input_text_tokens": 1, "input_audio_tokens": 0}, only_text) == pytest.approx(1e-6)
    assert cost_of_tokens({"input_audio_tokens": 1}, only_text) is None
    assert cost_of_tokens({"input_text_tokens": 1}, None) is None
    assert cost_of_tokens(dict.fromkeys(TOKEN_COLUMNS), only_text) is None
    assert cost_of_transcription(TranscriptionUsage(seconds=60.0), {}, only_text) is None
    # More cached than there is: a server that counts otherwise must not make a bill negative.
    assert cost_of_tokens({"input_text_tokens": 10, "cached_text_tokens": 99}, only_text) == pytest.approx(
        1e-5
    )


@pytest.mark.parametrize(
    ("usage", "open_"),
    [
        ({}, True),
        ({"input_tokens": 3, "output_tokens": 4}, True),
        ({"input_tokens": 0, "output_tokens": 0}, False),
        # Half an answer is none: what isn't counted would be for nothing.
        ({"output_tokens": 4, "input_token_details": {"text_tokens": 3}}, True),
        ({"input_tokens": 9, "input_token_details": {"cached_tokens": 5}}, True),
        ({"input_tokens": 9, "input_token_details": {"text_tokens": 3}}, True),
        ({"input_tokens": 3, "input_token_details": {"text_tokens": 3}}, False),
        ({"output_tokens": 9, "output_token_details": {"text_tokens": 3, "audio_tokens": 4}}, False),
    ],
)
def test_tokens_have_a_price_where_it_is_told_what_they_were(usage: dict[str, Any], open_: bool) -> None:
    told = msgspec.convert(usage, Usage)
    tokens = tokens_by_modality(told.input_token_details, told.output_token_details)
    tokens |= {"input_tokens": told.input_tokens, "output_tokens": told.output_tokens}
    assert undivided(tokens) is open_
    assert (cost_of_tokens(tokens, PRICE) is None) is open_
    if open_ and not usage.get("input_token_details", {}).get("text_tokens"):
        assert tokens["cached_text_tokens"] is None


@pytest.mark.parametrize(
    ("usd", "words"),
    [
        (0, "$0"),
        (0.00001, "under $0.0001"),
        (0.01234, "$0.0123"),
        (0.1234, "$0.123"),
        (1.234, "$1.23"),
        (120, "$120.00"),
    ],
)
def test_amounts_are_readable(usd: float, words: str) -> None:
    assert money(usd) == words
