import pytest

from realtime_widget.data import StillData
from realtime_widget.data.pictures.rows import MOST_ROWS, Row, is_dense, lay_out
from realtime_widget.data.pictures.scene import Scene, scene
from tests.data.conversations import Maker, conversation


def of(n_turns: int) -> Scene:
    data = StillData(conversation(n_turns, seed=3))
    return scene(data, data.transcript.rows())


@pytest.mark.parametrize("n_turns", [2, 12, 40, 200, 460])
def test_every_turn_is_in_a_row_and_rows_are_of_one_length(n_turns: int) -> None:
    shown = of(n_turns)
    rows = lay_out(shown)
    assert not is_dense(shown) and 1 <= len(rows) <= MOST_ROWS
    assert len({round(row.end_ms - row.start_ms, 3) for row in rows}) == 1
    for part in shown.said:
        assert any(row.start_ms <= part.start_ms < row.end_ms for row in rows)
    assert rows[-1].end_ms >= shown.end_ms


def test_many_turns_are_seen_from_afar() -> None:
    assert is_dense(of(600))


def test_long_silence_is_left_out() -> None:
    maker = Maker(4)
    for _ in range(4):
        maker.ask("Hello?")
        maker.answer("Yes, what is it?")
        maker.ms += 1_800_000
    data = StillData(maker.conversation())
    rows = lay_out(scene(data, data.transcript.rows()))
    assert len(rows) == 4 and all(row.pause_ms > 1_600_000 for row in rows[1:])
    assert rows[0].end_ms - rows[0].start_ms <= 60_000


def test_many_lonely_turns_get_longer_rows() -> None:
    maker = Maker(4)
    for _ in range(60):
        maker.ask("Hello?")
        maker.ms += 1_800_000
    data = StillData(maker.conversation())
    rows = lay_out(scene(data, data.transcript.rows()))
    assert len(rows) <= MOST_ROWS and rows[-1].end_ms >= maker.turns[-1].start_ms


def test_a_single_word_has_a_row_of_seconds() -> None:
    maker = Maker()
    maker.ask("Hi")
    data = StillData(maker.conversation())
    assert lay_out(scene(data, data.transcript.rows())) == (Row(0.0, 8000.0),)
