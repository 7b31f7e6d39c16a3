"""A fence behind what was sent: nothing on the wire says that a server is done with it, but for this."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import RealtimeError

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = ["Fence"]


class Fence:
    """Sends an update that changes nothing: a server works in order, and acknowledges it behind all else.

    Args:
        limit_s: How long the server may take.
        patience: After so many in a row that it didn't acknowledge, it isn't asked again.
    """

    def __init__(self, core: SessionCore, *, limit_s: float = 2.0, patience: int = 1) -> None:
        self._core = core
        self._limit_s = limit_s
        self._patience = patience
        self._n_ignored = 0

    async def wait(self) -> None:
        """Wait until the server has processed everything sent so far, if it lets one know."""
        core = self._core
        if core.connection is None or self._n_ignored >= self._patience:
            return
        event_id = core.act(lambda protocol: protocol.probe())
        try:
            await core.waits.settled(event_id or "", timeout_s=self._limit_s, what="an empty update")
            self._n_ignored = 0
        except RealtimeError:
            self._n_ignored += core.connection is not None
