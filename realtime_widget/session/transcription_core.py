"""A transcription session as the I/O thread sees it: it ends turns, and tells of them in their order."""

from __future__ import annotations

import asyncio
from typing import Any

from ..errors import RealtimeError
from ..protocol import changes as ch
from ..protocol.items import ItemState
from ..protocol.transcription import TranscriptionProtocol
from .core import SessionCore
from .cutter import Cutter
from .inputs import AudioFeed
from .settling import GRACE_S

__all__ = ["TranscriptionCore"]

MIN_COMMIT_MS = 100
FINISH_LIMIT_S = 10.0
FENCE_LIMIT_S = 10.0
IGNORED_FENCES = 2
"""After so many that a server didn't acknowledge, it isn't asked again."""
QUIET_LIMIT_MS = 10_000
"""Silence of a microphone after which it is dropped: it costs, and some models hear words in it."""
WORDS_OVER_MS = 1_500
"""Without new words for so long, words that no voice was heard for are a turn."""
STILL_MS = 1_000
"""A microphone that sends nothing for so long has ended the turn."""
GIVE_UP_MS = 30_000
"""How long the words of a turn may hold up those after it."""


class TranscriptionCore(SessionCore):
    """State and verbs of one transcription session on the I/O thread.

    Attributes:
        finals: Ids of the turns that are over, in conversation order, as they were told.
    """

    protocol: TranscriptionProtocol
    feed: _Feed

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.feed = _Feed(self)
        self.finals: list[str] = []
        self._cutter: Cutter | None = None
        self._cutter_of: object = None  # the configuration that the cutter was made for
        self._heard_ms = 0.0  # when sound last came, on the session's clock
        self._speech_from_ms = 0.0  # how much was appended when the server heard speech begin
        self._any_turn = False
        self._finishing = False
        self._partials: dict[str, str] = {}  # the words that were told last, by turn
        self._n_ignored = 0  # fences in a row that the server said nothing to

    # -- sound in ----------------------------------------------------------------------------------------

    @property
    def by_hand(self) -> bool:
        """Whether only `commit()` ends turns."""
        config = self.protocol.config
        return config.turn_detection is None and config.commit is None

    @property
    def _audio(self) -> Any:
        return self.protocol.input_audio

    def _follow(self) -> Cutter:
        config = self.protocol.config
        if self._cutter is None or self._cutter_of is not config:
            self._cutter, self._cutter_of = Cutter(config, self._audio.total_ms), config
        return self._cutter

    def append_audio(self, pcm: bytes, *, live: bool = True) -> None:
        """Send a piece of the user's sound, and commit it when a turn is over with it."""
        if not self.live:
            return
        cutter = self._follow()
        super().append_audio(pcm, live=live)
        self._heard_ms = self.now_ms
        span = cutter.push(pcm)
        if span is not None:
            self._commit(span)
        elif self.protocol.config.turn_detection is not None:
            self._cut_long_speech()
        elif not self.by_hand:
            self._pass_over_silence(cutter)
        self._note_speech(cutter)

    def _note_speech(self, cutter: Cutter) -> None:
        if self.protocol.config.turn_detection is None and not self.by_hand:
            self.protocol.conversation.speech_ms = cutter.speech_ms
            self.set_trait("listening", cutter.speaking)

    def _commit(self, span: tuple[float, float] | None = None) -> str | None:
        self.take_unanswered_sound()
        event_id = self.act(lambda protocol: protocol.commit(span))  # type: ignore[call-arg]
        self._any_turn = self._any_turn or event_id is not None
        return event_id

    def _cut_long_speech(self) -> None:
        if not self.user_speaks:
            self._speech_from_ms = self._audio.total_ms
        elif self._audio.total_ms - self._speech_from_ms >= self.protocol.config.max_turn_s * 1000:
            self._speech_from_ms = self._audio.total_ms
            self._commit()

    def _pass_over_silence(self, cutter: Cutter) -> None:
        """Let go of what nobody said; what may be words after all is committed."""
        from_file = self.feed.busy
        limit_ms = self.protocol.config.max_turn_s * 1000 if from_file else QUIET_LIMIT_MS
        if cutter.quiet_ms < limit_ms or self._audio.uncommitted_ms < limit_ms:
            return
        if self.protocol.conversation.has_open_words or (from_file and cutter.audible and not cutter.found):
            self._commit(cutter.rest())
        else:
            cutter.rest()
            self.act(lambda protocol: protocol.clear())

    def cut_by_hand(self) -> str | None:
        """Commit what there is; None if that is under 100 ms."""
        return self._commit(self._follow().rest())

    def end_of_source(self, *, whatever: bool = False) -> None:
        """Commit what is left when no more sound comes; silence after a turn isn't one."""
        if self._audio.uncommitted_ms < MIN_COMMIT_MS:
            return
        cutter = self._follow()
        said = cutter.speaking or self.user_speaks or self.protocol.conversation.has_open_words
        timed = not isinstance(self.protocol.config.commit, str)
        unheard = cutter.audible and not cutter.found  # no voice, says a detector that never heard one here
        if said or timed or unheard or (whatever and not self._any_turn):
            self._commit(cutter.rest())
        else:
            cutter.rest()
            self.act(lambda protocol: protocol.clear())
        self._note_speech(cutter)

    def microphone(self, pcm: bytes) -> None:
        """Take a chunk of a microphone, which is closed while the last words are waited for."""
        if not self._finishing:
            super().microphone(pcm)

    def microphone_closed(self) -> None:
        """Let the user's turn end, though no more sound comes."""
        if self.protocol.config.turn_detection is not None:
            super().microphone_closed()
        elif self.live and not self.by_hand:
            self.end_of_source()

    def refresh(self) -> None:
        """Bring the traits that depend on time up to date; end what time alone ends."""
        super().refresh()
        if self.live and self.protocol.config.turn_detection is None and not self.by_hand:
            self._end_by_time()
        self._give_up_waiting()

    def _end_by_time(self) -> None:
        cutter = self._follow()
        if self.feed.busy or self._audio.pending_commits or self._audio.uncommitted_ms < MIN_COMMIT_MS:
            return
        if cutter.speaking and self.now_ms - self._heard_ms > STILL_MS:
            self.end_of_source()
        elif not cutter.speaking and self.protocol.conversation.has_open_words:
            last_ms = max(self.protocol.conversation.words_ms, self._heard_ms - cutter.quiet_ms)
            if self.now_ms - last_ms > WORDS_OVER_MS:
                self._commit(cutter.rest())

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
                if item_id in self.announced:
                    break
                state = conversation.items.get(item_id)
                if state is not None and state.is_turn:
                    found.append(state)
        return found[::-1]

    def _tell_finals(self) -> None:
        for state in self._untold():
            if state.status != "in_progress":
                self.announced.add(state.id)
                self.finals.append(state.id)
                self._partials.pop(state.id, None)
                if self.callbacks.wants("turn"):
                    self.callbacks.emit("turn", self.data.turn(state.id))
            elif state.committed:
                return

    def _give_up_waiting(self) -> None:
        held_up = self._untold()
        if len(held_up) > 1 and held_up[0].committed and held_up[0].status == "in_progress":
            since_ms = self.now_ms - (held_up[0].committed_ms or 0.0)
            if since_ms > GIVE_UP_MS and any(state.status != "in_progress" for state in held_up[1:]):
                self.act(lambda protocol: protocol.give_up(held_up[0].id))  # type: ignore[attr-defined]

    # -- waiting and ending ------------------------------------------------------------------------------

    async def fence(self) -> None:
        """Wait until the server has processed everything sent so far; a long file may take it a while."""
        if self.connection is None or self._n_ignored >= IGNORED_FENCES:
            return
        event_id = self.act(lambda protocol: protocol.probe())
        try:
            await self.waits.settled(event_id or "", timeout_s=FENCE_LIMIT_S, what="an empty update")
            self._n_ignored = 0
        except RealtimeError:
            self._n_ignored += self.connection is not None

    async def settle(self) -> None:
        """Wait until all that was sent is written down."""
        await self.waits.until(lambda: not (self.feed.busy and self.live))
        if self.protocol.config.turn_detection is not None and self.take_unanswered_sound():
            await self.fence()
            await asyncio.sleep(GRACE_S)  # a server may hear speech a moment after it took the sound
        await self.waits.until(lambda: not self.live or not self._is_waiting)

    @property
    def _is_waiting(self) -> bool:
        return self.user_speaks or self.protocol.awaits_words

    async def stop(self) -> None:
        """End the connection, after the words of what was said; those are waited for a while only."""
        if self.connection is not None and self.status == "connected" and not self._finishing:
            self._finishing = True
            try:
                await asyncio.wait_for(self._finish(), FINISH_LIMIT_S)
            except TimeoutError:
                pass
            finally:
                self._finishing = False
                self.waits.notify()
        await self.waits.until(lambda: not self._finishing)  # whoever stops it again waits as well
        await super().stop()

    async def _finish(self) -> None:
        if self.feed.paced:
            self.feed.cancel()
        await self.waits.until(lambda: not (self.feed.busy and self.live))
        if self.live:
            self.end_of_source(whatever=True)
        await self.waits.until(lambda: not self.live or not self.protocol.awaits_words)

    async def wind_up(self, error: Any) -> None:
        """End all that went on over a connection, and tell of what is over with it."""
        await super().wind_up(error)
        self._cutter = None
        self.protocol.conversation.speech_ms = None
        self._tell_finals()
        self.waits.notify()


class _Feed(AudioFeed):
    """Speaks queued sources; the end of one is the end of a turn, whoever ends the others."""

    _core: TranscriptionCore

    def __init__(self, core: TranscriptionCore) -> None:
        super().__init__(core)
        self.paced = False

    async def _speak(self, chunks: Any, *, realtime: bool) -> None:
        self.paced = realtime
        await super()._speak(chunks, realtime=realtime)

    async def _end_turn(self, *, realtime: bool) -> None:
        if self._core.protocol.config.turn_detection is not None:
            await super()._end_turn(realtime=realtime)
        elif not self._core.by_hand:
            self._core.end_of_source()
