"""Callbacks: in order, on a thread of their own, and never in the way of the conversation."""

import threading
from typing import Any

import numpy as np
import pytest

from realtime_widget import RealtimeSession
from realtime_widget.errors import ConfigError, RealtimeError
from realtime_widget.session import callbacks
from realtime_widget.session.callbacks import Dispatcher
from realtime_widget.testing import ScriptedEngine, call_response, error, reply, text_response, user_turn

from .helpers import echo_engine, voice_engine, wait_until


def test_functions_run_in_order_on_one_thread_that_ends() -> None:
    dispatcher, seen = Dispatcher("test-callbacks"), []
    for n in range(100):
        dispatcher.submit(lambda n=n: seen.append((n, threading.current_thread().name)))
    dispatcher.flushed().result(5)
    assert seen == [(n, "test-callbacks") for n in range(100)]
    dispatcher.close()
    dispatcher.close()
    wait_until(lambda: dispatcher._thread is None)
    dispatcher.submit(lambda: seen.append("again"))
    dispatcher.flushed().result(5)
    assert seen[-1] == "again"
    dispatcher.close()
    wait_until(lambda: dispatcher._thread is None)


def test_an_idle_thread_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "IDLE_S", 0.01)
    dispatcher = Dispatcher("test-callbacks")
    dispatcher.submit(lambda: None)
    wait_until(lambda: dispatcher._thread is None)


def test_what_raises_is_logged_and_the_next_one_runs(caplog: pytest.LogCaptureFixture) -> None:
    dispatcher, seen = Dispatcher("test-callbacks"), []
    dispatcher.submit(lambda: 1 / 0)
    dispatcher.submit(lambda: seen.append(1))
    dispatcher.flushed().result(5)
    dispatcher.close()
    assert seen == [1]
    assert "a callback raised" in caplog.text


def test_what_a_callback_raises_is_told_once_for_each_kind() -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        told: list[RealtimeError] = []
        session.on("error", lambda problem: told.append(problem) or 1 / 0)
        session.on("turn", lambda turn: turn.nonsense)
        session.ask("one")
        session.ask("two")
        wait_until(lambda: len(told) == 1)
        assert told[0].code == "callback_failed" and "AttributeError" in told[0].message
        assert isinstance(told[0].__cause__, AttributeError) and session.status == "connected"


def test_flushing_within_a_callback_does_not_wait_for_itself() -> None:
    dispatcher, seen = Dispatcher("test-callbacks"), []
    dispatcher.submit(lambda: seen.append(dispatcher.flushed().done()))
    dispatcher.flushed().result(5)
    dispatcher.close()
    assert seen == [True]


def test_unknown_names_and_things_that_are_no_functions_are_refused() -> None:
    session = RealtimeSession(engine=ScriptedEngine())
    with pytest.raises(ConfigError, match="no event named 'turns'"):
        session.on("turns", print)
    with pytest.raises(ConfigError, match="must be a function"):
        session.on("turn", "print")  # type: ignore[arg-type]
    session.on("response.some_future_event", print)  # unknown events are data


def test_everything_raw_of_both_directions_and_single_types() -> None:
    every: list[dict[str, Any]] = []
    done: list[dict[str, Any]] = []
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        session.on("*", every.append)
        session.on("response.done", done.append)
        session.ask("one")
        session.off("response.done", done.append)
        session.ask("two")
        session.off("*")
        session.ask("three")
    kinds = [event["type"] for event in every]
    assert kinds.count("response.create") == kinds.count("response.done") == 2
    assert kinds.index("response.create") < kinds.index("response.created")
    assert [event["response"]["status"] for event in done] == ["completed"]


def test_each_name_gives_what_it_promises() -> None:
    got: dict[str, list[Any]] = {
        name: [] for name in ("turn", "tool_call", "audio", "usage", "status", "error")
    }
    script = [reply(call_response(("double", {"x": 2}))), reply(text_response("Four."))]
    with ScriptedEngine(*script) as engine:
        session = RealtimeSession(engine=engine)
        for name, seen in got.items():
            session.on(name, seen.append)
        session.tool(double)
        with session:
            session.ask("twice two?")
            engine.rules["response.create"] = voice_engine().rules["response.create"]
            session.ask("and aloud?")
            engine.push(user_turn("Spoken."))
            engine.push(error("Something odd.", code="odd"))
            wait_until(lambda: got["error"])
            wait_until(lambda: len(got["usage"]) >= 4)
    turns = [(turn.role, turn.text) for turn in got["turn"]]
    assert turns[:2] == [("user", "twice two?"), ("assistant", "Four.")]
    assert ("user", "Spoken.") in turns
    assert len(turns) == len(set(turns)) == 5
    assert [(call.name, call.status, call.output) for call in got["tool_call"]] == [("double", "done", "4")]
    assert got["audio"]
    assert all(piece.dtype == np.int16 for piece in got["audio"])
    assert got["usage"][0]["output_text_tokens"] is not None
    assert got["usage"][-1]["seconds"] == 1.0
    assert got["status"] == ["connecting", "connected", "disconnected"]
    assert [(type(one), one.code) for one in got["error"]] == [(RealtimeError, "odd")]


def double(x: int) -> int:
    """Twice a number."""
    return 2 * x


def test_callbacks_may_use_the_session() -> None:
    answers: list[str] = []
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:

        def again(turn: Any) -> None:
            if turn.role == "assistant" and len(answers) < 3:
                answers.append(session.ask(f"question {len(answers)}").text)

        session.on("turn", again)
        session.ask("begin")
        wait_until(lambda: len(answers) == 3)
    assert answers == [f"You said: question {n}" for n in range(3)]


def test_a_slow_callback_holds_up_neither_the_conversation_nor_the_cell() -> None:
    gate = threading.Event()
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        session.on("response.created", lambda event: gate.wait(20))
        assert [session.ask(f"{n}").text for n in range(2)] == ["You said: 0", "You said: 1"]
        gate.set()


def test_several_threads_add_and_remove() -> None:
    session = RealtimeSession(engine=ScriptedEngine())
    functions = [lambda event, n=n: n for n in range(400)]
    threads = [
        threading.Thread(target=lambda part=part: [session.on("turn", f) for f in functions[part::4]])
        for part in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(session._callbacks._by_name["turn"]) == 400
    for function in functions:
        session.off("turn", function)
    assert not session._callbacks.listening


def test_of_what_may_be_missed_the_oldest_gives_way(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(callbacks, "MAX_OPTIONAL", 10)
    dispatcher, gate, seen = Dispatcher("test-callbacks"), threading.Event(), []
    dispatcher.submit(lambda: gate.wait(20), name="turn: wait")
    wait_until(lambda: dispatcher.running is not None)
    for n in range(100):
        dispatcher.submit(lambda n=n: seen.append(n), name="audio: play", optional=True)
        if n % 10 == 0:
            dispatcher.submit(lambda n=n: seen.append(f"kept {n}"), name="turn: note")
    assert dispatcher.running is not None
    assert dispatcher.running[0] == "turn: wait"
    assert (dispatcher.n_waiting, dispatcher.n_dropped) == (20, 90)
    gate.set()
    dispatcher.flushed().result(20)
    dispatcher.close()
    assert [entry for entry in seen if isinstance(entry, str)] == [f"kept {n}" for n in range(0, 100, 10)]
    assert [entry for entry in seen if isinstance(entry, int)] == list(range(90, 100))
    assert seen.index("kept 90") == seen.index(90) + 1
    assert caplog.text.count("take longer") == 1, "one warning for one jam"
    assert "turn: wait" in caplog.text
    assert dispatcher.n_waiting == 0


def test_in_a_jam_the_last_of_a_topic_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "MAX_OPTIONAL", 10)
    dispatcher, gate, seen = Dispatcher("test-callbacks"), threading.Event(), []
    dispatcher.submit(lambda: gate.wait(20), name="turn: wait")
    wait_until(lambda: dispatcher.running is not None)
    for n in range(100):
        dispatcher.submit(lambda n=n: seen.append(("a", n)), topic="a")
        dispatcher.submit(lambda n=n: seen.append(("b", n)), topic="b")
    assert dispatcher.n_waiting == 10
    gate.set()
    dispatcher.flushed().result(20)
    dispatcher.submit(lambda: seen.append(("a", 100)), topic="a")
    dispatcher.flushed().result(20)
    dispatcher.close()
    assert [n for topic, n in seen if topic == "a"] == [0, 1, 2, 3, 99, 100]
    assert [n for topic, n in seen if topic == "b"] == [0, 1, 2, 3, 99]


def test_slow_callbacks_are_known_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "SLOW_S", 0.01)
    dispatcher = Dispatcher("test-callbacks")
    dispatcher.submit(lambda: threading.Event().wait(0.05), name="turn: slow")
    dispatcher.submit(lambda: threading.Event().wait(0.05))
    dispatcher.flushed().result(20)
    dispatcher.close()
    assert list(dispatcher.slow) == ["turn: slow"]
    assert dispatcher.slow["turn: slow"] >= 0.05
    wait_until(lambda: dispatcher.running is None)


def test_raw_events_of_a_jammed_session_are_bounded_and_turns_are_not_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(callbacks, "MAX_OPTIONAL", 5)
    gate, raw, turns = threading.Event(), [], []
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        session.on("status", lambda status: gate.wait(20))
        session.on("*", raw.append)
        session.on("turn", turns.append)
        session._callbacks.emit("status", "jam")
        for n in range(3):
            session.ask(f"{n}")
        assert session._dispatcher.n_dropped > 10
        gate.set()
        wait_until(lambda: len(turns) == 6, 20)
    assert raw[-1]["type"]


def test_each_callback_gets_a_mapping_of_its_own() -> None:
    got: list[dict[str, Any]] = []
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        session.on("response.done", lambda event: event.clear())
        session.on("response.done", got.append)
        session.ask("Hi!")
    assert got[0]["type"] == "response.done"
