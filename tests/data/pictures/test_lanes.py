import pytest
from matplotlib.figure import Figure

from realtime_widget.data import StillData
from realtime_widget.data.pictures.lanes import Lanes, draw_row
from realtime_widget.data.pictures.rows import Row
from realtime_widget.data.pictures.scene import Call, Scene, scene
from realtime_widget.data.pictures.style import LIGHT
from tests.data.conversations import Maker


def test_lanes_stand_below_one_another() -> None:
    lanes = Lanes.of(Scene(), 0.4)
    assert lanes.names == ("User", "Assistant") and lanes.middles == pytest.approx((0.6, 0.2))
    many = Scene(calls=tuple(Call(f"f{i}", "done", 0, 1, i) for i in range(7)))
    lanes = Lanes.of(many, 0.4)
    assert lanes.names[-1] == "Tools" and lanes.slots == 3
    middles = [lanes.of_slot(slot)[0] for slot in range(5)]
    assert middles[0] > middles[1] > middles[2] == middles[4] > 0


def drawn(maker: Maker, row: Row, width_px: float = 800) -> list[str]:
    data = StillData(maker.conversation())
    shown = scene(data, data.transcript.rows())
    ax = Figure().subplots()
    draw_row(ax, shown, row, Lanes.of(shown, 0.3), LIGHT, width_px=width_px)
    ax.get_figure().canvas.draw()
    return [text.get_text() for text in ax.texts]


def test_words_are_cut_to_the_room_that_there_is() -> None:
    maker = Maker()
    maker.turn("user", "Which city has the highest mean temperature in July?", 0, 4000)
    assert drawn(maker, Row(0, 8000)) == ["Which city has the highest mean temperature in July?"]
    (cut,) = drawn(maker, Row(0, 24_000))
    assert cut.startswith("Which city") and cut.endswith("…")
    assert drawn(maker, Row(3900, 24_000)) == []


def test_names_of_calls_that_follow_closely_stand_together() -> None:
    maker = Maker()
    maker.turn("user", "Go", 0, 500)
    maker.ms = 1000
    maker.call("one", "r", duration_ms=100)
    maker.call("two", "r", status="cancelled", duration_ms=100)
    maker.ms = 9000
    maker.call("a_long_one", "r", duration_ms=9000)
    assert drawn(maker, Row(0, 20_000))[-2:] == ["one · ✕ two", "a_long_one"]
