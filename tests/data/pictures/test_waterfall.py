import pytest
from matplotlib.figure import Figure

from realtime_widget.data.latency import LatencyRow
from realtime_widget.data.pictures.picture import Picture
from realtime_widget.data.pictures.waterfall import waterfall
from realtime_widget.errors import ConfigError
from tests.data.conversations import conversation


def test_each_answer_is_a_bar_as_long_as_it_took() -> None:
    rows = conversation(12, seed=3).latency
    picture = waterfall(rows)
    assert isinstance(picture, Picture)
    (ax,) = picture.axes
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [f"turn {row.turn}" for row in rows]
    totals = [row.voice_to_voice_ms for row in rows]
    for place, total_ms in enumerate(totals):
        ends = [bar.get_x() + bar.get_width() for bar in ax.patches if round(bar.get_y() + 0.36) == place]
        assert max(ends) == pytest.approx(total_ms, abs=0.01)
    assert picture.alt.startswith("Where the time went: 6 answers · median ")
    names = [text.get_text() for text in picture.legends[0].get_texts()]
    assert names[0] == "end of turn noticed" and "tools run" in names and names[-1] == "heard"
    picture.png(1)


def test_the_newest_are_drawn_and_an_endless_one_is_cut() -> None:
    rows = [LatencyRow(turn=i, response_id=None, speech_end_ms=0.0, first_heard_ms=900.0) for i in range(50)]
    rows.append(LatencyRow(turn=50, response_id=None, speech_end_ms=0.0, first_heard_ms=60_000.0))
    picture = waterfall(rows, newest=30, theme="dark")
    assert isinstance(picture, Picture) and "the latest 30 of 51 answers" in picture.alt
    assert picture.axes[0].get_xlim()[1] < 3000
    assert "▸ 60.0 s" in [text.get_text() for text in picture.axes[0].texts]


def test_an_answer_that_took_no_time_is_drawn_too() -> None:
    picture = waterfall([LatencyRow(turn=0, response_id="r", speech_end_ms=5.0, first_heard_ms=5.0)])
    assert isinstance(picture, Picture) and picture.png(1)


def test_without_answers_it_says_so() -> None:
    picture = waterfall([LatencyRow(turn=0, response_id="r")])
    assert isinstance(picture, Picture) and "No answer" in picture.alt
    picture.png(1)


def test_it_is_drawn_into_axes_of_the_users() -> None:
    ax = Figure(facecolor="black").subplots()
    assert waterfall(conversation(8, typed=True).latency, ax) is ax
    ax.get_figure().canvas.draw()


@pytest.mark.parametrize("newest", [0, -3, 2.5, True, "all"])
def test_a_number_of_answers_is_asked_for(newest: int) -> None:
    with pytest.raises(ConfigError, match="no number of answers"):
        waterfall([], newest=newest)
