import pytest

from realtime_widget.data import About, Conversation, StillData
from realtime_widget.data.replay.stage import Stage
from tests.data.talk import Talk


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.spoken(0, "u1", words="How many rows has Rome?")
    talk.called(1500, "r1", "call_1")
    talk.answered(1700, "call_1")
    talk.said(2000, "r2", "a1", "Rome has three of them", n_ms=2000)
    talk.typed(5500, "u2", "Thanks")
    return talk


@pytest.fixture
def stage(talk: Talk) -> Stage:
    return Stage(StillData(Conversation.of(talk.data, About(id="0" * 32))))


def shown(stage: Stage) -> list[tuple[str, str, str]]:
    return [(turn.id, turn.text, turn.status) for turn in stage.transcript]


def test_at_first_everything_is_there(stage: Stage, talk: Talk) -> None:
    assert stage.transcript.rows() == talk.data.transcript.rows()
    assert stage.tool_calls.rows() == talk.data.tool_calls.rows()
    assert stage.recording == talk.data.recording and stage.transcript.items() == talk.data.transcript.items()


def test_words_come_with_their_sound(stage: Stage) -> None:
    stage.move(0)
    assert shown(stage) == [("u1", "", "in_progress")]
    stage.move(500)
    assert shown(stage) == [("u1", "How many rows", "in_progress")] and stage.sounding("user")
    stage.move(1000)
    assert shown(stage) == [("u1", "How many rows has Rome?", "completed")] and not stage.sounding("user")
    stage.move(3300)
    assert shown(stage)[1] == ("a1", "Rome has three", "in_progress") and stage.sounding("assistant")
    [_, answer] = stage.transcript
    assert (answer.audio_ms, answer.heard_ms, answer.end_ms) == (1000, 1000, None)
    assert answer.audio.duration_ms == 2000, "the sound itself is whole"


def test_calls_run_and_end_and_find_their_turn(stage: Stage) -> None:
    stage.move(1520)
    [call] = stage.tool_calls
    assert (call.status, call.output, call.duration_ms, call.turn) == ("running", None, None, None)
    assert stage.tool_calls.row("call_1") is call, "the same row while it is the same"
    stage.move(1540)
    assert stage.tool_calls.row("call_1") is call
    stage.move(1600)
    [call] = stage.tool_calls
    assert (call.status, call.output, call.turn) == ("done", "3", None)
    stage.move(2400)
    [call] = stage.tool_calls
    assert call.turn == 1 and stage.transcript[1].tool_calls == ("call_1",)
    stage.move(1000)
    assert stage.tool_calls.row("call_1") is None and len(stage.tool_calls) == 0


def test_a_movement_tells_what_looks_different(stage: Stage) -> None:
    begin = stage.move(0)
    assert (begin.turns, begin.calls) == (("u1", "a1", "u2"), ("call_1",))
    assert stage.move(10).turns == ("u1",), "its first word has begun"
    assert stage.move(20) == stage.move(21), "nothing new: the same word goes on"
    assert stage.move(1200).turns == ("u1",) and stage.move(1400).turns == ()
    assert stage.move(1500).calls == ("call_1",) and stage.move(1600).calls == ("call_1",)
    assert set(stage.move(None).turns) == {"a1", "u2"}


def test_an_interrupted_answer_is_cut_where_it_was() -> None:
    talk = Talk()
    talk.said(0, "r1", "a1", "one two three four five", n_ms=4000)
    talk.do(1800, "begin_interrupt", cancel=False)
    talk.do(1800, "finish_interrupt")
    talk.typed(2500, "u1", "Stop")
    stage = Stage(StillData(Conversation.of(talk.data, About(id="0" * 32))))
    [whole] = [turn for turn in stage.transcript if turn.id == "a1"]
    assert whole.interrupted and whole.end_ms is not None and whole.end_ms < 2500
    stage.move(whole.end_ms - 400)
    before = stage.transcript.turn("a1")
    assert before is not None and before.status == "in_progress" and not before.interrupted
    assert before.text and whole.text.startswith(before.text) and before.text != whole.text
    stage.move(whole.end_ms)
    assert stage.transcript.turn("a1") == whole


def test_the_assistant_thinks_between_a_question_and_its_answer(stage: Stage) -> None:
    def at(ms: float) -> bool:
        stage.move(ms)
        return stage.thinking

    assert [at(500), at(1200), at(1800), at(3000), at(5000), at(5600)] == [
        False,
        True,
        True,
        False,
        False,
        False,
    ]
    stage.move(None)
    assert not stage.thinking and not stage.growing
