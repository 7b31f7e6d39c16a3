"""A translation session as the I/O thread sees it: the sound never stops, and the end is asked for."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .core import SessionCore
from .sound_in import SoundIn

if TYPE_CHECKING:
    from ..protocol.translation import TranslationProtocol

__all__ = ["TranslationCore"]

LEAVE_LIMIT_S = 60.0
SOURCE_LIMIT_S = 10.0
SILENT_LIMIT_MS = 6_000
"""How long a server that was asked for the rest may say nothing at all."""
SETTLED_MS = 3_000
"""Nothing of the translation for this long after the sound was over: it has all come."""


class TranslationCore(SessionCore):
    """State and verbs of one translation session on the I/O thread."""

    protocol: TranslationProtocol

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.sound_in = _SoundIn(self)

    @property
    def user_speaks(self) -> bool:
        """Whether anybody is in the middle of something; connections are changed at another moment."""
        return self._hears_speech or self.protocol.is_open

    @user_speaks.setter
    def user_speaks(self, speaks: bool) -> None:
        self._hears_speech = speaks

    async def settle(self) -> None:
        """Wait until what was sent is translated, which shows only in that nothing more comes."""
        await self.waits.until(lambda: not (self.sending and self.live))
        begin_ms = self.now_ms
        await self.waits.until(lambda: not self.live or self._rests_since(begin_ms))

    def _rests_since(self, begin_ms: float) -> bool:
        last_ms = max(begin_ms, self.protocol.output_ms)
        return self.now_ms - last_ms >= SETTLED_MS and not self.protocol.is_open

    async def stop(self) -> None:
        """End the connection after the rest of the translation; a second call doesn't wait for that."""
        if self.connection is None or self.status != "connected" or self.parting is not None:
            return await super().stop()
        self.parting = asyncio.Event()
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._take_leave(self.parting), LEAVE_LIMIT_S)
        finally:
            await super().stop()
            self.parting = None

    async def _finish_sources(self, gone: asyncio.Event) -> None:
        """Send what is being sent in a burst; what goes at the pace of speech is broken off."""
        self.source.end()
        if not self.feed.paced:
            sent = self.waits.until(lambda: gone.is_set() or not (self.feed.busy and self.live))
            with suppress(TimeoutError):  # a source of the user's own may block
                await asyncio.wait_for(sent, SOURCE_LIMIT_S)
        self.feed.cancel()

    async def _take_leave(self, gone: asyncio.Event) -> None:
        await self._finish_sources(gone)
        begin_ms = self.now_ms
        self.act(lambda protocol: protocol.close())  # type: ignore[attr-defined]

        def is_over() -> bool:
            silent_ms = self.now_ms - max(begin_ms, self.heard_ms)
            return gone.is_set() or not self.live or self.protocol.closed or silent_ms > SILENT_LIMIT_MS

        await self.waits.until(is_over)


class _SoundIn(SoundIn):
    """Has no turns to end: where no sound comes, silence is sent in its place."""

    @property
    def by_hand(self) -> bool:
        """Whether the user ends his turns by hand: there are none here."""
        return False

    def closed(self) -> None:
        """Do nothing."""
