"""Changing connections by plan, at a quiet point before the server ends its session."""

import time
from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.session import rollover
from realtime_widget.testing import ScriptedEngine, session_created, session_updated, text_response

from .helpers import echo_engine, last_text, wait_until
from .test_connecting import quick


def mortal_engine(life_s: float) -> ScriptedEngine:
    """An engine that says when it will end each session; it answers in writing."""
    engine = ScriptedEngine(manners=True)

    def greeting(command: Any) -> list[Any]:
        created = session_created()
        created["session"]["expires_at"] = time.time() + life_s
        return [created, session_updated()]

    engine.rules["session.update"] = greeting
    engine.rules["response.create"] = lambda command: text_response(f"You said: {last_text(engine)}")
    return engine


def local(session: RealtimeSession) -> list[str]:
    """What happened to the session itself."""
    return [entry.type for entry in session.events if entry.direction == "local"]


def test_the_next_connection_is_made_before_the_server_ends_this_one() -> None:
    with mortal_engine(3.0) as engine, quick(RealtimeSession(engine=engine)) as session:
        seen: list[str] = []
        session.on("status", seen.append)
        session.ask("Hello?")
        wait_until(lambda: engine.connections == 2 and len(local(session)) >= 3, timeout=20)
        assert session.ask("And now?").text == "You said: And now?"
        assert "error" not in seen
        assert session.error is None
        assert [turn.text for turn in session.transcript][:2] == ["Hello?", "You said: Hello?"]
        assert local(session)[:3] == ["connection.opened", "connection.rollover", "connection.opened"]


def test_a_moment_before_the_end_any_point_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        core = session._core
        plan = core.lifecycle.rollover
        core.user_speaks = True
        plan.began(time.time() + 100)
        assert not plan.is_time
        monkeypatch.setattr(plan, "_begin_s", time.monotonic() - 95)
        assert not plan.is_time, "somebody speaks"
        monkeypatch.setattr(plan, "_begin_s", time.monotonic() - 98)
        assert plan.is_time
        core.user_speaks = False
        monkeypatch.setattr(plan, "_begin_s", time.monotonic() - 93)
        assert plan.is_time
        assert rollover.LIFE_S == 3_600


def test_a_wrong_expiry_is_not_believed() -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        plan = session._core.lifecycle.rollover
        for expires_at in (None, 0, -5, time.time() - 10, time.time() + 1e9):
            plan.began(expires_at)
            assert not plan.is_time
