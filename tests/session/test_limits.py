"""Limits: of time, of money, of starts; each warns or says what to do, and ends in a clear state."""

from collections.abc import Iterator
from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.data.money.prices import PriceTable, default_prices
from realtime_widget.errors import ConfigError, RealtimeError, SessionError
from realtime_widget.session import limits
from realtime_widget.session.limits import LimitOptions, Limits, StartGuard
from realtime_widget.testing import (
    ScriptedEngine,
    call_response,
    expect,
    reply,
    response_created,
    send,
    user_turn,
)

from .helpers import echo_engine, totals_engine, voice_engine, wait_until


@pytest.fixture(autouse=True)
def own_guards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(limits, "_guards", {})
    yield


# -- options ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["max_minutes", "budget_usd", "starts_per_minute"])
@pytest.mark.parametrize("value", [0, -1, "5", True, float("nan"), float("inf"), [1]])
def test_wrong_limits_are_refused_at_once(name: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=name):
        RealtimeSession(engine=ScriptedEngine(), **{name: value})


def test_starts_are_whole() -> None:
    with pytest.raises(ConfigError, match="whole number"):
        LimitOptions(starts_per_minute=2.5)  # type: ignore[arg-type]


# -- starts ----------------------------------------------------------------------------------------------


def test_the_guard_counts_within_a_minute() -> None:
    guard = StartGuard(3)
    for now_s in (0.0, 10.0, 20.0):
        guard.check(now_s)
    with pytest.raises(SessionError) as told:
        guard.check(30.0)
    assert told.value.code == "too_many_starts"
    assert told.value.retry_after == 30.0
    assert told.value.recoverable
    assert "Wait 30 s" in (told.value.remedy or "")
    guard.check(60.0)
    with pytest.raises(SessionError):
        guard.check(69.9)
    guard.check(70.0)


def test_a_loop_of_starts_is_stopped() -> None:
    with echo_engine() as engine:
        session = RealtimeSession(engine=engine)
        for _ in range(10):
            session.start()
            session.start()  # it is on: no start at all
            session.stop()
        with pytest.raises(SessionError, match="More than 10 starts") as told:
            session.start()
        assert 0 < (told.value.retry_after or 0) <= 60
        assert session.status == "disconnected"
        again = RealtimeSession(engine=engine, starts_per_minute=None)
        for _ in range(12):
            again.start()
            again.stop()


def test_starts_that_fail_count_too() -> None:
    with ScriptedEngine() as engine:
        session = RealtimeSession(engine="ws://127.0.0.1:1/v1", starts_per_minute=2)
        for _ in range(2):
            with pytest.raises(RealtimeError) as told:
                session.start()
            assert told.value.code != "too_many_starts"
        with pytest.raises(SessionError, match="More than 2 starts"):
            session.start()
        assert engine


def test_many_sessions_to_one_host_are_counted_together() -> None:
    def starting(url: str, **options: Any) -> None:
        own = Limits(None, LimitOptions(**options))  # type: ignore[arg-type]
        own.check_start()
        own.check_address(url)
        own.check_address(url)  # attempts of the same start

    for n in range(10):
        starting(f"wss://api.example.com/v1/realtime?n={n}")
    with pytest.raises(SessionError):
        starting("wss://api.example.com/v1/realtime")
    starting("wss://api.example.com/v1/realtime", starts_per_minute=None)
    starting("wss://other.example.com/v1/realtime")
    for host in ("127.0.0.1:80", "127.8.8.8", "localhost:5", "[::1]:9", "api.localhost"):
        for _ in range(12):
            starting(f"ws://{host}/v1/realtime")


# -- time ------------------------------------------------------------------------------------------------


def test_a_session_ends_at_its_time_limit_and_warns_before() -> None:
    warnings: list[RealtimeError] = []
    errors: list[RealtimeError] = []
    with echo_engine() as engine:
        session = RealtimeSession(engine=engine, max_minutes=1.5 / 60)
        session.on("warning", warnings.append)
        session.on("error", errors.append)
        session.start()
        assert session.ask("Hi!").text == "You said: Hi!"
        wait_until(lambda: session.status == "disconnected", 30)
        assert session.error is not None
        assert session.error.code == "max_minutes"
        assert "0.025 minutes" in str(session.error)
        wait_until(lambda: errors and warnings)
        assert [error.code for error in errors] == [warning.code for warning in warnings] == ["max_minutes"]
        assert warnings[0].recoverable
        assert len(session.transcript) == 2, "what was said stays"
        with pytest.raises(SessionError) as told:
            session.start()
        assert told.value.code == "max_minutes"
        assert "history=" in (told.value.remedy or "")
        further = RealtimeSession(engine=engine, history=session)
        with further:
            assert further.ask("And now?").text == "You said: And now?"


def test_who_waits_when_the_time_is_over_is_told() -> None:
    with ScriptedEngine(expect("response.create"), send(response_created("r1"))) as engine:
        session = RealtimeSession(engine=engine, max_minutes=0.4 / 60).start()
        with pytest.raises(SessionError) as told:
            session.ask("Hi!", timeout=30)
        assert told.value.code == "max_minutes"
        wait_until(lambda: session.status == "disconnected")
        assert engine.of_type("response.cancel"), "what runs is cancelled, not left to run up a bill"


def test_time_without_a_connection_does_not_count() -> None:
    with echo_engine() as engine:
        session = RealtimeSession(engine=engine, max_minutes=1)
        session.start()
        wait_until(lambda: session._core.limits._connected_s > 0.1)
        session.stop()
        before = session._core.limits._connected_s
        session.start()
        session._core.limits.look()
        assert session._core.limits._connected_s - before < 0.5 + session.elapsed + 5
        session.stop()


# -- money -----------------------------------------------------------------------------------------------


def priced(session: RealtimeSession) -> list[float]:
    return [row["cost_usd"] for row in session.usage.to_dicts()]


def test_a_session_ends_when_its_budget_is_spent_and_asks_for_nothing_more() -> None:
    with voice_engine() as engine:
        probe = RealtimeSession(engine=engine)
        with probe:
            probe.ask("What does this cost?")
        cost_usd = probe.usage.cost_usd
        assert cost_usd > 0, "the scripted answer has a price"
        warnings: list[RealtimeError] = []
        session = RealtimeSession(engine=engine, budget_usd=2.2 * cost_usd)
        session.on("warning", warnings.append)
        session.start()
        session.ask("one")
        session.ask("two")
        wait_until(lambda: warnings)
        assert warnings[0].code == "budget_reached"
        assert session.status == "connected"
        assert session.ask("three").text, "the answer that spends the rest is given"
        n_asked = len(engine.of_type("response.create"))
        wait_until(lambda: session.status == "disconnected", 30)
        assert session.error is not None
        assert session.error.code == "budget_reached"
        assert f"{3 * cost_usd:.4f} USD" in str(session.error)
        assert len(engine.of_type("response.create")) == n_asked
        assert len(warnings) == 1
        with pytest.raises(SessionError, match="budget"):
            session.start()


def test_not_even_the_answer_to_a_tool_is_asked_for_beyond_the_budget() -> None:
    with ScriptedEngine(reply(call_response(("lookup", {})))) as engine:
        session = RealtimeSession(engine=engine, budget_usd=1e-9)
        session.tool(lookup)
        warnings: list[RealtimeError] = []
        session.on("warning", warnings.append)
        session.start()
        with pytest.raises(SessionError) as told:
            session.ask("Look it up!", timeout=30)
        assert told.value.code == "budget_reached"
        wait_until(lambda: session.status == "disconnected", 30)
        wait_until(lambda: [warning.code for warning in warnings] == ["budget_reached"])
        assert len(engine.of_type("response.create")) == 1


def lookup() -> str:
    """Look something up."""
    return "found"


def test_a_price_that_is_not_known_is_told_once() -> None:
    warnings: list[RealtimeError] = []
    with echo_engine() as engine:
        session = RealtimeSession(engine=engine, budget_usd=1e-9)
        session.usage.prices = PriceTable.parse("")
        session.on("warning", warnings.append)
        with session:
            session.ask("one")
            session.ask("two")
            wait_until(lambda: warnings)
            assert session.status == "connected"
    assert [warning.code for warning in warnings] == ["price_unknown"]


def test_tokens_that_are_not_told_apart_are_no_matter_of_prices() -> None:
    warnings: list[RealtimeError] = []
    with totals_engine() as engine:
        session = RealtimeSession(engine=engine, budget_usd=1e-9)
        session.on("warning", warnings.append)
        with session:
            session.ask("one")
            wait_until(lambda: warnings)
            assert session.projected_cost_usd is None
    assert [warning.code for warning in warnings] == ["cost_unknown"]
    assert "doesn't tell which tokens were audio" in str(warnings[0]) and "prices=" not in str(warnings[0])


def test_the_panel_shows_what_was_warned_of() -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine, max_minutes=10) as session:
        limits_ = session._core.limits
        limits_._connected_s = 9.5 * 60
        wait_until(lambda: limits_.notice)
        assert "ends in" in str(limits_.notice)


def test_whoever_waits_at_the_limit_hears_of_it() -> None:
    with ScriptedEngine(expect("response.create"), send([response_created("r")])) as engine:
        session = RealtimeSession(engine=engine, max_minutes=1 / 60).start()
        with pytest.raises(SessionError) as told:
            session.ask("Hello?")
        assert told.value.code == "max_minutes"
        wait_until(lambda: session.status == "disconnected", timeout=20)


def test_transcription_counts_and_ends_the_session_by_itself() -> None:
    with ScriptedEngine() as engine:
        session = RealtimeSession(engine=engine, budget_usd=0.0002, transcription="gpt-live-transcribe")
        with session:
            engine.push(user_turn("Spoken."))  # a second of sound, at 0.017 dollars a minute
            wait_until(lambda: session.status == "disconnected")
        assert session.usage.cost_usd == pytest.approx(0.017 / 60)
        assert session.error is not None and session.error.code == "budget_reached"


def test_own_prices_count() -> None:
    prices = {
        "gpt-live-transcribe": {"per_minute": 60.0},
        "gpt-realtime-2.1": {"text_in": 1e6, "text_cached": 1e6},
    }
    for given in (prices, default_prices().merge(prices)):
        with echo_engine() as engine, RealtimeSession(engine=engine, prices=given) as session:
            session.ask("Hello?")
            engine.push(user_turn("Spoken."))
            wait_until(lambda: len(session.usage) == 2)
            row = session.usage[0]
            assert row.cost_usd == pytest.approx(row.input_text_tokens, abs=0.1)  # the sound costs little
            assert session.usage[1].cost_usd == pytest.approx(1.0)
            assert session.prices.own == prices.keys()
            assert session.projected_cost_usd is not None and session.projected_cost_usd > 1
    with pytest.raises(ConfigError, match="prices must be"):
        RealtimeSession(engine=echo_engine(), prices=3)
