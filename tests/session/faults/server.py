"""A real server of the protocol that misbehaves on a schedule; it shares nothing with the package."""

import asyncio
import contextlib
import socket
import threading
from collections import Counter
from typing import Any, Self

from .talk import Fault, Schedule, Talk, Visit
from .wire import Gone, Wire


class FaultyServer:
    """Listens on loopback in a thread of its own, from `with` to the end of it.

    Args:
        *schedules: What goes wrong on the first, the second, … connection; on later ones nothing.
        listening: Whether the port is open from the beginning.
        life_s: How long a session may live, as `session.created` tells.
        pace_s: Pause before each event of an answer.
        counts_anew: Whether ids are counted from one on each connection.
    """

    def __init__(
        self,
        *schedules: Schedule,
        listening: bool = True,
        life_s: float = 3600,
        pace_s: float = 0,
        counts_anew: bool = False,
    ) -> None:
        self.schedules = list(schedules)
        self.life_s, self.pace_s, self.counts_anew = life_s, pace_s, counts_anew
        self.visits: list[Visit] = []
        self.happened: list[str] = []
        self._armed: dict[str, list[Any]] = {}
        self._ids: Counter[str] = Counter()
        self._listening = listening
        self._listener: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self._others: set[asyncio.Task[None]] = set()
        self._changed = threading.Condition()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(ready)), name="scripted-engine-faulty", daemon=True
        )
        self._thread.start()
        assert ready.wait(30)
        return self

    def __exit__(self, *exception: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(30)
        assert not self._thread.is_alive(), "the server didn't end"

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v1"

    # -- the listener ------------------------------------------------------------------------------------

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        if self._listening:
            await self.open()
        ready.set()
        await self._over.wait()
        self.shut()
        await self._end(self._talks | self._others)

    async def open(self) -> None:
        """Listen on the port, always the same one."""
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", self.port, limit=2**24)

    def shut(self) -> None:
        """Listen no more; connections stay."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def open_soon(self) -> None:
        """Listen, from any thread."""
        asyncio.run_coroutine_threadsafe(self.open(), self._loop).result(30)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = Visit(len(self.visits) + 1)
        if self.counts_anew:
            # Not those of calls: the calls of before are told under theirs.
            self._ids = Counter(call=self._ids["call"])
        schedule = self.schedules[visit.number - 1] if visit.number <= len(self.schedules) else {}
        self.visits.append(visit)
        self.note(f"connection {visit.number}")
        self._newest = Talk(self, Wire(reader, writer), schedule, visit)
        task = asyncio.create_task(self._newest.run())
        self._talks.add(task)
        task.add_done_callback(self._talks.discard)

    async def _end(self, tasks: set[asyncio.Task[None]]) -> None:
        tasks = tasks - {asyncio.current_task()}  # type: ignore[arg-type]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def arm(self, moment: str, fault: Fault) -> None:
        """Let a fault happen once, at the next such moment; with `#n` at the n-th from now on."""
        name, _, n = moment.partition("#")
        self._armed[name] = [int(n or 1), fault]

    def armed_for(self, name: str) -> Fault | None:
        """Return the fault that was armed for this moment, if it is time."""
        if name not in self._armed:
            return None
        self._armed[name][0] -= 1
        return None if self._armed[name][0] else self._armed.pop(name)[1]  # type: ignore[no-any-return]

    # -- what faults do with it --------------------------------------------------------------------------

    def restart(self, away_s: float | None) -> None:
        """End every connection and the port; come back after a while, or never (None)."""

        async def run() -> None:
            self.shut()
            await self._end(self._talks)
            if away_s is not None:
                await asyncio.sleep(away_s)
                await self.open()

        task = self._loop.create_task(run())
        self._others.add(task)
        task.add_done_callback(self._others.discard)

    def end_newest(self, fault: Fault) -> None:
        """Let a fault happen now, on the newest connection; from any thread."""

        async def run() -> None:
            with contextlib.suppress(Gone):
                await fault(self._newest)

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(30)

    # -- what talks need ---------------------------------------------------------------------------------

    def new_id(self, prefix: str) -> str:
        self._ids[prefix] += 1
        return f"{prefix}_{self._ids[prefix]}"

    def note(self, what: str) -> None:
        """Tell whoever waits that something happened."""
        with self._changed:
            self.happened.append(what)
            self._changed.notify_all()

    def wait_for(self, what: str, timeout: float = 30) -> None:
        """Wait until a fault, or a connection, happened."""
        with self._changed:
            assert self._changed.wait_for(lambda: what in self.happened, timeout), (
                f"no {what!r}: {self.happened}"
            )

    # -- what tests look at ------------------------------------------------------------------------------

    @property
    def asked(self) -> list[str]:
        return [question for visit in self.visits for question in visit.asked]

    @property
    def answered(self) -> list[str]:
        return [question for visit in self.visits for question in visit.answered]

    @property
    def complaints(self) -> list[str]:
        return [f"connection {visit.number}: {text}" for visit in self.visits for text in visit.complaints]

    def commands(self, kind: str) -> list[dict[str, Any]]:
        return [command for visit in self.visits for command in visit.of(kind)]
