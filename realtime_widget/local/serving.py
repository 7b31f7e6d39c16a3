"""The one background thread in which an offline engine's server lives, with an event loop of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from realtime_widget.errors import EngineError, RealtimeError

if TYPE_CHECKING:
    from realtime_widget.local.server import Server

__all__ = ["ServerThread"]

logger = logging.getLogger("realtime_widget.local")

STOP_TIMEOUT_S = 5.0


class ServerThread:
    """Run a server until `stop`; `address` resolves to its base URL, or to why there is none."""

    def __init__(self, make_server: Callable[[], Server]) -> None:
        self.address: concurrent.futures.Future[str] = concurrent.futures.Future()
        self._make_server = make_server
        self._pid = os.getpid()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="realtime-widget-engine", daemon=True)

    def start(self) -> None:
        """Start the thread; returns at once."""
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it serves, or is about to; False in a process that was forked off the one that runs it."""
        return self._pid == os.getpid() and self._thread.is_alive() and not self._has_failed

    @property
    def _has_failed(self) -> bool:
        return self.address.done() and self.address.exception() is not None

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """End the server, its children and the thread; total and idempotent."""
        if not self.is_alive:
            return
        with contextlib.suppress(Exception):
            self.address.exception(timeout_s)  # a server that is just starting has no loop to stop yet
        loop, stopping = self._loop, self._stopping
        if loop is not None and stopping is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(stopping.set)
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout_s)
        if self._thread.is_alive():
            logger.warning("! the offline engine's thread didn't end within %g s", timeout_s)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:
            logger.warning("! the offline engine ended: %s", type(error).__name__)
            self._fail(error)
        finally:
            self._fail(RuntimeError("the server's thread ended"))

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        server = self._make_server()
        await server.start()
        try:
            self.address.set_result(server.base_url)
            await self._stopping.wait()
        finally:
            await server.close()

    def _fail(self, error: Exception) -> None:
        if self.address.done():
            return
        if not isinstance(error, RealtimeError):
            error = EngineError(
                f"The offline engine can't start: {error}.",
                remedy="Choose another port, or check that programs may listen on this machine.",
            )
        self.address.set_exception(error)
