"""What the tests of the session share: waiting for conditions, a view that plays, raw servers."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from realtime_widget import RealtimeSession
from realtime_widget.testing import ScriptedEngine, audio_response, text_response

STAYING = (
    "MainThread", "realtime-widget-io", "realtime-widget-tools", "scripted-engine", "asyncio_",
    "realtime-widget-engine", "The recogniser", "The speaker",  # the offline engine, which stays
    "realtime-widget-sources",
    "IPythonHistorySavingThread",  # of a shell that a test made
)  # fmt: skip


def wait_until(condition: Callable[[], Any], timeout: float = 5.0) -> None:
    """Wait until a condition holds; it is looked at every few milliseconds."""
    deadline, pause = time.monotonic() + timeout, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "the condition didn't come true in time"
        pause.wait(0.003)


def on_io(session: RealtimeSession, function: Callable[..., Any], *args: Any) -> Any:
    """Run a function on the I/O thread and return its result."""

    async def run() -> Any:
        return function(*args)

    return session._io.call(run())


def echo_engine(**options: Any) -> ScriptedEngine:
    """An engine that answers every request in writing with the user's last words."""
    engine = ScriptedEngine(**options)
    engine.rules["response.create"] = lambda command: text_response(f"You said: {last_text(engine)}")
    return engine


def totals_engine() -> ScriptedEngine:
    """An engine that answers in writing, and tells how many tokens it took, but not of what."""

    def answer(command: Any) -> list[dict[str, Any]]:
        *events, done = text_response("Hi.")
        usage = {"total_tokens": 7, "input_tokens": 3, "output_tokens": 4}
        return [*events, {**done, "response": {**done["response"], "usage": usage}}]

    return ScriptedEngine(on={"response.create": answer})


def voice_engine(text: str = "Hello there, how are you?", **options: Any) -> ScriptedEngine:
    """An engine that answers every request aloud."""
    return ScriptedEngine(on={"response.create": lambda command: audio_response(text)}, **options)


def last_text(engine: ScriptedEngine) -> str:
    """The user's last written words."""
    items = [command["item"] for command in engine.of_type("conversation.item.create")]
    texts = [item["content"][0].get("text") for item in items if item.get("type") == "message"]
    return texts[-1] if texts else ""


def our_threads() -> list[str]:
    """Names of the threads that should be gone when all sessions are stopped."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if not name.startswith(STAYING) and "pytest" not in name]


class Player:
    """A view with a player, as a page would be: it is silenced and reports when a test says so."""

    has_player = True

    def __init__(self, session: RealtimeSession) -> None:
        self.changes: list[Any] = []
        self.silenced: list[int] = []
        self.on_silence: Callable[[int], None] = lambda clear_id: None
        self.session = session
        on_io(session, self._attach)

    def _attach(self) -> None:
        core = self.session._core
        core.views.append(self)
        core.act(lambda protocol: protocol.playback.attach(True, core.now_ms))

    def publish(self, changes: list[Any]) -> None:
        self.changes += changes

    def silence(self, clear_id: int) -> None:
        self.silenced.append(clear_id)
        self.on_silence(clear_id)

    def report(self, item_id: str, samples: int, clear_id: int | None = None, **more: Any) -> None:
        """Tell how much was heard; on the I/O thread."""
        item = {"item_id": item_id, "content_index": 0, "played_samples": samples, "started_ms": None, **more}
        self.session._core.hearing.played([item], clear_id)

    def received(self, item_id: str) -> int:
        """How many samples of an item came to be played."""
        audio = [change for change in self.changes if type(change).__name__ == "AudioReceived"]
        return sum(len(change.pcm) for change in audio if change.item_id == item_id) // 2


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def closed_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def run(coroutine: Any) -> Any:
    """Run a coroutine on an event loop of its own, with asyncio's own checks on."""
    return asyncio.run(coroutine)
