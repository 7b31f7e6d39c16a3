import threading
from typing import Any

import pytest

from realtime_widget.engines import Endpoint
from realtime_widget.errors import AuthenticationError, EngineError, RealtimeError, RefusedError
from realtime_widget.session.posting import post_json

from .helpers import closed_port, run, silent_port
from .web import Answer, WebServer

KEY = "sk-proj-Very_Secret-0123456789abcdef"


def post(url: str, *, timeout_s: float = 20.0, headers: dict[str, str] | None = None) -> dict[str, Any]:
    endpoint = Endpoint(url, headers or {"Authorization": f"Bearer {KEY}"})
    answer: dict[str, Any] = run(post_json(endpoint, {"a": None, "b": "ü"}, timeout_s=timeout_s))
    return answer


def test_json_goes_out_and_comes_back() -> None:
    with WebServer(lambda body: {"got": body}) as server:
        assert post(f"http://{server.host}/x?y=1") == {"got": {"a": None, "b": "ü"}}
        path, headers, _ = server.requests[0]
        assert path == "/x?y=1"
        assert headers["Authorization"] == f"Bearer {KEY}"
        assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "kind", "recoverable"),
    [
        (400, RefusedError, False), (401, AuthenticationError, False), (403, AuthenticationError, False),
        (404, EngineError, False), (405, EngineError, False), (422, RefusedError, False),
        (429, EngineError, True), (500, EngineError, True), (503, EngineError, True),
        (204, EngineError, False),
    ],
)  # fmt: skip
def test_a_refusal_says_what_the_server_said(status: int, kind: type[Any], recoverable: bool) -> None:
    said = f'{{"error": {{"message": "It is {KEY}.", "code": "odd"}}}}'.encode()
    headers = {"x-request-id": "req_1", "Retry-After": "7"}
    answer: Answer = (status, headers, said if status != 204 else b"")
    with WebServer(lambda body: answer) as server, pytest.raises(kind) as caught:
        post(f"http://{server.host}/x")
    error: RealtimeError = caught.value
    assert KEY not in str(error)
    assert (error.request_id, error.retry_after, error.recoverable) == ("req_1", 7.0, recoverable)
    if status != 204:
        assert "It is <hidden>." in error.message


@pytest.mark.parametrize("body", [b"", b"no json", b"[1]", b"\xff"])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with WebServer(lambda _: (200, {}, body)) as server, pytest.raises(EngineError, match="JSON"):
        post(f"http://{server.host}/x")


def test_a_redirect_takes_the_key_nowhere() -> None:
    with WebServer(lambda _: {"value": "stolen"}) as other:
        moved: Answer = (307, {"Location": f"http://{other.host}/x"}, b"")
        with WebServer(lambda _: moved) as server, pytest.raises(EngineError, match="307"):
            post(f"http://{server.host}/x")
        assert other.requests == []


def test_nobody_there() -> None:
    with pytest.raises(EngineError, match="Can't reach") as caught:
        post(f"http://127.0.0.1:{closed_port()}/x")
    assert caught.value.recoverable


def test_a_server_that_says_nothing_is_left() -> None:
    with silent_port() as port, pytest.raises(EngineError, match="no answer within"):
        post(f"http://127.0.0.1:{port}/x", timeout_s=0.3)


def test_an_answer_without_end_is_left() -> None:
    endless = (200, {"Content-Length": "99999999"}, bytes(5 * 1024 * 1024))
    with WebServer(lambda _: endless) as server, pytest.raises(EngineError, match="doesn't end"):
        post(f"http://{server.host}/x")


def test_a_proxy_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    with WebServer(lambda _: {"ok": True}) as server:
        assert post(f"http://{server.host}/x") == {"ok": True}


@pytest.mark.parametrize("value", [f"{KEY}\r\nX: y", f"{KEY}\u2026", f"{KEY}\n"])
def test_a_header_that_cannot_be_sent_is_not_quoted(value: str) -> None:
    with WebServer(lambda _: {}) as server, pytest.raises(EngineError, match="header") as caught:
        post(f"http://{server.host}/x", headers={"api-key": value})
    assert KEY not in str(caught.value)
    assert server.requests == []


def test_the_callers_loop_is_not_held_up() -> None:
    seen: list[str] = []

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        seen.append(threading.current_thread().name)
        return {}

    with WebServer(answer) as server:
        post(f"http://{server.host}/x")
    assert seen != [threading.current_thread().name]
