"""An engine that follows a script: a real WebSocket server on loopback, with nothing behind it."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from ..engines import Endpoint, Engine, websocket_url
from .connection import Play
from .server import LoopbackServer
from .steps import Command, Events, Script, flatten

__all__ = ["ScriptedEngine"]

DEFAULT_TIMEOUT_S = 5.0


class ScriptedEngine(Engine):
    """Answers as its script says; to be given to a session as `engine=`.

    Each connection plays one script: the first the steps given here, later ones those of `reconnects`, any
    further ones none. Beside the script the engine has the manners of a real server: it greets with
    `session.created` and acknowledges updates, items, commits, clears, cuts and deletions; it fills in
    `previous_item_id`, event ids and a response's metadata. It never responds by itself:
    that is for scripts and rules.

    Args:
        *steps: `expect`, `send`, `reply`, `pause`, `drop`, `refuse`, and lists of these.
        reconnects: Scripts of further connections.
        on: Rules: a command's type → events to send, or a function of the command that returns them. A rule
            replaces the usual answer, and holds where no step expects the command.
        strict: Whether any command that no step expects is a failure; appended audio and the first
            `session.update` of a connection are always welcome.
        manners: Whether it acknowledges, greets and fills in; without them only the script speaks.
    """

    kind = "url"
    name = "Scripted engine"

    def __init__(
        self,
        *steps: Any,
        reconnects: Iterable[Script] = (),
        on: Mapping[str, Events] | None = None,
        strict: bool = False,
        manners: bool = True,
    ) -> None:
        self._scripts = [flatten(steps), *(flatten(script) for script in reconnects)]
        self.rules: dict[str, Events] = dict(on or {})
        self.strict = strict
        self.manners = manners
        self._changed = threading.Condition()
        self._received: list[Command] = []
        self._audio: list[bytes] = []
        self._plays: list[Play] = []
        # The server's thread must not keep an engine alive that nobody holds any more.
        begin = weakref.WeakMethod(self._begin)
        self._server = LoopbackServer(lambda: begin()())  # type: ignore[misc]
        self._finalizer = weakref.finalize(self, self._server.close)

    # -- as an engine ------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The base URL, for any client of the protocol; the server runs from now on."""
        return f"ws://127.0.0.1:{self._server.start()}/v1"

    async def open(self, *, model: str) -> Endpoint:
        """Start the server and return its address."""
        url = await asyncio.to_thread(lambda: self.url)
        return Endpoint(websocket_url(url, model=model))

    async def close(self) -> None:
        """End the server; what was received stays readable."""
        await asyncio.to_thread(self.shut_down)

    def shut_down(self) -> None:
        """End the server, from any thread but its own; total and idempotent."""
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.shut_down()

    # -- rules and pushes --------------------------------------------------------------------------------

    def on(self, type: str, events: Events | None = None) -> Any:
        """Add a rule; with the type alone a decorator of the function that returns the events."""
        if events is not None:
            self.rules[type] = events
            return self

        def decorate(handler: Callable[[Command], Any]) -> Callable[[Command], Any]:
            self.rules[type] = handler
            return handler

        return decorate

    def push(self, *events: Events) -> None:
        """Send events over the newest connection, beside its script; from any thread."""
        if not self._plays:
            raise RuntimeError("nothing is connected to push to; start the session first")
        self._server.run(self._plays[-1].send(events, {}))

    # -- what happened -----------------------------------------------------------------------------------

    @property
    def received(self) -> list[Command]:
        """All commands so far, over all connections; audio is replaced by the number of its bytes."""
        with self._changed:
            return list(self._received)

    @property
    def received_audio(self) -> bytes:
        """All audio appended so far."""
        with self._changed:
            return b"".join(self._audio)

    @property
    def connections(self) -> int:
        """How many connections came, refused ones included."""
        return len(self._plays)

    def of_type(self, type: str) -> list[Command]:
        """Return the commands of one type so far."""
        return [command for command in self.received if command.get("type") == type]

    def wait_for(self, type: str, count: int = 1, *, timeout: float = DEFAULT_TIMEOUT_S) -> list[Command]:
        """Wait until `count` commands of a type came; return them.

        Raises:
            AssertionError: They didn't come in time; names what came.
        """
        if not self._wait(lambda: len(self.of_type(type)) >= count, timeout):
            raise AssertionError(f"{len(self.of_type(type))} of {count} {type} came; {self._summary()}")
        return self.of_type(type)

    def assert_complete(self, *, timeout: float = DEFAULT_TIMEOUT_S) -> None:
        """Wait until every script has been played to its end.

        Raises:
            AssertionError: A step still waits, or something unexpected came; says what came instead.
        """
        self._wait(lambda: bool(self._failures()) or self._is_complete(), timeout)
        failures = self._failures()
        for number, script in enumerate(self._scripts, 1):
            if number > len(self._plays):
                failures += [f"connection {number} never came"] if script else []
            elif (waiting := self._plays[number - 1].waiting) is not None:
                failures.append(f"connection {number}: {waiting}")
        if failures:
            raise AssertionError("; ".join(failures))

    # -- for the connections -----------------------------------------------------------------------------

    def record(self, command: Command, audio: bytes) -> None:
        """Note a command; runs on the server's thread."""
        with self._changed:
            self._received.append(command)
            if audio:
                self._audio.append(audio)
            self._changed.notify_all()

    def notify(self) -> None:
        """Wake whoever waits for progress."""
        with self._changed:
            self._changed.notify_all()

    def _begin(self) -> Play:
        place = len(self._plays)
        play = Play(self, self._scripts[place] if place < len(self._scripts) else [])
        self._plays.append(play)
        self.notify()
        return play

    def _is_complete(self) -> bool:
        return len(self._plays) >= len([script for script in self._scripts if script]) and all(
            play.waiting is None for play in self._plays
        )

    def _failures(self) -> list[str]:
        plays = enumerate(self._plays, 1)
        return [f"connection {number}: {failure}" for number, play in plays for failure in play.failures]

    def _wait(self, condition: Callable[[], bool], timeout: float) -> bool:
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    def _summary(self) -> str:
        counts = Counter(str(command.get("type")) for command in self.received)
        return "received: " + (", ".join(f"{kind} x{n}" for kind, n in counts.items()) or "nothing")

    def __repr__(self) -> str:
        return f"ScriptedEngine({sum(map(len, self._scripts))} steps)"
