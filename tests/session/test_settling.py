"""At rest: nothing runs, nothing waits, and what was said has been answered."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.errors import EngineError, SessionClosedError
from realtime_widget.session import settling
from realtime_widget.testing import (
    ScriptedEngine,
    audio_response,
    drop,
    expect,
    speech_started,
    speech_stopped,
    text_response,
    tone,
    transcription_completed,
    user_turn,
)

from .foreign import ForeignServer
from .helpers import on_io, wait_until


@contextmanager
def settles(session: RealtimeSession, timeout: float = 20) -> Iterator[threading.Event]:
    """Settle in another thread while the block runs; it must be over soon after it."""
    done = threading.Event()
    thread = threading.Thread(target=lambda: (session.settle(timeout), done.set()))
    thread.start()
    yield done
    thread.join(10)
    assert done.is_set()


def test_at_rest_from_the_start() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        began = time.monotonic()
        session.settle(5)
        assert time.monotonic() - began < 3


def test_a_running_response_is_waited_for() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        session.send_text("Hi!")
        with settles(session) as done:
            engine.wait_for("response.create")
            assert not done.is_set()
            engine.push(text_response("There."))


def test_speech_is_waited_for_until_it_is_answered() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        engine.push(speech_started("u1"))
        wait_until(lambda: session.listening)
        with settles(session) as done:
            engine.push(speech_stopped("u1"), user_turn("Hello.", item_id="u1")[2:])
            wait_until(lambda: not session.listening)
            assert not done.is_set()
            engine.push(audio_response("Hi!"))


def test_a_turn_that_the_server_never_answers_is_given_up() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        engine.push(user_turn("Hello."))
        wait_until(lambda: session.transcript)
        session.settle(10)  # by the limit of the core, not by ours


def test_late_words_are_waited_for_a_moment() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        engine.push(user_turn(None, item_id="u1"), audio_response("Hi!"))
        with settles(session):
            wait_until(lambda: len(session.transcript) == 2)
            engine.push(transcription_completed("u1", "Late."))
        assert session.transcript[0].text == "Late."


def test_words_that_never_come_cost_little_and_only_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "TRANSCRIPT_LIMIT_S", 0.2)
    with ForeignServer("never") as server, RealtimeSession(engine=server.url, turn_detection=None) as session:
        took = []
        for _ in range(4):
            session.send_audio(tone(150), rate=24_000)
            session.commit()
            session.respond()
            began = time.monotonic()
            session.settle(5)
            took.append(time.monotonic() - began)
    assert min(took[:2]) >= 0.2
    assert max(took[2:]) < 0.2


def test_an_open_microphone_does_not_keep_it_from_settling() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        over = threading.Event()

        def talk() -> None:
            while not over.wait(0.02):
                on_io(session, session._core.microphone, bytes(960))

        thread = threading.Thread(target=talk)
        thread.start()
        wait_until(lambda: engine.received_audio)
        began = time.monotonic()
        session.settle(10)
        assert time.monotonic() - began < 10
        over.set()
        thread.join()


def test_what_never_comes_is_not_settled() -> None:
    with (
        ScriptedEngine(expect("response.create"), drop(4001, "no more")) as engine,
        RealtimeSession(engine=engine) as session,
    ):
        session.send_text("Hello?")
        with pytest.raises(EngineError, match="no more"):
            session.settle(timeout=20)
        with pytest.raises(EngineError, match="no more"):
            session.settle()


def test_settling_ends_with_the_session() -> None:
    async def scenario(session: RealtimeSession) -> None:
        settling = asyncio.ensure_future(session.asettle(20))
        await asyncio.sleep(0)  # it is on its way to the I/O thread, ahead of the stop
        await session.astop()
        with pytest.raises(SessionClosedError, match="was stopped"):
            await settling
        await session.asettle()  # nothing is waited for any more

    with ScriptedEngine(expect("response.create")) as engine:
        session = RealtimeSession(engine=engine).start()
        session.send_text("Hello?")
        asyncio.run(scenario(session))
