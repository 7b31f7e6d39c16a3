import asyncio

import numpy as np
import pytest

from realtime_widget.local.modem import encode
from realtime_widget.local.speaker import EspeakSpeaker
from realtime_widget.local.vad import (
    EnergyVad,
    SileroVad,
    SpeechStarted,
    SpeechStopped,
    TurnDetector,
    TurnRules,
    Vad,
    VadFrame,
    looks_unfinished,
    make_vad,
)

MS = 24  # samples


def frames(*runs: tuple[int, float], frame_ms: int = 20) -> list[VadFrame]:
    """Return frames for runs of ``(ms, probability)``."""
    probabilities = [probability for ms, probability in runs for _ in range(ms // frame_ms)]
    size = frame_ms * MS
    return [VadFrame(index * size, size, probability) for index, probability in enumerate(probabilities)]


def turns(detector: TurnDetector, *runs: tuple[int, float]) -> list[SpeechStarted | SpeechStopped]:
    return [event for frame in frames(*runs) for event in detector.push(frame)]


def test_a_turn_starts_with_its_padding_and_ends_with_its_silence() -> None:
    events = turns(TurnDetector(), (1000, 0.0), (800, 0.9), (600, 0.0))
    assert events == [SpeechStarted(700), SpeechStopped(2300)]


def test_the_padding_ends_at_the_beginning() -> None:
    assert turns(TurnDetector(), (100, 0.0), (100, 0.9)) == [SpeechStarted(0)]


def test_a_click_is_no_turn() -> None:
    assert turns(TurnDetector(), (500, 0.0), (40, 0.9), (500, 0.0)) == []


def test_a_short_dip_does_not_end_a_turn_nor_does_doubt() -> None:
    detector = TurnDetector()
    assert turns(detector, (200, 0.9), (400, 0.0), (200, 0.9), (1000, 0.4)) == [SpeechStarted(0)]
    assert detector.speaking


def test_turns_do_not_overlap() -> None:
    rules = TurnRules(silence_duration_ms=100)
    events = turns(TurnDetector(rules), (400, 0.9), (120, 0.0), (400, 0.9), (200, 0.0))
    assert events == [SpeechStarted(0), SpeechStopped(500), SpeechStarted(500), SpeechStopped(1020)]


def test_a_threshold_of_the_rules_counts() -> None:
    assert turns(TurnDetector(TurnRules(threshold=0.95)), (500, 0.9)) == []


def test_a_commit_from_outside_ends_a_turn() -> None:
    detector = TurnDetector()
    turns(detector, (400, 0.9))
    detector.end_turn(400)
    assert not detector.speaking
    later = [VadFrame(400 * MS + frame.start_sample, frame.n_samples, 0.9) for frame in frames((100, 0.9))]
    assert [event for frame in later for event in detector.push(frame)] == [SpeechStarted(400)]


def test_a_reset_forgets_the_position() -> None:
    detector = TurnDetector()
    turns(detector, (400, 0.9))
    detector.reset()
    assert turns(detector, (100, 0.0), (100, 0.9)) == [SpeechStarted(0)]


@pytest.mark.parametrize("eagerness", ["low", "medium", "high", "auto"])
def test_eagerness_waits_longer_after_an_unfinished_text(eagerness: str) -> None:
    rules = TurnRules(eagerness=eagerness)
    assert rules.silence_ms("How many rows for") > rules.silence_ms("How many rows for Berlin")
    assert rules.silence_ms(None) == rules.silence_ms("Hello")


def test_eagerness_is_ordered() -> None:
    low, medium, high = (TurnRules(eagerness=name).silence_ms(None) for name in ("low", "medium", "high"))
    assert low > medium > high
    assert TurnRules(silence_duration_ms=321).silence_ms("and") == 321


@pytest.mark.parametrize(
    ("text", "unfinished"), [("what is", True), ("well,", True), ("", True), ("stop", False)]
)
def test_unfinished_texts(text: str, unfinished: bool) -> None:
    assert looks_unfinished(text) is unfinished


def events_of(vad: Vad, samples: np.ndarray, chunk: int) -> list[SpeechStarted | SpeechStopped]:
    detector, pcm = TurnDetector(), samples.astype("<i2").tobytes()
    return [
        event
        for start in range(0, len(pcm), chunk * 2)
        for frame in vad.feed(pcm[start : start + chunk * 2])
        for event in detector.push(frame)
    ]


def surrounded(samples: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros(24_000, np.int16), samples, np.zeros(24_000, np.int16)])


@pytest.mark.parametrize("gain", [1.0, 0.05, 0.01])
def test_energy_hears_the_modem_however_it_is_cut(gain: float) -> None:
    sound = surrounded(encode("what is the weather")) * gain
    events = [events_of(EnergyVad(), sound, chunk) for chunk in (480, 777, 100_000)]
    assert events[0] == events[1] == events[2]
    assert [type(event) for event in events[0]] == [SpeechStarted, SpeechStopped]


def test_energy_ignores_steady_noise_in_time_and_resets() -> None:
    noise = np.random.default_rng(0).normal(0, 12, 24_000 * 3)
    vad = EnergyVad()
    assert events_of(vad, noise, 480) == []
    vad.reset()
    assert vad.feed(bytes(960))[0].start_sample == 0


def speech(text: str) -> np.ndarray:
    async def pcm() -> bytes:
        speaker = EspeakSpeaker()
        try:
            return b"".join([chunk.pcm async for chunk in speaker.speak(text, voice="alloy")])
        finally:
            await speaker.close()

    return np.frombuffer(asyncio.run(pcm()), "<i2")


@pytest.mark.speech
def test_silero_hears_speech_however_it_is_cut_but_no_tones() -> None:
    sound = surrounded(speech("How many rows for Berlin?"))
    vad = SileroVad()
    events = []
    for chunk in (480, 1001, 100_000):
        events.append(events_of(vad, sound, chunk))
        vad.reset()
    assert events[0] == events[1] == events[2]
    started, stopped = events[0]
    assert isinstance(started, SpeechStarted)
    assert isinstance(stopped, SpeechStopped)
    assert 600 <= started.audio_start_ms <= 1000
    assert abs(stopped.audio_end_ms - (1000 + len(sound) / MS - 2000 + 500)) < 400
    assert events_of(vad, surrounded(encode("tones")), 480) == []


@pytest.mark.speech
def test_the_default_is_silero() -> None:
    assert isinstance(make_vad(), SileroVad)
    assert isinstance(make_vad("silero"), SileroVad)
    assert isinstance(make_vad("energy"), EnergyVad)
