"""A WebSocket server on loopback, in a thread and on a loop of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from .connection import Play

__all__ = ["LoopbackServer"]


class LoopbackServer:
    """Gives every connection a `Play`; starts on demand, closes for good."""

    def __init__(self, begin: Callable[[], Play]) -> None:
        self._begin = begin
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._failure: OSError | None = None
        self._port = 0

    def start(self) -> int:
        """Start unless it runs; return the port."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                ready = threading.Event()
                self._thread = threading.Thread(
                    target=lambda: asyncio.run(self._serve(ready)), name="scripted-engine", daemon=True
                )
                self._thread.start()
                ready.wait()
                if self._failure is not None:
                    raise self._failure
            return self._port

    def run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine on the server's loop and wait for it."""
        if self._loop is None:
            coroutine.close()
            raise RuntimeError("the scripted engine isn't running")
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=10)

    def close(self) -> None:
        """End all connections and the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is None or not thread.is_alive() or self._loop is None or self._end is None:
                return
            self._loop.call_soon_threadsafe(self._end.set)
            if thread is not threading.current_thread():
                thread.join(timeout=10)

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        options: dict[str, Any] = {"process_request": self._admit, "max_size": None, "ping_interval": None}
        try:
            server = await serve(self._handle, "127.0.0.1", self._port, **options)
            self._port = _port(server)
        except OSError as failure:
            self._failure = failure
            return
        finally:
            ready.set()
        try:
            await self._end.wait()
        finally:
            server.close()
            await server.wait_closed()
            self._loop = None

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        play = self._begin()
        refusal = play.refusal
        if refusal is None:
            connection.play = play  # type: ignore[attr-defined]
            return None
        play.refused()
        return connection.respond(HTTPStatus(refusal.status), refusal.body)

    async def _handle(self, connection: ServerConnection) -> None:
        await connection.play.run(connection)  # type: ignore[attr-defined]


def _port(server: Server) -> int:
    return int(next(iter(server.sockets)).getsockname()[1])
