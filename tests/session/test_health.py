"""What a session tells of itself: complete, plain, and from any thread."""

import dataclasses
import gc
import json
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.session.health import Health, LoopLag, PageHealth
from realtime_widget.testing import ScriptedEngine, drop, expect

from .helpers import echo_engine, on_io, voice_engine, wait_until


def test_a_session_that_was_never_started_is_well() -> None:
    health = RealtimeSession(engine=ScriptedEngine()).health
    assert (health.status, health.connection, health.reconnects) == ("disconnected", 0, 0)
    assert health.last_close is None
    assert health.page == PageHealth()
    assert health.record_bytes == 0
    assert not any(dataclasses.astuple(health.uplink))
    assert not any(dataclasses.astuple(health.downlink))


def test_what_passes_is_counted() -> None:
    with voice_engine() as engine, RealtimeSession(engine=engine, turn_detection=None) as session:
        before = session.health
        session.send_audio(b"\0\0" * 24_000, rate=24_000)
        turn = session.ask("Hi!")
        wait_until(lambda: not session._core.feed.busy)
        health = session.health
        assert (health.status, health.connection) == ("connected", 1)
        assert health.connected_s >= 0
        assert health.uplink.sent_frames > before.uplink.sent_frames
        assert health.uplink.sent_bytes > before.uplink.sent_bytes + 48_000
        assert health.downlink.events > before.downlink.events + 5
        assert health.downlink.bytes > before.downlink.bytes
        assert health.downlink.invalid_frames == 0
        assert (
            health.uplink.dropped_audio_ms == health.uplink.queued_audio_ms == health.uplink.queued_bytes == 0
        )
        assert health.record_bytes == 48_000 + turn.audio.samples.nbytes
    assert session.health.status == "disconnected"
    assert session.health.connected_s == 0
    assert session.health.last_close == (1000, "")
    assert session.health.uplink.sent_frames >= health.uplink.sent_frames, "it counts on over connections"


def test_without_a_record_no_sound_of_the_answer_is_kept() -> None:
    with voice_engine() as engine, RealtimeSession(engine=engine, record=False) as session:
        session.ask("Hi!")
        assert session.health.record_bytes == 0


def test_a_lost_connection_is_told() -> None:
    script = [expect("conversation.item.create"), drop(1011, "internal")]
    with ScriptedEngine(*script) as engine, RealtimeSession(engine=engine) as session:
        session.send_text("Hi!", respond=False)
        wait_until(lambda: session.health.connection == 2 and session.status == "connected", 30)
        assert session.health.reconnects == 1
        assert session.health.last_close == (1011, "internal")


def test_frames_that_are_no_events_are_counted() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        for frame in ("{", "[]", "{}"):
            on_io(session, session._core.receive, frame)
        assert session.health.downlink.invalid_frames == 3
        assert session.status == "connected"


def test_running_tools_and_callbacks_show() -> None:
    gate = threading.Event()
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:

        def stay(turn: Any) -> None:
            gate.wait(20)

        session.on("turn", stay)
        session.send_text("Hi!", respond=False)
        wait_until(lambda: session.health.callbacks.running is not None)
        name, seconds = session.health.callbacks.running or ("", -1.0)
        assert name.startswith("turn: ")
        assert name.endswith("stay")
        assert seconds >= 0
        gate.set()
        wait_until(lambda: session.health.callbacks.running is None)
        assert session.health.callbacks.dropped == 0


def test_it_is_frozen_prints_in_lines_and_turns_into_plain_values() -> None:
    health = RealtimeSession(engine=ScriptedEngine()).health
    with pytest.raises(dataclasses.FrozenInstanceError):
        health.status = "better"  # type: ignore[misc]
    plain = health.to_dict()
    assert set(plain) == {field.name for field in dataclasses.fields(Health)}
    assert json.loads(json.dumps(plain))["uplink"]["dropped_audio_ms"] == 0
    text = repr(health)
    assert "status: disconnected" in text
    assert "uplink: queued_bytes 0, queued_audio_ms 0.0" in text


def test_reading_does_not_wait_for_the_lock_or_the_io_thread() -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        told: list[Health] = []
        with session._core.lock:
            reader = threading.Thread(target=lambda: told.append(session.health))
            reader.start()
            reader.join(20)
            assert len(told) == 1


def test_the_loops_lag_keeps_its_maximum() -> None:
    lag = LoopLag()
    for late_s in (0.25, -0.001, 0.05):
        lag.note(late_s)
    assert (lag.last_ms, lag.max_ms) == (50, 250)
    lag.note(-1)
    assert lag.last_ms == 0


# -- a server that doesn't read --------------------------------------------------------------------------


def doze(engine: ScriptedEngine, dozing: bool) -> None:
    """Let the engine's server read nothing any more, or again."""
    transport = engine._plays[-1]._socket.transport
    loop = engine._server._loop
    assert loop is not None
    loop.call_soon_threadsafe(transport.pause_reading if dozing else transport.resume_reading)


def test_old_sound_of_the_microphone_gives_way_and_the_loss_is_told() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        doze(engine, True)
        second, n_seconds = bytes(48_000), 0
        while session.health.uplink.dropped_audio_ms < 5_000:
            on_io(session, session._core.microphone, second)
            n_seconds += 1
            assert n_seconds < 3_000
        uplink = session.health.uplink
        assert uplink.queued_audio_ms == 10_000
        assert uplink.queued_bytes > 640_000
        assert uplink.gaps == 1
        session.send_text("Still there?", respond=False)
        doze(engine, False)
        engine.wait_for("conversation.item.create", timeout=30)
        kept_ms = 1_000 * n_seconds - uplink.dropped_audio_ms
        wait_until(lambda: len(engine.received_audio) >= kept_ms * 48, 30)
        assert len(engine.received_audio) == kept_ms * 48
        assert session._core.protocol.input_audio.appended_ms == kept_ms, "the server's count is known"
        assert session.health.uplink.queued_bytes == 0
        assert session.status == "connected"


def test_nothing_of_a_file_gives_way() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, turn_detection=None) as session:
        doze(engine, True)
        sound = b"".join(n.to_bytes(2, "little") * 24_000 for n in range(240))
        session.send_audio(sound, rate=24_000)
        wait_until(lambda: session._core.connection is not None and session._core.connection._socket.full, 30)
        assert session.health.uplink.queued_audio_ms <= 10_000
        doze(engine, False)
        wait_until(lambda: len(engine.received_audio) >= len(sound), 60)
        assert engine.received_audio == sound
        assert session.health.uplink.dropped_audio_ms == 0


def test_older_sound_is_told_apart_from_what_is_in_memory() -> None:
    with voice_engine() as engine, RealtimeSession(engine=engine, turn_detection=None) as session:
        session._core.protocol.keeper.limit_bytes = session._core.protocol.keeper._allowed_bytes = 10_000
        session.send_audio(b"\1\0" * 24_000, rate=24_000)
        turn = session.ask("Hi!")
        wait_until(lambda: not session._core.feed.busy)
        health = session.health
        assert health.record_bytes <= 10_000
        assert health.record_bytes + health.record_file_bytes == 48_000 + turn.audio.samples.nbytes
    assert session.recording.user.peak > 0
    assert session.transcript[-1].audio == turn.audio


def test_sound_that_cannot_go_to_a_file_stays_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    errors: list[Any] = []
    with voice_engine() as engine, RealtimeSession(engine=engine, turn_detection=None) as session:
        session.on("error", errors.append)
        session._core.protocol.keeper.limit_bytes = 10_000
        session.send_audio(b"\1\0" * 24_000, rate=24_000)
        turn = session.ask("Hi!")
        wait_until(lambda: errors)
        assert [error.code for error in errors] == ["sound_file"]
        assert session.status == "connected"
        health = session.health
        assert (health.record_bytes, health.record_file_bytes) == (48_000 + turn.audio.samples.nbytes, 0)


def test_the_file_goes_with_its_session() -> None:
    with voice_engine() as engine, RealtimeSession(engine=engine) as session:
        session._core.protocol.keeper.limit_bytes = session._core.protocol.keeper._allowed_bytes = 0
        session.ask("Hi!")
    file = session._core.protocol.keeper._file
    turn = session.transcript[-1]
    n_bytes = len(turn.audio)
    assert n_bytes
    del session
    gc.collect()
    assert len(turn.audio) == n_bytes, "a turn keeps what it needs"
    del turn
    wait_until(lambda: gc.collect() is not None and file.closed)
