from pathlib import Path

import numpy as np
import pytest

from realtime_widget.audio import Clip, load_audio, samples_to_pcm, to_wire
from realtime_widget.errors import AudioError, ConfigError

SAMPLES = np.array([1, -2, 3, -4], np.int16)
PCM = samples_to_pcm(SAMPLES)


def test_a_clip_is_itself():
    clip = Clip(SAMPLES)
    assert load_audio(clip) is clip
    assert load_audio(clip, rate=8000) is clip


@pytest.mark.parametrize("kind", [str, Path])
def test_paths(tmp_path, kind):
    Clip(SAMPLES, 16_000).save(tmp_path / "a.wav")
    assert load_audio(kind(tmp_path / "a.wav")) == Clip(SAMPLES, 16_000)


def test_a_file_knows_its_own_rate(tmp_path):
    Clip(SAMPLES, 16_000).save(tmp_path / "a.wav")
    assert load_audio(tmp_path / "a.wav", rate=8000).rate == 16_000


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_pcm_bytes(kind):
    assert load_audio(kind(PCM), rate=16_000) == Clip(SAMPLES, 16_000)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_of_a_wav_file(kind):
    assert load_audio(kind(Clip(SAMPLES, 16_000).to_wav_bytes())) == Clip(SAMPLES, 16_000)


def test_bytes_of_another_sound_file(tmp_path):
    Clip(SAMPLES, 16_000).save(tmp_path / "a.flac")
    assert load_audio((tmp_path / "a.flac").read_bytes()) == Clip(SAMPLES, 16_000)


@pytest.mark.parametrize("source", [SAMPLES, SAMPLES / 32768, SAMPLES.tolist(), SAMPLES.astype(np.int64)])
def test_arrays(source):
    assert load_audio(source, rate=16_000) == Clip(SAMPLES, 16_000)


def test_anything_that_becomes_an_array():
    class Tensor:
        def __array__(self, dtype=None, copy=None):
            return SAMPLES

    assert load_audio(Tensor(), rate=16_000) == Clip(SAMPLES, 16_000)


def test_channels_are_kept():
    assert load_audio(np.zeros((10, 2)), rate=16_000).channels == 2


@pytest.mark.parametrize("source", [SAMPLES, PCM])
def test_a_missing_rate_says_how_to_pass_it(source):
    with pytest.raises(ConfigError, match=r"rate=16_000"):
        load_audio(source)


def test_an_array_lying_on_its_side():
    with pytest.raises(AudioError, match=r"x\.T"):
        load_audio(np.zeros((2, 16_000)), rate=16_000)


def test_floats_that_were_never_scaled():
    with pytest.raises(AudioError, match=r"32768"):
        load_audio(np.array([0.0, 12_000.0]), rate=16_000)
    assert load_audio(np.array([np.nan, 1.2]), rate=16_000).samples.tolist() == [0, 32767]


@pytest.mark.parametrize("source", [None, 5, object(), {"a": 1}])
def test_other_things_are_refused(source):
    with pytest.raises(ConfigError, match="path, bytes, a numpy array or a Clip"):
        load_audio(source, rate=16_000)


@pytest.mark.parametrize("source", [[Clip(SAMPLES), Clip(SAMPLES)], [[1, 2], [3]]])
def test_lists_of_other_things_than_numbers_are_refused(source):
    with pytest.raises(AudioError):
        load_audio(source, rate=16_000)


def test_half_a_sample_is_refused():
    with pytest.raises(AudioError, match="whole"):
        load_audio(b"\x01\x02\x03", rate=16_000)


@pytest.mark.parametrize("source", [b"", np.zeros(0), np.zeros((0, 2)), []])
def test_empty_input(source):
    assert len(load_audio(source, rate=16_000)) == 0
    assert to_wire(source, rate=16_000) == b""


def test_to_wire_is_mono_at_24_khz():
    assert to_wire(PCM, rate=24_000) == PCM
    assert to_wire(np.stack([SAMPLES, SAMPLES], axis=1), rate=24_000) == PCM
    assert len(to_wire(np.zeros(48_000), rate=48_000)) == 48_000
    assert to_wire(Clip(SAMPLES)) == PCM
