from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from realtime_widget.data import About, Conversation, StillData, Turn
from realtime_widget.data.replay.score import Moment, Score
from realtime_widget.data.tool_calls import ToolCall
from tests.data.talk import Talk

ABOUT = About(id="0" * 32)


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.spoken(0, "u1", words="How is Rome?")
    talk.called(1500, "r1", "call_1")
    talk.answered(1700, "call_1")
    talk.said(2000, "r2", "a1", "It is fine there", n_ms=1500)
    talk.typed(4500, "u2", "Thanks")
    return talk


def score_of(talk: Talk) -> Score:
    return Score(StillData(Conversation.of(talk.data, ABOUT)))


def turn(place: int, **values: Any) -> Turn:
    told = {
        "turn": place, "id": f"t{place}", "role": "user", "text": "", "heard_text": "", "status": "completed",
        "start_ms": None, "end_ms": None, "audio_ms": None, "heard_ms": None, "interrupted": False,
        "tool_calls": (), "response_id": None, "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return Turn(**{**told, **values})


def test_turns_and_calls_have_their_times(talk: Talk) -> None:
    score = score_of(talk)
    spans = [score.turn_span(turn_id) for turn_id in ("u1", "a1", "u2")]
    assert [(span.begin_ms, span.end_ms) for span in spans if span] == [(0, 1000), (2300, 3800), (4500, 4500)]
    call = score.call_span("call_1")
    assert call is not None and (call.begin_ms, call.end_ms) == (1500, 1550)
    assert score.turn_span("x") is None and score.call_span("x") is None and score.call("x") is None
    assert score.steps == (0, 1000, 1500, 1550, 2300, 3800, 4500) and score.duration_ms == 4500
    assert score.begun(1000) == ("u1",) and score.begun(2300) == ("u1", "a1")


def test_everything_that_happened_is_a_moment_in_order(talk: Talk) -> None:
    score = score_of(talk)
    times = [moment.t_ms for moment in score.moments]
    assert times == sorted(times) == list(score.moment_times)
    assert len([moment for moment in score.moments if moment.kind == "event"]) == len(talk.data.events)
    told = [(moment.t_ms, moment.kind, moment.place) for moment in score.moments if moment.kind != "event"]
    assert told == [
        (0, "turn_begins", 0), (1000, "turn_ends", 0), (1500, "call_begins", 0), (1550, "call_ends", 0),
        (2300, "turn_begins", 1), (3800, "turn_ends", 1), (4500, "turn_begins", 2), (4500, "turn_ends", 2),
    ]  # fmt: skip


def test_what_is_found_between_two_times_goes_on_there(talk: Talk) -> None:
    score = score_of(talk)
    assert [turn.id for turn in score.turns_within(500, 600)] == ["u1"]
    assert [turn.id for turn in score.turns_within(1000, 2300)] == ["u1", "a1"]
    assert score.turns_within(1100, 2200) == [] and score.calls_within(0, 1499) == []
    assert [call.call_id for call in score.calls_within(1520, 1520)] == ["call_1"]


def test_a_long_turn_is_found_behind_short_ones() -> None:
    turns = (
        turn(0, start_ms=0, end_ms=1000),
        turn(1, start_ms=10, end_ms=20),
        turn(2, start_ms=30, end_ms=40),
    )
    score = Score(StillData(Conversation(about=ABOUT, turns=turns)))
    assert [found.id for found in score.turns_within(500, 600)] == ["t0"]


def test_what_has_no_time_stands_beside_the_others() -> None:
    turns = (turn(0), turn(1, start_ms=50, end_ms=60), turn(2), turn(3, start_ms=80, status="in_progress"))
    call = ToolCall(
        call_id="c", name="f", output=None, error=None, status="running", started_ms=100.0, duration_ms=None,
        response_id=None, turn=None, version=1,
    )  # fmt: skip
    unknown = replace(call, call_id="d", started_ms=None)
    score = Score(StillData(Conversation(about=ABOUT, turns=turns, tool_calls=(call, unknown))))
    spans = [span for place in range(4) if (span := score.turn_span(f"t{place}"))]
    assert [(span.begin_ms, span.end_ms) for span in spans] == [(0, 0), (50, 60), (50, 50), (80, 100)]
    assert score.duration_ms == 100
    assert not [moment for moment in score.moments if moment.kind == "turn_ends" and moment.place == 3]
    assert not [moment for moment in score.moments if moment.kind == "call_ends"]


def test_a_bill_comes_with_what_it_is_for() -> None:
    talk = Talk()
    usage = {"total_tokens": 3, "input_tokens": 1, "output_tokens": 2}
    talk.said(1000, "r1", "a1", "Hello", n_ms=2000, usage=usage)
    [bill] = [moment for moment in score_of(talk).moments if moment.kind == "usage"]
    assert bill == Moment(1400, "usage", 0)


def test_an_empty_conversation_has_no_length() -> None:
    score = Score(StillData(Conversation(about=ABOUT)))
    assert (score.duration_ms, score.moments, score.steps, score.begun(0)) == (0.0, (), (), ())
