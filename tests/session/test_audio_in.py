"""What a session hears: which values `audio_in=` takes, and what is told of the others."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime_widget import Microphone, RealtimeSession, TranscriptionSession
from realtime_widget.audio import Clip
from realtime_widget.errors import AudioError, ConfigError
from realtime_widget.session.audio_in import MICROPHONE, checked_source
from realtime_widget.testing import ScriptedEngine, tone

from .helpers import run

PCM = tone(430)
SAMPLES = Clip.from_pcm(PCM).samples


class MediaStream:
    """Looks like ipywebrtc's widgets, which need not be installed."""

    _model_module = "jupyter-webrtc"
    model_id = "abc123"


class CameraStream(MediaStream):
    pass


class AudioRecorder:
    _model_module = "jupyter-webrtc"
    model_id = "def456"


class Audio:
    _model_module = "@jupyter-widgets/controls"
    model_id = "789abc"


class Takes:
    """Sound that can be gone through any number of times."""

    def __iter__(self) -> Iterator[bytes]:
        return iter([PCM[:2_000], PCM[2_000:]])


async def chunks() -> AsyncIterator[bytes]:
    yield PCM[:2_000]
    yield PCM[2_000:]


def plain() -> Iterator[bytes]:
    yield PCM[:2_000]
    yield PCM[2_000:]


def heard(given: Any) -> bytes:
    async def scenario() -> bytes:
        source = checked_source(given)
        assert source.kind == "kernel" and source.model_id is None and source.sound is not None
        sound = source.sound()
        await sound.open()
        pieces = []
        while (piece := await sound.take()) is not None:
            assert 0 < len(piece) <= 4_800
            pieces.append(piece)
        sound.close()
        return b"".join(pieces)

    return run(scenario())  # type: ignore[no-any-return]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    Clip.from_pcm(PCM).save(tmp_path / "question.wav")
    return tmp_path / "question.wav"


def test_a_file_by_its_path(path: Path) -> None:
    assert heard(path) == heard(str(path)) == heard((path, 8_000)) == PCM
    assert checked_source(path).label == "question.wav"


@pytest.mark.parametrize(
    ("given", "label"),
    [
        (Clip.from_pcm(PCM), "a clip of 0.4 s"),
        ((SAMPLES, 24_000), "an array of 0.4 s"),
        ((SAMPLES / 32_768, np.int64(24_000)), "an array of 0.4 s"),
        ((PCM, 24_000), "bytes of 0.4 s"),
        ((SAMPLES.tolist(), 24_000), "sound of 0.4 s"),
        ([Clip.from_pcm(PCM[:2_000]), Clip.from_pcm(PCM[2_000:])], "sound of 0.4 s"),
        (([PCM[:2_000], PCM[2_000:]], 24_000), "sound of 0.4 s"),
        ((Takes(), 24_000), "a Takes"),
    ],
)
def test_sound_that_is_there_begins_anew_with_each_opening(given: Any, label: str) -> None:
    assert heard(given) == heard(given) == PCM
    assert checked_source(given).label == label


def test_iterators_plain_and_asynchronous() -> None:
    assert heard((plain(), 24_000)) == heard((chunks(), 24_000)) == PCM
    assert heard(iter([Clip.from_pcm(PCM)])) == PCM
    assert checked_source((plain(), 24_000)).label == "plain()"


def test_another_rate_is_resampled() -> None:
    assert abs(len(heard((SAMPLES, 8_000))) - 3 * len(PCM)) <= 4
    assert abs(len(heard((iter([SAMPLES[:3_000], SAMPLES[3_000:]]), 48_000))) - len(PCM) / 2) <= 4


def test_the_microphone_of_the_page() -> None:
    microphone = Microphone(device="headset")
    assert checked_source("microphone") is MICROPHONE
    assert (checked_source(microphone).kind, checked_source(microphone).given) == ("microphone", microphone)
    session = RealtimeSession(engine="ws://127.0.0.1:9", audio_in=microphone)
    assert session._core.page_microphone is microphone is session.audio_in
    session.audio_in = "microphone"
    assert session.audio_in == "microphone"


def test_a_stream_of_a_page_is_known_by_its_looks() -> None:
    source = checked_source(CameraStream())
    assert (source.kind, source.label, source.model_id) == ("stream", "CameraStream", "abc123")
    assert source.sound is None


def test_another_session() -> None:
    with ScriptedEngine() as engine:
        other = RealtimeSession(engine=engine, title="Anna")
        source = checked_source(other)
        assert (source.kind, source.label) == ("kernel", "the session “Anna”")
        assert source.given is other
        assert source.for_core.given is None  # two that hear one another must be able to end
        with pytest.raises(ConfigError, match="itself"):
            other.audio_in = other
        for silent in (TranscriptionSession(engine=engine), RealtimeSession(engine=engine, output="text")):
            with pytest.raises(ConfigError, match="aloud"):
                checked_source(silent)


@pytest.mark.parametrize(
    ("given", "kind", "match"),
    [
        ("/nowhere/speech.wav", AudioError, "Can't read /nowhere.*Check the path"),
        ("mikrophone", AudioError, '"microphone"'),
        (SAMPLES, ConfigError, r"rate.*\(x, 16_000\)"),
        (PCM, ConfigError, "rate"),
        ((SAMPLES, 0), ConfigError, "positive whole number"),
        ((SAMPLES, 16_000.5), ConfigError, "whole number"),
        ((SAMPLES, "24k"), (ConfigError, AudioError), "audio_in"),
        ((np.zeros(10) + 5_000.0, 24_000), AudioError, "-1 to 1"),
        ((np.zeros(0), 24_000), AudioError, "no sound"),
        (None, ConfigError, "Can't take NoneType.*another session"),
        ({}, ConfigError, "Can't take dict"),
        (7, ConfigError, "Can't take int"),
        (plain, ConfigError, r"Call it: audio_in=plain\(\)"),
        (AudioRecorder(), ConfigError, "no stream of sound"),
        (Audio(), ConfigError, "AudioStream"),
    ],
)
def test_what_is_no_source_is_told_at_once(given: Any, kind: Any, match: str) -> None:
    with pytest.raises(kind, match=match):
        RealtimeSession(engine="ws://127.0.0.1:9", audio_in=given)


def test_a_broken_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF nothing of that kind")
    with pytest.raises(AudioError, match="broken"):
        checked_source(tmp_path / "broken.wav")


def test_a_refused_assignment_leaves_the_source_as_it_was() -> None:
    session = RealtimeSession(engine="ws://127.0.0.1:9")
    with pytest.raises(AudioError):
        session.audio_in = "/nowhere/speech.wav"
    assert session.audio_in == "microphone"
