import io
import wave

import numpy as np
import pytest
import soundfile

from realtime_widget.audio import Clip
from realtime_widget.audio.codecs import encode
from realtime_widget.data.archive import sounds
from realtime_widget.data.archive.sounds import read_sound, sound_file
from realtime_widget.errors import AudioError

from .made import noise


@pytest.mark.parametrize("clip", [Clip(noise(5)), Clip(noise(300_000, 2)), Clip(noise(10), 16_000)])
def test_flac_gives_the_samples_back(clip: Clip) -> None:
    suffix, data = sound_file(clip)
    assert suffix == ".flac" and read_sound(data, "It") == clip


def test_what_flac_cant_hold_is_a_wav() -> None:
    for clip in (Clip(noise(9, 9)), Clip(noise(9), 700_000)):
        suffix, data = sound_file(clip)
        assert suffix == ".wav" and read_sound(data, "It") == clip


def test_a_long_sound_lies_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sounds, "IN_MEMORY_SAMPLES", 1_000)
    clip = Clip(noise(300_000, 2))
    read = read_sound(sound_file(clip)[1], "It")
    assert read == clip and not read.samples.flags.owndata and not read.samples.flags.writeable
    assert (read[1_000:2_000] + read[:1_000]).duration_ms == 2_000


def other(suffix: str) -> bytes:
    return encode(Clip(noise(24_000)), suffix)


def wav_of_bytes() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(1)
        writer.setframerate(8_000)
        writer.writeframes(bytes(100))
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"fLaC",
        b"RIFF\0\0\0\0WAVE",
        noise(1_000).tobytes(),
        other(".ogg"),
        other(".opus"),
        wav_of_bytes(),
        Clip(noise(9, 9)).to_wav_bytes()[:30],
    ],
    ids=lambda data: f"{len(data)} bytes",
)
def test_what_is_no_sound_is_an_error(data: bytes) -> None:
    with pytest.raises(AudioError, match="It can't be read"):
        read_sound(data, "It")


def test_a_length_that_is_a_lie_does_no_harm() -> None:
    _, data = sound_file(Clip(noise(10_000)))
    told = int.from_bytes(data[18:26], "big")  # rate, channels, bits, and the number of samples in 36 bits
    more = data[:18] + (told // 2**36 * 2**36 + 2_000_000_000).to_bytes(8, "big") + data[26:]
    assert soundfile.info(io.BytesIO(more)).frames == 2_000_000_000
    with pytest.raises(AudioError, match="It can't be read"):
        read_sound(more, "It")
    less = data[:18] + (told // 2**36 * 2**36 + 5_000).to_bytes(8, "big") + data[26:]
    assert np.array_equal(read_sound(less, "It").samples, noise(10_000)[:5_000])
    with pytest.raises(AudioError, match="longer"):
        read_sound(data[:18] + (told // 2**36 * 2**36 + 2**36 - 1).to_bytes(8, "big") + data[26:], "It")


def test_what_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sounds, "MAX_CLIP_SAMPLES", 100)
    with pytest.raises(AudioError, match="longer"):
        read_sound(sound_file(Clip(noise(101)))[1], "It")
