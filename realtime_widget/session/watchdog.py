"""Notices a connection that looks alive and isn't: the server owes an answer, and nothing comes at all."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from ..errors import EngineError, RealtimeError

if TYPE_CHECKING:
    from .connection import Connection
    from .core import SessionCore

__all__ = ["Watchdog"]

log = logging.getLogger("realtime_widget.session")

PROBE_MS = 8_000
PONG_S = 10.0
GRACE_S = 0.5
OWED_MS = 30_000


class Watchdog:
    """Looks, several times a second, whether the server still gives signs of life where it should."""

    def __init__(self, core: SessionCore) -> None:
        self._core = core
        self._probed: Connection | None = None

    def look(self) -> None:
        """Probe a silent connection, and have it replaced when it is dead or owes an answer for too long."""
        core = self._core
        connection = core.connection
        if connection is None or core.resuming:
            return
        silent_ms = core.now_ms - core.heard_ms
        owed_ms = core.protocol.owed_since_ms()
        waits = owed_ms is not None or core.protocol.sequencer.busy
        if waits and silent_ms > PROBE_MS and self._probed is not connection:
            self._probed = connection
            core.spawn(self._probe(connection))
        if owed_ms is not None and core.now_ms - max(owed_ms, core.heard_ms) > OWED_MS:
            core.lifecycle.drop(_dead(f"It has owed an answer for {OWED_MS // 1000} s and said nothing."))

    async def _probe(self, connection: Connection) -> None:
        core, heard_ms = self._core, self._core.heard_ms
        try:
            await asyncio.wait_for(connection.ping(), PONG_S)
        except TimeoutError:
            # This thread may have been held up by a busy cell: what came meanwhile is read first.
            await asyncio.sleep(GRACE_S)
            if core.heard_ms == heard_ms and connection is core.connection:
                core.lifecycle.drop(_dead(f"It didn't answer a ping within {PONG_S:.0f} s."))
        finally:
            self._probed = None


def _dead(why: str) -> RealtimeError:
    return EngineError(
        f"The connection is dead. {why}",
        remedy="Start again to go on; everything said so far is kept.",
        code="connection_lost",
        recoverable=True,
    )
