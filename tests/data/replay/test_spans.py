import pytest

from realtime_widget.data import StillData, Tables
from realtime_widget.data.replay.spans import choose, length_ms, merged, now_ms, shared, sounding
from realtime_widget.errors import ConfigError
from realtime_widget.protocol.log import log_local
from tests.data.conversations import Maker, conversation


@pytest.fixture
def data() -> Tables:
    return StillData(conversation(40, seed=3))


def test_turns_are_chosen_by_time_or_by_place(data: Tables) -> None:
    rows = data.transcript.rows()
    assert choose(data) == rows and choose(data, turns=slice(-3, None)) == rows[-3:]
    begin, end = rows[6].start_ms, rows[9].end_ms
    assert begin is not None and end is not None
    assert choose(data, since_ms=begin, until_ms=end) == rows[6:10]
    assert choose(data, until_ms=1) == () and choose(data, since_ms=1e9) == ()


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ({"turns": slice(1), "since_ms": 1}, "not both"),
        ({"turns": 3}, "is no slice"),
        ({"since_ms": "now"}, "no number"),
        ({"until_ms": True}, "no number"),
        ({"since_ms": 5, "until_ms": 5}, "Nothing is between"),
    ],
)
def test_what_is_no_span_is_refused(data: Tables, span: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        choose(data, **span)  # type: ignore[arg-type]


def test_spans_are_merged_and_compared() -> None:
    one = merged([(5, 8), (0, 2), (2, 3), (6, 7)])
    assert one == [(0, 3), (5, 8)] and length_ms(one) == 6
    assert shared(one, [(1, 6), (7, 9)]) == [(1, 3), (5, 6), (7, 8)]
    assert shared(one, []) == [] and merged([]) == []


def test_a_turn_sounds_until_now_while_it_goes_on_and_written_ones_never() -> None:
    maker = Maker()
    going_on = maker.turn("assistant", "Well", 1000, None)
    maker.events.append(log_local(2500, "x", {}, 1))
    data = StillData(maker.conversation())
    assert now_ms(data, data.transcript.rows()) == 2500 and sounding(going_on, 2500) == (1000, 2500)
    assert sounding(Maker(typed=True).turn("user", "Hi", 10, 10), 50) is None
