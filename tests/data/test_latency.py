import pandas as pd

from tests.data.talk import Talk, pcm

COLUMNS = [
    "turn",
    "response_id",
    "speech_end_ms",
    "committed_ms",
    "created_ms",
    "first_token_ms",
    "first_audio_ms",
    "first_heard_ms",
    "done_ms",
    "tool_ms",
    "voice_to_voice_ms",
    "connection",
    "first_text_ms",
    "begun_ms",
    "tool_wait_ms",
    "speech_end_error_ms",
    "first_heard_error_ms",
]


def test_it_is_valid_when_empty() -> None:
    assert list(Talk().data.latency.df.columns) == COLUMNS and Talk().data.latency.to_dicts() == []


def test_a_spoken_question_where_nothing_plays() -> None:
    talk = Talk()
    talk.spoken(0, "u1")
    talk.said(1200, "r1", "a1", "Hi")
    (row,) = talk.data.latency
    assert (row.turn, row.response_id) == (1, "r1")
    assert (row.speech_end_ms, row.committed_ms, row.created_ms) == (1000, 1000, 1200)
    assert (row.first_token_ms, row.first_audio_ms, row.first_heard_ms, row.done_ms) == (
        1400,
        1500,
        None,
        1600,
    )
    assert (row.voice_to_voice_ms, row.tool_ms) == (500, 0)
    assert (row.first_text_ms, row.begun_ms, row.tool_wait_ms) == (1400, 1200, 0)
    assert (row.speech_end_error_ms, row.first_heard_error_ms) == (None, None)


def test_a_page_tells_when_it_was_heard() -> None:
    talk = Talk(player=True)
    talk.spoken(0, "u1")
    talk.said(1200, "r1", "a1", "Hi")
    (row,) = talk.data.latency
    assert (row.first_heard_ms, row.voice_to_voice_ms) == (None, None)
    talk.protocol.playback.report("a1", 0, 240, 1600, start_ms=1580.0)
    talk.data.touch(["a1"])
    (row,) = talk.data.latency
    assert (row.first_heard_ms, row.voice_to_voice_ms) == (1580, 580)


def test_the_tools_time_stands_apart() -> None:
    talk = Talk()
    talk.spoken(0, "u1")
    talk.called(1100, "r1", "c1")
    talk.called(1300, "r2", "c2")
    talk.answered(1400, "c1", duration_ms=120.0)
    talk.said(2000, "r3", "a1", "Hi")
    assert talk.data.latency[0].tool_ms == 120
    talk.data.tool_calls.finished("c2", "x", None, "done", 30.0)
    assert talk.data.latency[0].tool_ms == 150 and talk.data.latency[0].voice_to_voice_ms == 1300


def test_an_answer_counts_from_the_speech_through_all_its_calls() -> None:
    talk = Talk()
    talk.spoken(0, "u1")
    talk.called(1100, "r1", "c1")
    talk.answered(1400, "c1", duration_ms=250.0)
    talk.called(1500, "r2", "c2")
    talk.answered(1700, "c2", duration_ms=100.0)
    talk.said(2000, "r3", "a1", "Hi")
    (row,) = talk.data.latency
    assert (row.begun_ms, row.created_ms, row.tool_wait_ms) == (1100, 2000, 350)
    (stages,) = talk.data.latency.breakdown().to_dict("records")
    assert pd.isna(stages.pop("playout_ms")), "nothing was heard where nothing plays"
    assert stages == {
        "turn": 1, "response_id": "r3", "endpointing_ms": 0, "starting_ms": 100, "calling_ms": 550,
        "tools_ms": 350, "thinking_ms": 200, "synthesis_ms": 100, "total_ms": 1300,
    }  # fmt: skip
    assert row.voice_to_voice_ms == stages["total_ms"]


def test_calls_at_the_same_time_are_waited_for_once_and_those_behind_the_words_not_at_all() -> None:
    talk = Talk()
    talk.spoken(0, "u1")
    talk.created(1100, "r1")
    talk.calls(1200, "r1", "c1")
    talk.calls(1200, "r1", "c2")
    talk.over(1250, "r1")
    talk.answered(1400, "c1", duration_ms=150.0)
    talk.answered(1500, "c2", duration_ms=250.0)
    talk.said(2000, "r2", "a1", "Hi")
    talk.calls(2350, "r2", "c3")
    talk.answered(2600, "c3", duration_ms=200.0)
    (row,) = talk.data.latency
    assert (row.tool_ms, row.tool_wait_ms) == (600, 250)


def test_what_no_page_told_of_was_not_heard() -> None:
    talk = Talk(player=True)
    talk.spoken(0, "u1")
    talk.said(1200, "r1", "a1", "Hi")
    talk.protocol.playback.report("a1", 0, 0, 1600)
    talk.data.touch(["a1"])
    assert talk.data.latency[0].first_heard_ms is None, "the page fell silent before it began"
    talk.protocol.playback.attach(False, 1700)
    talk.data.touch(["a1"])
    assert talk.data.latency[0].voice_to_voice_ms is None, "the page that should have played it is gone"


def test_only_the_answer_to_speech_has_a_voice_to_voice_time() -> None:
    talk = Talk()
    talk.typed(0, "u1", "Hello")
    talk.said(100, "r1", "a1", "Hi")
    talk.said(3000, "r2", "a2", "And more")
    assert [(row.turn, row.speech_end_ms, row.voice_to_voice_ms) for row in talk.data.latency] == [
        (1, None, None),
        (2, None, None),
    ]


def test_sound_sent_in_a_burst_ends_when_it_was_committed() -> None:
    talk = Talk(turn_detection=None)
    for _ in range(20):
        talk.do(50, "append_audio", pcm(100))
    talk.committed(60, "u1")
    talk.said(100, "r1", "a1", "Hi")
    (row,) = talk.data.latency
    assert row.speech_end_ms == row.committed_ms == 60 and row.voice_to_voice_ms == 340


def test_the_end_of_speech_is_that_of_its_own_push() -> None:
    talk = Talk(turn_detection=None)
    for i, ms in enumerate((0, 9_000)):
        for chunk in range(5):
            talk.do(ms + 100 * chunk + 100, "append_audio", pcm(100))
        talk.committed(ms + 520, f"u{i}")
        talk.said(ms + 600, f"r{i}", f"a{i}", "Hi")
    assert [row.speech_end_ms for row in talk.data.latency] == [500, 9_500]
    assert talk.data.transcript.df["end_ms"].tolist()[::2] == [500, 9_500]
