from pathlib import Path

import pytest

from realtime_widget.data.prices import Price, PriceTable, default_prices
from realtime_widget.errors import ConfigError


def test_the_table_is_dated_and_knows_the_models() -> None:
    table = default_prices()
    assert table.date
    assert table.get("gpt-realtime-2.1") == Price(
        audio_in=32,
        audio_cached=0.40,
        audio_out=64,
        text_in=4,
        text_cached=0.40,
        text_out=24,
        image_in=5,
        image_cached=0.50,
    )
    assert table.get("gpt-live-transcribe") == Price(per_minute=0.017)


@pytest.mark.parametrize(
    ("model", "text_out"),
    [
        ("gpt-realtime-2.1", 24.0),
        ("gpt-realtime-2.1-2026-07-07", 24.0),
        ("gpt-realtime-2.1-mini", 2.40),
        ("gpt-realtime-2.1-mini-2026-07-07", 2.40),
        ("gpt-realtime-2025-08-28", 16.0),
        ("gpt-4o-mini-transcribe-2025-12-15", 5.0),
    ],
)
def test_the_longest_name_counts_and_snapshots_cost_the_same(model: str, text_out: float) -> None:
    price = default_prices().get(model)
    assert price is not None and price.text_out == text_out


@pytest.mark.parametrize(
    "model", [None, "", "gpt-realtime-3", "gpt-realtime-2.10", "llama", "gpt", "my-gpt-realtime"]
)
def test_a_name_that_only_begins_alike_is_another_model(model: str | None) -> None:
    assert default_prices().get(model) is None


def test_own_prices_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text('date = 2027-01-01\n[models."m"]\ntext_in = 1\n')
    table = PriceTable.load(path)
    assert table.date == "2027-01-01" and table.get("m") == Price(text_in=1)


@pytest.mark.parametrize(
    "text",
    ["[models", "models = 3", '[models."m"]\ntext = 1', '[models."m"]\ntext_in = "1"', "[models]\nm = 1"],
)
def test_what_is_no_price_table_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        PriceTable.parse(text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml"):
        PriceTable.load(tmp_path / "gone.toml")
