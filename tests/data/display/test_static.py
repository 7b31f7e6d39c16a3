import html as htmllib
import json
import re

import nbformat
import pytest

from realtime_widget.data.display.static import HTML_BYTES, LONGEST_TURN, TEXT_BYTES, render
from tests.data.talk import Talk


def words(html: str) -> str:
    """What a reader sees."""
    return htmllib.unescape(re.sub(r"<[^>]*>", "", html.replace("<br>", "\n")))


def test_a_conversation_that_has_not_begun_says_so() -> None:
    saved = render(Talk().data, title="Rows")
    assert words(saved.html).split("\n") == ["", "Rows", "Nothing was said yet.", ""]
    assert saved.text == "Rows\n(Nothing was said yet.)"
    assert saved == render(Talk().data, title="Rows")


def test_who_said_what_and_what_was_called() -> None:
    talk = Talk()
    talk.typed(0, "u1", "How many\nrows?")
    talk.called(100, "r0", "c1")
    talk.answered(200, "c1")
    talk.wrote(300, "r1", "a1", "There are 3.")
    saved = render(talk.data)
    assert saved.text.splitlines() == [
        "You: How many",
        "rows?",
        'Assistant: [rows({"city":"Rome"}) → 3]',
        "    There are 3.",
    ]
    assert "How many<br>rows?" in saved.html
    assert 'rows({"city":"Rome"}) → 3\nThere are 3.' in words(saved.html)
    assert saved.n_turns == 2
    assert saved.bundle == {"text/html": saved.html, "text/plain": saved.text}


def test_everything_is_data() -> None:
    evil = '<script>alert(1)</script><img src=x onerror="alert(2)">&amp;</p></div>'
    talk = Talk()
    talk.typed(0, "u1", evil)
    talk.called(100, "r0", "c1", name="<b>rows</b>", arguments=json.dumps({"city": evil}))
    with talk.lock:
        talk.data.tool_calls.finished("c1", None, evil, "failed", 5.0)
    talk.wrote(300, "r1", "a1", evil)
    saved = render(talk.data, title=evil)
    tags = set(re.findall(r"</?([a-zA-Z]+)[^>]*>", saved.html))
    assert tags <= {"div", "p", "b", "i", "br", "code", "del"}
    assert words(saved.html).count(evil) == 4
    assert set(re.findall(r"<\w+ ([^>]*)>", saved.html)) == {'class="rtw-saved"'}


def test_it_reads_the_same_whenever_the_same_was_said() -> None:
    def said(later_ms: int) -> str:
        talk = Talk()
        talk.typed(later_ms, f"u{later_ms}", "Hello")
        talk.said(later_ms + 100, "r1", f"a{later_ms}", "Hi there.")
        saved = render(talk.data)
        return saved.html + saved.text

    assert said(0) == said(77_777)


def test_what_was_not_heard_is_marked() -> None:
    talk = Talk()
    talk.typed(0, "u1", "Tell me everything")
    talk.said(100, "r1", "a1", "One two three four five six.", n_ms=6000)
    talk.do(2500, "begin_interrupt", cancel=True)
    talk.do(2500, "finish_interrupt")
    turn = talk.data.transcript[1]
    assert turn.interrupted and 0 < len(turn.heard_text) < len(turn.text)
    saved = render(talk.data)
    assert f"<b>Assistant:</b> {turn.heard_text}<del>" in saved.html
    assert turn.text in words(saved.html) and "[not heard: " in saved.text


def test_a_turn_that_still_grows_can_wait() -> None:
    talk = Talk()
    talk.typed(0, "u1", "Hello")
    talk.created(100, "r1")
    talk.begun(200, "r1", "a1")
    talk.words(300, "r1", "a1", "Hi th")
    assert "Hi th" in render(talk.data).text
    assert "Hi th" not in render(talk.data, ended_only=True).text


def test_speech_without_words_is_not_left_out() -> None:
    talk = Talk()
    talk.spoken(0, "u1")
    assert render(talk.data).text == "You: (sound without words)"


@pytest.mark.parametrize("said", ["word " * 20, 'Zeile mit Ümlaut, 日本語 und "Zitat"\n' * 3])
def test_two_hundred_turns_make_a_file_grow_by_less_than_100_kb(said: str) -> None:
    talk = Talk()
    for place in range(200):
        talk.typed(place * 10, f"i{place}", f"{place}: {said}")
    saved = render(talk.data)

    def size(data: dict[str, str]) -> int:
        cell = nbformat.v4.new_code_cell("session", outputs=[nbformat.v4.new_output("display_data", data)])
        return len(nbformat.writes(nbformat.v4.new_notebook(cells=[cell])).encode())

    assert size(saved.bundle) - size(render(Talk().data).bundle) < 100_000 - 5_000
    assert f"199: {said}".strip() in saved.text
    if len(said) <= 100:
        assert "left out" not in saved.html and "0: word" in saved.html


def test_of_a_long_conversation_the_latest_turns_are_told_and_the_others_counted() -> None:
    talk = Talk()
    for place in range(400):
        talk.typed(place * 10, f"i{place}", f"turn {place} " + "x" * 990)
    saved = render(talk.data)
    assert len(saved.html) < HTML_BYTES + 500 and len(saved.text) < TEXT_BYTES + 500
    told = saved.html.count("<p><b>You:</b>")
    assert 40 < told < 50
    assert f"{400 - told} earlier turns are left out here." in saved.html
    assert f"turn {400 - told} " in saved.html and f"turn {399 - told} " not in saved.html
    assert "earlier turns are left out here" in saved.text
    whole = render(talk.data, limited=False)
    assert whole.html.count("<p><b>You:</b>") == 400 and "left out" not in whole.html


def test_one_endless_turn_is_cut() -> None:
    talk = Talk()
    talk.typed(0, "u1", "y" * 200_000)
    saved = render(talk.data)
    assert f"({200_000 - LONGEST_TURN} more characters)" in saved.html
    assert len(saved.html) < LONGEST_TURN + 500


def test_many_calls_are_counted_and_long_values_cut() -> None:
    talk = Talk()
    talk.typed(0, "u1", "Go on")
    for place in range(50):
        talk.called(100 + place, f"r{place}", f"c{place}", arguments=json.dumps({"x": "y" * 1000}))
        talk.answered(100 + place, f"c{place}", "<" * 1000)
    talk.wrote(900, "r99", "a1", "Done.")
    saved = render(talk.data, title="T" * 1000)
    assert "… 30 more calls" in saved.html and "… 30 more calls" in saved.text
    assert "y" * 400 not in saved.html and "T" * 400 not in saved.html
    assert "more calls" not in render(talk.data, limited=False).html


def test_what_no_file_holds_and_no_terminal_should_obey_is_left_out() -> None:
    talk = Talk()
    talk.typed(0, "u1", "a\x1b[31mb\x00c\n\td\x9be")
    assert render(talk.data).text == "You: a[31mbc\n\tde"
