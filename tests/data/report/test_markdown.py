import pytest

from realtime_widget.data import StillData
from realtime_widget.data.report.content import Content
from realtime_widget.data.report.markdown import code, markdown, plain
from tests.data.conversations import Maker, conversation


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("It's 10:30, 5-6 men. (yes!)", "It's 10:30, 5-6 men. (yes!)"),
        (
            "**a** _b_ `c` <i> # | ~ $x$ [l](u) @me",
            r"\*\*a\*\* \_b\_ \`c\` \<i\> \# \| \~ \$x\$ \[l\](u) \@me",
        ),
        ("see https://x.org www.y.org :tada:", r"see https\://x.org www\.y.org \:tada:"),
        ("two\n\n# lines", r"two \# lines"),
        ("a\\b &amp;", r"a\\b \&amp;"),
    ],
)
def test_words_are_shown_as_they_are(words: str, written: str) -> None:
    assert plain(words) == written


def test_code_is_fenced_whatever_is_in_it() -> None:
    assert code("f(x)") == "`f(x)`" and code("") == "" and code("a `` b\n") == "``` a `` b ```"


def test_a_report_is_told_as_markdown() -> None:
    told = conversation(100, seed=3, title="A | B")
    text = markdown(Content(StillData(told), told.about), {}, None)
    assert text.startswith("# A \\| B\n") and "Pictures are left out" in text
    for heading in ("Transcript", "Tools", "Latency", "Cost", "Errors", "Settings"):
        assert f"\n## {heading}\n" in text
    assert "*(interrupted)*" in text and "~~" in text and "✕ KeyError" in text


def test_a_bar_in_code_is_no_cell() -> None:
    maker = Maker()
    maker.ask("Go")
    maker.answer("Yes", calls=(("a|b", "done"),))
    told = maker.conversation()
    text = markdown(Content(StillData(told), told.about), {}, None)
    assert '`a\\|b({"city":"Rome"})`' in text


def test_thousands_of_turns_leave_out_the_middle() -> None:
    told = conversation(10_000)
    text = markdown(Content(StillData(told), told.about), {}, None)
    assert len(text) < 600_000 and "*7,000 turns are left out here" in text


def test_nothing_said_is_told_too() -> None:
    told = conversation(0)
    assert "Nothing was said yet." in markdown(Content(StillData(told), told.about), {}, None)
