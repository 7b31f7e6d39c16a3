"""A session on the I/O thread: traits in order, views, the microphone, the clock."""

import threading
from typing import Any

from realtime_widget import RealtimeSession
from realtime_widget.testing import speech_started, speech_stopped

from .helpers import Player, echo_engine, on_io, voice_engine, wait_until


def test_traits_tell_the_states_in_order_on_the_callback_thread() -> None:
    seen: list[tuple[str, str]] = []
    with echo_engine() as engine:
        session = RealtimeSession(engine=engine)
        session.observe(lambda change: seen.append((change.new, threading.current_thread().name)), "status")
        with session:
            assert session.status == "connected"
    assert [status for status, _ in seen] == ["connecting", "connected", "disconnected"]
    assert {name for _, name in seen} == {"realtime-widget-callbacks"}


def test_an_observer_may_call_the_session() -> None:
    answers: list[str] = []
    with echo_engine() as engine:
        session = RealtimeSession(engine=engine)

        def greet(change: Any) -> None:
            if change.new == "connected":
                answers.append(session.ask("Hello?").text)

        session.observe(greet, "status")
        with session:
            wait_until(lambda: answers)
    assert answers == ["You said: Hello?"]


def test_listening_and_speaking_follow_the_conversation() -> None:
    with voice_engine() as engine, RealtimeSession(engine=engine) as session:
        engine.push(speech_started("u1"))
        wait_until(lambda: session.listening)
        engine.push(speech_stopped("u1"))
        wait_until(lambda: not session.listening)
        player = Player(session)
        session.ask("Hi!")
        wait_until(lambda: session.speaking)
        item = session.transcript[-1].id
        on_io(session, lambda: player.report(item, player.received(item), None, finished=True))
        wait_until(lambda: not session.speaking)
        wait_until(lambda: session.elapsed >= 1.0)
    assert not session.speaking


def test_views_get_every_change_in_order() -> None:
    with voice_engine("Hello there.") as engine, RealtimeSession(engine=engine) as session:
        player = Player(session)
        turn = session.ask("Hi!")
        assert turn.audio.duration_ms * 24 == player.received(turn.id)
        kinds = [type(change).__name__ for change in player.changes]
        assert kinds.index("ResponseStarted") < kinds.index("AudioReceived") < kinds.index("AnswerFinished")


def test_many_sessions_at_once() -> None:
    with echo_engine() as engine:
        # One server each would be twenty threads; the engine takes them all.
        sessions = [RealtimeSession(engine=engine.url, title=str(n)) for n in range(20)]
        for session in sessions:
            session.start()
        answers: dict[int, str] = {}
        engine.rules["response.create"] = voice_engine("Twenty.").rules["response.create"]

        def ask(n: int) -> None:
            answers[n] = sessions[n].ask(f"question {n}").text

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert answers == dict.fromkeys(range(20), "Twenty.")
        for n, session in enumerate(sessions):
            assert [turn.text for turn in session.transcript] == [f"question {n}", "Twenty."]
            session.stop()
        assert engine.connections == 20


def test_readers_never_see_half_a_state() -> None:
    problems: list[BaseException] = []
    over = threading.Event()
    with (
        voice_engine("One two three four five six seven.") as engine,
        RealtimeSession(engine=engine) as session,
    ):

        def read() -> None:
            try:
                while not over.is_set():
                    df = session.transcript.df
                    assert list(df.turn) == list(range(len(df)))
                    assert [turn.turn for turn in session.transcript] == list(range(len(session.transcript)))
                    assert all(len(event.raw) for event in session.events[-3:])
            except BaseException as problem:
                problems.append(problem)

        threads = [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        for n in range(10):
            session.ask(f"{n}")
        over.set()
        for thread in threads:
            thread.join(10)
    assert not problems
