"""One connection of a scripted engine: plays its script while it listens."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from .builders import session_created
from .manners import Manners
from .steps import Command, Drop, Events, Expect, Pause, Refuse, Send, Step, resolve

if TYPE_CHECKING:
    from .scripted import ScriptedEngine

__all__ = ["Play"]

_ALWAYS_WELCOME = ("input_audio_buffer.append",)


class Play:
    """A script, and how far it got. Lives on the server's thread; others read `waiting` and `failures`."""

    def __init__(self, engine: ScriptedEngine, steps: list[Step]) -> None:
        self.failures: list[str] = []
        self._engine = engine
        self._steps = steps
        self._place = 0
        self._manners = Manners()
        self._expected = [place for place, step in enumerate(steps) if isinstance(step, Expect)]
        self._met: dict[int, Command] = {}  # what the steps so far, and perhaps the next, have expected
        self._backlog: list[Command] = []  # commands that no step has expected yet
        self._since: list[str] = []
        self._arrived = asyncio.Event()
        self._last: Command = {}
        self._updates = 0
        self._socket: ServerConnection | None = None

    @property
    def refusal(self) -> Refuse | None:
        """The step that refuses the connection itself, if the script begins with one."""
        first = self._steps[0] if self._steps else None
        return first if isinstance(first, Refuse) else None

    @property
    def waiting(self) -> str | None:
        """The step that isn't done, in words; None at the end of the script."""
        place = self._place
        if place >= len(self._steps):
            return None
        came = ", ".join(f"{kind} x{n}" for kind, n in Counter(list(self._since)).items()) or "nothing"
        step = f"step {place + 1} of {len(self._steps)}, {self._steps[place]},"
        return f"{step} is still waiting; meanwhile came: {came}"

    def refused(self) -> None:
        """Note that the connection was refused as the script says."""
        self._advance()

    async def run(self, socket: ServerConnection) -> None:
        """Play until the script and the connection are over."""
        self._socket = socket
        if self._engine.manners:
            await self.send((session_created(),), {})
        script = asyncio.create_task(self._play())
        try:
            async for frame in socket:
                await self._take(frame)
        except ConnectionClosed:
            pass
        finally:
            script.cancel()
            await asyncio.gather(script, return_exceptions=True)

    async def send(self, entries: Iterable[Events], command: Command) -> None:
        """Send events, completed; nothing happens on a connection that is over."""
        assert self._socket is not None
        try:
            for entry in entries:
                for event in resolve(entry, command):
                    whole = self._manners.complete(event) if self._engine.manners else event
                    await self._socket.send(json.dumps(whole))
        except ConnectionClosed:
            return

    # -- the script --------------------------------------------------------------------------------------

    async def _play(self) -> None:
        while self._place < len(self._steps):
            step = self._steps[self._place]
            if isinstance(step, Drop):
                self._advance()  # first, since the script ends with the connection
                await self._drop(step)
                continue
            try:
                await self._step(step)
            except ConnectionClosed:
                return
            except Exception as problem:  # a function of the script failed: say so instead of hanging
                self.failures.append(f"{step} raised {type(problem).__name__}: {problem}")
                self._engine.notify()
                return
            self._advance()

    def _advance(self) -> None:
        self._place += 1
        self._since.clear()
        self._engine.notify()

    async def _drop(self, step: Drop) -> None:
        assert self._socket is not None
        if step.code == 1006:
            self._socket.transport.abort()
        else:
            await self._socket.close(step.code, step.reason)

    async def _step(self, step: Step) -> None:
        match step:
            case Expect():
                while self._place not in self._met:
                    self._arrived.clear()
                    await self._arrived.wait()
                self._last = self._met[self._place]
            case Send():
                await self.send(step.build(self._last), self._last)
            case Pause():
                await asyncio.sleep(step.seconds)
            case Refuse() | Drop():
                pass

    # -- what comes --------------------------------------------------------------------------------------

    async def _take(self, frame: str | bytes) -> None:
        command, audio = _parse(frame)
        self._manners.note(command)
        self._engine.record(command, audio)
        self._since.append(str(command.get("type")))
        # The next expectation may be met before the script has come to it: a client sends several at once.
        step = self._steps[self._expected[0]] if self._expected else None
        if not isinstance(step, Expect) or not step.matches(command):
            await self._unexpected(command)
            return
        if step.answered:
            await self._answer(command)
        self._meet(command)

    def _meet(self, command: Command) -> None:
        self._met[self._expected.pop(0)] = command
        self._arrived.set()
        if not self._expected:
            return
        step = self._steps[self._expected[0]]
        for earlier in self._backlog:
            if isinstance(step, Expect) and step.matches(earlier):
                self._backlog.remove(earlier)
                self._meet(earlier)
                return

    async def _unexpected(self, command: Command) -> None:
        kind = str(command.get("type"))
        if kind in self._engine.rules:
            await self.send((self._engine.rules[kind],), command)
            return
        self._updates += kind == "session.update"
        welcome = kind in _ALWAYS_WELCOME or (kind == "session.update" and self._updates == 1)
        if self._engine.strict and not welcome:
            self.failures.append(f"{kind} came, and no step expects it")
            self._engine.notify()
        if kind not in _ALWAYS_WELCOME:
            self._backlog.append(command)
        await self._answer(command)

    async def _answer(self, command: Command) -> None:
        if self._engine.manners:
            await self.send(self._manners.answer(command), command)


def _parse(frame: str | bytes) -> tuple[Command, bytes]:
    try:
        command: Any = json.loads(frame)
    except ValueError:
        command = None
    if not isinstance(command, dict):
        return {"type": "invalid", "frame": str(frame)[:200]}, b""
    if command.get("type") != "input_audio_buffer.append" or not isinstance(command.get("audio"), str):
        return command, b""
    try:
        audio = base64.b64decode(command["audio"], validate=True)
    except binascii.Error:
        return command, b""
    return {**command, "audio": len(audio)}, audio
