"""One attempt to connect: the engine made ready, a socket, the configuration acknowledged."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from ..engines import Endpoint, Engine, SessionKind
from ..errors import EngineError, RealtimeError, RefusedError, WaitTimeoutError
from ..protocol.protocol import RealtimeProtocol
from .connection import Connection

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = ["Connector", "loss", "make_ready", "open_engine"]

log = logging.getLogger("realtime_widget.session")

FINAL_CLOSE_CODES = frozenset({1008, *range(4000, 5000)})
"""Closed by a decision of the server: the same again would end the same way (section 7.4 of RFC 6455)."""


class Connector:
    """Makes configured connections for a session; lives on the I/O thread."""

    def __init__(self, core: SessionCore) -> None:
        self._core = core
        self._refused: asyncio.Future[None] | None = None

    async def open(self, limit_s: float) -> Connection:
        """Make the engine ready and connect a socket, within `limit_s` seconds."""
        deadline = asyncio.get_running_loop().time() + limit_s
        endpoint = await open_engine(self._core, limit_s)
        left_s = max(0.1, deadline - asyncio.get_running_loop().time())
        self._core.limits.check_address(endpoint.url)
        connection = await Connection.open(endpoint, timeout_s=left_s, traffic=self._core.traffic)
        connection.on_dropped = self._core.sound_in.dropped
        return connection

    async def take_over(self, connection: Connection, limit_s: float) -> None:
        """Make a connection the session's own: configured, and told what was said so far.

        Raises:
            EngineError: The server refuses the configuration, says nothing, or hangs up.
        """
        core = self._core
        core.connection = connection
        event_id = self._configure()  # before anything is read: it tells these ids from those of before
        refused = self._refused = asyncio.get_running_loop().create_future()
        # Waiting begins before reading: the first that is read may be the answer already.
        settled = asyncio.ensure_future(self._configured(event_id, limit_s))
        reader = core.spawn(self._read(connection))
        try:
            await asyncio.wait({reader, settled, refused}, return_when=asyncio.FIRST_COMPLETED)
            if refused.done():
                refused.result()
            if not settled.done():
                raise loss(core.engine.name, connection)
            settled.result()
        finally:
            self._refused = None
            settled.cancel()
            await asyncio.gather(settled, return_exceptions=True)
            if not refused.done():
                refused.cancel()
        core.act(lambda protocol: protocol.resume())

    @property
    def attempting(self) -> bool:
        """Whether an attempt is being made."""
        return self._refused is not None

    def refuse(self, error: RealtimeError) -> bool:
        """Let the attempt fail that is being made; False if none is."""
        if self._refused is None:
            return False
        if not self._refused.done():
            self._refused.set_exception(error)
        return True

    def _configure(self) -> str:
        core = self._core
        core.registry.mark_announced()
        config = core.protocol.config.with_tools(core.registry.wire_tools())

        def configure(protocol: RealtimeProtocol) -> str:
            protocol.config = config
            return protocol.connection_opened()

        return core.act(configure)

    async def _configured(self, event_id: str, limit_s: float) -> None:
        core = self._core
        try:
            await core.waits.settled(event_id, timeout_s=limit_s, what="the configuration")
        except RefusedError as error:
            error.recoverable = False  # the same configuration would be refused again
            error.remedy = error.remedy or "Correct the option that it names, then start again."
            raise
        except WaitTimeoutError:
            raise EngineError(
                f"{core.engine.name} took the connection and then said nothing for {limit_s:.3g} s.",
                remedy="Check that the address speaks the Realtime API, or raise connect_timeout=.",
                code="no_answer",
                recoverable=True,
            ) from None

    async def _read(self, connection: Connection) -> None:
        core = self._core

        def take(message: str) -> None:
            try:
                core.receive(message)
            except Exception as error:  # one event that trips us must not end the conversation in silence
                log.exception("! an event couldn't be taken")
                core.report(error)

        await connection.deliver(take)
        core.lifecycle.ended(connection)


async def open_engine(core: SessionCore, limit_s: float) -> Endpoint:
    """Make a session's engine ready within `limit_s` seconds; return where its kind of session is opened."""
    config = core.protocol.config
    return await make_ready(core.engine, model=config.model, kind=config.kind, limit_s=limit_s)


async def make_ready(engine: Engine, *, model: str, kind: SessionKind, limit_s: float) -> Endpoint:
    """Make an engine ready within `limit_s` seconds; return where sessions of a kind are opened.

    Raises:
        RealtimeError: It can't be made ready; the message says why.
    """
    try:
        return (await asyncio.wait_for(engine.open(model=model), limit_s)).at(kind)
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


def loss(engine_name: str, connection: Connection) -> EngineError:
    """Return the exception for a connection that ended without being asked to."""
    code, reason = connection.close_reason
    final = code in FINAL_CLOSE_CODES
    why = ", ".join(filter(None, (reason.rstrip("."), f"code {code}" if code else "")))
    return EngineError(
        f"The connection to {engine_name} ended ({why or 'without a word'}).",
        remedy="See what the server said."
        if final
        else "Start again to go on; everything said so far is kept.",
        code="connection_closed" if final else "connection_lost",
        recoverable=not final,
    )
