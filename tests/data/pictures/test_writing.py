import pytest
from matplotlib.figure import Figure

from realtime_widget.data.pictures.writing import write


@pytest.mark.parametrize(
    "words",
    [
        "こんにちは",
        "مرحبا بالعالم",
        "שלום",
        "हिन्दी",
        "👍🏽 👩‍👩‍👧",
        "a\u202eb\x00c\ud800",
        "e\u0301",
        "\U000e0041\U0010ffff",
        "",
    ],
)
def test_any_script_is_drawn_without_a_warning(words: str) -> None:
    drawn, families = write(words)
    ax = Figure().subplots()
    ax.text(0, 0, drawn, fontfamily=families, parse_math=False)
    ax.get_figure().canvas.draw()


def test_words_stand_on_one_line_of_limited_length() -> None:
    assert write("  one\n two\t three ")[0] == "one two three"
    assert write("x" * 50, limit=10)[0] == "x" * 9 + "…"
    assert len(write("y " * 1_000_000, limit=40)[0]) <= 40


def test_what_turns_the_direction_or_rings_a_bell_is_left_out() -> None:
    assert write("a\u202eb\x07c\u200f")[0] == "abc"


def test_what_no_font_has_is_one_box_a_run() -> None:
    assert write("is \U00013000\U00013001\U00013002 old", limit=40)[0] in (
        "is ▯ old",
        "is \U00013000\U00013001\U00013002 old",
    )
