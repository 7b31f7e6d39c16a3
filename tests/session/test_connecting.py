"""One attempt to connect, and what makes it fail."""

import time

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.errors import EngineError, RefusedError
from realtime_widget.session.backoff import Backoff
from realtime_widget.testing import (
    ScriptedEngine,
    call_response,
    drop,
    error,
    expect,
    function_call,
    pause,
    reply,
    send,
    session_updated,
    text_response,
)  # fmt: skip

from .helpers import echo_engine, wait_until

QUICK = Backoff(first_s=0.02, longest_s=0.1, limit_s=20)


def quick(session: RealtimeSession) -> RealtimeSession:
    """A session that doesn't wait long before it tries again."""
    session._core.backoff = QUICK
    return session


@pytest.mark.parametrize("code", [1001, 1006, 1011, 1012, 1013])
def test_a_server_that_hangs_up_while_it_is_configured_is_tried_again(code: int) -> None:
    first = [expect("session.update", answered=False), drop(code, "not now")]
    with ScriptedEngine(*first) as engine:
        session = quick(RealtimeSession(engine=engine)).start()
        assert engine.connections == 2
        assert (session.status, session.error) == ("connected", None)
        session.stop()


@pytest.mark.parametrize("code", [4000, 4004, 1008])
def test_a_server_that_decides_against_us_is_not(code: int) -> None:
    first = [expect("session.update", answered=False), drop(code, "invalid_request_error.x")]
    with ScriptedEngine(*first) as engine:
        session = quick(RealtimeSession(engine=engine))
        with pytest.raises(EngineError, match=r"invalid_request_error\.x") as refused:
            session.start()
        assert engine.connections == 1
        assert not refused.value.recoverable


def test_a_refused_configuration_says_why() -> None:
    refusal = [
        expect("session.update", answered=False),
        send(lambda command: error("No such voice.", code="invalid_value", event_id=command["event_id"])),
    ]
    with ScriptedEngine(*refusal) as engine:
        session = quick(RealtimeSession(engine=engine))
        with pytest.raises(RefusedError, match="No such voice"):
            session.start()
        assert engine.connections == 1
        assert session.status == "error"


def test_a_slow_configuration_is_waited_for() -> None:
    slow = [expect("session.update", answered=False), pause(0.3), send(session_updated())]
    with ScriptedEngine(*slow) as engine, quick(RealtimeSession(engine=engine)) as session:
        assert session.status == "connected"
        assert engine.connections == 1


def test_stopping_in_the_middle_leaves_nothing() -> None:
    with ScriptedEngine(manners=False) as engine:
        session = quick(RealtimeSession(engine=engine))
        session._io.submit(session._core.start())
        wait_until(lambda: session._core.connection)
        begin = time.monotonic()
        session.stop()
        assert time.monotonic() - begin < 10
        assert session.status == "disconnected"
        assert session._core.connection is None


def test_failed_attempts_count_for_no_connection() -> None:
    first = [expect("session.update", answered=False), drop(1011)]
    with echo_engine() as engine:
        engine._scripts[:] = [ScriptedEngine(*first)._scripts[0]]
        with quick(RealtimeSession(engine=engine)) as session:
            assert session.ask("Hello?").text == "You said: Hello?"
            assert {entry.connection for entry in session.events} == {1}


def test_the_seam_shows_in_every_table() -> None:
    call = call_response(function_call("f", {"x": 2}))
    with ScriptedEngine(reply(text_response("One.")), drop(1006), reconnects=[[
        reply(call), reply(text_response("Two.")),
    ]]) as engine, quick(RealtimeSession(engine=engine)) as session:  # fmt: skip
        session.tool(lambda x: x, name="f", description="Echo.")
        assert session.ask("first").text == "One."
        wait_until(lambda: engine.connections == 2 and session.status == "connected", timeout=20)
        assert session.ask("second").text == "Two."
        assert session.transcript.df["connection"].tolist() == [1, 1, 2, 2]
        assert set(session.events.df["connection"]) == {1, 2}
        assert session.tool_calls.df["connection"].tolist() == [2]
        assert session.usage.df["connection"].tolist() == [1, 2, 2]
        assert session.latency.df["connection"].tolist() == [1, 2]
        seams = session.events.df.query("direction == 'local'")
        assert seams["type"].tolist() == ["connection.opened", "connection.lost", "connection.opened"]


def test_an_end_on_purpose_is_no_loss() -> None:
    with ScriptedEngine(reply(text_response("One."))) as engine:
        with quick(RealtimeSession(engine=engine)) as session:
            session.ask("first")
        seams = session.events.df.query("direction == 'local'")
        assert seams["type"].tolist() == ["connection.opened", "connection.closed"]
        assert "The connection was lost" not in session.report().markdown
