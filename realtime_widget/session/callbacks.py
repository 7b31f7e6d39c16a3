"""Callbacks of the user, each session's in order on a thread of its own, never on the I/O thread."""

from __future__ import annotations

import concurrent.futures
import functools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from ..errors import ConfigError
from ..protocol.commands import COMMAND_TYPES
from ..protocol.events import EVENT_TYPES
from ..protocol.log import LogEntry

__all__ = ["CALLBACK_NAMES", "Callbacks", "Dispatcher"]

log = logging.getLogger("realtime_widget.session")

IDLE_S = 3.0
SLOW_S = 1.0
MAX_SLOW = 50
MAX_OPTIONAL = 10_000
"""Pieces of sound and raw events that may wait: many minutes of a conversation."""

CALLBACK_NAMES = {
    "*": "every raw event and command, as a dict",
    "turn": "a turn that is complete, as a Turn",
    "partial": "a turn of a transcription session whose words still grow, as a Turn",
    "tool_call": "a tool call that ended, as a ToolCall (a row of session.tool_calls)",
    "approval": "a tool that the server asks leave to run, as a dict; answer with session.approve(id)",
    "audio": "a piece of the answer's sound, as an int16 array at 24 kHz",
    "usage": "what a response, a transcription or a connection's translation cost, as a dict",
    "status": "the new status, as a string",
    "error": "an error, as a RealtimeError",
    "warning": "that a limit is near (max_minutes, budget_usd), as a RealtimeError",
}
"""Names for `on` besides the API's own event types, and what the callback gets."""

_NEVER_MISSED = CALLBACK_NAMES.keys() - {"*", "audio"}
_LAST_COUNTS = frozenset({"error", "usage", "warning"})  # when thousands wait, and only then


class Dispatcher:
    """Runs functions in order on a daemon thread that exists only while there is something to run.

    What comes faster than it can be run is bounded: of what may be missed the oldest gives way.

    Attributes:
        n_waiting: How many wait.
        n_dropped: How many gave way.
        slow: The longest time that each slow callback took, in seconds, by its name.
        on_failure: Called with the name of a callback and what it raised: the first time for each kind.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: deque[_Call] = deque()
        self._optional: deque[_Call] = deque()
        self._last: dict[str, _Call] = {}
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ending = False
        self._running: tuple[str, float] | None = None
        self._overflowing = False
        self.n_waiting = 0
        self.n_dropped = 0
        self.slow: dict[str, float] = {}
        self.on_failure: Callable[[str, Exception], object] | None = None
        self._failed: set[tuple[str, type[Exception]]] = set()

    def submit(
        self, function: Callable[[], object], *, name: str = "", optional: bool = False, topic: str = ""
    ) -> None:
        """Run a function after those before it.

        When too many wait, an optional one may be dropped, and one with a topic takes the place of the last
        that waits for the same topic.
        """
        call = _Call(function, name)
        begins_to_drop = False
        with self._wake:
            if topic and self._replaced(topic, call):
                return
            self._queue.append(call)
            self.n_waiting += 1
            if optional:
                self._optional.append(call)
                if len(self._optional) > MAX_OPTIONAL:
                    begins_to_drop = not self._overflowing
                    self._drop()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            else:
                self._wake.notify()
        if begins_to_drop:
            self._warn()

    def _replaced(self, topic: str, call: _Call) -> bool:
        last = self._last.get(topic)
        if self.n_waiting < MAX_OPTIONAL or last is None or last.function is None:
            self._last[topic] = call
            return False
        last.function = call.function
        self.n_dropped += 1
        return True

    def _drop(self) -> None:
        # It keeps its place in the line, without its function: taking it out would cost the whole line.
        self._optional.popleft().function = None
        self.n_waiting -= 1
        self.n_dropped += 1
        self._overflowing = True

    def _warn(self) -> None:
        running = self._running
        log.warning(
            "! callbacks take longer than what they are called for (now: %s); sound and raw events that they "
            "miss are counted in session.health",
            running[0] if running is not None else "one",
        )

    @property
    def running(self) -> tuple[str, float] | None:
        """The callback that runs now, if it has a name, and for how many seconds."""
        running = self._running
        return None if running is None else (running[0], time.monotonic() - running[1])

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
        with self._wake:
            self._ending = self._thread is not None
            self._wake.notify()

    def _run(self) -> None:
        while (taken := self._next()) is not None:
            function, name = taken
            if name:
                self._running = (name, time.monotonic())
            try:
                function()
            except Exception as error:
                log.exception("! a callback raised")
                self._tell(name, error)
            if self._running is not None:
                self._note_time(*self._running)
            del taken, function  # an idle thread must not keep alive what it ran last

    def _tell(self, name: str, error: Exception) -> None:
        # What tells of errors can't be told of its own.
        known = (name, type(error)) in self._failed or len(self._failed) >= MAX_SLOW
        if self.on_failure is not None and not known and not name.startswith("error:"):
            self._failed.add((name, type(error)))
            self.on_failure(name, error)

    def _next(self) -> tuple[Callable[[], object], str] | None:
        with self._wake:
            while True:
                while not self._queue:
                    self._overflowing = False
                    if (self._ending or not self._wake.wait(IDLE_S)) and not self._queue:
                        self._ending, self._thread = False, None
                        self._last.clear()
                        return None
                call = self._queue.popleft()
                if self._optional and self._optional[0] is call:
                    self._optional.popleft()
                function, call.function = call.function, None
                if function is not None:
                    self.n_waiting -= 1
                    return function, call.name

    def _note_time(self, name: str, since_s: float) -> None:
        self._running = None
        took_s = time.monotonic() - since_s
        if took_s > SLOW_S and (name in self.slow or len(self.slow) < MAX_SLOW):
            self.slow[name] = max(took_s, self.slow.get(name, 0.0))


class _Call:
    __slots__ = ("function", "name")

    def __init__(self, function: Callable[[], object], name: str) -> None:
        self.function: Callable[[], object] | None = function
        self.name = name


class Callbacks:
    """Who wants to be called, by name."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self.dispatcher = dispatcher
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
        """Call those who want every event, or events of this type; each with a mapping of its own."""
        for name in {"*", entry.type} & self._by_name.keys():
            if name == "*" or name not in CALLBACK_NAMES:  # the API's "error" is ours too: one call is enough
                # Decoded where it is wanted: what waits are the entries that the table of events holds too.
                self._submit(name, lambda callback: callback(entry.raw))

    def emit(self, name: str, *args: Any) -> None:
        """Call all callbacks of a name, later, on the callback thread."""
        self._submit(name, lambda callback: callback(*args))

    def _submit(self, name: str, call: Callable[[Callable[..., object]], object]) -> None:
        for callback in self._by_name.get(name, ()):
            self.dispatcher.submit(
                functools.partial(call, callback),
                name=f"{name}: {getattr(callback, '__qualname__', type(callback).__name__)}",
                optional=name not in _NEVER_MISSED,
                topic=f"{name} {id(callback)}" if name in _LAST_COUNTS else "",
            )
