"""Callbacks of the user, each session's in order on a thread of its own, never on the I/O thread."""

from __future__ import annotations

import concurrent.futures
import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

from ..errors import ConfigError
from ..protocol.commands import COMMAND_TYPES
from ..protocol.events import EVENT_TYPES
from ..protocol.log import LogEntry

__all__ = ["CALLBACK_NAMES", "Callbacks", "Dispatcher"]

log = logging.getLogger("realtime_widget.session")

IDLE_S = 3.0

CALLBACK_NAMES = {
    "*": "every raw event and command, as a dict",
    "turn": "a turn that is complete, as a Turn",
    "tool_call": "a tool call that ended, as a ToolCall (a row of session.tool_calls)",
    "audio": "a piece of the answer's sound, as an int16 array at 24 kHz",
    "usage": "what a response or a transcription cost, as a dict",
    "status": "the new status, as a string",
    "error": "an error, as a RealtimeError",
}
"""Names for `on` besides the API's own event types, and what the callback gets."""


class Dispatcher:
    """Runs functions in order on a daemon thread that exists only while there is something to run."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, function: Callable[[], object]) -> None:
        """Run a function after those before it."""
        with self._lock:
            self._queue.put(function)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def flushed(self) -> concurrent.futures.Future[None]:
        """Return a future that is done when what was submitted so far has run; at once within a callback."""
        done: concurrent.futures.Future[None] = concurrent.futures.Future()
        if self._thread is None or self._thread is threading.current_thread():
            done.set_result(None)
        else:
            self.submit(lambda: done.set_result(None))
        return done

    def close(self) -> None:
        """End the thread after what is queued; a later `submit` starts a new one."""
        with self._lock:
            if self._thread is not None:
                self._queue.put(None)

    def _run(self) -> None:
        while True:
            try:
                function = self._queue.get(timeout=IDLE_S)
            except queue.Empty:
                function = None
            if function is None:
                with self._lock:
                    if self._queue.empty():
                        self._thread = None
                        return
                continue
            try:
                function()
            except Exception:
                log.exception("! a callback raised")
            del function  # an idle thread must not keep alive what it ran last


class Callbacks:
    """Who wants to be called, by name."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._lock = threading.Lock()
        self._by_name: dict[str, tuple[Callable[..., object], ...]] = {}

    def on(self, name: str, callback: Callable[..., object]) -> None:
        """Add a callback.

        Raises:
            ConfigError: An unknown name, or something that can't be called.
        """
        if (
            name not in CALLBACK_NAMES
            and name not in EVENT_TYPES
            and name not in COMMAND_TYPES
            and "." not in name
        ):
            raise ConfigError(
                f"There is no event named {name!r}.",
                remedy=f"Use one of {', '.join(map(repr, CALLBACK_NAMES))}, or an event type of the API "
                "such as 'response.done'.",
            )
        if not callable(callback):
            raise ConfigError(f"The callback for {name!r} must be a function, not {callback!r}.")
        with self._lock:
            self._by_name[name] = (*self._by_name.get(name, ()), callback)

    def off(self, name: str, callback: Callable[..., object] | None = None) -> None:
        """Remove a callback, or all of a name."""
        with self._lock:
            kept = tuple(c for c in self._by_name.get(name, ()) if callback is not None and c != callback)
            if kept:
                self._by_name[name] = kept
            else:
                self._by_name.pop(name, None)

    def wants(self, name: str) -> bool:
        """Tell whether anybody listens; spares the work of making what nobody gets."""
        return name in self._by_name

    @property
    def listening(self) -> bool:
        """Whether anybody listens to anything."""
        return bool(self._by_name)

    def emit_raw(self, entry: LogEntry) -> None:
        """Call those who want every event, or events of this type."""
        for name in {"*", entry.type} & self._by_name.keys():
            if name == "*" or name not in CALLBACK_NAMES:  # the API's "error" is ours too: one call is enough
                self.emit(name, entry.raw)

    def run(self, function: Callable[[], object]) -> None:
        """Run a function on the callback thread."""
        self._dispatcher.submit(function)

    def emit(self, name: str, *args: Any) -> None:
        """Call all callbacks of a name, later, on the callback thread."""
        for callback in self._by_name.get(name, ()):
            self._dispatcher.submit(lambda callback=callback: callback(*args))  # type: ignore[misc]
