"""The socket: what can go wrong on the way to an engine, each with what to do about it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import serve

from realtime_widget import RealtimeSession
from realtime_widget.engines import Endpoint
from realtime_widget.errors import AuthenticationError, ConfigError, EngineError
from realtime_widget.protocol.codec import encode
from realtime_widget.protocol.commands import AppendInput
from realtime_widget.session import connection as connecting
from realtime_widget.session.connection import Connection, Secrets
from realtime_widget.session.send_queue import MAX_AUDIO_BYTES
from realtime_widget.session.traffic import Traffic
from realtime_widget.testing import ScriptedEngine, audio_response, refuse, reply, tone

from .helpers import closed_port, run, silent_port, voice_engine


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
    assert "no answer within 0.2 s" in str(error)


def test_it_takes_the_connection_and_never_speaks_tls() -> None:
    with silent_port() as port:
        error = refused(f"wss://127.0.0.1:{port}/v1", connect_timeout=0.2)
    assert "no answer within 0.2 s" in str(error)


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
    assert "Because." in str(error)
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


def test_frames_beyond_the_librarys_limit_arrive() -> None:
    pcm = tone(60_000)
    script = reply(audio_response("Long.", pcm, chunk_ms=60_000))
    with ScriptedEngine(script) as engine, RealtimeSession(engine=engine) as session:
        assert session.ask("Hi!").audio.to_pcm() == pcm


def test_frames_leave_in_order_however_many() -> None:
    async def scenario() -> None:
        got: list[Any] = []
        all_there = asyncio.Event()

        async def handler(socket: Any) -> None:
            async for frame in socket:
                got.append(json.loads(frame))
                if len(got) == 3_000:
                    all_there.set()

        async with serve(handler, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            connection = await Connection.open(Endpoint(f"ws://127.0.0.1:{port}/v1/realtime"), timeout_s=5)
            for n in range(0, 3_000, 3):
                connection.send([str(n), str(n + 1), str(n + 2)])
            await asyncio.wait_for(all_there.wait(), 10)
            await connection.close()
            await connection.close()
            connection.send(["too late"])
            late: list[str] = []
            await connection.deliver(late.append)
            assert late == []
        assert got == list(range(3_000))

    run(scenario())


def test_binary_frames_are_text_too() -> None:
    async def scenario() -> None:
        async def handler(socket: Any) -> None:
            await socket.send(b'{"type":"session.created","key":"sk-0123456789"}')
            await socket.send(b"\xff\xfe")
            await socket.close(4000, "over sk-0123456789")

        async with serve(handler, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            endpoint = Endpoint(
                f"ws://127.0.0.1:{port}/v1/realtime", {"Authorization": "Bearer sk-0123456789"}
            )
            connection = await Connection.open(endpoint, timeout_s=5)
            frames: list[str] = []
            await connection.deliver(frames.append)
            assert frames == ['{"type":"session.created","key":"<hidden>"}', "\ufffd\ufffd"]
            assert connection.close_reason == (4000, "over <hidden>")
            await connection.close()

    run(scenario())


def test_a_server_that_never_answers_the_close_does_not_hold_up_the_stop() -> None:
    with voice_engine() as engine:
        session = RealtimeSession(engine=engine).start()
        session.ask("Hi!")
        began = time.monotonic()
        session.stop()
        assert time.monotonic() - began < 10


# -- a server that doesn't read --------------------------------------------------------------------------


class Dozing:
    """A server that takes the connection and reads nothing until it is woken."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.awake = asyncio.Event()
        self.all_there = asyncio.Event()

    async def handle(self, socket: Any) -> None:
        socket.transport.pause_reading()
        await self.awake.wait()
        socket.transport.resume_reading()
        async for frame in socket:
            self.got.append(json.loads(frame))
            if self.got[-1].get("type") == "last":
                self.all_there.set()

    @asynccontextmanager
    async def connected(self, traffic: Traffic | None = None) -> AsyncIterator[Connection]:
        async with serve(self.handle, "127.0.0.1", 0, max_size=None, close_timeout=0.2) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            endpoint = Endpoint(f"ws://127.0.0.1:{port}/v1/realtime")
            connection = await Connection.open(endpoint, timeout_s=10, traffic=traffic)
            yield connection
            self.awake.set()
            await connection.close()


def sound(n: int) -> str:
    """A second of sound that can be told from others."""
    return encode(AppendInput(audio=n.to_bytes(4, "little") + bytes(47_996)))


def fill(connection: Connection) -> None:
    """Send commands until the server's not reading is felt."""
    while not connection.queue:
        connection.send([json.dumps({"type": "filler", "text": "x" * 100_000})])


def test_while_the_server_does_not_read_old_sound_gives_way_and_no_command() -> None:
    async def scenario() -> None:
        server, traffic, drops = Dozing(), Traffic(), []
        async with server.connected(traffic) as connection:
            connection.on_dropped = lambda n_bytes, behind: drops.append((n_bytes, behind))
            fill(connection)
            for n in range(200):
                connection.send([sound(n), json.dumps({"type": "command", "n": n})])
            assert connection.queue.n_audio_bytes == MAX_AUDIO_BYTES
            connection.send([json.dumps({"type": "last"})])
            assert traffic.gaps == 1
            assert traffic.dropped_audio_bytes == sum(n for n, _ in drops) == 190 * 48_000
            assert {behind for _, behind in drops} == {MAX_AUDIO_BYTES}
            server.awake.set()
            await asyncio.wait_for(server.all_there.wait(), 30)
            assert not connection.queue
        commands = [frame["n"] for frame in server.got if frame["type"] == "command"]
        assert commands == list(range(200))
        assert sum("audio" in frame for frame in server.got) == 10
        assert traffic.sent_frames == len(server.got)

    run(scenario())


def test_who_can_wait_for_room_waits() -> None:
    async def scenario() -> None:
        server = Dozing()
        async with server.connected() as connection:
            await asyncio.wait_for(connection.room(), 5)
            fill(connection)
            waiting = [asyncio.create_task(connection.room()) for _ in range(2)]
            done, _ = await asyncio.wait(waiting, timeout=0.05)
            assert not done
            server.awake.set()
            await asyncio.wait_for(asyncio.gather(*waiting), 10)

    run(scenario())


def test_a_server_that_never_reads_again_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "LOOK_S", 0.01)

    async def scenario() -> None:
        server = Dozing()
        async with server.connected() as connection:
            got: list[str] = []
            reading = asyncio.create_task(connection.deliver(got.append))
            fill(connection)
            waiting = asyncio.create_task(connection.room())
            await asyncio.wait_for(asyncio.gather(reading, waiting), 30)
            assert connection.close_reason == (None, "the server has read nothing for 0 s")
            assert not connection.queue
            connection.send(["too late"])
            assert not connection.queue

    run(scenario())


def test_a_server_that_reads_slowly_is_not_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "LOOK_S", 0.02)
    monkeypatch.setattr(connecting, "STUCK_LOOKS", 1_000)  # any look that finds progress begins anew

    async def scenario() -> None:
        server = Dozing()
        async with server.connected() as connection:
            fill(connection)
            server.awake.set()
            await asyncio.wait_for(connection.room(), 10)
            connection.send([json.dumps({"type": "last"})])
            await asyncio.wait_for(server.all_there.wait(), 10)
            assert connection._look is None or connection._look.cancelled() or not connection.queue

    run(scenario())


def test_more_than_anyone_can_want_to_keep_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "MAX_BYTES", 1_000_000)

    async def scenario() -> None:
        server = Dozing()
        async with server.connected() as connection:
            fill(connection)
            connection.send([json.dumps({"type": "filler", "text": "x" * 100_000})] * 12)
            await asyncio.wait_for(connection.deliver(lambda text: None), 10)
            assert connection.close_reason == (None, "the server reads more slowly than is sent")

    run(scenario())


def test_closing_does_not_wait_for_a_server_that_does_not_read() -> None:
    async def scenario() -> None:
        server = Dozing()
        async with server.connected() as connection:
            fill(connection)
            await asyncio.wait_for(connection.close(), 10)
            await asyncio.wait_for(connection.deliver(lambda text: None), 10)

    run(scenario())


def test_a_message_beyond_the_limit_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "MAX_FRAME_BYTES", 1_000_000)

    async def scenario() -> None:
        async def handler(socket: Any) -> None:
            await socket.send("x" * 999_999)
            await socket.send("x" * 1_000_001)
            await socket.wait_closed()

        async with serve(handler, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            connection = await Connection.open(Endpoint(f"ws://127.0.0.1:{port}/v1/realtime"), timeout_s=10)
            got: list[str] = []
            await asyncio.wait_for(connection.deliver(got.append), 30)
            assert [len(text) for text in got] == [999_999]
            assert connection.close_reason == (1009, "a message of more than 64 MiB")
            await connection.close()

    run(scenario())


def test_a_message_of_15_mib_arrives() -> None:
    async def scenario() -> None:
        async def handler(socket: Any) -> None:
            await socket.send("x" * (15 << 20))

        traffic = Traffic()
        async with serve(handler, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            endpoint = Endpoint(f"ws://127.0.0.1:{port}/v1/realtime")
            connection = await Connection.open(endpoint, timeout_s=10, traffic=traffic)
            got: list[str] = []
            await asyncio.wait_for(connection.deliver(got.append), 30)
            assert [len(text) for text in got] == [15 << 20]
            assert (traffic.received_events, traffic.received_bytes) == (1, 15 << 20)
            await connection.close()

    run(scenario())


def test_names_of_projects_and_people_are_no_secrets() -> None:
    headers = {"OpenAI-Project": "session", "openai-organization": "response", "X-Key": "abcdef-1"}
    assert (
        Secrets(Endpoint("ws://h", headers)).hide("session response abcdef-1") == "session response <hidden>"
    )


def test_a_pong_may_be_late() -> None:
    options = connecting._options(Endpoint("ws://127.0.0.1:1/v1/realtime"), 1)
    assert options["ping_interval"] <= 20, "an idle connection is kept open"
    assert options["ping_timeout"] >= 20, "a cell may hold the interpreter, and the session lives"
