"""What an interpreter says, as a conversation: two streams, cut into turns by their pauses.

The source's passages are the user's turns, the translation's are the assistant's. The conversation is told of
them in its own words, so that all that shows a conversation shows a translation too.
"""

from __future__ import annotations

from . import events as ev
from .changes import SpeechChanged
from .conversation import Conversation
from .objects import ContentPart, Item
from .outbox import Outbox
from .passages import Passage

__all__ = ["Interpretation"]

SPOKEN_BEFORE_MS = 800.0  # words come about this much after they were begun to be said


class Interpretation:
    """Cuts both streams; positions (`at_ms`) count the sound that was sent on this connection."""

    def __init__(self, outbox: Outbox, conversation: Conversation) -> None:
        self._out = outbox
        self._conversation = conversation
        self._source: Passage | None = None
        self._target: Passage | None = None
        self._trailing: Passage | None = None  # its words are over, its sound may not be
        self._source_end_ms = 0.0
        self._previous: dict[str, str | None] = {}  # what stood before an open passage

    def begin(self) -> None:
        """Begin a connection, which counts from zero."""
        self._source_end_ms = 0.0

    @property
    def is_open(self) -> bool:
        """Whether a passage may go on."""
        return any(passage is not None for passage in (self._source, self._target, self._trailing))

    # -- what comes --------------------------------------------------------------------------------------

    def source_words(self, words: str, at_ms: float) -> None:
        """Take words of the original."""
        passage = self._source
        if passage is not None and passage.is_over(at_ms):
            self._end_source()
        passage = self._source or self._begin_source(at_ms)
        passage.add_words(words, at_ms, self._out.now_ms)
        self._apply(ev.TranscriptionDelta(item_id=passage.item_id, delta=words))

    def target_words(self, words: str, at_ms: float) -> None:
        """Take words of the translation."""
        if self._target is not None and self._target.is_over(at_ms):
            self._end_target(self._trailing)
            self._trailing, self._target = self._target, None
        passage = self._target or self._begin_target(at_ms)
        passage.add_words(words, at_ms, self._out.now_ms)
        self._apply(ev.ResponseOutputAudioTranscriptDelta(item_id=passage.item_id, delta=words))
        self._date(passage)

    def target_sound(self, pcm: bytes, at_ms: float) -> None:
        """Take sound of the translation, which may come before its words or well after them."""
        silent = not any(pcm)
        passage = self._sounding(at_ms)
        if passage is None:
            if silent:
                return  # between two passages
            passage = self._begin_target(at_ms)
        if not silent:
            passage.see(at_ms, self._out.now_ms)
        self._place_sound(passage, at_ms)
        self._apply(ev.ResponseOutputAudioDelta(item_id=passage.item_id, delta=pcm))
        self._date(passage)

    def tick(self) -> None:
        """End what nothing was added to for a while."""
        now_ms = self._out.now_ms
        if self._source is not None and self._source.is_past(now_ms):
            self._end_source()
        if self._trailing is not None and self._trailing.is_past(now_ms):
            self._end_target(self._trailing)
        if self._target is not None and self._target.is_past(now_ms):
            self._end_target(self._target)

    def end(self, status: str) -> None:
        """End everything; `status` says whether it is `completed` or `incomplete`."""
        self._end_source(status)
        self._end_target(self._trailing)
        self._end_target(self._target, status)

    # -- the source --------------------------------------------------------------------------------------

    def _begin_source(self, at_ms: float) -> Passage:
        start_ms = max(self._source_end_ms, at_ms - SPOKEN_BEFORE_MS)
        passage = self._source = self._passage("source", start_ms, at_ms)
        self._apply(ev.SpeechStarted(item_id=passage.item_id, audio_start_ms=int(start_ms)))
        self._out.changes.append(SpeechChanged(True, passage.item_id))
        return passage

    def _end_source(self, status: str = "completed") -> None:
        passage, self._source = self._source, None
        if passage is None:
            return
        item_id = passage.item_id
        self._source_end_ms = max(passage.start_ms, passage.words_ms)
        if state := self._conversation.items.get(item_id):
            state.finish(status)
        self._apply(ev.SpeechStopped(item_id=item_id, audio_end_ms=int(self._source_end_ms)))
        self._apply(ev.TranscriptionCompleted(item_id=item_id, transcript=passage.text.strip()))
        previous = self._previous.pop(item_id, None)
        self._apply(ev.InputAudioCommitted(item_id=item_id, previous_item_id=previous))
        self._out.changes.append(SpeechChanged(False, item_id))

    # -- the translation ---------------------------------------------------------------------------------

    def _sounding(self, at_ms: float) -> Passage | None:
        """Return the passage that sound at a position belongs to."""
        target, trailing = self._target, self._trailing
        if trailing is not None and (target is None or at_ms < target.start_ms):
            return trailing
        self._end_target(trailing)
        if target is not None and target.is_broken_off(at_ms):
            self._end_target(target)
        return self._target

    def _begin_target(self, at_ms: float) -> Passage:
        self._target = self._passage("translation", at_ms, at_ms)
        return self._target

    def _place_sound(self, passage: Passage, at_ms: float) -> None:
        playback = self._conversation.playback
        if not playback.has_player and playback.get(passage.item_id) is None:
            # Nobody plays it: it stands beside what it translates, also where that was sent in a burst.
            playback.received(passage.item_id, 0, 0, self._clock_ms(at_ms))

    def _date(self, passage: Passage, *, over: bool = False) -> None:
        state = self._conversation.items.get(passage.item_id)
        if state is not None and not self._conversation.playback.has_player:
            state.created_ms = self._clock_ms(passage.start_ms)
            if over:
                state.done_ms = max(state.created_ms, self._clock_ms(passage.end_ms))

    def _clock_ms(self, at_ms: float) -> float:
        """Return where a position lies on the session's clock; not beyond what has been sent, or is now."""
        audio = self._conversation.input_audio
        return min(audio.to_clock(audio.absolute_ms(at_ms)), max(audio.end_ms, self._out.now_ms))

    def _end_target(self, passage: Passage | None, status: str = "completed") -> None:
        if passage is None:
            return
        if passage is self._trailing:
            self._trailing = None
        if passage is self._target:
            self._target = None
        self._date(passage, over=True)
        words = ContentPart(type="output_audio", transcript=passage.text.strip())
        item = Item(type="message", id=passage.item_id, role="assistant", status=status, content=[words])
        self._apply(ev.ResponseOutputAudioDone(item_id=passage.item_id))
        previous = self._previous.pop(passage.item_id, None)
        self._apply(ev.ConversationItemDone(item=item, previous_item_id=previous))

    # -- both --------------------------------------------------------------------------------------------

    def _passage(self, kind: str, start_ms: float, at_ms: float) -> Passage:
        item_id = self._out.new_id(f"{kind}_")
        self._previous[item_id] = self._conversation.order.last
        return Passage(item_id, start_ms, at_ms, at_ms, self._out.now_ms)

    def _apply(self, event: ev.Event) -> None:
        out = self._out
        out.changes += self._conversation.apply(event, out.now_ms, out.wall_s)
