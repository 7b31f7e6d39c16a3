"""What callers wait for: the settlement of a command, the end of an answer, a condition."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..errors import RealtimeError, WaitTimeoutError
from ..protocol.changes import AnswerFinished, CommandSettled
from .reports import of_refusal, of_response

__all__ = ["Waits"]


class Waits:
    """Futures by what settles them; lives on the I/O thread."""

    def __init__(self) -> None:
        self._commands: dict[str, asyncio.Future[CommandSettled]] = {}
        self._answers: dict[str, asyncio.Future[AnswerFinished]] = {}
        self._changed = asyncio.Event()

    def answer(self, key: str) -> asyncio.Future[AnswerFinished]:
        """Return the future of an answer; ask for it before the request is sent."""
        return self._answers.setdefault(key, asyncio.get_running_loop().create_future())

    async def settled(self, event_id: str, *, timeout_s: float, what: str) -> CommandSettled:
        """Wait until the server carried out a command.

        Raises:
            RefusedError: The server refused it.
            WaitTimeoutError: It said nothing in time.
            SessionClosedError: The connection ended before.
        """
        future = self._commands.setdefault(event_id, asyncio.get_running_loop().create_future())
        try:
            result = await asyncio.wait_for(future, timeout_s)
        except TimeoutError:
            raise WaitTimeoutError(
                f"{what} wasn't acknowledged within {timeout_s:g} s.",
                remedy="Try again; stop and start the session if that doesn't help.",
                recoverable=True,
            ) from None
        finally:
            self._commands.pop(event_id, None)
        if result.error is not None:
            raise of_refusal(what, result.error)
        return result

    async def answered(self, key: str, *, timeout_s: float) -> AnswerFinished:
        """Wait for the end of an answer.

        Raises:
            ResponseError: The response failed.
            WaitTimeoutError: It isn't done in time; it may still come.
            SessionClosedError: The session ended before.
        """
        try:
            finished = await asyncio.wait_for(self.answer(key), timeout_s)
        except TimeoutError:
            raise WaitTimeoutError(
                f"No whole answer within {timeout_s:g} s.",
                remedy="It may still come: see session.transcript, or ask with a longer timeout=.",
                recoverable=True,
            ) from None
        finally:
            self._answers.pop(key, None)
        if finished.error is not None:
            raise of_response(finished.error)
        return finished

    def settle(self, change: CommandSettled) -> None:
        """Deliver the settlement of a command."""
        future = self._commands.get(change.event_id)
        if future is not None and not future.done():
            future.set_result(change)

    def finish(self, change: AnswerFinished) -> None:
        """Deliver the end of an answer."""
        future = self._answers.get(change.key or "")
        if future is not None and not future.done():
            future.set_result(change)

    def fail_all(self, error: RealtimeError) -> None:
        """End all waits: the connection is gone."""
        waiting: list[asyncio.Future[Any]] = [*self._commands.values(), *self._answers.values()]
        for future in waiting:
            if not future.done():
                future.set_exception(error)
                future.exception()  # whoever waits gets it; nobody waiting is no fault
        self._commands.clear()
        self._answers.clear()
        self.notify()

    def notify(self) -> None:
        """Tell that something changed, so that conditions are looked at again."""
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds; it is looked at after every change."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()
