"""The socket: order, floods, servers that do not read, and the end."""

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
from realtime_widget.protocol.codec import encode
from realtime_widget.protocol.commands import AppendInput
from realtime_widget.session import connection as connecting
from realtime_widget.session import handshake
from realtime_widget.session.connection import Connection
from realtime_widget.session.send_queue import MAX_AUDIO_BYTES
from realtime_widget.session.traffic import Traffic
from realtime_widget.testing import ScriptedEngine, audio_response, reply, tone

from .helpers import run, voice_engine


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
    monkeypatch.setattr(handshake, "MAX_FRAME_BYTES", 1_000_000)

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
