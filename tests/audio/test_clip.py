import pickle

import numpy as np
import pytest

from realtime_widget.audio import Clip
from realtime_widget.errors import AudioError, ConfigError


def ramp(n_samples=24_000, rate=24_000):
    return Clip(np.arange(n_samples, dtype=np.int16), rate)


def test_a_clip_is_frozen():
    samples = np.arange(4, dtype=np.int16)
    clip = Clip(samples, 8000)
    samples[0] = 99
    assert clip.samples.tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="read-only"):
        clip.samples[0] = 1
    with pytest.raises(AttributeError):
        clip.rate = 1


def test_samples_of_other_types_are_converted():
    assert Clip(np.array([0.5, -2.0])).samples.tolist() == [16384, -32768]
    assert Clip(np.zeros((0,))).samples.dtype == np.int16


@pytest.mark.parametrize("shape", [(), (2, 0), (2, 2, 2)])
def test_wrong_shapes_are_refused(shape):
    with pytest.raises(AudioError, match="shape"):
        Clip(np.zeros(shape, np.int16))


@pytest.mark.parametrize("rate", [0, -8000, 8000.5, "8000", None, True])
def test_wrong_rates_are_refused(rate):
    with pytest.raises(ConfigError, match="rate"):
        Clip(np.zeros(2, np.int16), rate)


def test_length():
    clip = ramp(36_000)
    assert len(clip) == 36_000
    assert clip.duration_ms == 1500
    assert clip.channels == 1
    assert Clip(np.zeros((10, 2), np.int16)).channels == 2


def test_slices_are_in_milliseconds():
    clip = ramp()
    assert clip[500:750].samples[[0, -1]].tolist() == [12_000, 17_999]
    assert len(clip[:100]) == 2400
    assert clip[900:].samples[0] == 21_600
    assert clip[-100:] == clip[900:]
    assert clip[:-900] == clip[:100]
    assert len(clip[2000:]) == 0
    assert clip[:] == clip
    assert clip[: clip.duration_ms] == clip
    assert clip[0.5:1.5].duration_ms == 1
    assert clip[500:750].rate == clip.rate


def test_slices_share_their_samples():
    clip = ramp()
    assert np.shares_memory(clip[100:200].samples, clip.samples)


@pytest.mark.parametrize("index", [5, slice(0, 10, 2), "a"])
def test_only_spans_can_be_cut_out(index):
    with pytest.raises(TypeError, match="milliseconds"):
        ramp()[index]


def test_joining():
    clip = ramp()
    assert clip[:300] + clip[300:] == clip
    with pytest.raises(ConfigError, match="resample"):
        clip + Clip(np.zeros(2, np.int16), 8000)
    with pytest.raises(ConfigError, match="to_mono"):
        clip + Clip(np.zeros((2, 2), np.int16))
    with pytest.raises(TypeError):
        clip + b"abc"


def test_equality():
    assert ramp(10) == ramp(10)
    assert hash(ramp(10)) == hash(ramp(10))
    assert ramp(10) != ramp(11)
    assert ramp(10) != ramp(10, rate=8000)
    assert ramp(10) != "clip"


def test_pickle_keeps_it_frozen():
    clip = pickle.loads(pickle.dumps(ramp(10)))
    assert clip == ramp(10)
    assert not clip.samples.flags.writeable


def test_channels():
    stereo = Clip(np.array([[10, 20], [30, 50]], np.int16), 8000)
    assert stereo.to_mono().samples.tolist() == [15, 40]
    assert stereo.channel(1).samples.tolist() == [20, 50]
    assert stereo.channel(-1) == stereo.channel(1)
    assert ramp(3).channel(0) == ramp(3)
    assert ramp(3).to_mono() == ramp(3)
    assert len(Clip(np.zeros((0, 2), np.int16)).channel(1)) == 0
    assert len(Clip(np.zeros(0, np.int16)).channel(0)) == 0
    with pytest.raises(IndexError):
        stereo.channel(2)


def test_resampling():
    clip = ramp()
    assert clip.resample(24_000) is clip
    assert len(clip.resample(8000)) == 8000
    assert clip.resample(8000).rate == 8000
    assert Clip(np.zeros((480, 2), np.int16), 48_000).resample(24_000).samples.shape == (240, 2)


def test_pcm():
    assert Clip.from_pcm(b"\x01\x00\x02\x00").samples.tolist() == [1, 2]
    assert Clip.from_pcm(b"\x01\x00\x02\x00", 8000, channels=2).samples.tolist() == [[1, 2]]
    assert Clip.from_pcm(b"") == Clip(np.zeros(0, np.int16))
    assert Clip.from_pcm(b"\x01\x00\x02\x00").to_pcm() == b"\x01\x00\x02\x00"
    with pytest.raises(AudioError, match="whole"):
        Clip.from_pcm(b"\x01\x00\x02")


def test_pcm_of_a_buffer_that_changes_is_copied():
    data = bytearray(b"\x01\x00")
    clip = Clip.from_pcm(data)
    data[0] = 9
    assert clip.samples.tolist() == [1]


@pytest.mark.parametrize(
    ("clip", "text"),
    [
        (ramp(56_400), "Clip(2.35 s, 24000 Hz, mono)"),
        (Clip(np.zeros((4000, 2), np.int16), 8000), "Clip(0.50 s, 8000 Hz, stereo)"),
        (Clip(np.zeros((0, 6), np.int16), 8000), "Clip(0.00 s, 8000 Hz, 6 channels)"),
    ],
)
def test_repr(clip, text):
    assert repr(clip) == text


def test_numpy_takes_a_clip_for_its_samples():
    clip = ramp(100)
    assert np.asarray(clip) is clip.samples
    assert not np.shares_memory(np.array(clip), clip.samples)
    assert np.asarray(clip, np.float32).dtype == np.float32
    assert np.abs(clip).max() == 99
    with pytest.raises(ValueError, match="int16"):
        clip.__array__(np.float32, copy=False)
    with pytest.raises(TypeError, match="milliseconds"):
        list(clip)


def test_silence_and_levels():
    pause = Clip.silence(500)
    assert (len(pause), pause.level_dbfs, pause.peak) == (12_000, -120, 0)
    assert Clip.silence(10, 8000, channels=2).samples.shape == (80, 2)
    assert (ramp(10) + pause).duration_ms == pytest.approx(500.4, abs=0.1)
    loud = Clip(np.full(100, -32768, np.int16))
    assert (loud.level_dbfs, loud.peak) == (0, 1)


def test_a_notebook_shows_a_player():
    assert "<audio" in ramp(100)._repr_html_()
