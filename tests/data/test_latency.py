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
