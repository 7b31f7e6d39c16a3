"""Messages handed over where they are parsed: early, whole, in pieces, and none lost at the end."""

import asyncio
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from realtime_widget.engines import Endpoint
from realtime_widget.session.connection import _options

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
