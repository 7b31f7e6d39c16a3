import asyncio
import threading

import pytest

from realtime_widget.errors import EngineError
from realtime_widget.local.server import Server
from realtime_widget.local.serving import ServerThread

from .support import modem_parts


def test_it_serves_until_it_is_stopped() -> None:
    others = set(threading.enumerate())
    thread = ServerThread(lambda: Server(modem_parts()))
    thread.start()
    assert thread.address.result(10).startswith("http://127.0.0.1:")
    assert thread.is_alive
    thread.stop()
    thread.stop()
    assert not thread.is_alive
    left = set(threading.enumerate()) - others
    assert not [t for t in left if t.name == "realtime-widget-engine"]


def test_stop_right_after_start() -> None:
    thread = ServerThread(lambda: Server(modem_parts()))
    thread.start()
    thread.stop()
    assert not thread.is_alive


def test_why_it_does_not_start() -> None:
    def fail() -> Server:
        raise RuntimeError("no luck")

    thread = ServerThread(fail)
    thread.start()
    with pytest.raises(EngineError, match="can't start: no luck"):
        thread.address.result(10)
    assert not thread.is_alive


def test_it_can_be_awaited_from_any_loop() -> None:
    async def scenario() -> str:
        thread = ServerThread(lambda: Server(modem_parts()))
        thread.start()
        address = await asyncio.wrap_future(thread.address)
        thread.stop()
        return address

    assert asyncio.run(scenario()).endswith("/v1")
