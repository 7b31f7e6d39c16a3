from typing import Any

import numpy as np
import pytest

from realtime_widget.data import StillData
from realtime_widget.data.replay.stage import Stage
from realtime_widget.session.callbacks import Callbacks, Dispatcher
from realtime_widget.session.retelling import Retelling

from .saved import saved_talk


class Told:
    """A retelling whose callbacks note what they get."""

    def __init__(self, *names: str, partials: bool = False) -> None:
        data = StillData(saved_talk())
        self.stage = Stage(data)
        self.dispatcher = Dispatcher("test")
        self.heard: list[tuple[str, Any]] = []
        callbacks = Callbacks(self.dispatcher)
        for name in names:
            callbacks.on(name, lambda told, name=name: self.heard.append((name, told)))
        self.retelling = Retelling(data, self.stage, callbacks, partials=partials)

    def play(
        self, from_ms: float = 0.0, to_ms: float = 4500.0, every_ms: float = 100.0
    ) -> list[tuple[str, Any]]:
        moments = [moment for moment in self.stage.score.moments if moment.t_ms >= from_ms]
        self.retelling.begin_at(from_ms)
        for at_ms in np.arange(from_ms, to_ms + 1, every_ms):
            while moments and moments[0].t_ms <= at_ms:
                self.retelling.perform(moments.pop(0))
            self.stage.move(float(at_ms))
            self.retelling.go_on(float(at_ms))
        self.dispatcher.flushed().result(30)
        return self.heard


def test_callbacks_hear_what_happened_in_its_order() -> None:
    heard = Told("turn", "tool_call", "usage").play()
    assert [name for name, _ in heard] == ["turn", "tool_call", "usage", "turn", "turn"]
    values = [value for _, value in heard]
    assert [value.text for name, value in heard if name == "turn"] == [
        "How is Rome?",
        "It is fine there",
        "Thanks",
    ]
    assert (values[1].name, values[1].output, values[1].status) == ("rows", "3", "done")
    assert values[2]["response_id"] == "r2"
    assert values[3].audio.duration_ms == 1500


def test_raw_events_come_too_all_or_by_their_type() -> None:
    told = Told("*", "response.done", "turn")
    heard = told.play()
    assert [event["type"] for name, event in heard if name == "*"] == [
        e.type for e in told.stage.events.rows()
    ]
    done = [event["response"]["id"] for name, event in heard if name == "response.done"]
    assert done == ["r1", "r2"]


@pytest.mark.parametrize("every_ms", [70, 400, 5000])
def test_the_sound_of_answers_comes_in_pieces_that_make_the_whole(every_ms: float) -> None:
    told = Told("audio", "turn")
    pieces = [piece for name, piece in told.play(to_ms=5000, every_ms=every_ms) if name == "audio"]
    answer = told.stage.score.turn("a1")
    assert answer is not None
    np.testing.assert_array_equal(np.concatenate(pieces), answer.audio.samples)


def test_from_the_middle_of_an_answer_on_the_rest_sounds() -> None:
    told = Told("audio")
    pieces = [piece for _, piece in told.play(from_ms=3300, every_ms=50)]
    assert sum(map(len, pieces)) == 500 * 24


def test_words_that_grow_are_told_of_where_they_were() -> None:
    heard = Told("partial", "turn", partials=True).play()
    words = [turn.text for name, turn in heard if name == "partial" and turn.id == "u1"]
    assert words == ["How", "How is", "How is Rome?"]
    assert not Told("partial").play(), "a conversation tells of no partial words"
