"""Runs tool calls: functions in threads, coroutines on a loop of their own, never on the I/O thread.

Every call gets an outcome: a result, what went wrong, a time-out, or that it was given up.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ..errors import ToolArgumentsError
from ..tools import Outcome, Tool, ToolRegistry, cancelled, done, failed, prepare, timed_out, unknown_tool
from .io_thread import IOThread

__all__ = ["ToolRunner"]

log = logging.getLogger("realtime_widget.session.tools")

Report = Callable[[str, Outcome, float], None]


@dataclass(slots=True)
class _Running:
    task: asyncio.Task[None]
    name: str


class ToolRunner:
    """The calls in progress of one session; lives on the I/O thread."""

    def __init__(self, registry: ToolRegistry, report: Report) -> None:
        """Make a runner that tells `report(call_id, outcome, duration_ms)` how each call ended."""
        self._registry = registry
        self._report = report
        self._running: dict[str, _Running] = {}

    def __len__(self) -> int:
        return len(self._running)

    def version(self, name: str) -> int:
        """Return the version of a tool that a call would run now; 0 for an unknown one."""
        tool = self._registry.get(name)
        return tool.version if tool is not None else 0

    def start(self, call_id: str, name: str, arguments: str) -> None:
        """Run a call; a name and arguments that don't fit are answered too."""
        task = asyncio.create_task(self._run(call_id, name, arguments))
        self._running[call_id] = _Running(task, name)

    async def _run(self, call_id: str, name: str, arguments: str) -> None:
        loop = asyncio.get_running_loop()
        begin = loop.time()
        try:
            outcome = await self._outcome(name, arguments)
        except asyncio.CancelledError:
            outcome = cancelled(name)
        self._running.pop(call_id, None)
        duration_ms = (loop.time() - begin) * 1000
        log.info("= tool %s %s after %.0f ms", name, outcome.status, duration_ms)
        self._report(call_id, outcome, duration_ms)

    async def _outcome(self, name: str, arguments: str) -> Outcome:
        tool = self._registry.get(name)
        if tool is None:
            return unknown_tool(name, self._registry)
        try:
            # Checking may run the user's own validators, so it happens where the function runs.
            return await asyncio.wait_for(_off_loop(tool, arguments), tool.timeout_s)
        except TimeoutError:
            return timed_out(tool)

    def cancel_all(self) -> list[asyncio.Task[None]]:
        """Give up all calls; return the tasks that report it."""
        tasks = [running.task for running in self._running.values()]
        for task in tasks:
            task.cancel()
        return tasks


async def _off_loop(tool: Tool, arguments: str) -> Outcome:
    if tool.where == "async":
        return await asyncio.wrap_future(_tool_loop().submit(_call_async(tool, arguments)))
    future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()

    def deliver(outcome: Outcome) -> None:
        if not future.done():
            future.set_result(outcome)

    def work() -> None:
        outcome = _call(tool, arguments)
        try:
            loop.call_soon_threadsafe(deliver, outcome)
        except RuntimeError:  # the loop is gone: the interpreter is ending
            log.debug("= a result came too late")

    # A daemon thread for each call: a function that hangs must stop neither the next call nor the exit.
    threading.Thread(target=work, name=f"realtime-widget-tool-{tool.name}", daemon=True).start()
    return await future


def _call(tool: Tool, arguments: str) -> Outcome:
    try:
        result = prepare(tool, arguments).run()
        if inspect.isawaitable(result):  # a plain function around a coroutine
            result = _tool_loop().submit(_finish(result)).result()
        return done(result)
    except ToolArgumentsError as error:
        return failed(error)
    except BaseException as error:  # the user's code may raise anything, SystemExit included
        return failed(error)


async def _finish(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


async def _call_async(tool: Tool, arguments: str) -> Outcome:
    try:
        result: Any = await prepare(tool, arguments).run()
        return done(result)
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        return failed(error)


_loop_lock = threading.Lock()
_loop: IOThread | None = None


def _tool_loop() -> IOThread:
    # Apart from the I/O thread: a coroutine that blocks its loop must not stop the conversation.
    global _loop
    with _loop_lock:
        if _loop is None or not _loop.usable:
            _loop = IOThread("realtime-widget-tools")
        return _loop
