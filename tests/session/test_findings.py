"""The lines of a check, as values and as text."""

from realtime_widget.session.findings import CheckLine

LINE = CheckLine(
    id="key", group="engine", title="API key", status="problem", found="None.", remedy="Set one."
)


def test_a_line_says_in_words_what_its_symbol_says() -> None:
    assert (LINE.symbol, LINE.word) == ("✗", "Problem")
    assert str(LINE) == "✗ API key: None.\n    → Set one."
    assert str(CheckLine(id="a", group="page", title="Host", status="pending")) == "… Host: Looking"
    assert LINE.to_dict()["remedy"] == "Set one."
