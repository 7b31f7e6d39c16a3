import pytest
from matplotlib.figure import Figure

from realtime_widget.data import StillData
from realtime_widget.data.pictures.picture import Picture
from realtime_widget.data.pictures.spending import spending
from tests.data.conversations import conversation


@pytest.mark.parametrize("n_turns", [2, 60, 1000])
def test_costs_are_added_up_and_tokens_stand_below(n_turns: int) -> None:
    usage = StillData(conversation(n_turns)).usage
    picture = spending(usage, theme="dark")
    assert isinstance(picture, Picture) and len(picture.axes) == 2
    cost = picture.axes[0].lines[0].get_ydata()
    assert cost[-1] == pytest.approx(usage.cost_usd)
    bars = sum(bar.get_height() for bar in picture.axes[1].patches)
    whole = usage.total["input_tokens"] + usage.total["output_tokens"]
    assert bars == whole and len(picture.axes[1].patches) <= 360
    picture.png(1)


def test_what_costs_nothing_has_no_line_along_zero() -> None:
    picture = spending(StillData(conversation(0)).usage)
    assert isinstance(picture, Picture) and len(picture.axes) == 1
    assert "Nothing was billed" in picture.alt


def test_the_sum_is_drawn_into_axes_of_the_users() -> None:
    ax = Figure().subplots()
    assert spending(StillData(conversation(10)).usage, ax) is ax


def test_the_table_draws_itself() -> None:
    usage = StillData(conversation(10)).usage
    picture = usage.plot()
    assert isinstance(picture, Picture) and "5 bills" in picture.alt
