from typing import Any

from realtime_widget.data.display.html import (
    LONGEST_CELL,
    LONGEST_WORDS,
    Cell,
    Shown,
    clock,
    rows_html,
    seconds,
    table_html,
)
from tests.data.talk import Talk


def test_everything_is_escaped() -> None:
    cell = Cell("<s>", "words", struck="<b>", note="<i x>")
    html = table_html("<b>", ["<i>"], [["<script>alert(1)</script>"], [("<u>",)], [cell], [{"<p>": "<q>"}]])
    assert not any(tag in html for tag in ("<b>", "<i>x", "<i x>", "<script>", "<u>", "<s>", "<p>", "<q>"))
    assert "&lt;script&gt;" in html and "&lt;s&gt; <del>&lt;b&gt;</del> <i>&lt;i x&gt;</i>" in html


def test_values_are_short_and_missing_ones_blank() -> None:
    html = table_html("t", ["x"], [["w" * 500], [None], [1234.5678], [0.00012345], [("a", "b")], [True]])
    assert "w" * (LONGEST_CELL - 1) + "…" in html and "w" * LONGEST_CELL not in html
    assert "None" not in html
    for words in ("1234.6", "0.0001234", "a, b", "True"):
        assert f">{words}</td>" in html
    html = table_html("t", ["x"], [[Cell("w" * 500, "words")]])
    assert "w" * (LONGEST_WORDS - 1) + "…</td>" in html


def test_numbers_stand_to_the_right_with_their_heads() -> None:
    html = rows_html("t", [Shown("n", lambda row: row), Shown("word", str)], [1, 2])
    assert '<th scope="col" class="rtw-number">n</th><th scope="col">word</th>' in html
    assert '<td class="rtw-number">1</td><td>1</td>' in html
    assert rows_html("t", [Shown("n", str)], []).count("<tr>") == 1


def test_times_are_for_people() -> None:
    assert [clock(ms) for ms in (None, 0, 59_999, 60_000, 3_600_000)] == ["", "0:00", "0:59", "1:00", "60:00"]
    assert [seconds(ms) for ms in (None, 0, 999, 1_000, 61_250)] == ["", "0 ms", "999 ms", "1.0 s", "61.2 s"]


def shown(name: str, **options: Any) -> str:
    talk = Talk()
    talk.typed(0, "item_secret1", "How many?")
    talk.called(500, "resp_secret2", "call_secret3")
    talk.answered(800, "call_secret3")
    talk.said(1000, "resp_secret4", "item_secret5", "There are <three> of them.", **options)
    talk.do(1900, "begin_interrupt", cancel=False)
    return str(getattr(talk.data, name)._repr_html_())


def test_neither_ids_nor_dates_are_shown() -> None:
    for name in ("transcript", "tool_calls", "events", "usage", "latency"):
        html = shown(name)
        assert not any(word in html for word in ("secret", "created_at", "20:")), name


def test_a_turn_tells_what_was_cut_off() -> None:
    talk = Talk()
    talk.created(0, "r1")
    talk.begun(100, "r1", "a1")
    talk.words(200, "r1", "a1", "One two three four")
    talk.sound(200, "r1", "a1", bytes(48_000))
    talk.do(700, "begin_interrupt", cancel=True)
    talk.do(700, "finish_interrupt")
    html = talk.data.transcript._repr_html_()
    assert '<td class="rtw-words">One two <del>three four</del> <i>interrupted</i></td>' in html


def test_the_same_conversation_looks_the_same() -> None:
    assert shown("transcript") == shown("transcript") == shown("transcript", status="completed")


def test_columns_without_anything_in_them_are_left_out_where_asked() -> None:
    shown = [Shown("n", lambda row: row), Shown("nothing", lambda row: None)]
    assert "nothing" in rows_html("t", shown, [1]) and "nothing" in rows_html("t", shown, [], sparse=True)
    assert "nothing" not in rows_html("t", shown, [1], sparse=True)


def test_a_cell_takes_little_more_than_its_words() -> None:
    empty = len(table_html("t", [], []))
    assert len(table_html("t", ["x"] * 200, [["words", 1] * 100])) - empty < 100 * (2 * 20 + 10) + 200 * 50
