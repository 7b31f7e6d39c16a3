from realtime_widget.data.html import LONGEST_CELL, table_html


def test_everything_is_escaped() -> None:
    html = table_html("<b>", ["<i>"], [["<script>alert(1)</script>"], [("<u>",)]])
    assert not any(tag in html for tag in ("<b>", "<i>", "<script>", "<u>"))
    assert "&lt;script&gt;" in html


def test_values_are_short_and_missing_ones_blank() -> None:
    html = table_html("t", ["x"], [["w" * 500], [None], [1234.5678], [0.00012345], [("a", "b")], [True]])
    assert "w" * (LONGEST_CELL - 1) + "…" in html and "w" * LONGEST_CELL not in html
    assert "None" not in html
    for words in ("1234.6", "0.0001234", "a, b", "True"):
        assert f">{words}</td>" in html


def test_a_cell_takes_little_more_than_its_words() -> None:
    empty = len(table_html("t", [], []))
    assert len(table_html("t", [], [["words", 1] * 100])) - empty < 100 * (2 * 20 + 10)
