import itertools
import random

import pytest

from realtime_widget.data import Turn
from tests.data.talk import Talk, message, pcm

COLUMNS = [
    "turn",
    "id",
    "role",
    "text",
    "heard_text",
    "status",
    "start_ms",
    "end_ms",
    "audio_ms",
    "heard_ms",
    "interrupted",
    "response_id",
    "tool_calls",
    "created_at",
]


def conversation() -> Talk:
    talk = Talk()
    talk.spoken(0, "u1", words="Hello?")
    talk.said(1100, "r1", "a1", "Hi!")
    talk.typed(3000, "u2", "How many rows?")
    talk.called(3100, "r2", "c1")
    talk.answered(3300, "c1")
    talk.said(3400, "r3", "a2", "Three.")
    return talk


def test_it_is_valid_when_empty() -> None:
    transcript = Talk().data.transcript
    assert list(transcript.df.columns)[: len(COLUMNS)] == COLUMNS
    assert len(transcript) == 0 and transcript.to_dicts() == [] and transcript.last_response == ""
    assert transcript.text == "" and str(transcript) == "(no conversation yet)"
    assert repr(transcript) == "Transcript(0 turns)" and "0 turns" in transcript._repr_html_()


def test_turns_stand_in_the_order_of_the_conversation() -> None:
    talk = conversation()
    frame = talk.data.transcript.df
    assert frame["turn"].tolist() == [0, 1, 2, 3]
    assert frame["id"].tolist() == ["u1", "a1", "u2", "a2"]
    assert frame["tool_calls"].tolist() == [(), (), (), ("c1",)]
    assert str(frame.dtypes["created_at"]) == "datetime64[ns, UTC]"
    assert talk.data.transcript[-1].tool_calls == ("c1",)
    assert talk.data.transcript.to_dicts()[3]["tool_calls"] == ["c1"]


def test_it_reads_as_plain_text() -> None:
    transcript = conversation().data.transcript
    assert transcript.text == "User: Hello?\nAssistant: Hi!\nUser: How many rows?\nAssistant: Three."
    assert str(transcript) == transcript.text and transcript.last_response == "Three."


def test_rows_that_did_not_change_stay_the_same_objects() -> None:
    talk = conversation()
    before = talk.data.transcript.rows()
    assert talk.data.transcript.rows() is before
    talk.typed(9000, "u3", "More?")
    after = talk.data.transcript.rows()
    assert len(before) == 4 and len(after) == 5
    assert all(a is b for a, b in zip(before[:3], after, strict=False))


def test_a_turn_is_found_by_its_item() -> None:
    talk = conversation()
    turn = talk.data.turn("a2")
    assert isinstance(turn, Turn) and turn.turn == 3 and turn is talk.data.transcript[3]
    assert talk.data.turn("item_c1") is None and talk.data.turn("nobody") is None


def test_a_late_place_moves_the_turns_behind_it() -> None:
    talk = Talk()
    talk.typed(0, "u1", "one")
    talk.typed(10, "u3", "three")
    assert [t.id for t in talk.data.transcript] == ["u1", "u3"]
    talk.last = "u1"
    talk.typed(20, "u2", "two")
    assert [(t.turn, t.id) for t in talk.data.transcript] == [(0, "u1"), (1, "u2"), (2, "u3")]
    assert talk.data.transcript.df["id"].tolist() == ["u1", "u2", "u3"]
    talk.feed(30, "conversation.item.deleted", item_id="u1")
    assert [(t.turn, t.id) for t in talk.data.transcript] == [(0, "u2"), (1, "u3")]
    assert talk.data.turn("u1") is None


def test_hidden_and_side_answers_are_no_turns() -> None:
    talk = conversation()
    talk.created(9000, "side", conversation_id=None)
    item = message("s1", "Title")
    talk.feed(9000, "response.output_item.added", response_id="side", item=item)
    talk.over(9100, "side", item, conversation_id=None)
    talk.feed(
        9200,
        "input_audio_buffer.timeout_triggered",
        item_id="idle",
        audio_start_ms=0,
        audio_end_ms=5,
    )
    assert [turn.id for turn in talk.data.transcript] == ["u1", "a1", "u2", "a2"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_words_arrive_in_any_order_and_end_the_same(order: tuple[int, ...]) -> None:
    talk = Talk()
    words = ["First.", "Second.", "Third."]
    for i in range(3):
        talk.spoken(i * 3000, f"u{i}")
        talk.said(i * 3000 + 1200, f"r{i}", f"a{i}", f"Answer {i}.")
    for i in order:
        talk.transcribed(10_000 + i, f"u{i}", words[i])
        talk.data.transcript.rows()
    assert talk.data.transcript.df["text"].tolist() == [
        "First.",
        "Answer 0.",
        "Second.",
        "Answer 1.",
        "Third.",
        "Answer 2.",
    ]


def test_words_of_speech_that_is_not_over_are_there_as_they_come() -> None:
    talk = Talk()
    talk.do(100, "append_audio", pcm(100))
    talk.feed(100, "input_audio_buffer.speech_started", item_id="u1", audio_start_ms=0)
    seen = []
    for delta in ("He", "llo"):
        kind = "conversation.item.input_audio_transcription.delta"
        talk.feed(120, kind, item_id="u1", content_index=0, delta=delta)
        seen.append(talk.data.transcript[0].text)
    assert seen == ["He", "Hello"] and talk.data.transcript[0].status == "in_progress"


@pytest.mark.parametrize("seed", range(25))
def test_reading_at_any_moment_changes_nothing(seed: int) -> None:
    chance = random.Random(seed)
    read, unread = Talk(), Talk()
    for talk in (read, unread):
        chance.seed(seed)
        ms = 0.0
        for i in range(30):
            ms += chance.randrange(500, 4000)
            kind = chance.randrange(5)
            if kind == 0:
                talk.spoken(ms, f"u{i}", n_ms=300, words="Hello." if chance.random() < 0.5 else None)
            elif kind == 1:
                talk.said(ms, f"r{i}", f"a{i}", "An answer of some words.", n_ms=chance.randrange(100, 3000))
            elif kind == 2:
                talk.called(ms, f"r{i}", f"c{i}")
                talk.answered(ms + 50, f"c{i}")
            elif kind == 3:
                talk.do(ms, "begin_interrupt", cancel=False)
                talk.do(ms, "finish_interrupt")
            else:
                talk.typed(ms, f"u{i}", "typed")
            if talk is read:
                for table in talk.data.tables:
                    assert table.df is not None
    for ours, theirs in zip(read.data.tables, unread.data.tables, strict=True):
        if ours is not read.data.events:
            assert ours.to_dicts() == theirs.to_dicts(), ours
        assert ours.df.astype(str).equals(theirs.df.astype(str)), ours
