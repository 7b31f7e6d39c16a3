"""A connection that looks alive and isn't."""

from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.session import watchdog
from realtime_widget.session.watchdog import Watchdog
from realtime_widget.testing import ScriptedEngine, expect, text_response

from .helpers import echo_engine, on_io, wait_until
from .test_connecting import quick


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "PROBE_MS", 100)
    monkeypatch.setattr(watchdog, "OWED_MS", 700)


@pytest.mark.usefixtures("impatient")
def test_a_server_that_owes_an_answer_for_too_long_is_left_and_another_asked() -> None:
    here = {"response.create": lambda command: text_response("Here I am.")}
    with (
        ScriptedEngine(expect("response.create"), on=here) as engine,
        quick(RealtimeSession(engine=engine)) as session,
    ):
        assert session.ask("Hello?", timeout=30).text == "Here I am."
        assert engine.connections == 2


@pytest.mark.usefixtures("impatient")
def test_a_server_at_rest_is_left_alone() -> None:
    with echo_engine() as engine, quick(RealtimeSession(engine=engine)) as session:
        session.ask("Hello?")
        session._core.heard_ms = -60_000.0
        on_io(session, Watchdog(session._core).look)
        assert session.ask("Still there?").text == "You said: Still there?"
        assert engine.connections == 1


def test_a_connection_without_an_answer_to_a_ping_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "PROBE_MS", 50)
    monkeypatch.setattr(watchdog, "PONG_S", 0.2)
    monkeypatch.setattr(watchdog, "GRACE_S", 0.05)
    dropped: list[Any] = []
    with ScriptedEngine() as engine, quick(RealtimeSession(engine=engine)) as session:

        async def never() -> None:
            import asyncio

            await asyncio.Event().wait()

        connection = session._core.connection
        assert connection is not None
        monkeypatch.setattr(connection, "ping", never)
        session.on("error", dropped.append)
        session.send_text("Hello?")
        wait_until(lambda: dropped, timeout=20)
        assert "ping" in str(dropped[0])
        wait_until(lambda: session.status == "connected" and engine.connections == 2, timeout=20)
        [create] = [c for c in engine.of_type("response.create") if c is not None][-1:]
        assert create["type"] == "response.create"
