import numpy as np
import pytest

from realtime_widget.audio import Recording
from realtime_widget.data import Conversation
from realtime_widget.data.conversation import About
from realtime_widget.data.growing.spool import Spool
from realtime_widget.data.still import StillData
from tests.data.talk import Talk, pcm


def level(talk: Talk, channel: int, ms: float) -> int:
    return int(talk.data.recording.samples[int(ms * 24), channel])


def test_nothing_said_is_an_empty_recording_of_two_channels() -> None:
    clip = Talk().data.recording
    assert clip.samples.shape == (0, 2) and clip.rate == 24_000 and clip.samples.dtype == np.int16


def test_both_sides_lie_on_one_clock_with_silence_between() -> None:
    talk = Talk()
    talk.spoken(500, "u1")
    talk.said(1700, "r1", "a1", "Hi", n_ms=1000)
    talk.spoken(5000, "u2")
    clip = talk.data.recording
    assert clip.duration_ms == 6000
    assert [level(talk, 0, ms) for ms in (499, 500, 1499, 1501, 4999, 5000, 5999)] == [
        0, 1000, 1000, 0, 0, 1000, 1000
    ]  # fmt: skip
    assert [level(talk, 1, ms) for ms in (1999, 2000, 2999, 3000)] == [0, 2000, 2000, 0]
    assert np.count_nonzero(clip.samples[:, 0]) == 48_000


def test_what_was_cut_off_is_silent_here_and_whole_in_the_turn() -> None:
    talk = Talk(player=True)
    talk.said(0, "r1", "a1", "Well then", n_ms=2000)
    talk.protocol.playback.report("a1", 0, 500 * 24, 900, start_ms=400)
    talk.do(900, "begin_interrupt", cancel=False)
    talk.do(900, "finish_interrupt")
    talk.spoken(900, "u1")
    recorded = talk.data.recording.samples[:, 1]
    assert np.count_nonzero(recorded) == 500 * 24 and recorded[900 * 24 - 1] and not recorded[900 * 24]
    assert len(talk.data.transcript[0].audio) == 2000 * 24


def test_answers_never_overlap_and_lose_nothing() -> None:
    talk = Talk()
    talk.said(0, "r1", "a1", "One", n_ms=1000)
    talk.said(500, "r2", "a2", "Two", n_ms=1000)
    samples = talk.data.recording.samples
    assert np.count_nonzero(samples[:, 1]) == 48_000 and len(samples) == 2300 * 24


def test_a_wrong_clock_of_a_page_makes_no_hours_of_silence() -> None:
    talk = Talk(player=True)
    talk.said(0, "r1", "a1", "One", n_ms=100)
    talk.protocol.playback.report("a1", 0, 2400, 500, start_ms=1e12, finished=True)
    assert talk.data.recording.duration_ms < 2000


def test_only_what_is_to_be_recorded_is() -> None:
    for record, heard in ((False, [0, 0]), ("user", [24_000, 0]), ("assistant", [0, 24_000])):
        talk = Talk(record=record)
        talk.spoken(0, "u1")
        talk.said(1000, "r1", "a1", "Hi")
        clip = talk.data.recording
        assert [np.count_nonzero(clip.samples[:, side]) for side in (0, 1)] == heard and clip.channels == 2


def test_a_burst_is_one_piece() -> None:
    talk = Talk()
    for n in (333, 17, 450, 1):
        talk.do(10, "append_audio", pcm(n)[: n * 48 - 2])
    assert np.count_nonzero(talk.data.recording.samples[:, 0]) == (333 + 17 + 450 + 1) * 24 - 4


def conversation(**options) -> Talk:
    talk = Talk(player=True, **options)
    talk.spoken(500, "u1", words="Hi there")
    talk.said(1700, "r1", "a1", "Well then, my friend", n_ms=2000)
    talk.protocol.playback.report("a1", 0, 500 * 24, 2600, start_ms=2100)
    talk.do(2600, "begin_interrupt", cancel=False)
    talk.do(2600, "finish_interrupt")
    talk.spoken(2600, "u2", words="Stop")
    talk.typed(4000, "u3", "Written")
    return talk


def test_a_recording_knows_its_turns() -> None:
    recording = conversation().data.recording
    assert isinstance(recording, Recording)
    assert [(m.turn, m.role, m.start_ms, m.end_ms, m.interrupted) for m in recording.turns] == [
        (0, "user", 500, 1500, False),
        (1, "assistant", 2100, 2600, True),
        (2, "user", 2600, 3600, False),
        (3, "user", 4000, 4000, False),
    ]
    assert recording.turns[0].text == "Hi there"
    assert recording.turns[1].text.startswith("Well") and "friend" not in recording.turns[1].text
    cut = recording.turn(1)
    assert (cut.duration_ms, np.count_nonzero(cut.user.samples), cut.assistant.peak > 0) == (500, 0, True)


def test_a_turn_that_goes_on_reaches_to_the_end() -> None:
    talk = Talk()
    talk.do(1000, "append_audio", pcm(1000))
    talk.feed(1000, "input_audio_buffer.speech_started", item_id="u1", audio_start_ms=400)
    (mark,) = talk.data.recording.turns
    assert (mark.start_ms, mark.end_ms) == (400, 1000)


def test_a_conversation_that_is_over_tells_the_same() -> None:
    data = conversation().data
    kept = Conversation.of(data, About(id="0" * 32))
    for recording in (kept.recording(), StillData(kept).recording):
        assert recording == data.recording
        assert recording.turns == data.recording.turns


@pytest.mark.parametrize("limit_bytes", [0, 50_000])
def test_sound_in_a_file_is_the_same_sound(limit_bytes: int) -> None:
    spool = Spool(limit_bytes)
    filed, kept = conversation(keeper=spool), conversation()
    before = filed.data.transcript.rows()
    assert spool.n_moved_bytes > 0
    assert filed.data.n_sound_bytes <= limit_bytes
    assert filed.data.n_sound_file_bytes + filed.data.n_sound_bytes == kept.data.n_sound_bytes
    assert kept.data.n_sound_file_bytes == 0
    assert filed.data.recording == kept.data.recording
    filed.spoken(6000, "u4")
    turns = zip(before, kept.data.transcript.rows(), strict=True)
    assert [one.audio == other.audio for one, other in turns] == [True] * 4
    assert before[1].audio.duration_ms == 2000


@pytest.mark.parametrize(
    ("record", "kept"), [(True, [1, 1]), ("user", [1, 0]), ("assistant", [0, 1]), (False, [0, 0])]
)
def test_what_is_not_recorded_is_nowhere(record: bool | str, kept: list[int]) -> None:
    spool = Spool(0)
    talk = Talk(record=record, keeper=spool)
    talk.spoken(0, "u1", n_ms=70_000)
    talk.said(71_000, "r1", "a1", "Hi", n_ms=1000)
    user, answer = talk.data.transcript.rows()
    assert [user.audio.duration_ms, answer.audio.duration_ms] == [70_000 * kept[0], 1000 * kept[1]]
    assert spool.n_moved_bytes == 48 * (70_000 * kept[0] + 1000 * kept[1])
    assert (spool._file is not None) == any(kept)
    # What may have to be sent again is in memory, and no more of it than a minute.
    assert talk.data.n_sound_bytes <= (0 if kept[0] else 61_000 * 48)
    sides = [np.count_nonzero(talk.data.recording.samples[:, side]) > 0 for side in (0, 1)]
    assert sides == [bool(k) for k in kept]
