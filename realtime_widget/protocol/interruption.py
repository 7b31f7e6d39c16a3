"""Interrupting an answer: what must no longer be heard, and what the server is told about what was.

It has two halves, since only the page knows what was heard: it is silenced in between, and reports.
"""

from __future__ import annotations

from .answers import Answers
from .changes import ItemChanged
from .commands import CancelResponse, DeleteItem, TruncateItem
from .conversation import Conversation
from .items import ItemState
from .outbox import Outbox
from .playback import Cut, PlaybackTracker
from .responses import ResponseSequencer

__all__ = ["Interruption"]


class Interruption:
    """Cancel, truncate and delete at the right moment, with the right numbers."""

    def __init__(
        self,
        outbox: Outbox,
        conversation: Conversation,
        playback: PlaybackTracker,
        sequencer: ResponseSequencer,
        answers: Answers,
    ) -> None:
        self._out = outbox
        self._conversation = conversation
        self._playback = playback
        self._sequencer = sequencer
        self._answers = answers
        self._interrupted: list[str] = []  # responses between the two halves
        self._cancelled: str | None = None

    def cancel(self) -> bool:
        """Stop the running response, or the one that was asked for; tell whether there is one."""
        active = self._sequencer.active
        if active is None:
            return self._sequencer.cancel_unconfirmed()
        if self._cancelled != active:
            self._cancelled = active
            self._out.send(CancelResponse(response_id=active))
        return True

    def begin(self, *, cancel: bool) -> bool:
        """Let no further sound of the running response through; tell whether anything is interrupted.

        With `cancel` the response is stopped at the server too, and nothing follows the calls it has made.
        """
        active = self._sequencer.active
        if active is not None:
            self._conversation.silence(active)
            self._interrupted.append(active)
        something = active is not None or self._playback.is_playing(self._out.now_ms)
        if cancel:
            if active is not None:
                self._sequencer.responses[active].unwanted = True
            something = self.cancel() or something
            something = self._answers.abandon() or something
        return something

    def finish(self) -> list[Cut]:
        """Tell the server how much was heard of what it sent."""
        cuts = self._playback.interrupt(self._out.now_ms)
        for cut in cuts:
            state = self._conversation.items.get(cut.item_id)
            if state is not None:
                state.interrupted = True
                self._cut(cut, state)
                self._out.changes.append(ItemChanged(cut.item_id))
        interrupted, self._interrupted = self._interrupted, []
        for response_id in interrupted:
            for state in self._conversation.of_response(response_id):
                if _is_silent(state):
                    state.interrupted = True
                    self._delete(state)
                    self._out.changes.append(ItemChanged(state.id))
        return cuts

    def _cut(self, cut: Cut, state: ItemState) -> None:
        if cut.heard_ms <= 0:
            # The API refuses a cut at nothing, and the model should forget what nobody heard.
            if not self._was_heard(state):
                self._delete(state)
        elif cut.heard_ms < cut.received_ms or not cut.complete:
            # The server may have made more sound than has come, so even what was heard to its end is cut.
            command = TruncateItem(
                item_id=cut.item_id, content_index=cut.content_index, audio_end_ms=cut.heard_ms
            )
            self._out.send(command)

    def _was_heard(self, state: ItemState) -> bool:
        parts = (self._playback.get(state.id, index) for index in state.parts)
        return any(part and self._playback.heard_samples(part, self._out.now_ms)[0] for part in parts)

    def _delete(self, state: ItemState) -> None:
        if not state.unheard:
            state.unheard = True
            self._out.send(DeleteItem(item_id=state.id))


def _is_silent(state: ItemState) -> bool:
    """Tell whether a message was to be spoken, and its sound hadn't begun to come."""
    spoken = any(part.is_audio for part in state.parts.values())
    sounds = any(part.n_audio_bytes for part in state.parts.values())
    return state.is_turn and spoken and not sounds
