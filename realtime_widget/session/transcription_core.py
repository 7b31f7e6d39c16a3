"""A transcription session as the I/O thread sees it: it ends turns, and tells of them in their order."""

from __future__ import annotations

import asyncio
from typing import Any

from ..protocol import changes as ch
from ..protocol.items import ItemState
from ..protocol.transcription import TranscriptionProtocol
from .core import SessionCore
from .fence import Fence
from .settling import GRACE_S
from .transcription_sound import TranscriptionFeed, TranscriptionSoundIn

__all__ = ["TranscriptionCore"]

FINISH_LIMIT_S = 10.0
FENCE_LIMIT_S = 10.0
IGNORED_FENCES = 2
"""After so many that a server didn't acknowledge, it isn't asked again."""
GIVE_UP_MS = 30_000
"""How long the words of a turn may hold up those after it."""


class TranscriptionCore(SessionCore):
    """State and verbs of one transcription session on the I/O thread; turns are told of in their order."""

    protocol: TranscriptionProtocol
    sound_in: TranscriptionSoundIn

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.feed = TranscriptionFeed(self)
        self.sound_in = TranscriptionSoundIn(self)
        self.finishing = False  # the last words are waited for
        self._fence = Fence(self, limit_s=FENCE_LIMIT_S, patience=IGNORED_FENCES)
        self._partials: dict[str, str] = {}  # the words that were told last, by turn

    def refresh(self) -> None:
        """Bring the traits that depend on time up to date; end what time alone ends."""
        super().refresh()
        self.sound_in.look()
        self._give_up_waiting()

    # -- telling of turns --------------------------------------------------------------------------------

    def publish(self, changes: list[ch.Change]) -> None:
        """Show views what changed, and tell of words."""
        super().publish(changes)
        touched = {change.item_id for change in changes if isinstance(change, ch.ItemChanged)}
        if touched:
            self._tell_partials(touched)
            self._tell_finals()

    def announce(self, item: ItemState) -> None:
        """Tell of turns in their order, not in that of their completion: `publish` does."""

    def _tell_partials(self, item_ids: set[str]) -> None:
        if self.callbacks.wants("partial"):
            for item_id in item_ids:
                turn = self.data.turn(item_id)
                told = self._partials.get(item_id, "")
                if turn is not None and turn.status == "in_progress" and turn.text != told:
                    self._partials[item_id] = turn.text
                    self.callbacks.emit("partial", turn)

    def _untold(self) -> list[ItemState]:
        """Return the turns that weren't told of, in order."""
        found: list[ItemState] = []
        with self.lock:
            conversation = self.protocol.conversation
            for item_id in reversed(list(conversation.order)):
                if item_id in self.told.ids:
                    break
                state = conversation.items.get(item_id)
                if state is not None and state.is_turn:
                    found.append(state)
        return found[::-1]

    def _tell_finals(self) -> None:
        for state in self._untold():
            if state.status != "in_progress":
                self._partials.pop(state.id, None)
                self.stored()
                self.told.tell(state.id)
            elif state.committed:
                return

    def _give_up_waiting(self) -> None:
        held_up = self._untold()
        if len(held_up) > 1 and held_up[0].committed and held_up[0].status == "in_progress":
            since_ms = self.now_ms - (held_up[0].committed_ms or 0.0)
            if since_ms > GIVE_UP_MS and any(state.status != "in_progress" for state in held_up[1:]):
                self.act(lambda protocol: protocol.give_up(held_up[0].id))  # type: ignore[attr-defined]

    # -- waiting and ending ------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Wait until all that was sent is written down."""
        await self.waits.until(lambda: not (self.sending and self.live))
        if self.protocol.config.turn_detection is not None and self.sound_in.take_unanswered():
            await self.fence()
            await asyncio.sleep(GRACE_S)  # a server may hear speech a moment after it took the sound
        await self.waits.until(lambda: not self.live or not self._is_waiting)

    @property
    def _is_waiting(self) -> bool:
        return self.user_speaks or self.protocol.awaits_words

    async def stop(self) -> None:
        """End the connection, after the words of what was said; those are waited for a while only."""
        if self.connection is not None and self.status == "connected" and not self.finishing:
            self.finishing = True
            try:
                await asyncio.wait_for(self._finish(), FINISH_LIMIT_S)
            except TimeoutError:
                pass
            finally:
                self.finishing = False
                self.waits.notify()
        await self.waits.until(lambda: not self.finishing)  # whoever stops it again waits as well
        await super().stop()

    async def _finish(self) -> None:
        self.source.end()
        if self.feed.paced:
            self.feed.cancel()
        await self.waits.until(lambda: not (self.feed.busy and self.live))
        if self.live:
            self.sound_in.end_of_source(whatever=True)
        await self.waits.until(lambda: not self.live or not self.protocol.awaits_words)

    async def wind_up(self, error: Any) -> None:
        """End all that went on over a connection, and tell of what is over with it."""
        await super().wind_up(error)
        self.sound_in.forget()
        self._tell_finals()
        self.waits.notify()
