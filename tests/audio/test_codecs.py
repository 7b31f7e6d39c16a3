import io
import struct
import sys
import wave

import numpy as np
import pytest

from realtime_widget.audio import Clip
from realtime_widget.audio.codecs import decode, encode
from realtime_widget.errors import AudioError, ConfigError


def tone(rate=24_000, channels=1):
    samples = (np.sin(np.arange(rate) * 2 * np.pi * 440 / rate) * 8000).astype(np.int16)
    return Clip(samples if channels == 1 else np.stack([samples] * channels, axis=1), rate)


@pytest.mark.parametrize("suffix", ["wav", "WAV", "flac"])
@pytest.mark.parametrize("channels", [1, 2])
def test_lossless_round_trip(tmp_path, suffix, channels):
    path = tmp_path / f"clip.{suffix}"
    tone(channels=channels).save(path)
    assert Clip.load(path) == tone(channels=channels)
    assert Clip.load(str(path)) == tone(channels=channels)


@pytest.mark.parametrize("suffix", ["ogg", "opus", "mp3"])
def test_lossy_round_trip(tmp_path, suffix):
    path = tmp_path / f"clip.{suffix}"
    tone().save(path)
    clip = Clip.load(path)
    assert clip.rate == 24_000
    assert clip.duration_ms == pytest.approx(1000, abs=80)
    assert np.abs(clip.samples).max() == pytest.approx(8000, rel=0.1)


def test_an_empty_clip_can_be_saved(tmp_path):
    Clip(np.zeros(0, np.int16)).save(tmp_path / "empty.wav")
    assert len(Clip.load(tmp_path / "empty.wav")) == 0


@pytest.mark.parametrize("suffix", ["flac", "ogg", "opus", "mp3"])
def test_an_empty_clip_is_saved_so_that_it_can_be_read_or_not_at_all(tmp_path, suffix):
    path = tmp_path / f"empty.{suffix}"
    empty = Clip(np.zeros(0, np.int16))
    if suffix == "ogg":
        empty.save(path)
        assert len(Clip.load(path)) == 0
    else:
        with pytest.raises(AudioError, match=r"no sound to save in 'empty"):
            empty.save(path)
        assert not path.exists()


@pytest.mark.parametrize("rate", [8000, 12_000, 16_000, 24_000, 48_000])
@pytest.mark.parametrize("suffix", ["flac", "ogg", "opus", "mp3"])
def test_usual_rates_and_both_channels_fit_everywhere(tmp_path, suffix, rate):
    path = tmp_path / f"clip.{suffix}"
    tone(rate, channels=2).save(path)
    clip = Clip.load(path)
    assert (clip.rate, clip.channels) == (rate, 2)
    assert clip.duration_ms == pytest.approx(1000, abs=80)


@pytest.mark.parametrize(
    ("rate", "channels", "suffix", "words"),
    [
        (44_100, 1, "opus", r"8000, 12000, 16000, 24000, and 48000\. Try clip\.resample"),
        (96_000, 1, "mp3", r"Try clip\.resample\(24_000\)\.save\('clip\.mp3'\)"),
        (24_000, 6, "mp3", r"Try clip\.to_mono\(\)"),
    ],
)
def test_what_does_not_fit_says_why_and_what_would(tmp_path, rate, channels, suffix, words):
    with pytest.raises(AudioError, match=words) as caught:
        tone(rate, channels=channels).save(tmp_path / f"clip.{suffix}")
    assert "BytesIO" not in str(caught.value)


def test_small_files_are_smaller_and_as_long():
    noise = Clip(np.random.default_rng(1).integers(-3000, 3000, 48_000).astype(np.int16))
    usual, small = encode(noise, ".ogg"), encode(noise, ".ogg", small=True)
    assert len(small) < len(usual)
    assert Clip(*decode(small)).duration_ms == 2000


@pytest.mark.parametrize("name", ["clip.xyz", "clip", "clip.m4a"])
def test_an_unknown_suffix_names_the_valid_ones(tmp_path, name):
    with pytest.raises(ConfigError, match=r"\.wav, \.flac, \.ogg, \.opus, \.mp3"):
        tone().save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_rate_the_format_cannot_hold_leaves_the_old_file(tmp_path):
    path = tmp_path / "clip.opus"
    path.write_bytes(b"old")
    with pytest.raises(AudioError, match="resample"):
        tone(rate=11_111).save(path)
    assert path.read_bytes() == b"old"


def test_a_folder_that_is_missing(tmp_path):
    with pytest.raises(AudioError, match=r"there is no folder .*nowhere\. Make it first"):
        tone().save(tmp_path / "nowhere" / "clip.wav")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(AudioError, match=r"gone\.wav"):
        Clip.load(tmp_path / "gone.wav")


@pytest.mark.parametrize(
    "data", [b"", b"no audio at all", b"RIFF\x00\x00\x00\x00WAVEjunk", b"fLaC" + bytes(50)]
)
def test_a_broken_file_is_named(tmp_path, data):
    path = tmp_path / "broken.wav"
    path.write_bytes(data)
    with pytest.raises(AudioError, match=r"broken\.wav"):
        Clip.load(path)


def wav_file(tmp_path, frames, *, width, channels=1):
    path = tmp_path / "made.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(16_000)
        file.writeframes(frames)
    return path


@pytest.mark.parametrize(
    ("width", "frames"),
    [
        (1, bytes([0, 128, 192])),
        (2, struct.pack("<3h", -32768, 0, 16384)),
        (3, b"\x00\x00\x80" + b"\x00\x00\x00" + b"\x00\x00\x40"),
        (4, struct.pack("<3i", -(2**31), 0, 2**30)),
    ],
)
def test_wav_sample_widths(tmp_path, width, frames):
    clip = Clip.load(wav_file(tmp_path, frames, width=width))
    assert clip.samples.tolist() == [-32768, 0, 16384]
    assert clip.rate == 16_000


def test_a_cut_off_wav_yields_its_whole_frames(tmp_path):
    path = wav_file(tmp_path, struct.pack("<6h", 1, 2, 3, 4, 5, 6), width=2, channels=2)
    path.write_bytes(path.read_bytes()[:-3])
    assert Clip.load(path).samples.tolist() == [[1, 2], [3, 4]]


def test_a_wav_of_floats(tmp_path):
    soundfile = pytest.importorskip("soundfile")
    path = tmp_path / "float.wav"
    soundfile.write(path, np.array([0.5, -0.5]), 16_000, subtype="FLOAT")
    assert Clip.load(path).samples.tolist() == [16384, -16384]


def test_wav_bytes_are_a_whole_file():
    with wave.open(io.BytesIO(tone(channels=2).to_wav_bytes())) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 24_000)
        assert file.getnframes() == 24_000


def test_without_soundfile_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(AudioError, match="pip install soundfile"):
        tone().save(tmp_path / "clip.flac")
    tone().save(tmp_path / "clip.wav")
    assert Clip.load(tmp_path / "clip.wav") == tone()
