"""What can go wrong on the way to an engine, each with what to do about it."""

import asyncio
import time
from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.engines import Endpoint
from realtime_widget.errors import AuthenticationError, ConfigError, EngineError
from realtime_widget.session import handshake
from realtime_widget.testing import ScriptedEngine, refuse

from .helpers import closed_port, run, silent_port


def refused(engine: str, **options: Any) -> EngineError:
    session = RealtimeSession(engine=engine, **options)
    began = time.monotonic()
    with pytest.raises(EngineError) as told:
        session.start()
    assert time.monotonic() - began < 5
    assert session.status == "error"
    assert session.error is told.value
    return told.value


def test_nothing_listens_there() -> None:
    error = refused(f"ws://127.0.0.1:{(port := closed_port())}/v1")
    assert f"127.0.0.1:{port}" in str(error)
    assert error.code == "engine_unreachable"
    assert error.recoverable
    assert 'engine="local"' in (error.remedy or "")


def test_no_such_host() -> None:
    assert "no-such-host.invalid" in str(refused("ws://no-such-host.invalid/v1"))
    assert refused(f"ws://{'a' * 70}/v1")  # not even a name


def test_it_takes_the_connection_and_says_nothing() -> None:
    with silent_port() as port:
        error = refused(f"ws://127.0.0.1:{port}/v1", connect_timeout=0.2)
    assert "no answer within 0." in str(error), "what is left of the time, which a busy machine shortens"


def test_it_takes_the_connection_and_never_speaks_tls() -> None:
    with silent_port() as port:
        error = refused(f"wss://127.0.0.1:{port}/v1", connect_timeout=0.2)
    assert "no answer within 0." in str(error), "what is left of the time, which a busy machine shortens"


def test_an_answer_that_comes_drop_by_drop_is_not_waited_for() -> None:
    async def scenario() -> None:
        answering: list[Any] = []

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            answering.append(asyncio.current_task())
            writer.write(b"HTTP/1.1 101 Switching Protocols\r\n")
            while not writer.is_closing():
                writer.write(b"X: y\r\n")
                await asyncio.sleep(0.05)
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            await asyncio.to_thread(refused, f"ws://127.0.0.1:{port}/v1", connect_timeout=0.3)
            await asyncio.wait_for(asyncio.gather(*answering), 30)

    run(scenario())


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (401, "invalid_api_key", "OPENAI_API_KEY"),
        (403, "invalid_api_key", "OPENAI_API_KEY"),
        (404, "model_not_found", "model="),
        (429, "rate_limit_exceeded", "billing"),
        (503, "server_is_overloaded", "again"),
        (500, "handshake_refused", "Realtime API"),
        (200, "handshake_refused", "Realtime API"),
    ],
)
def test_the_server_refuses_with_a_status(status: int, code: str, remedy: str) -> None:
    no = refuse(status, {"error": {"message": "Because."}})
    with ScriptedEngine(no, reconnects=[[no]] * 50) as engine:
        error = refused(engine.url, connect_timeout=1.0)
        assert (engine.connections > 1) is (status in (429, 500, 503)), "what time may heal is tried again"
    assert error.code == code
    assert remedy in (error.remedy or "")
    assert f"HTTP {status}" in str(error)
    assert "It said: Because." in str(error), "the words of its JSON"
    assert isinstance(error, AuthenticationError) is (status in (401, 403))
    assert error.recoverable is (status in (429, 500, 503))


@pytest.mark.parametrize("code", ["insufficient_quota", "credit_balance_exhausted"])
def test_an_account_without_credit_isnt_tried_again(code: str) -> None:
    no = refuse(429, {"error": {"message": "No credit.", "code": code}})
    with ScriptedEngine(no, reconnects=[[no]] * 50) as engine:
        error = refused(engine.url)
        assert engine.connections == 1
    assert (error.code, error.recoverable) == (code, False)


def test_another_kind_of_server_answers() -> None:
    async def scenario() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            await asyncio.to_thread(refused, f"ws://127.0.0.1:{port}/v1")
            await asyncio.to_thread(refused, f"wss://127.0.0.1:{port}/v1")

    run(scenario())


@pytest.mark.parametrize(
    "url", ["ftp://h/v1", "ws://", "ws:///v1", "http://", "localhost:8000", "ws//h", "", 5, None, "opnai"]
)
def test_what_is_no_address_raises_at_once(url: Any) -> None:
    with pytest.raises(ConfigError, match=r"'openai', 'local'|base URL"):
        RealtimeSession(engine=url)


def test_a_pong_may_be_late() -> None:
    options = handshake._options(Endpoint("ws://127.0.0.1:1/v1/realtime"), 1)
    assert options["ping_interval"] <= 20, "an idle connection is kept open"
    assert options["ping_timeout"] >= 20, "a cell may hold the interpreter, and the session lives"
