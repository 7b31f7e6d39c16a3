import asyncio
import importlib.util
import os
import subprocess
import sys
import time
from typing import Any

import aiohttp
import pytest

from realtime_widget.engines import Engine
from realtime_widget.errors import ConfigError, EngineError
from realtime_widget.local import FunctionResponder, LocalEngine
from realtime_widget.local.modem import ModemSpeaker, ModemTranscriber
from realtime_widget.local.responders.chat import ChatResponder
from realtime_widget.local.responders.demo import DemoResponder


def modem_engine(responder: Any = None, **options: Any) -> LocalEngine:
    return LocalEngine(ModemTranscriber(), responder, ModemSpeaker(), vad="energy", **options)


async def first_event(url: str) -> Any:
    async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
        return (await socket.receive_json())["type"]


def test_opens_on_demand_once_and_again_after_close() -> None:
    async def scenario() -> None:
        engine = modem_engine()
        assert isinstance(engine, Engine)
        assert (engine.kind, engine.name) == ("local", "Offline engine")
        assert not engine.is_running
        first, second = await asyncio.gather(engine.open(model="a b"), engine.open(model="a b"))
        assert first.url == second.url
        assert first.url.startswith("ws://127.0.0.1:")
        assert first.url.endswith("/v1/realtime?model=a+b")
        assert await first_event(first.url) == "session.created"
        await engine.close()
        await engine.close()
        assert not engine.is_running
        again = await engine.open(model="m")
        assert await first_event(again.url) == "session.created"
        await engine.close()

    asyncio.run(scenario())


def test_shared_is_one() -> None:
    assert LocalEngine.shared() is LocalEngine.shared()
    assert isinstance(LocalEngine.shared()._responder, DemoResponder)
    assert "no language model" in (LocalEngine.shared().note or "")


def test_a_missing_package_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "pocketsphinx" else find(name, *rest)
    )
    started = time.monotonic()
    with pytest.raises(EngineError, match=r'pip install "realtime-widget\[local\]"') as caught:
        asyncio.run(LocalEngine().open(model="m"))
    assert time.monotonic() - started < 5
    assert "pocketsphinx" in caught.value.message
    assert caught.value.code == "engine_missing"


def test_a_port_that_is_taken_is_an_engine_error() -> None:
    async def scenario() -> None:
        engine = modem_engine()
        url = (await engine.open(model="m")).url
        port = int(url.split(":")[2].split("/")[0])
        other = modem_engine(port=port)
        with pytest.raises(EngineError, match="can't start"):
            await other.open(model="m")
        assert not other.is_running
        await engine.close()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("responder", "kind"),
    [
        (None, DemoResponder),
        (lambda text: text, FunctionResponder),
        ("http://127.0.0.1:1/v1", ChatResponder),
        (DemoResponder(), DemoResponder),
    ],
)
def test_responders_in_every_shape(responder: Any, kind: type) -> None:
    engine = LocalEngine(responder=responder)
    assert type(engine._responder) is kind
    assert engine.note


@pytest.mark.parametrize(
    "options",
    [{"vad": "loud"}, {"pace": 0}, {"responder": 5}, {"responder": "demo"}, {"responder": DemoResponder}],
)
def test_wrong_options_raise_at_once(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        LocalEngine(**options)


def test_open_does_not_block_the_loop_of_its_caller() -> None:
    async def scenario() -> None:
        engine = modem_engine()
        opening = asyncio.create_task(engine.open(model="m"))
        await asyncio.sleep(0)
        assert not opening.done()
        await opening
        await engine.close()

    asyncio.run(scenario())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # forking with threads is what is tested
def test_a_forked_process_starts_a_server_of_its_own() -> None:
    engine = modem_engine()
    mine = engine.start()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, engine.start().encode())
            engine.stop()
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        theirs = pipe.read()
    os.waitpid(child, 0)
    assert theirs.startswith("http://127.0.0.1:")
    assert theirs != mine
    assert engine.is_running
    engine.stop()


EXIT = """
import asyncio, os
import aiohttp
from realtime_widget.local import LocalEngine
from realtime_widget.local.modem import ModemTranscriber

class Transcriber(ModemTranscriber):
    async def close(self):
        await asyncio.to_thread(os.write, 1, b"closed")

async def main():
    engine = LocalEngine(Transcriber(), None, ModemSpeaker())
    async with aiohttp.ClientSession() as http, http.ws_connect((await engine.open(model="m")).url) as socket:
        await socket.receive_json()

from realtime_widget.local.modem import ModemSpeaker
asyncio.run(main())
"""


def test_the_end_of_the_program_ends_the_engine() -> None:
    done = subprocess.run([sys.executable, "-c", EXIT], capture_output=True, timeout=30, check=False)
    assert (done.stdout, done.stderr, done.returncode) == (b"closed", b"", 0)
