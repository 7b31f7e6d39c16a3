"""Interrupting an answer: what must no longer be heard, and what the server is told about what was.

It has two halves, since only the page knows what was heard: it is silenced in between, and reports.
"""

from __future__ import annotations

from .changes import ItemChanged
from .commands import CancelResponse, DeleteItem, TruncateItem
from .conversation import Conversation
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
    ) -> None:
        self._outbox = outbox
        self._conversation = conversation
        self._playback = playback
        self._sequencer = sequencer

    def cancel(self) -> None:
        """Stop the running response, if there is one."""
        if self._sequencer.active is not None:
            self._outbox.send(CancelResponse(response_id=self._sequencer.active))

    def begin(self, *, cancel: bool) -> bool:
        """Let no further sound of the running response through; tell whether there is anything to interrupt."""
        active = self._sequencer.active
        self._conversation.silence(active)
        if cancel:
            self.cancel()
        return active is not None or self._playback.is_playing(self._outbox.now_ms)

    def finish(self) -> list[Cut]:
        """Tell the server how much was heard of what it sent."""
        cuts = self._playback.interrupt(self._outbox.now_ms)
        for cut in cuts:
            state = self._conversation.items.get(cut.item_id)
            if state is None:
                continue
            state.interrupted = True
            if cut.heard_ms <= 0:
                # The API refuses a cut at nothing, and the model should forget what nobody heard.
                state.unheard = True
                self._outbox.send(DeleteItem(item_id=cut.item_id))
            elif cut.heard_ms < cut.received_ms:
                command = TruncateItem(
                    item_id=cut.item_id, content_index=cut.content_index, audio_end_ms=cut.heard_ms
                )
                self._outbox.send(command)
            self._outbox.changes.append(ItemChanged(cut.item_id))
        return cuts
