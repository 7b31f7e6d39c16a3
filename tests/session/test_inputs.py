"""The user's sound from files, arrays and iterators, at any pace, and the silence that ends a turn."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime_widget import RealtimeSession
from realtime_widget.audio import Clip
from realtime_widget.errors import AudioError, ConfigError
from realtime_widget.session.inputs import wire_chunks
from realtime_widget.testing import ScriptedEngine, speech_started, speech_stopped, tone, user_turn

from .helpers import on_io, our_threads, run, wait_until

PCM = tone(430)


def collect(source: Any, rate: int | None = None) -> list[bytes]:
    async def scenario() -> list[bytes]:
        return [piece async for piece in wire_chunks(source, rate)()]

    return run(scenario())  # type: ignore[no-any-return]


def sources(folder: Path) -> dict[str, tuple[Any, int | None]]:
    clip = Clip.from_pcm(PCM, 24_000)
    path = folder / "speech.wav"
    clip.save(path)
    samples = clip.samples
    return {
        "path": (path, None),
        "string": (str(path), None),
        "array": (samples, 24_000),
        "floats": (samples / 32_768, 24_000),
        "stereo": (np.stack([samples, samples], 1), 24_000),
        "bytes": (PCM, 24_000),
        "file bytes": (path.read_bytes(), None),
        "clip": (clip, None),
        "iterator": (iter([samples[:5_000], samples[5_000:]]), 24_000),
        "generator": ((PCM[n : n + 1_000] for n in range(0, len(PCM), 1_000)), 24_000),
    }


@pytest.mark.parametrize("kind", list(sources.__annotations__) and [
    "path", "string", "array", "floats", "stereo", "bytes", "file bytes", "clip", "iterator", "generator",
])  # fmt: skip
def test_sound_from_anything_becomes_the_same_pieces(kind: str, tmp_path: Path) -> None:
    pieces = collect(*sources(tmp_path)[kind])
    assert b"".join(pieces) == PCM
    assert all(0 < len(piece) <= 4_800 for piece in pieces)


def test_other_rates_are_resampled_as_one_stream() -> None:
    t = np.arange(16_000) / 16_000
    wave = (np.sin(2 * np.pi * 440 * t) * 10_000).astype(np.int16)
    whole = np.frombuffer(b"".join(collect(wave, 16_000)), np.int16)
    pieces = np.frombuffer(b"".join(collect(iter(np.split(wave, 50)), 16_000)), np.int16)
    assert len(whole) == len(pieces) == 24_000
    assert np.abs(whole[200:-200].astype(int) - pieces[200:-200]).max() <= 2  # no click where pieces meet


@pytest.mark.parametrize(
    ("source", "rate", "kind", "match"),
    [
        ("/nowhere/speech.wav", None, AudioError, "Can't read"),
        (np.zeros(10), None, ConfigError, "rate="),
        (b"\0" * 10, None, ConfigError, "rate="),
        (object(), 24_000, ConfigError, "Can't take object"),
        (np.zeros(10) + 5_000.0, 24_000, AudioError, "-1 to 1"),
    ],
)
def test_what_is_wrong_raises_in_the_cell(
    source: Any, rate: Any, kind: type[Exception], match: str | None
) -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, turn_detection=None) as session:
        with pytest.raises(kind, match=match):
            session.send_audio(source, rate=rate)
        assert session.error is None
        assert not engine.received_audio


def test_an_iterator_that_raises_is_reported_and_what_came_before_was_sent() -> None:
    def broken() -> Iterator[bytes]:
        yield PCM
        raise RuntimeError("the tape tore")

    with ScriptedEngine() as engine, RealtimeSession(engine=engine, turn_detection=None) as session:
        session.send_audio(broken(), rate=24_000)
        session.send_audio(PCM, rate=24_000)
        session.commit()
        assert "the tape tore" in str(session.error)
        engine.wait_for("input_audio_buffer.commit")
        assert engine.received_audio == PCM + PCM


def test_an_iterator_that_blocks_blocks_nobody_else() -> None:
    gate, asked = threading.Event(), threading.Event()

    def slow() -> Iterator[bytes]:
        yield PCM
        asked.set()
        gate.wait(20)
        yield PCM

    with ScriptedEngine() as engine, RealtimeSession(engine=engine, turn_detection=None) as session:
        session.send_audio(slow(), rate=24_000)
        asked.wait(5)
        session.send_event({"type": "fence"})
        engine.wait_for("fence")
        gate.set()
        session.commit()
        engine.wait_for("input_audio_buffer.commit")
        assert engine.received_audio == PCM + PCM


def test_an_endless_source_ends_with_the_session() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield tone(20)

    with ScriptedEngine() as engine, RealtimeSession(engine=engine, turn_detection=None) as session:
        session.send_audio(endless(), rate=24_000, realtime=True)
        wait_until(lambda: engine.received_audio)
    wait_until(lambda: not our_threads())
    assert not session._core.feed.busy


def test_the_pace_of_speech() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, turn_detection=None) as session:
        began = time.monotonic()
        session.send_audio(PCM, rate=24_000, realtime=True)
        assert session._core.feed.busy  # it returns at once
        session.commit()
        took = time.monotonic() - began
        assert 0.35 < took < 10
        times = [event.t_ms for event in session.events if event.type == "input_audio_buffer.append"]
        assert times[1] - times[0] > 60

        began = time.monotonic()
        session.send_audio(tone(20_000), rate=24_000)
        session.commit()
        assert time.monotonic() - began < 10
        engine.wait_for("input_audio_buffer.commit", 2)


def test_sources_are_spoken_one_after_the_other() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, turn_detection=None) as session:
        for hz in (200, 300, 400):
            session.send_audio(tone(250, hz=hz), rate=24_000)
        session.commit()
        engine.wait_for("input_audio_buffer.commit")
        assert engine.received_audio == b"".join(tone(250, hz=hz) for hz in (200, 300, 400))


def test_silence_follows_where_turns_are_detected() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, turn_detection="server_vad") as session:
        session.send_audio(PCM, rate=24_000)
        wait_until(lambda: not session._core.feed.busy)
        session.send_event({"type": "fence"})
        engine.wait_for("fence")
        lead, spoken, tail = engine.received_audio.partition(PCM)
        assert spoken
        assert not any(lead) and len(lead) >= 300 * 48
        assert not any(tail) and len(tail) >= (500 + 300) * 48


def test_silence_goes_on_until_the_engine_noticed_the_end() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, turn_detection="server_vad") as session:
        engine.push(speech_started("u1"))
        session.send_audio(PCM, rate=24_000)
        wait_until(lambda: len(engine.received_audio) > len(PCM) + 1_100 * 48)
        assert session._core.feed.busy
        engine.push(speech_stopped("u1"))
        wait_until(lambda: not session._core.feed.busy)


def test_the_microphone_is_silent_while_a_file_is_spoken() -> None:
    gate = threading.Event()

    def source() -> Iterator[bytes]:
        yield tone(100)
        gate.wait(10)

    with ScriptedEngine() as engine, RealtimeSession(engine=engine, turn_detection="server_vad") as session:
        session.send_audio(source(), rate=24_000)
        wait_until(lambda: engine.received_audio)
        on_io(session, session._core.microphone, tone(100, hz=1_000))
        gate.set()
        wait_until(lambda: not session._core.feed.busy)
        on_io(session, session._core.microphone, tone(100, hz=2_000))
        wait_until(lambda: tone(100, hz=2_000) in engine.received_audio)
        assert tone(100, hz=1_000) not in engine.received_audio


def test_muting_in_the_middle_of_a_sentence_ends_the_turn() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, turn_detection="server_vad") as session:
        on_io(session, session._core.microphone, tone(100))
        engine.push(speech_started("u1"))
        wait_until(lambda: session.listening)
        session.mute()
        wait_until(lambda: len(engine.received_audio) >= 1_000 * 48)
        engine.push(user_turn("Ended.", item_id="u1")[1:])
        wait_until(lambda: not session._core.feed.busy)
        assert session.listening is False


def test_a_list_of_sources_is_spoken_as_one() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, turn_detection=None) as session:
        pieces = [tone(250, hz=hz) for hz in (200, 300)]
        session.send_audio(pieces, rate=24_000)
        session.commit()
        engine.wait_for("input_audio_buffer.commit")
        assert engine.received_audio == b"".join(pieces)
