"""Messages handed over where they are parsed: early, whole, in pieces, and none lost at the end."""

import asyncio
import time
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from realtime_widget.engines import Endpoint
from realtime_widget.session import direct
from realtime_widget.session.handshake import _options

from .helpers import run


async def opened(port: int) -> Any:
    """Connect with the options of a session."""
    endpoint = Endpoint(f"ws://127.0.0.1:{port}")
    return await connect(endpoint.url, **_options(endpoint, 5))


def received(*messages: Any) -> list[str]:
    """Send messages before the client looks, and return what it gets."""

    async def scenario() -> list[str]:
        async def handler(socket: Any) -> None:
            for message in messages:
                await socket.send(message)

        got: list[str] = []
        async with serve(handler, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            socket = await opened(port)
            await asyncio.sleep(0)
            socket.hand_to(got.append)
            await socket.wait_closed()
            assert socket.protocol.close_code == 1000
        return got

    return run(scenario())  # type: ignore[no-any-return]


def test_messages_of_every_kind_in_order() -> None:
    assert received("one", b"two", "drei \u00fc \U0001f600", "") == [
        "one",
        "two",
        "drei \u00fc \U0001f600",
        "",
    ]


def test_fragments_are_put_together() -> None:
    assert received(["a", "b", "c"], "d", [b"\xc3", b"\xbc"], ["e"]) == ["abc", "d", "\u00fc", "e"]


def test_what_is_no_text_is_kept_as_far_as_it_goes() -> None:
    assert received(b"ok \xff ok") == ["ok \ufffd ok"]


def test_many_and_large_ones() -> None:
    messages = [str(n) * 1_000 for n in range(2_000)] + ["x" * 5_000_000]
    assert received(*messages) == messages


def test_pings_are_answered_meanwhile() -> None:
    async def scenario() -> None:
        answered = asyncio.Event()

        async def handler(socket: Any) -> None:
            await (await socket.ping())
            answered.set()
            await socket.wait_closed()

        async with serve(handler, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            socket = await opened(port)
            await asyncio.wait_for(answered.wait(), 5)
            await asyncio.wait_for(await socket.ping(), 5)
            await socket.close()

    run(scenario())


def test_a_flood_is_taken_in_turns_with_everything_else() -> None:
    messages = [f"{n:0100}" for n in range(8_000)]

    async def scenario() -> None:
        async def handler(socket: Any) -> None:
            for message in messages:
                socket.protocol.send_text(message.encode())
            socket.transport.write(b"".join(socket.protocol.data_to_send()))
            await socket.send("end")

        got: list[str] = []
        n_turns = 0

        def take(message: str) -> None:
            got.append(message)
            end = time.perf_counter() + 0.0001  # what handling an event costs
            while time.perf_counter() < end:
                pass

        async with serve(handler, "127.0.0.1", 0) as server:
            socket = await opened(next(iter(server.sockets)).getsockname()[1])
            socket.hand_to(take)
            closed = asyncio.create_task(socket.wait_closed())
            while not closed.done():
                n_turns += 1
                await asyncio.sleep(0)
        assert got == [*messages, "end"]
        # 0.8 s of work in reads of at most 256 KiB, which would be a handful of turns.
        assert n_turns > 20

    run(scenario())


def test_what_was_read_before_a_broken_connection_still_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "TURN_S", 0.0)
    messages = [f"{n:0100}" for n in range(2_000)]

    async def scenario() -> None:
        async def handler(socket: Any) -> None:
            for message in messages:
                await socket.send(message)
            await socket.wait_closed()

        got: list[str] = []

        def take(message: str) -> None:
            got.append(message)
            if len(got) == 500:
                socket.transport.abort()

        async with serve(handler, "127.0.0.1", 0) as server:
            socket = await opened(next(iter(server.sockets)).getsockname()[1])
            socket.hand_to(take)
            await asyncio.wait_for(socket.wait_closed(), 10)
        assert got == messages[: len(got)]
        assert len(got) >= 500

    run(scenario())


def test_a_connection_that_is_over_takes_no_frames_and_keeps_nobody_waiting() -> None:
    async def scenario() -> None:
        async def handler(socket: Any) -> None:
            await socket.close()

        async with serve(handler, "127.0.0.1", 0) as server:
            socket = await opened(next(iter(server.sockets)).getsockname()[1])
            rooms: list[bool] = []
            socket.on_room = lambda: rooms.append(socket.full)
            await asyncio.wait_for(socket.wait_closed(), 10)
            assert not socket.is_open
            assert socket.write(["late"]) == 0
            assert rooms == [False]

    run(scenario())
