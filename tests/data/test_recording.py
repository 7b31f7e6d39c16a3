import numpy as np

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
