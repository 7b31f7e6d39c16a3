"""Run a part of the engine in a child process and talk with it in frames.

Threads and plain pipes rather than asyncio's subprocess: the latter doesn't work on the event loop that
Jupyter chooses on Windows, and a pipe that is full must never block the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import IO

from realtime_widget.errors import EngineError
from realtime_widget.local.pipes import FAILED, READY, pack, read_frame

logger = logging.getLogger("realtime_widget.local")

START_TIMEOUT_S = 30.0
CLOSE_TIMEOUT_S = 2.0
STDERR_LINES = 20

# The parent's module path goes last, so that a `queue.py` beside a notebook can't shadow the child's library.
_BOOT = (
    "import json, runpy, sys; path, module = json.loads(sys.argv.pop()); "
    "sys.path.extend(p for p in path if p and p not in sys.path); "
    "runpy.run_module(module, run_name='__main__')"
)

FrameHandler = Callable[[int, bytes], None]


class Child:
    """Own one child process: start it, send frames, get frames, and end it for sure.

    ``on_frame(kind, payload)`` and ``on_exit(reason)`` are called on the event loop that called `start`.
    """

    def __init__(
        self,
        module: str,
        *,
        name: str,
        on_frame: FrameHandler,
        on_exit: Callable[[str], None],
        start_timeout_s: float = START_TIMEOUT_S,
    ) -> None:
        """Describe the child; ``name`` is what people read in errors, as in "the recogniser"."""
        self._module = module
        self._name = name
        self._on_frame = on_frame
        self._on_exit = on_exit
        self._start_timeout_s = start_timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._outbox: SimpleQueue[bytes | None] = SimpleQueue()
        self._stderr: deque[str] = deque(maxlen=STDERR_LINES)
        self._ready: asyncio.Future[None] | None = None
        self._closing = False

    @property
    def pid(self) -> int | None:
        """Process id, None while it doesn't run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    async def start(self) -> None:
        """Spawn the process and wait until it is ready.

        Raises:
            EngineError: It can't start, ends early, or isn't ready in time.
        """
        loop = asyncio.get_running_loop()
        self._ready = loop.create_future()
        try:
            self._process = await asyncio.to_thread(_spawn, self._module)
        except OSError as error:
            raise EngineError(
                f"{self._name} can't be started: {error}.",
                remedy="Check that Python may start processes here.",
            ) from error
        logger.debug("= %s runs as process %d", self._name, self._process.pid)
        self._start_threads(loop, self._process)
        try:
            await asyncio.wait_for(asyncio.shield(self._ready), self._start_timeout_s)
        except TimeoutError:
            await self.close()
            raise EngineError(
                f"{self._name} wasn't ready within {self._start_timeout_s:g} s.",
                remedy="The machine may be busy; try again.",
            ) from None
        except BaseException:
            await self.close()
            raise

    def send(self, kind: int, payload: bytes = b"") -> None:
        """Queue one frame for the child; never blocks, and is silent after its end."""
        if not self._closing:
            self._outbox.put(pack(kind, payload))

    async def close(self) -> None:
        """End the process and wait for it; idempotent."""
        self._closing = True
        self._outbox.put(None)
        process, self._process = self._process, None
        if process is not None:
            await asyncio.shield(asyncio.to_thread(_reap, process))

    def _start_threads(self, loop: asyncio.AbstractEventLoop, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        for target, arguments in (
            (_write_frames, (process.stdin, self._outbox)),
            (self._read_frames, (loop, process.stdout)),
            (_drain, (process.stderr, self._stderr)),
        ):
            threading.Thread(
                target=target, args=arguments, name=f"{self._name}-{process.pid}", daemon=True
            ).start()

    def _read_frames(self, loop: asyncio.AbstractEventLoop, source: IO[bytes]) -> None:
        with source, contextlib.suppress(RuntimeError):  # the loop was closed under us
            while (frame := read_frame(source)) is not None:
                loop.call_soon_threadsafe(self._receive, *frame)
            loop.call_soon_threadsafe(self._ended, "")

    def _receive(self, kind: int, payload: bytes) -> None:
        if kind == READY:
            if self._ready is not None and not self._ready.done():
                self._ready.set_result(None)
        elif kind == FAILED:
            self._ended(payload.decode())
        else:
            self._on_frame(kind, payload)

    def _ended(self, reason: str) -> None:
        if self._closing:
            return
        self._closing = True
        reason = reason or "; ".join(self._stderr) or "no reason given"
        logger.warning("! %s ended: %s", self._name, reason)
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(self.error(reason))
        else:
            self._on_exit(reason)

    def error(self, reason: str) -> EngineError:
        """Return the error that tells why the child ended and what to do."""
        if reason.startswith("missing "):
            return EngineError(
                f"{self._name} needs the package {reason.removeprefix('missing ')}, which isn't installed.",
                remedy='Run: pip install "realtime-widget[local]"',
            )
        return EngineError(
            f"{self._name} ended: {reason}", remedy="It starts again at the next use; try again."
        )


def _environment() -> dict[str, str]:
    """Return the environment without keys: a child has no use for them."""
    return {name: value for name, value in os.environ.items() if not name.upper().endswith("_API_KEY")}


def _spawn(module: str) -> subprocess.Popen[bytes]:
    # A session (a process group) of its own: the interrupt of a notebook's cell is sent to the whole group.
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _BOOT, json.dumps([[path or os.getcwd() for path in sys.path], module])],
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=sys.platform != "win32",
        creationflags=flags,
    )


def _write_frames(sink: IO[bytes], outbox: SimpleQueue[bytes | None]) -> None:
    with contextlib.suppress(OSError, ValueError):
        while (frame := outbox.get()) is not None:
            sink.write(frame)
            sink.flush()
    with contextlib.suppress(OSError, ValueError):
        sink.close()


def _drain(source: IO[bytes], lines: deque[str]) -> None:
    with source:
        for line in source:
            lines.append(line.decode(errors="replace").strip())


def _reap(process: subprocess.Popen[bytes]) -> None:
    """Wait for the process to end by itself, then end it less and less politely."""
    for end in (None, process.terminate, process.kill):
        if end is not None:
            end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(CLOSE_TIMEOUT_S)
            break
