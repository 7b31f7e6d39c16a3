"""Starting: what passes is waited for, what won't pass is told at once, and nothing hangs."""

import threading
import time

import pytest

from realtime_widget.errors import AuthenticationError, EngineError, RealtimeError
from realtime_widget.session import lifecycle

from .mischief import (
    both,
    closed,
    dropped,
    error,
    frozen,
    kept_back,
    refused,
    refuses,
    reset,
    restarted,
    said,
    silent,
)
from .scene import Scene, scene
from .talk import Fault

QUOTA = '{"error":{"message":"Your quota is used up.","code":"insufficient_quota"}}'
BUSY = '{"error":{"message":"Slow down.","type":"requests","code":"rate_limit_exceeded"}}'

PASSING = {
    "503 then well": {"http": refused("503 Service Unavailable", "overloaded")},
    "429 with Retry-After then well": {"http": refused("429 Too Many Requests", BUSY, Retry_After="1")},
    "500 then well": {"http": refused("500 Internal Server Error")},
    "502 then well": {"http": refused("502 Bad Gateway", "<html>no</html>")},
    "dropped before the handshake": {"tcp": dropped()},
    "reset before the handshake": {"tcp": reset()},
    "dropped in the handshake": {"http": dropped()},
    "reset in the handshake": {"http": reset()},
    "dropped before session.created": {"upgraded": dropped()},
    "dropped after session.created": {"after session.created": dropped()},
    "dropped instead of session.updated": {"on session.update": dropped()},
    "closed 1011 instead of session.updated": {"on session.update": closed(1011)},
    "closed 1013 at once": {"upgraded": closed(1013, "try again later")},
    "restarted in the handshake": {"upgraded": restarted(0.3)},
}


@pytest.mark.parametrize("schedule", PASSING.values(), ids=PASSING)
def test_what_passes_is_tried_again(schedule: dict[str, Fault]) -> None:
    with scene(schedule) as s:
        assert s.session.status == "connected"
        assert s.session.error is None
        s.recovered(2)


def test_failing_four_times_in_four_ways() -> None:
    four = [{"tcp": reset()}, {"http": refused("503 Service Unavailable")}, {"upgraded": dropped()}]
    with scene(*four, {"on session.update": closed(1012)}) as s:
        s.recovered(5)


FINAL = {
    "401": (
        {"http": refused("401 Unauthorized", '{"error":{"code":"invalid_api_key"}}')},
        AuthenticationError,
    ),
    "403": ({"http": refused("403 Forbidden")}, AuthenticationError),
    "404": ({"http": refused("404 Not Found")}, EngineError),
    "429 without credit": ({"http": refused("429 Too Many Requests", QUOTA)}, EngineError),
    "closed 4000 after an error": (
        {"upgraded": both(error("Beta is gone.", code="beta_api_shape_disabled"), closed(4000, "no"))},
        EngineError,
    ),
    "closed 4000": ({"upgraded": closed(4000, "invalid_request_error.x")}, EngineError),
    "a model that isn't there": (
        {"after session.created": both(error("No such model.", code="invalid_model"), closed(1000))},
        EngineError,
    ),
}


@pytest.mark.parametrize(("schedule", "kind"), FINAL.values(), ids=FINAL)
def test_what_will_not_pass_is_tried_once(schedule: dict[str, Fault], kind: type[RealtimeError]) -> None:
    with scene(schedule, start=False) as s:
        with pytest.raises(kind):
            s.session.start()
        s.ended()
        assert len(s.server.visits) == 1


def test_a_refused_configuration_is_told() -> None:
    fault = refuses("Unknown parameter: 'session.foo'.", code="unknown_parameter", param="session.foo")
    with scene({"on session.update": fault}, start=False) as s:
        began = time.monotonic()
        with pytest.raises(RealtimeError, match=r"session\.foo"):
            s.session.start()
        assert time.monotonic() - began < 10
        s.ended()
        assert len(s.server.visits) == 1


SILENT = {
    "accepts and says nothing": {"tcp": frozen()},
    "takes the request and says nothing": {"http": frozen()},
    "accepts the socket and says nothing": {"upgraded": frozen()},
    "no session.created": {"before session.created": kept_back(), "on session.update": kept_back()},
    "no session.updated": {"on session.update*": kept_back()},
}


@pytest.mark.parametrize("schedule", SILENT.values(), ids=SILENT)
def test_a_server_that_says_nothing(schedule: dict[str, Fault]) -> None:
    with scene(*[schedule] * 9, start=False, connect_timeout=1.5) as s:
        began = time.monotonic()
        with pytest.raises(EngineError):
            s.session.start()
        assert time.monotonic() - began < 15
        s.ended()


def test_slow_but_in_time() -> None:
    slow = {moment: silent(0.3) for moment in ("tcp", "http", "upgraded", "on session.update")}
    with scene(slow) as s:
        s.unbroken()


def test_the_configuration_is_acknowledged_before_anyone_waits_for_it() -> None:
    eager = {"after session.created": said({"type": "session.updated", "session": {"type": "realtime"}})}
    with scene(eager) as s:
        s.unbroken()


def test_nobody_listens() -> None:
    with scene(start=False, server={"listening": False}) as s:
        began = time.monotonic()
        with pytest.raises(EngineError):
            s.session.start()
        assert time.monotonic() - began < 10
        s.ended()
        s.server.open_soon()
        s.session.start()
        s.recovered(1)


def test_the_port_opens_while_start_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "UNREACHABLE_S", 10.0)
    with scene(start=False, server={"listening": False}) as s:
        starting = threading.Thread(target=s.session.start)
        starting.start()
        s.wait(lambda: s.session.status == "connecting")
        s.server.open_soon()
        starting.join(30)
        s.recovered(1)


def test_stopping_while_start_tries_again() -> None:
    with scene(*[{"upgraded": dropped()}] * 99, start=False) as s:
        problems: list[BaseException] = []

        def start() -> None:
            try:
                s.session.start()
            except RealtimeError as problem:
                problems.append(problem)

        starting = threading.Thread(target=start)
        starting.start()
        s.server.wait_for("connection 2")
        s.session.stop()
        starting.join(30)
        assert not starting.is_alive()
        assert len(problems) == 1
        assert s.session.status == "disconnected"
        s.server.schedules = []
        s.session.start()
        _alive(s)


def _alive(s: Scene) -> None:
    s.ask("first")
