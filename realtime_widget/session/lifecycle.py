"""A session from start to end: connected once however many ask for it, kept alive, ended once, never half."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from ..errors import EngineError, RealtimeError, SessionClosedError
from ..protocol.protocol import RealtimeProtocol
from .connecting import Connector, loss
from .connection import Connection
from .rollover import Rollover
from .watchdog import Watchdog

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = ["Lifecycle"]

log = logging.getLogger("realtime_widget.session")

TICK_S = 0.2
ATTEMPT_S = 10.0
UNREACHABLE_S = 1.0
"""Where nobody listens at all, that is a mistake far more often than a moment's trouble: tell it soon."""


class Lifecycle:
    """Starts, mends and ends the connection of one session; lives on the I/O thread.

    Starting, mending and ending are tasks of their own: a caller that gives up (Ctrl-C, a cancelled task, a
    tool that the end itself cancels) must not leave a session that is neither on nor off.
    """

    def __init__(self, core: SessionCore, *, connect_timeout_s: float, reconnects: bool) -> None:
        self._core = core
        self._connect_timeout_s = connect_timeout_s
        self._reconnects = reconnects
        self._connector = Connector(core)
        self._watchdog = Watchdog(core)
        self.rollover = Rollover(core)
        self._starting: asyncio.Task[None] | None = None
        self._mending: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._n_waiting = 0
        self._ending = asyncio.Lock()
        self._failure: RealtimeError | None = None
        self.connected_s: float | None = None
        self.reconnects = 0

    @property
    def failure(self) -> RealtimeError | None:
        """Why the session ended, where it wasn't asked to."""
        return self._failure

    # -- start -------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Connect, and return when the configuration is acknowledged; at once when that is so already."""
        core = self._core
        if core.resuming:
            await core.waits.until(lambda: not core.resuming)
        if core.connection is not None and self._starting is None:
            return
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
            self._starting.add_done_callback(self._started)
        starting = self._starting
        self._n_waiting += 1
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            if starting.cancelled():
                raise SessionClosedError("The session was stopped while it was connecting.") from None
            if self._n_waiting == 1:
                starting.cancel()  # the only one who wanted it gave up
            raise
        finally:
            self._n_waiting -= 1

    def _started(self, task: asyncio.Task[None]) -> None:
        self._starting = None
        if not task.cancelled():
            task.exception()  # whoever waits gets it; nobody waiting is no fault

    async def _start(self) -> None:
        core = self._core
        core.limits.check_start()
        await self._disconnect()  # what is left of a connection that broke
        core.begin_clock()
        self._failure = None
        core.set_trait("error", None)
        core.set_trait("status", "connecting")
        try:
            await self._connect()
        except BaseException as error:
            await self._disconnect()
            if not isinstance(error, RealtimeError):  # cancelled
                core.set_trait("status", "disconnected")
                raise
            core.report(error)
            core.set_trait("status", "error")
            raise
        self.connected_s = time.monotonic()
        core.set_trait("status", "connected")
        core.spawn(self._tick())
        core.source.begin()

    async def _connect(self) -> None:
        """Connect, in several attempts where time may help."""
        now = asyncio.get_running_loop().time
        begin = now()
        deadline = begin + self._connect_timeout_s
        for pause_s in self._core.backoff.pauses():
            try:
                return await self._attempt(min(ATTEMPT_S, max(0.1, deadline - now())))
            except RealtimeError as error:
                last = (
                    min(deadline, begin + UNREACHABLE_S) if error.code == "engine_unreachable" else deadline
                )
                wait_s = max(pause_s, error.retry_after or 0.0)
                if not error.recoverable or now() + wait_s >= last:
                    raise
                log.info("= connecting again in %.1f s", wait_s)
            await asyncio.sleep(wait_s)

    async def _attempt(self, limit_s: float, spare: Connection | None = None) -> None:
        core = self._core
        begin = time.monotonic()
        connection = spare or await self._connector.open(limit_s)
        try:
            await self._connector.take_over(connection, max(0.1, limit_s - (time.monotonic() - begin)))
        except BaseException:
            core.connection = None
            await connection.close()
            raise

    # -- while connected ---------------------------------------------------------------------------------

    async def _tick(self) -> None:
        core, now = self._core, asyncio.get_running_loop().time
        while True:
            due_s = now() + TICK_S
            await asyncio.sleep(TICK_S)
            core.lag.note(now() - due_s)
            core.act(_see_the_time)
            core.refresh()
            core.waits.notify()  # what waits may wait for time alone
            self._watchdog.look()
            if self.rollover.is_due and core.connection is not None and not core.resuming:
                self.rollover.postpone()
                core.spawn(self._roll_over())

    def ended(self, connection: Connection) -> None:
        """Take the end of a connection."""
        if connection is self._core.connection and not self._connector.attempting:
            self.drop(loss(self._core.engine.name, connection))

    def drop(self, error: RealtimeError) -> None:
        """Go on over another connection, since this one is no good any more, if that can help."""
        core = self._core
        if core.parting is not None:
            core.parting.set()
            return core.waits.notify()
        if self._connector.refuse(error) or core.connection is None or self._failure is not None:
            return
        if self._reconnects and error.recoverable:
            error.remedy = "It is being made again; what is said meanwhile is kept."
            core.report(error)
            self._mend(error)
        else:
            self.fail(error)

    def _mend(self, error: RealtimeError, spare: Connection | None = None) -> None:
        core = self._core
        old, core.connection = core.connection, None
        core.resuming = True
        planned = spare is not None
        core.act(lambda protocol: protocol.connection_lost(error.message, resumes=True, planned=planned))
        core.speech_broke_off()
        if spare is None:
            core.set_trait("status", "reconnecting")
        if old is not None:
            core.see_off(old)
        self._mending = asyncio.create_task(self._reconnect(error, spare))

    async def _reconnect(self, error: RealtimeError, spare: Connection | None) -> None:
        core = self._core
        try:
            await self._try_again(error, spare)
        except RealtimeError as failure:
            core.resuming = False
            self._mending = None
            self._failure = failure
            core.report(failure)
            core.set_trait("status", "error")
            await self._disconnect()
            return
        self.reconnects += 1
        self._mending = None
        core.resuming = False
        core.set_trait("status", "connected")
        core.set_trait("error", None)
        core.waits.notify()

    async def _try_again(self, error: RealtimeError, spare: Connection | None) -> None:
        core, now = self._core, asyncio.get_running_loop().time
        deadline = now() + core.backoff.limit_s
        if spare is not None:
            try:
                return await self._attempt(ATTEMPT_S, spare)
            except RealtimeError as failure:
                error = failure
                core.set_trait("status", "reconnecting")
        for pause_s in core.backoff.pauses():
            if not error.recoverable:
                raise error
            wait_s = max(pause_s, error.retry_after or 0.0)
            if now() + wait_s > deadline:
                raise self._gave_up(error)
            await asyncio.sleep(wait_s)
            try:
                return await self._attempt(min(ATTEMPT_S, max(0.5, deadline - now())))
            except RealtimeError as failure:
                log.info("! no new connection: %s", failure.code)
                error = failure

    def _gave_up(self, last: RealtimeError) -> RealtimeError:
        return EngineError(
            f"The connection was lost and couldn't be made again within {self._core.backoff.limit_s:g} s. "
            f"The last attempt: {last.message}",
            remedy="Start again once the engine can be reached; everything said so far is kept.",
            code="connection_lost",
            recoverable=True,
        )

    async def _roll_over(self) -> None:
        """Change to a fresh connection while this one still lives."""
        try:
            spare = await self._connector.open(ATTEMPT_S)
        except RealtimeError as error:
            log.info("! the planned change of connections waits: %s", error.code)
            return
        core = self._core
        if core.connection is None or core.resuming or not self.rollover.is_time:
            return await spare.close()
        self._mend(EngineError("A planned change, ahead of the end of the server's session."), spare)

    def fail(self, error: RealtimeError) -> None:
        """End the session because of an error that nothing can heal; the first one counts."""
        core = self._core
        if self._connector.refuse(error) or core.connection is None or self._failure is not None:
            return
        self._failure = error
        core.report(error)
        core.set_trait("status", "error")
        core.spawn(self._disconnect())

    # -- end ---------------------------------------------------------------------------------------------

    async def stop(self) -> None:
        """End the connection; everything said stays readable. Total and idempotent."""
        if self._starting is not None:
            self._starting.cancel()
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop(self._starting))
            self._stopping.add_done_callback(self._stopped)
        await asyncio.shield(self._stopping)

    async def end(self, error: RealtimeError) -> None:
        """End the session in an orderly way, for a reason that whoever waits should know."""
        self._failure = self._failure or error
        self._core.report(error)
        await self.stop()

    def _stopped(self, task: asyncio.Task[None]) -> None:
        self._stopping = None

    async def _stop(self, starting: asyncio.Task[None] | None) -> None:
        if starting is not None:
            await asyncio.gather(starting, return_exceptions=True)
        await self._disconnect()
        if self._starting is None:
            self._core.set_trait("status", "disconnected")

    async def _disconnect(self) -> None:
        core = self._core
        async with self._ending:
            if self._mending is not None:
                self._mending.cancel()
                await asyncio.gather(self._mending, return_exceptions=True)
                self._mending = None
            connection, core.connection = core.connection, None
            if connection is None and self.connected_s is None:
                return
            self.connected_s = None
            core.resuming = False
            error = self._failure or SessionClosedError(
                "The session was stopped.", remedy="Call start() to go on."
            )
            await core.wind_up(error)
            if connection is not None:
                await connection.close()


def _see_the_time(protocol: RealtimeProtocol) -> None:
    """Do nothing: `act` told the time already."""
