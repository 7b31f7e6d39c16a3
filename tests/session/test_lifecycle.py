"""Starting and ending: once however often it is asked for, never half, and always in time."""

import asyncio
import threading
import time
from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.engines import Endpoint, Engine
from realtime_widget.errors import EngineError, NotConnectedError, RealtimeError, SessionClosedError
from realtime_widget.testing import ScriptedEngine, drop, error, expect, reply, send, text_response

from .foreign import ForeignServer
from .helpers import echo_engine, our_threads, run, voice_engine, wait_until


class Gated(Engine):
    """Becomes ready when it is told to."""

    name = "gated"

    def __init__(self, inner: Engine) -> None:
        self.inner = inner
        self.asked, self.gate = threading.Event(), threading.Event()

    async def open(self, *, model: str) -> Endpoint:
        self.asked.set()
        while not self.gate.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0.003)
        return await self.inner.open(model=model)


def in_threads(*functions: Any) -> list[BaseException | None]:
    outcomes: list[BaseException | None] = [None] * len(functions)

    def call(place: int) -> None:
        try:
            functions[place]()
        except BaseException as problem:
            outcomes[place] = problem

    threads = [threading.Thread(target=call, args=(place,)) for place in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    return outcomes


def test_start_and_stop_any_number_of_times() -> None:
    with echo_engine() as engine:
        session = RealtimeSession(engine=engine)
        session.stop()
        assert session.start() is session
        session.start()
        assert session.status == "connected"
        assert engine.connections == 1
        assert session.ask("one").text == "You said: one"
        session.stop()
        session.stop()
        assert session.status == "disconnected"
        with pytest.raises(NotConnectedError, match=r"session\.start\(\)"):
            session.ask("two")
        session.start()
        assert session.ask("three").text == "You said: three"
        session.stop()
        assert engine.connections == 2
        assert [turn.text for turn in session.transcript if turn.role == "user"] == ["one", "three"]
    wait_until(lambda: not our_threads())


def test_the_configuration_is_acknowledged_before_start_returns() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, instructions="Be brief.") as session:
        sent = engine.of_type("session.update")
        assert len(sent) == 1
        assert sent[0]["session"]["instructions"] == "Be brief."
        assert [event.type for event in session.events][:4] == [
            "connection.opened",
            "session.update",
            "session.created",
            "session.updated",
        ]


def test_many_threads_start_and_share_one_connection() -> None:
    with echo_engine() as engine:
        gated = Gated(engine)
        session = RealtimeSession(engine=gated)
        threading.Thread(target=lambda: (gated.asked.wait(), gated.gate.set())).start()
        assert in_threads(*[session.start] * 8) == [None] * 8
        assert engine.connections == 1
        assert in_threads(*[session.stop] * 8) == [None] * 8
        assert session.status == "disconnected"


def test_stopping_while_connecting_tells_whoever_starts() -> None:
    with echo_engine() as engine:
        gated = Gated(engine)
        session = RealtimeSession(engine=gated)

        def stop() -> None:
            gated.asked.wait()
            session.stop()

        started, stopped = in_threads(session.start, stop)
        assert stopped is None
        assert isinstance(started, SessionClosedError)
        assert session.status == "disconnected"
        assert session.error is None
        gated.gate.set()
        session.start()
        assert session.ask("still there?").text
        session.stop()


def test_starting_while_stopping_and_the_other_way_round_ends_in_one_state() -> None:
    with echo_engine() as engine:
        session = RealtimeSession(engine=engine, starts_per_minute=None)
        for _ in range(10):
            for outcome in in_threads(session.start, session.stop, session.start, session.stop):
                assert outcome is None or isinstance(outcome, SessionClosedError)
            assert session.status in ("connected", "disconnected")
            assert (session.status == "connected") is (session._core.connection is not None)
        session.start()
        assert session.ask("fine?").text == "You said: fine?"
        session.stop()


def test_giving_up_the_only_wait_gives_up_the_start() -> None:
    async def scenario() -> None:
        with echo_engine() as engine:
            gated = Gated(engine)
            session = RealtimeSession(engine=gated)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(session.astart(), 0.05)
            wait_until(lambda: session.status == "disconnected")
            assert engine.connections == 0

    run(scenario())


def test_a_caller_that_gives_up_does_not_stop_the_end() -> None:
    async def scenario() -> None:
        with echo_engine() as engine:
            session = RealtimeSession(engine=engine)
            await session.astart()
            task = asyncio.create_task(session.astop())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await session.astop()
            assert session.status == "disconnected"
            assert session._core.connection is None

    run(scenario())


@pytest.mark.parametrize("where", ["async", "thread"])
def test_a_tool_may_stop_the_session_that_runs_it(where: str) -> None:
    from realtime_widget.testing import call_response

    with ScriptedEngine(reply(call_response(("goodbye", {})))) as engine:
        session = RealtimeSession(engine=engine)
        if where == "async":

            @session.tool
            async def goodbye() -> None:
                await session.astop()

        else:

            @session.tool
            def goodbye() -> None:
                session.stop()

        session.start()
        with pytest.raises(SessionClosedError, match="was stopped"):
            session.ask("bye")
        wait_until(lambda: session.status == "disconnected")
        assert session._core.connection is None
        assert session.tool_calls[0].status == "cancelled"


def test_a_connection_that_drops_is_an_error_with_a_reason_and_loses_nothing() -> None:
    first = text_response("Half an answer, and then nothing.")[:7]
    with ScriptedEngine(
        reply(first), drop(1001, "maximum duration"), reconnects=[reply(text_response("Hi."))]
    ) as engine:
        session = RealtimeSession(engine=engine, reconnect=False).start()
        with pytest.raises(EngineError, match=r"maximum duration.*code 1001") as lost:
            session.ask("Hello?")
        assert lost.value.code == "connection_lost"
        assert lost.value.recoverable
        wait_until(lambda: session.status == "error")
        assert session.error is not None
        wait_until(lambda: session.transcript[-1].status == "incomplete")
        assert [turn.role for turn in session.transcript] == ["user", "assistant"]
        assert session.transcript[1].text.startswith("Half")
        with pytest.raises(NotConnectedError):
            session.ask("Hello?")
        session.start()
        assert session.error is None
        assert session.ask("And now?").text == "Hi."
        assert len(session.transcript) == 4
        session.stop()


def test_a_cut_without_a_word_is_noticed() -> None:
    with (
        ScriptedEngine(expect("response.create"), drop(1006)) as engine,
        RealtimeSession(engine=engine, reconnect=False) as session,
        pytest.raises(EngineError, match="code 1006"),
    ):
        session.ask("Hello?")


def test_the_servers_own_error_weighs_more_than_the_close_behind_it() -> None:
    refusal = error("The model 'x' does not exist.", code="model_not_found")
    script = [
        expect("session.update", answered=False),
        send(refusal),
        drop(4000, "invalid_request_error.model_not_found"),
    ]
    with ScriptedEngine(*script) as engine:
        session = RealtimeSession(engine=engine)
        with pytest.raises(EngineError, match="'x' does not exist") as told:
            session.start()
        assert told.value.code == "model_not_found"
        assert session.status == "error"
        assert session.error is told.value


def test_a_fatal_error_in_the_middle_ends_the_session_with_one_report() -> None:
    told: list[Any] = []
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        session.on("error", told.append)
        engine.push(error("You exceeded your quota.", code="insufficient_quota"))
        wait_until(lambda: told)
        wait_until(lambda: session._core.connection is None)
        assert session.status == "error"
    assert [one.code for one in told] == ["insufficient_quota"]


def test_a_server_that_never_acknowledges_is_given_up_in_time() -> None:
    with ScriptedEngine(manners=False) as engine:
        session = RealtimeSession(engine=engine, connect_timeout=0.2)
        began = time.monotonic()
        with pytest.raises(EngineError, match="said nothing"):
            session.start()
        assert time.monotonic() - began < 8
        assert session.status == "error"


def test_an_engine_that_never_becomes_ready_is_given_up_in_time() -> None:
    session = RealtimeSession(engine=Gated(ScriptedEngine()), connect_timeout=0.1)
    with pytest.raises(EngineError, match=r"wasn't ready within 0\.1 s"):
        session.start()


def test_an_engine_of_the_users_own_may_raise_anything() -> None:
    class Broken(Engine):
        name = "broken"

        async def open(self, *, model: str) -> Endpoint:
            raise KeyError("HOME")

    session = RealtimeSession(engine=Broken())
    with pytest.raises(EngineError, match="KeyError: 'HOME'") as wrapped:
        session.start()
    assert isinstance(wrapped.value.__cause__, KeyError)
    assert session.status == "error"


def test_an_event_that_trips_us_is_reported_and_the_conversation_goes_on() -> None:
    class Clumsy:
        has_player = False

        def publish(self, changes: list[Any]) -> None:
            if any(type(change).__name__ == "ResponseStarted" for change in changes):
                raise RuntimeError("a view stumbled")

        def silence(self, clear_id: int) -> None:
            raise AssertionError

    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        clumsy = Clumsy()
        session._core.views.append(clumsy)
        assert session.ask("anything").text == "You said: anything"
        assert isinstance(session.error, RealtimeError)
        session._core.views.remove(clumsy)


def test_stopping_ends_all_waits_and_keeps_everything() -> None:
    with ScriptedEngine(expect("response.create"), send(text_response("Half of it")[:7])) as engine:
        session = RealtimeSession(engine=engine).start()
        outcomes: list[Any] = []

        def ask() -> None:
            try:
                session.ask("Hello?")
            except RealtimeError as problem:
                outcomes.append(problem)

        asking = threading.Thread(target=ask)
        asking.start()
        wait_until(lambda: len(session.transcript) == 2 and session.transcript[1].text)
        session.stop()
        asking.join(5)
        assert isinstance(outcomes[0], SessionClosedError)
        assert session.status == "disconnected"
        assert session.transcript.text.startswith("User: Hello?\nAssistant: Half")


def test_fifty_rounds_leave_no_thread_and_no_task_behind() -> None:
    with ForeignServer() as server:
        session = RealtimeSession(engine=server.url, starts_per_minute=None)
        for n in range(50):
            with session:
                if n % 10 == 0:
                    session.ask("Hello?")
        loop = session._io.loop
        wait_until(lambda: not our_threads())
        wait_until(lambda: len(asyncio.all_tasks(loop)) == 0)
        assert not session._core._tasks
        assert not session._core.waits._answers
        assert not session._core.waits._commands


def test_the_clock_goes_on_through_stops() -> None:
    with voice_engine() as engine:
        session = RealtimeSession(engine=engine).start()
        session.ask("one")
        before = session._core.now_ms
        session.stop()
        assert session._core.elapsed_s == 0
        session.start()
        assert session._core.now_ms > before
        assert session._core.elapsed_s < 5
        session.stop()
