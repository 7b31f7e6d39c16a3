"""What can be done in every kind of session, as coroutines on the I/O thread."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ..errors import ConfigError, RefusedError
from .core import SessionCore
from .inputs import Chunks
from .reports import of_objection

__all__ = ["UPDATE_LIMIT_S", "BaseVerbs", "check_model"]

UPDATE_LIMIT_S = 10.0


class BaseVerbs:
    """What a user, a panel or a script can do; the kinds of sessions add their own."""

    def __init__(self, core: SessionCore) -> None:
        self._core = core
        self._updating = asyncio.Lock()  # one change at a time, so that a refused one takes back only itself

    async def send_audio(self, chunks: Chunks, realtime: bool) -> None:
        """Speak a source."""
        self._core.need_connection()
        self._core.feed.add(chunks, realtime=realtime)

    async def mute(self, muted: bool) -> None:
        """Mute or unmute the microphone."""
        self._core.mute(muted)

    async def send_event(self, event: Any) -> None:
        """Send a raw client event."""
        if not isinstance(event, Mapping) or not isinstance(event.get("type"), str):
            raise ConfigError(
                "send_event takes a mapping with a 'type', such as {'type': 'response.cancel'}."
            )
        self._core.need_connection()
        self._check(event)
        try:
            self._core.act(lambda protocol: protocol.send(event))
        except TypeError as error:  # a value that JSON doesn't know
            raise ConfigError(f"The event {event['type']!r} can't be sent as JSON: {error}.") from None

    def _check(self, event: Mapping[str, Any]) -> None:
        """Refuse at once what the server would refuse, some of it without a word of which command it was."""
        error = self._core.protocol.objection(event)
        if error is not None:
            raise of_objection(error)

    async def approve(self, request_id: str, approve: bool, reason: str | None) -> None:
        """Answer the server's question whether it may run a tool."""
        core = self._core
        core.need_connection()
        error = core.protocol.approvals.objection(request_id)
        if error is not None:
            raise of_objection(error)
        event_id = core.act(lambda protocol: protocol.approvals.answer(request_id, approve, reason))
        await core.waits.settled(event_id, timeout_s=UPDATE_LIMIT_S, what="the approval")

    # -- what a panel does, and each kind in its own way ---------------------------------------------------

    async def send_text(self, text: str, respond: bool) -> None:
        """Add the user's text; with `respond` it is answered."""
        raise NotImplementedError

    def press(self) -> None:
        """Begin a turn by hand."""
        raise NotImplementedError

    def release(self, *, keep: bool = True) -> None:
        """End the turn, which counts if it is to be kept."""
        raise NotImplementedError

    # -- configuration -------------------------------------------------------------------------------------

    async def update(self, options: Mapping[str, Any]) -> None:
        """Change the configuration; when the server refuses, everything stays as it was."""
        async with self._updating:
            await self._update(options)

    async def _update(self, options: Mapping[str, Any]) -> None:
        core = self._core
        before = core.protocol.config
        after = before.merge(**options)
        self._check_update(before, after)
        try:
            await self._announce(after)
        finally:
            core.publish([])

    def _check_update(self, before: Any, after: Any) -> None:
        """Refuse what can't change any more; raises RefusedError."""
        raise NotImplementedError

    async def _announce(self, config: Any) -> None:
        core = self._core
        if not core.live:
            core.protocol.config = config
            return
        before = core.protocol.config
        event_id = core.act(lambda protocol: protocol.update(config))
        core.registry.mark_announced(list(config.tools))
        if event_id is None:
            return
        try:
            await core.waits.settled(event_id, timeout_s=UPDATE_LIMIT_S, what="the change")
        except RefusedError:
            core.protocol.revert(before)
            core.registry.mark_announced([dict(each) for each in before.tools])
            raise


def check_model(core: SessionCore, before: Any, after: Any) -> None:
    """Refuse another model while connected; raises RefusedError."""
    if before.model != after.model and core.live:
        raise RefusedError(
            "The model can't change while connected.",
            remedy="Stop the session first.",
            code="model_is_fixed",
            recoverable=True,
        )
