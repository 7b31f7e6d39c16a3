"""A session's connection from start to end: made once however many ask for it, ended once, never half."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from ..engines import Endpoint
from ..errors import EngineError, RealtimeError, SessionClosedError, WaitTimeoutError
from ..protocol.protocol import RealtimeProtocol
from .connection import Connection

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = ["Lifecycle"]

log = logging.getLogger("realtime_widget.session")

TICK_S = 0.2


class Lifecycle:
    """Starts and ends the connection of one session; lives on the I/O thread.

    Starting and ending are tasks of their own: a caller that gives up (Ctrl-C, a cancelled task, a tool that
    the end itself cancels) must not leave a session that is neither on nor off.
    """

    def __init__(self, core: SessionCore, connect_timeout_s: float) -> None:
        self._core = core
        self._connect_timeout_s = connect_timeout_s
        self._starting: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._n_waiting = 0
        self._ending = asyncio.Lock()
        self._failure: RealtimeError | None = None
        self.connected_s: float | None = None

    # -- start -------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Connect, and return when the configuration is acknowledged; at once when that is so already."""
        if self._core.status == "connected" and self._core.connection is not None:
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
        await self._disconnect()  # what is left of a connection that broke
        core.begin_clock()
        self._failure = None
        core.set_trait("error", None)
        core.set_trait("status", "connecting")
        try:
            await self._connect()
        except BaseException as error:
            failure = self._told() or error
            await self._disconnect()
            if not isinstance(failure, RealtimeError):  # cancelled
                core.set_trait("status", "disconnected")
                raise
            core.set_trait("status", "error")
            core.report(failure)
            raise failure from failure.__cause__
        self.connected_s = time.monotonic()
        core.set_trait("status", "connected")
        core.spawn(self._tick())

    def _told(self) -> RealtimeError | None:
        return self._failure  # what the server said weighs more than what followed from it

    async def _connect(self) -> None:
        core = self._core
        deadline = asyncio.get_running_loop().time() + self._connect_timeout_s
        endpoint = await self._open_engine()
        left_s = max(0.1, deadline - asyncio.get_running_loop().time())
        core.connection = await Connection.open(endpoint, timeout_s=left_s)
        core.spawn(self._read(core.connection))
        core.registry.mark_announced()
        config = core.protocol.config.with_tools(core.registry.wire_tools())

        def configure(protocol: RealtimeProtocol) -> str:
            protocol.config = config
            return protocol.connection_opened()

        left_s = max(0.1, deadline - asyncio.get_running_loop().time())
        try:
            await core.waits.settled(core.act(configure), timeout_s=left_s, what="the configuration")
        except WaitTimeoutError:
            raise EngineError(
                f"{core.engine.name} took the connection and then said nothing "
                f"for {self._connect_timeout_s:g} s.",
                remedy="Check that the address speaks the Realtime API, or raise connect_timeout=.",
                recoverable=True,
            ) from None

    async def _open_engine(self) -> Endpoint:
        core, limit_s = self._core, self._connect_timeout_s
        try:
            config = core.protocol.config
            return (await asyncio.wait_for(core.engine.open(model=config.model), limit_s)).at(config.kind)
        except RealtimeError as error:
            failure = error
        except TimeoutError:
            raise EngineError(
                f"The engine wasn't ready within {limit_s:g} s.", remedy="Try again.", recoverable=True
            ) from None
        except Exception as error:  # an engine, or a function for the key, of the user's own
            raise EngineError(
                f"The engine couldn't be made ready: {type(error).__name__}: {error}", remedy="See the cause."
            ) from error
        raise failure.with_traceback(None)  # the frames where it arose may hold a key among their variables

    # -- while connected ---------------------------------------------------------------------------------

    async def _read(self, connection: Connection) -> None:
        core = self._core

        def take(message: str) -> None:
            try:
                core.receive(message)
            except Exception as error:  # one event that trips us must not end the conversation in silence
                log.exception("! an event couldn't be taken")
                core.report(error)

        await connection.deliver(take)
        if connection is core.connection:
            self.fail(self._reason(connection))

    def _reason(self, connection: Connection) -> RealtimeError:
        code, reason = connection.close_reason
        why = f"{reason} " if reason else ""
        return EngineError(
            f"The connection to {self._core.engine.name} ended ({why}code {code}).",
            remedy="Start again to go on; everything said so far is kept.",
            code="connection_lost",
            recoverable=True,
        )

    def fail(self, error: RealtimeError) -> None:
        """End the session because of an error that nothing can heal; the first one counts."""
        core = self._core
        if core.connection is None or self._failure is not None:
            return
        self._failure = error
        if core.status == "connected":
            core.set_trait("status", "error")
            core.report(error)
        core.spawn(self._disconnect())

    async def _tick(self) -> None:
        core = self._core
        while True:
            await asyncio.sleep(TICK_S)
            core.act(_see_the_time)
            core.refresh()
            core.waits.notify()  # what waits may wait for time alone

    # -- end ---------------------------------------------------------------------------------------------

    async def stop(self) -> None:
        """End the connection; everything said stays readable. Total and idempotent."""
        if self._starting is not None:
            self._starting.cancel()
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop(self._starting))
            self._stopping.add_done_callback(self._stopped)
        await asyncio.shield(self._stopping)

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
            connection, core.connection = core.connection, None
            if connection is None:
                return
            self.connected_s = None
            error = self._failure or SessionClosedError(
                "The session was stopped.", remedy="Call start() to go on."
            )
            await core.wind_up(error)
            await connection.close()


def _see_the_time(protocol: RealtimeProtocol) -> None:
    """Do nothing: `act` told the time already."""
