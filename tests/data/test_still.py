import pandas as pd
import pytest

from realtime_widget.data import About, Conversation, StillData

from .talk import ARGUMENTS, Talk, pcm


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.spoken(0, "u1", words="How is Rome?")
    talk.said(1500, "r1", "a1", "It is fine", n_ms=500)
    talk.data.tool_calls.started("call_1", "weather", ARGUMENTS, "r1", 1, 1600.0)
    talk.data.tool_calls.finished("call_1", "21 °C", None, "done", 12.0)
    return talk


def still(talk: Talk) -> StillData:
    return StillData(Conversation.of(talk.data, About(id="0" * 32)))


def test_the_tables_of_a_conversation_that_is_over_are_those_of_the_session(talk: Talk) -> None:
    kept = still(talk)
    for ours, theirs in zip(kept.tables, talk.data.tables, strict=True):
        assert repr(ours) == repr(theirs) and ours.rows() == theirs.rows()
        pd.testing.assert_frame_equal(ours.df, theirs.df)


def test_sound_is_there_too(talk: Talk) -> None:
    kept = still(talk)
    assert [turn.audio for turn in kept.transcript] == [turn.audio for turn in talk.data.transcript]
    assert kept.recording == talk.data.recording


def test_turns_are_found_by_their_ids(talk: Talk) -> None:
    transcript = still(talk).transcript
    assert transcript.ids == ("u1", "a1")
    assert transcript.turn("a1") == transcript[1] and transcript.turn("b") is None
    assert [turn.id for turn in transcript.some(["a1", "x", "u1"])] == ["u1", "a1"]


def test_what_nobody_wrote_down_is_told_as_the_sound_that_it_was(talk: Talk) -> None:
    talk.spoken(5000, "u2", n_ms=300)
    item = still(talk).transcript.items()[-1]
    assert item.role == "user" and item.content is not None
    assert [(part.type, part.audio) for part in item.content] == [("input_audio", pcm(300))]


def test_it_tells_the_conversation_as_items(talk: Talk) -> None:
    told = still(talk).transcript.items()
    assert [(item.role, item.content[0].words) for item in told if item.content] == [
        ("user", "How is Rome?"),
        ("assistant", "It is fine"),
    ]
