"""When a conversation is at rest: nothing runs, nothing waits, and what was said has been answered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..errors import SessionClosedError

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = ["is_idle", "settle", "transcripts_awaited"]

GRACE_S = 0.3
TRANSCRIPT_LIMIT_S = 2.0


async def settle(core: SessionCore) -> None:
    """Wait until the session is at rest.

    Raises:
        EngineError: The connection ended before, and can't be made again.
        SessionClosedError: The session was stopped before.
    """
    if not core.live:
        if core.status == "error" and core.lifecycle.failure is not None:
            raise core.lifecycle.failure
        return  # nothing is said to anyone
    n_spoken = -1
    while True:
        await core.waits.until(lambda: is_idle(core))
        # An open microphone sends for ever, so its sound alone is looked at once.
        if not core.sound_in.take_unanswered() or n_spoken == core.feed.n_spoken:
            break
        _check_live(core)
        n_spoken = core.feed.n_spoken
        # The server may still be listening to what was sent last: let it finish, then look again.
        await core.fence()
        await asyncio.sleep(GRACE_S)
    _check_live(core)
    await _transcripts(core)


def _check_live(core: SessionCore) -> None:
    if not core.live:
        raise core.lifecycle.failure or SessionClosedError(
            "The session was stopped before everything was answered.", remedy="Call start() to go on."
        )


def is_idle(core: SessionCore) -> bool:
    """Tell whether nothing runs and nobody speaks."""
    sequencer = core.protocol.sequencer
    busy = sequencer.busy or sequencer.held or len(core.tools) > 0 or core.sending or core.user_speaks
    return not busy or not core.live


async def _transcripts(core: SessionCore) -> None:
    """Give late transcripts of the user's words a moment; some servers never send them."""
    if core.protocol.config.transcription is None or core.transcripts_missed >= 2:
        return
    try:
        await asyncio.wait_for(core.waits.until(lambda: not transcripts_awaited(core)), TRANSCRIPT_LIMIT_S)
        core.transcripts_missed = 0
    except TimeoutError:
        core.transcripts_missed += 1


def transcripts_awaited(core: SessionCore) -> bool:
    """Tell whether words of the user are still to come."""
    with core.lock:
        return any(
            not part.final
            for item_id in core.untranscribed
            if (item := core.protocol.conversation.items.get(item_id)) is not None
            for part in item.parts.values()
        )
