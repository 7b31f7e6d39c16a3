from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from realtime_widget.data.money.prices import Price, PriceTable, default_prices, price_table
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


def test_own_prices_are_put_over_the_packages_and_the_rest_stays(tmp_path: Path) -> None:
    package = default_prices()
    assert price_table(None) is package and price_table(package) is package
    table = price_table({"gpt-realtime-2.1": {"audio_in": 35.2}, "mine": Price(text_in=1)})
    assert table.get("gpt-realtime-2.1") == replace(package.models["gpt-realtime-2.1"], audio_in=35.2)
    assert table.get("mine") == Price(text_in=1) and table.get("whisper-1") == package.get("whisper-1")
    assert table.own == {"gpt-realtime-2.1", "mine"} and table.date == package.date
    snapshot = package.merge({"gpt-realtime-2.1-2026-07-07": {"text_in": 9}})
    assert snapshot.get("gpt-realtime-2.1-2026-07-07").audio_in == 32  # type: ignore[union-attr]
    path = tmp_path / "mine.toml"
    path.write_text('date = "2027-01"\n[models."whisper-1"]\nper_minute = 0.01\n')
    for given in (path, str(path)):
        read = price_table(given)
        assert read.date == "2027-01" and read.own == {"whisper-1"}
        assert read.get("whisper-1") == Price(per_minute=0.01) and read.get("gpt-realtime") is not None


def test_a_saved_table_is_the_same_when_it_is_read(tmp_path: Path) -> None:
    table = default_prices().merge({'a "model"\\ü': {"text_in": 1e-7, "per_minute": 3}})
    table.save(tmp_path / "prices.toml")
    read = PriceTable.load(tmp_path / "prices.toml")
    assert read.models == table.models and read.date == table.date
    with pytest.raises(ConfigError, match="can't be written"):
        table.save(tmp_path / "nowhere" / "prices.toml")


def test_it_shows_itself_with_its_date() -> None:
    table = default_prices().merge({"<mine>": {"text_in": 1}})
    assert f"prices of {table.date}, 1 of them your own" in repr(table)
    html = table._repr_html_()
    assert "&lt;mine&gt;" in html and "<mine>" not in html and "gpt-realtime-2.1" in html


@pytest.mark.parametrize(
    "prices",
    [
        3,
        [],
        {3: {}},
        {"m": 3},
        {"m": {"text": 1}},
        {"m": {"text_in": -1}},
        {"m": {"text_in": float("nan")}},
        {"m": {"text_in": True}},
    ],
)
def test_what_are_no_prices_is_refused(prices: Any) -> None:
    with pytest.raises(ConfigError):
        price_table(prices)
