"""Sources in the kernel while a session runs: pace, ends, pauses, failures, and two sessions that talk."""

import gc
import itertools
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from realtime_widget import RealtimeSession, TranscriptionSession
from realtime_widget.audio import Clip
from realtime_widget.session.core import SessionCore
from realtime_widget.testing import (
    ScriptedEngine,
    speech_started,
    speech_stopped,
    text_response,
    tone,
    user_turn,
)

from .helpers import on_io, our_threads, voice_engine, wait_until
from .interpreter import InterpreterServer, said, translating
from .scribe import Scribe

PCM = tone(430)
VAD = "server_vad"
LIMIT_S = 30.0


def session_on(engine: ScriptedEngine, **options: Any) -> RealtimeSession:
    return RealtimeSession(engine=engine, **{"turn_detection": VAD, **options})


def appends(session: RealtimeSession) -> list[float]:
    """When sound was sent, in ms."""
    return [event.t_ms for event in session.events if event.type == "input_audio_buffer.append"]


def heard(engine: ScriptedEngine, pcm: bytes) -> None:
    wait_until(lambda: pcm in engine.received_audio, LIMIT_S)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    Clip.from_pcm(PCM).save(tmp_path / "question.wav")
    return tmp_path / "question.wav"


def test_a_file_is_said_at_the_pace_of_speech_with_silence_around_it(path: Path) -> None:
    with ScriptedEngine() as engine:
        session = session_on(engine, audio_in=path)
        began = time.monotonic()
        with session:
            session.settle(LIMIT_S)
            took_ms = (time.monotonic() - began) * 1000
            lead, said, tail = engine.received_audio.partition(PCM)
            assert said
            assert not any(lead) and len(lead) >= 300 * 48
            assert not any(tail) and len(tail) >= (500 + 300) * 48
            assert took_ms >= 0.8 * len(engine.received_audio) / 48
            times = appends(session)
            assert times[len(times) // 2] - times[0] > 300  # not all at the end


def test_silence_goes_on_until_the_turn_is_over_and_the_answer_is_waited_for() -> None:
    with ScriptedEngine() as engine:
        engine.rules["response.create"] = lambda command: text_response("Yes.")
        with session_on(engine, audio_in=Clip.from_pcm(PCM)) as session:
            engine.push(speech_started("u1"))
            wait_until(lambda: len(engine.received_audio) > len(PCM) + 1_500 * 48, LIMIT_S)
            assert session._core.source.busy
            engine.push(user_turn("Is it?", item_id="u1")[1:])
            session.settle(LIMIT_S)
            assert session.transcript[0].text == "Is it?"


def test_a_second_start_says_a_file_from_its_beginning(path: Path) -> None:
    with ScriptedEngine() as engine:
        session = session_on(engine, audio_in=path)
        with session:
            heard(engine, PCM[:9_600])  # in the middle of it
        wait_until(lambda: not our_threads(), LIMIT_S)
        n_bytes = len(engine.received_audio)
        with session:
            wait_until(lambda: PCM in engine.received_audio[n_bytes:], LIMIT_S)


def test_an_iterator_goes_on_where_it_was_and_is_asked_no_more_after_the_end() -> None:
    sounds = [tone(100, hz=200 + 50 * n) for n in range(40)]
    given = []

    def chunks() -> Iterator[bytes]:
        for sound in sounds:
            given.append(sound)
            yield sound

    with ScriptedEngine() as engine:
        session = session_on(engine, audio_in=(chunks(), 24_000))
        with session:
            heard(engine, sounds[2])
        wait_until(lambda: not our_threads(), LIMIT_S)
        assert 3 <= len(given) < 40
        first, n_bytes = len(given), len(engine.received_audio)
        with session:
            wait_until(lambda: len(given) > first + 3, LIMIT_S)
            wait_until(lambda: any(sound in engine.received_audio[n_bytes:] for sound in sounds), LIMIT_S)
        # What had been read ahead was said now, and nothing twice; a piece may go under with a connection.
        counts = [engine.received_audio.count(sound) for sound in sounds]
        n_said = len(counts) - counts[::-1].index(1)
        assert set(counts[n_said:]) <= {0} and sum(counts) == counts.count(1) >= n_said - 1


def test_an_iterator_that_is_used_up_says_so_at_the_next_start() -> None:
    with ScriptedEngine() as engine:
        session = session_on(engine, audio_in=(iter([PCM]), 24_000))
        with session:
            session.settle(LIMIT_S)
            assert PCM in engine.received_audio
            assert session.error is None
        with session:
            wait_until(lambda: session.error, LIMIT_S)
            assert "all it had" in str(session.error)


def test_a_generator_that_blocks_is_filled_with_silence_and_blocks_nobody() -> None:
    gate = threading.Event()

    def chunks() -> Iterator[bytes]:
        yield PCM
        gate.wait(LIMIT_S)
        yield tone(200, hz=900)

    with ScriptedEngine() as engine:
        engine.rules["response.create"] = lambda command: text_response("I am here.")
        with session_on(engine, audio_in=(chunks(), 24_000)) as session:
            wait_until(lambda: engine.received_audio.partition(PCM)[2].count(0) > 600 * 48, LIMIT_S)
            assert session.ask("Are you there?", LIMIT_S).text == "I am here."
            session.settle(LIMIT_S)  # a pause is enough
            gate.set()
            heard(engine, tone(200, hz=900))
            between = engine.received_audio.partition(PCM)[2].partition(tone(200, hz=900))[0]
            assert not any(between)


def test_an_endless_generator_ends_with_the_session() -> None:
    with ScriptedEngine() as engine:
        with session_on(engine, audio_in=(itertools.repeat(tone(20)), 24_000)) as session:
            heard(engine, tone(20) * 5)
        wait_until(lambda: not our_threads(), LIMIT_S)
        assert not session._core.source.busy


def test_a_source_that_breaks_is_reported_and_typing_goes_on() -> None:
    def chunks() -> Iterator[bytes]:
        yield PCM
        raise RuntimeError("the tape tore")

    with ScriptedEngine() as engine:
        engine.rules["response.create"] = lambda command: text_response("Never mind.")
        with session_on(engine, audio_in=(chunks(), 24_000)) as session:
            wait_until(lambda: session.error, LIMIT_S)
            assert "chunks() broke off: RuntimeError: the tape tore" in str(session.error)
            assert "session.audio_in" in str(session.error.remedy)
            heard(engine, PCM)
            assert session.ask("The tape tore.", LIMIT_S).text == "Never mind."
            session.settle(LIMIT_S)
            assert not any(engine.received_audio.partition(PCM)[2])  # the turn could end


def test_pieces_without_a_rate_are_reported_with_the_remedy() -> None:
    with ScriptedEngine() as engine, session_on(engine, audio_in=iter([PCM])) as session:
        wait_until(lambda: session.error, LIMIT_S)
        assert "audio_in= takes (" in str(session.error)


def test_the_microphone_of_a_page_is_not_heard_besides() -> None:
    with ScriptedEngine() as engine, session_on(engine, audio_in=Clip.from_pcm(PCM)) as session:
        on_io(session, session._core.microphone, tone(100, hz=1_000))
        on_io(session, session._core.microphone_closed)
        session.settle(LIMIT_S)
        assert tone(100, hz=1_000) not in engine.received_audio


def test_while_muted_silence_is_heard_in_its_place() -> None:
    with ScriptedEngine() as engine:
        session = session_on(engine, audio_in=(itertools.repeat(tone(100)), 24_000))
        with session:
            heard(engine, tone(100))
            session.mute()
            wait_until(lambda: engine.received_audio.endswith(bytes(400 * 48)), LIMIT_S)
            session.unmute()
            wait_until(lambda: engine.received_audio.endswith(tone(100)), LIMIT_S)


def test_sound_that_is_sent_besides_is_not_mixed_into_a_file() -> None:
    with ScriptedEngine() as engine, session_on(engine, audio_in=Clip.from_pcm(PCM * 4)) as session:
        wait_until(lambda: engine.received_audio.strip(b"\0"), LIMIT_S)
        session.send_audio(tone(200, hz=900), rate=24_000)
        session.settle(LIMIT_S)
        before, said, after = engine.received_audio.partition(tone(200, hz=900))
        assert said
        # The file waited meanwhile.
        assert before.strip(b"\0") and (before + after).count(PCM) >= 3


def test_by_hand_nothing_is_added_and_a_commit_waits_for_the_end(path: Path) -> None:
    with ScriptedEngine() as engine, session_on(engine, audio_in=path, turn_detection=None) as session:
        session.commit()
        engine.wait_for("input_audio_buffer.commit")
        assert engine.received_audio == PCM


def test_another_source_while_the_session_runs(path: Path) -> None:
    with ScriptedEngine() as engine, session_on(engine) as session:
        on_io(session, session._core.microphone, tone(100, hz=1_000))
        session.audio_in = path
        heard(engine, PCM)
        session.audio_in = (tone(200, hz=900), 24_000)
        heard(engine, tone(200, hz=900))
        session.audio_in = "microphone"
        wait_until(lambda: not session._core.source.busy, LIMIT_S)
        on_io(session, session._core.microphone, tone(100, hz=2_000))
        heard(engine, tone(100, hz=2_000))


def test_a_turn_of_a_source_that_is_taken_away_ends() -> None:
    endless = (itertools.repeat(tone(100)), 24_000)
    with ScriptedEngine() as engine, session_on(engine, audio_in=endless) as session:
        heard(engine, tone(100))
        engine.push(speech_started("u1"))
        wait_until(lambda: session.listening, LIMIT_S)
        session.audio_in = "microphone"
        wait_until(lambda: engine.received_audio.endswith(bytes(900 * 48)), LIMIT_S)
        engine.push(speech_stopped("u1"))
        wait_until(lambda: not session.listening, LIMIT_S)


def test_a_transcription_of_a_file_ends_with_its_words(path: Path) -> None:
    with Scribe() as server, TranscriptionSession(engine=server.url, commit=10, audio_in=path) as session:
        session.settle(LIMIT_S)  # its end is the end of the turn, long before the ten seconds are over
        assert [turn.status for turn in session.transcript] == ["completed"]
        assert server.heard_ms >= 430


def test_a_transcription_that_is_stopped_in_the_middle_keeps_what_was_heard() -> None:
    sound = (itertools.repeat(tone(100)), 24_000)
    with Scribe() as server:
        with TranscriptionSession(engine=server.url, commit=10, audio_in=sound) as session:
            wait_until(lambda: server.heard_ms > 300, LIMIT_S)
        assert [turn.status for turn in session.transcript] == ["completed"]


def test_a_file_waits_while_the_connection_is_made_again() -> None:
    clip = Clip.from_pcm(tone(3_000))
    with Scribe() as server, TranscriptionSession(engine=server.url, commit=10, audio_in=clip) as session:
        wait_until(lambda: server.heard_ms > 500, LIMIT_S)
        server.drop()
        session.settle(LIMIT_S)
        assert session.status == "connected"
        assert server.heard_ms >= 3_000
        assert sum(turn.audio_ms or 0 for turn in session.transcript) >= 3_000


def test_a_translation_of_a_file_is_waited_for(path: Path) -> None:
    with InterpreterServer() as server, translating(server, audio_in=path) as session:
        session.settle(LIMIT_S)
        assert said(session)[0] == ("user", "Sentence 1 is said.", "completed")
        assert server.refused == []


# -- another session ---------------------------------------------------------------------------------------


def test_another_session_is_heard_at_the_pace_of_speech_with_silence_between() -> None:
    text = "Good morning, how are you today?"
    with voice_engine(text) as speaking, ScriptedEngine() as listening:
        speaker = session_on(speaking, title="Anna")
        listener = session_on(listening, audio_in=speaker)
        with speaker, listener:
            wait_until(lambda: len(listening.received_audio) > 300 * 48, LIMIT_S)
            assert not any(listening.received_audio)
            speaker.ask("Say hello.", LIMIT_S)
            voice = speaker.transcript[-1].audio.to_pcm()
            # The engine sends it in a burst; it takes its time.
            heard(listening, voice)
            n_bytes = len(listening.received_audio)
            wait_until(lambda: len(listening.received_audio) > n_bytes + 600 * 48, LIMIT_S)
            assert not any(listening.received_audio[-300 * 48 :])
            times = appends(listener)
            assert (times[-1] - times[0]) * 48 >= 0.8 * len(listening.received_audio)
            listener.settle(LIMIT_S)  # it goes on for ever, as a microphone does
        n_bytes = len(listening.received_audio)
        assert speaker._core.views == []
        assert len(listening.received_audio) == n_bytes


def test_two_sessions_hear_one_another_and_end_when_nobody_holds_them() -> None:
    with voice_engine("It is your turn now.") as left, voice_engine("And now it is yours.") as right:
        anna, berta = session_on(left, title="Anna"), session_on(right, title="Berta")
        anna.audio_in, berta.audio_in = berta, anna
        anna.start()
        berta.start()
        anna.ask("Begin.", LIMIT_S)
        heard(right, anna.transcript[-1].audio.to_pcm())
        berta.ask("Answer.", LIMIT_S)
        heard(left, berta.transcript[-1].audio.to_pcm())
        cores: list[weakref.ref[SessionCore]] = [weakref.ref(each._core) for each in (anna, berta)]
        del anna, berta
        wait_until(lambda: gc.collect() is not None and not any(_is_live(core) for core in cores), LIMIT_S)


def _is_live(core: "weakref.ref[SessionCore]") -> bool:
    alive = core()
    return alive is not None and alive.live
