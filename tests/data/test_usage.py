from typing import Any

import pytest

from realtime_widget.data.money.prices import Price, PriceTable
from tests.data.talk import Talk

COLUMNS = [
    "response_id",
    "model",
    "input_text_tokens",
    "input_audio_tokens",
    "input_image_tokens",
    "cached_text_tokens",
    "cached_audio_tokens",
    "cached_image_tokens",
    "output_text_tokens",
    "output_audio_tokens",
    "seconds",
    "cost_usd",
    "connection",
    "kind",
    "input_tokens",
    "output_tokens",
]

USAGE = {
    "total_tokens": 253,
    "input_tokens": 132,
    "output_tokens": 121,
    "input_token_details": {
        "text_tokens": 119,
        "audio_tokens": 13,
        "image_tokens": 0,
        "cached_tokens": 64,
        "cached_tokens_details": {"text_tokens": 60, "audio_tokens": 4},
    },
    "output_token_details": {"text_tokens": 30, "audio_tokens": 91, "reasoning_tokens": 5},
}
COST = ((119 - 60) * 4 + 60 * 0.40 + (13 - 4) * 32 + 4 * 0.40 + 30 * 24 + 91 * 64) / 1e6


def billed(usage: dict[str, Any] | None, *, free: bool = False, **options: Any) -> dict[str, Any]:
    talk = Talk(**options)
    talk.data.free = free
    talk.wrote(0, "r1", "a1", "Hi", usage=usage)
    (row,) = talk.data.usage.to_dicts()
    return row


def transcribed(usage: dict[str, Any], model: str = "gpt-live-transcribe") -> dict[str, Any]:
    talk = Talk(transcription=model)
    talk.spoken(0, "u1")
    talk.transcribed(2000, "u1", "Hello.", usage=usage)
    (row,) = talk.data.usage.to_dicts()
    return row


def test_it_is_valid_when_empty() -> None:
    table = Talk().data.usage
    assert list(table.df.columns) == COLUMNS and table.cost_usd == 0
    assert str(table.df.dtypes["cost_usd"]) == "Float64" and str(table.df.dtypes["seconds"]) == "Float64"


def test_cached_tokens_are_a_part_of_the_input_and_cheaper() -> None:
    row = billed(USAGE)
    assert (row["response_id"], row["model"]) == ("r1", "gpt-realtime-2.1")
    assert (row["input_text_tokens"], row["cached_text_tokens"]) == (119, 60)
    assert (row["output_text_tokens"], row["output_audio_tokens"]) == (30, 91)
    assert row["cost_usd"] == pytest.approx(COST, rel=1e-12)


def test_a_local_engine_costs_nothing_and_an_unknown_model_nobody_knows() -> None:
    assert billed(USAGE, free=True)["cost_usd"] == 0.0
    assert billed(USAGE, free=True, model="demo")["cost_usd"] == 0.0
    row = billed(USAGE, model="somebody-elses")
    assert row["cost_usd"] is None and row["input_text_tokens"] == 119


def test_a_bare_sum_of_cached_tokens_is_text_first() -> None:
    row = billed({"input_token_details": {"text_tokens": 10, "audio_tokens": 50, "cached_tokens": 30}})
    assert (row["cached_text_tokens"], row["cached_audio_tokens"], row["cached_image_tokens"]) == (10, 20, 0)
    assert row["cost_usd"] == pytest.approx((10 * 0.4 + 30 * 32 + 20 * 0.4) / 1e6)


def test_usage_without_details_has_no_price() -> None:
    row = billed({"total_tokens": 7, "input_tokens": 3, "output_tokens": 4})
    assert row["input_text_tokens"] is None and row["cost_usd"] is None
    assert (row["input_tokens"], row["output_tokens"]) == (3, 4)
    assert billed({"input_tokens": 3})["output_tokens"] is None
    assert billed({"total_tokens": 7, "input_tokens": 3, "output_tokens": 4}, free=True)["cost_usd"] == 0
    assert billed({"input_tokens": 0, "output_tokens": 0})["cost_usd"] == 0


def test_it_says_when_the_server_leaves_open_which_tokens_were_audio() -> None:
    talk = Talk()
    talk.wrote(0, "r1", "a1", "Hi", usage={"input_tokens": 3, "output_tokens": 4})
    usage = talk.data.usage
    words = "UsageTable(1 bill, cost unknown: the server doesn't tell which tokens were audio)"
    assert repr(usage) == words and usage.unpriced == ("gpt-realtime-2.1",) and not usage.without_price
    assert (usage.total["input_tokens"], usage.total["output_tokens"]) == (3, 4)
    assert list(usage.by_model()[["input_tokens", "output_tokens"]].iloc[0]) == [3, 4]
    assert usage.would_cost("gpt-realtime-2.1-mini") is None
    talk.wrote(1_000, "r2", "a2", "Hi", usage=USAGE)
    assert "$0.0071 and more: the server doesn't tell" in repr(usage)
    assert (usage.total["input_tokens"], usage.total["output_tokens"]) == (135, 125)
    usage.prices = PriceTable({})
    talk.wrote(2_000, "r3", "a3", "Hi", usage=USAGE)
    assert usage.without_price == ("gpt-realtime-2.1",)
    assert usage.unknown == (
        "the price of gpt-realtime-2.1 isn't known and the server doesn't tell which tokens were audio"
    )


def test_a_response_without_usage_has_no_row() -> None:
    talk = Talk()
    talk.wrote(0, "r1", "a1", "Hi")
    assert len(talk.data.usage) == 0


def test_transcriptions_are_billed_by_the_minute_or_by_tokens() -> None:
    row = transcribed({"type": "duration", "seconds": 2.4})
    assert (row["response_id"], row["model"], row["seconds"]) == ("u1", "gpt-live-transcribe", 2.4)
    assert row["cost_usd"] == pytest.approx(2.4 / 60 * 0.017)
    details = {"text_tokens": 2, "audio_tokens": 17}
    tokens = {"type": "tokens", "input_tokens": 19, "output_tokens": 9, "input_token_details": details}
    row = transcribed(tokens, "gpt-4o-transcribe")
    assert (row["input_audio_tokens"], row["output_text_tokens"], row["seconds"]) == (17, 9, None)
    assert row["cost_usd"] == pytest.approx((19 * 2.5 + 9 * 10) / 1e6)
    row = transcribed({"input_tokens": 17, "output_tokens": 9}, "gpt-4o-transcribe")
    assert row["cost_usd"] == pytest.approx((17 * 2.5 + 9 * 10) / 1e6)
    assert (row["input_tokens"], row["output_tokens"]) == (17, 9)


def test_the_servers_own_model_names_count() -> None:
    talk = Talk(model="my-deployment")
    audio = {"input": {"transcription": {"model": "whisper-1"}}}
    talk.feed(0, "session.updated", session={"model": "gpt-realtime-2.1-mini", "audio": audio})
    talk.wrote(10, "r1", "a1", "Hi", usage=USAGE)
    talk.spoken(1000, "u1")
    talk.transcribed(3000, "u1", "Hi", usage={"seconds": 60})
    assert [row.model for row in talk.data.usage] == ["gpt-realtime-2.1-mini", "whisper-1"]
    assert talk.data.usage[1].cost_usd == pytest.approx(0.006)
    assert talk.data.usage.cost_usd == pytest.approx(sum(row.cost_usd or 0 for row in talk.data.usage))


def test_sums_are_those_of_the_rows_and_each_bill_counts_once() -> None:
    talk = Talk(transcription="whisper-1")
    assert talk.data.usage.total["cost_usd"] == 0 and list(talk.data.usage.by_model().kind) == []
    for n in range(3):
        talk.spoken(10_000 * n, f"x{n}")
        for _ in range(2):
            talk.transcribed(10_000 * n + 2_000, f"x{n}", "Hi", usage={"type": "duration", "seconds": 30})
        talk.wrote(10_000 * n + 3_000, f"x{n}", f"a{n}", "Hi", usage=USAGE)  # ids of their own kind each
    usage = talk.data.usage
    assert len(usage) == 6 and usage.df.kind.value_counts().to_dict() == {"response": 3, "transcription": 3}
    assert usage.cost_usd == pytest.approx(3 * COST + 3 * 0.003)
    assert usage.bill("x0", "response").cost_usd == pytest.approx(COST)  # type: ignore[union-attr]
    assert usage.bill("x0", "transcription").seconds == 30  # type: ignore[union-attr]
    assert usage.bill("x9", "response") is None
    total = usage.total
    for name in usage.columns[2:12]:
        assert total[name] == pytest.approx(usage.df[name].sum())
    assert (total["bills"], total["input_text_tokens"], total["seconds"]) == (6, 3 * 119, 90)
    frame = usage.by_model()
    assert list(zip(frame.model, frame.kind, frame.bills, strict=True)) == [
        ("whisper-1", "transcription", 3),
        ("gpt-realtime-2.1", "response", 3),
    ]
    assert frame.cost_usd.sum() == pytest.approx(usage.cost_usd)
    assert frame.dtypes.equals(Talk().data.usage.by_model().dtypes)


def test_it_says_what_it_costs_or_why_it_does_not_know() -> None:
    talk = Talk(model="somebody-elses")
    assert repr(talk.data.usage) == "UsageTable(0 bills)"
    talk.data.free = True
    talk.wrote(0, "r1", "a1", "Hi", usage=USAGE)
    assert repr(talk.data.usage) == "UsageTable(1 bill, which cost nothing)" and not talk.data.usage.unpriced
    talk.data.free = False
    talk.wrote(1_000, "r2", "a2", "Hi", usage=USAGE)
    assert "cost unknown: the price of somebody-elses isn't known" in repr(talk.data.usage)
    assert talk.data.usage.unpriced == ("somebody-elses",)
    known = Talk()
    known.wrote(0, "r1", "a1", "Hi", usage=USAGE)
    assert "1 bill, $0.0071 at prices of 20" in known.data.usage._repr_html_()


def test_it_tells_what_the_same_would_cost_elsewhere() -> None:
    talk = Talk()
    talk.data.free = True
    talk.wrote(0, "r1", "a1", "Hi", usage=USAGE)
    usage = talk.data.usage
    assert usage.cost_usd == 0 and usage.would_cost() == pytest.approx(COST)
    mini = usage.would_cost("gpt-realtime-2.1-mini")
    assert mini is not None and 0 < mini < COST
    assert usage.would_cost("somebody-elses") is None
    own = PriceTable({"m": Price(text_in=0, text_out=0, audio_in=0, audio_out=0, image_in=0)})
    assert usage.would_cost("m", prices=own) == 0
    assert Talk().data.usage.would_cost() == 0
