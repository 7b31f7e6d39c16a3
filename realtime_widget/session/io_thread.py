"""The one I/O thread of the process, with the event loop that owns every session's socket.

Others only post to it. It is a daemon, made on first use, and made anew in a forked child.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ..errors import SessionError

__all__ = ["IOThread", "io_thread"]

T = TypeVar("T")


class IOThread:
    """An event loop in a daemon thread."""

    def __init__(self, name: str = "realtime-widget-io") -> None:
        self.loop = asyncio.new_event_loop()
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    @property
    def usable(self) -> bool:
        """Whether the thread lives in this process: a fork copies the object but not the thread."""
        return self._pid == os.getpid() and self._thread.is_alive()

    @property
    def is_current(self) -> bool:
        """Whether the caller runs on this thread."""
        return threading.current_thread() is self._thread

    def _check(self) -> None:
        if not self.usable:
            raise SessionError(
                "This session was made in the parent process; its connection stays there.",
                remedy="Make a session of its own in each process.",
            )

    def post(self, function: Callable[..., object], *args: Any) -> None:
        """Run a function on the thread soon, without waiting."""
        self._check()
        self.loop.call_soon_threadsafe(function, *args)

    def later(self, delay_s: float, function: Callable[..., object], *args: Any) -> None:
        """Run a function on the thread after a while; only for callers on the thread."""
        self.loop.call_later(delay_s, function, *args)

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Start a coroutine on the thread; return its future.

        Raises:
            SessionError: The process forked, and the thread stayed behind.
        """
        try:
            self._check()
        except SessionError:
            coroutine.close()
            raise
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the thread and wait for its result.

        Raises:
            RuntimeError: Called on the thread itself, which would wait for itself for ever.
        """
        if self.is_current:
            coroutine.close()
            raise RuntimeError(
                "This call waits, so it can't be made on the I/O thread; use its coroutine twin."
            )
        future = self.submit(coroutine)
        try:
            return future.result()
        except BaseException:
            # Ctrl-C in the waiting cell must end the work too; on a finished future this does nothing.
            future.cancel()
            raise

    async def acall(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the thread and await its result from another event loop (or this one)."""
        if self.is_current:
            return await coroutine
        return await asyncio.wrap_future(self.submit(coroutine))


_lock = threading.Lock()
_current: IOThread | None = None


def _forked() -> None:
    # The parent may have held the lock at that moment, and nobody would ever release the child's copy.
    global _lock, _current
    _lock, _current = threading.Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def io_thread() -> IOThread:
    """Return the process's I/O thread, made on first use."""
    global _current
    with _lock:
        if _current is None or not _current.usable:
            _current = IOThread()
        return _current
