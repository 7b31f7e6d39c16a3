import pickle

import numpy as np
import pytest

from realtime_widget.audio import Clip, Mark, Recording
from realtime_widget.errors import ConfigError

MARKS = (
    Mark(0, "user", 100, 400, "Hello"),
    Mark(1, "assistant", 500, 900, "Hi, how", interrupted=True),
    Mark(2, "user", 850, 1200, "Wait"),
    Mark(3, "system", 1200, 1200, "A note"),
)


def recording(n_ms=2000):
    samples = np.arange(n_ms * 24 * 2, dtype=np.int64).reshape(-1, 2) % 30_000
    return Recording(samples.astype(np.int16), 24_000, MARKS)


def test_it_is_a_clip():
    whole = recording()
    assert isinstance(whole, Clip)
    assert whole == Clip(whole.samples)
    assert Clip(whole.samples) == whole
    assert repr(whole) == "Recording(2.00 s, 24000 Hz, stereo, 4 turns)"
    assert np.asarray(whole).shape == (48_000, 2)
    assert Recording(whole.samples).turns == ()


def test_sides():
    whole = recording()
    assert np.array_equal(whole.user.samples, whole.samples[:, 0])
    assert np.array_equal(whole.assistant.samples, whole.samples[:, 1])
    assert type(whole.to_mono()) is Clip


def test_a_turn_is_cut_out_with_both_sides():
    whole = recording()
    cut = whole.turn(1)
    assert cut == Clip(whole.samples)[500:900]
    assert cut.turns == (Mark(1, "assistant", 0, 400, "Hi, how", True), Mark(2, "user", 350, 400, "Wait"))
    assert whole.turn(-2) == whole.turn(2)
    assert len(whole.turn(3)) == 0


def test_a_turn_may_be_given_itself():
    assert recording().turn(MARKS[0]) == recording()[100:400]


@pytest.mark.parametrize("number", [4, -5, "2", None, True, 1.0])
def test_a_turn_that_is_not_there(number):
    with pytest.raises(ConfigError):
        recording().turn(number)
    with pytest.raises(ConfigError, match="has no turns"):
        recording()[1900:].turn(0)
    with pytest.raises(ConfigError, match=r"has turn 0, 1\."):
        recording()[:800].turn(2)


def test_slices_take_their_turns_along():
    cut = recording()[300:1000]
    assert [(m.turn, m.start_ms, m.end_ms) for m in cut.turns] == [(0, 0, 100), (1, 200, 600), (2, 550, 700)]
    assert cut.turn(1) == recording().turn(1)
    again = cut[200:]
    assert [(m.turn, m.start_ms, m.end_ms) for m in again.turns] == [(1, 0, 400), (2, 350, 500)]
    assert recording()[:].turns == MARKS
    assert recording()[-800:].turns == (MARKS[3].__class__(3, "system", 0, 0, "A note"),)
    assert recording()[5000:].turns == ()
    assert recording()[400:300].turns == ()


def test_joining_moves_what_comes_later():
    first, second = recording().turn(0), recording().turn(2)
    both = first + Clip.silence(100, channels=2) + second
    assert [(m.turn, m.start_ms) for m in both.turns] == [(0, 0), (1, 400), (2, 400)]
    assert both.turn(2) == second
    with pytest.raises(ConfigError):
        first + Clip.silence(100)
    with pytest.raises(TypeError):
        first + 1


def test_resampling_keeps_the_turns():
    low = recording().resample(8000)
    assert low.turns == MARKS
    assert low.turn(0).duration_ms == 300


def test_pickle_keeps_the_turns():
    copy = pickle.loads(pickle.dumps(recording()))
    assert copy == recording()
    assert copy.turns == MARKS
