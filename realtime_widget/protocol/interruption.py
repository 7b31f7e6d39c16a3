"""Interrupting an answer: what must no longer be heard, and what the server is told about what was.

It has two halves, since only the page knows what was heard: it is silenced in between, and reports. What the
first half silenced is all that the second one cuts; an answer that begins in between plays on.

The server is told once. A report that comes after it was told changes neither its record nor ours, so that
both sides go on with the same words; ours is marked as an estimate then.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from ..audio import SAMPLES_PER_MS
from . import events as ev
from .answers import Answers
from .changes import ItemChanged
from .commands import CancelResponse, DeleteItem, TruncateItem
from .conversation import Conversation
from .items import ItemState
from .outbox import Outbox
from .playback import Cut, PartPlayback, PlaybackTracker
from .responses import ResponseSequencer

__all__ = ["Interruption"]


@dataclass(frozen=True, slots=True)
class _Stop:
    """What the first half of an interruption silenced."""

    parts: list[PartPlayback]
    responses: list[str]


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
        self._stops: deque[_Stop] = deque()  # interruptions between their halves
        self._untold: dict[str, list[Cut]] = {}  # of responses that still run
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

    def begin(self, *, cancel: bool, speech: str | None = None) -> bool:
        """Let no further sound through of what runs or plays; tell whether anything is interrupted.

        With `cancel` the response is stopped at the server too, and nothing follows the calls it has made.
        `speech` is the user's item that interrupts, if one does.
        """
        active = self._sequencer.active
        parts = self._playback.stop(self._out.now_ms, _HeardBefore(self._conversation, speech))
        stop = _Stop(parts, self._responses(parts))
        for response_id in stop.responses:
            self._conversation.silence(response_id)
        something = bool(stop.parts or stop.responses)
        if cancel:
            if active is not None:
                self._sequencer.responses[active].unwanted = True
            something = self.cancel() or something
            something = self._answers.abandon() or something
        if something:
            self._stops.append(stop)
            self._sequencer.cutting = True
        return something

    def finish(self, *, answered: bool | None = None) -> list[Cut]:
        """Tell the server how much was heard of what the oldest `begin` silenced.

        `answered` when the page has reported, False when it should have and didn't.
        """
        if not self._stops:
            return []
        stop = self._stops.popleft()
        self._sequencer.cutting = bool(self._stops)
        cuts = self._playback.cut(stop.parts, answered=answered)
        for cut in cuts:
            self._cut(cut)
        for response_id in stop.responses:
            self._forget_unheard(response_id)
        self._answers.flush()
        return cuts

    def attach(self, attached: bool) -> None:
        """Note that a page began, or ceased, to play; what a page that left hadn't played wasn't heard."""
        for cut in self._playback.attach(attached, self._out.now_ms):
            state = self._conversation.items.get(cut.item_id)
            response = self._sequencer.responses.get((state and state.response_id) or "")
            if response is None or response.done:
                self._cut(cut)
            else:  # it goes on, for whoever reads it: what of it was heard can be told in the end
                self._untold.setdefault(response.id, []).append(cut)

    def on_response_done(self, event: ev.ResponseDone) -> None:
        """Take `response.done`: what else an interrupted response made, nobody has heard."""
        response_id = event.response.id or ""
        for cut in self._untold.pop(response_id, ()):
            self._cut(cut)
        pending = any(response_id in stop.responses for stop in self._stops)
        if response_id in self._conversation.silenced and not pending:
            self._forget_unheard(response_id)

    def connection_lost(self, *, resumes: bool) -> None:
        """Let go of what the server would have been told; unless the session `resumes`, all falls silent."""
        parts = [part for stop in self._stops for part in stop.parts]
        self._stops.clear()
        self._untold.clear()
        self._sequencer.cutting = False
        if not resumes and self._playback.has_player:
            parts += self._playback.stop(self._out.now_ms)
        for cut in self._playback.cut(parts):
            self._out.changes.append(ItemChanged(cut.item_id))

    # -- the first half ----------------------------------------------------------------------------------

    def _responses(self, parts: list[PartPlayback]) -> list[str]:
        active = self._sequencer.active
        ids = {} if active is None else {active: None}
        for part in parts:
            state = self._conversation.items.get(part.item_id)
            if state is not None and state.response_id:
                ids[state.response_id] = None
        return list(ids)

    # -- the second half ---------------------------------------------------------------------------------

    def _cut(self, cut: Cut) -> None:
        state = self._conversation.items.get(cut.item_id)
        if state is None:
            return
        state.interrupted = True
        self._out.changes.append(ItemChanged(cut.item_id))
        if not self._is_known(state):
            return
        part = self._playback.get(cut.item_id, cut.content_index)
        if part is not None:
            part.told = True
        if cut.heard_ms > 0:
            # The server may have made more sound than has come, so even what was heard to its end is cut.
            command = TruncateItem(
                item_id=cut.item_id, content_index=cut.content_index, audio_end_ms=cut.heard_ms
            )
            self._out.send(command)
        elif not self._was_heard(state):
            # The API refuses a cut at nothing, and the model should forget what nobody heard.
            self._delete(state)

    def _is_known(self, state: ItemState) -> bool:
        """Whether this connection's server has the item, with its sound, in its conversation.

        What was told again to a new connection is text there, which can't be truncated; what it was told is
        what had been heard. An answer outside the conversation was never in it.
        """
        here = state.connection == self._conversation.connection and not self._out.suspended
        return here and not state.out_of_band and not state.unheard

    def _was_heard(self, state: ItemState) -> bool:
        parts = (self._playback.get(state.id, index) for index in state.parts)
        now_ms = self._out.now_ms
        return any(part and self._playback.heard_samples(part, now_ms)[0] >= SAMPLES_PER_MS for part in parts)

    def _forget_unheard(self, response_id: str) -> None:
        """Delete the messages of an interrupted response that nobody can have heard anything of."""
        for state in self._conversation.of_response(response_id):
            if self._is_known(state) and self._is_silent(state):
                state.interrupted = True
                self._delete(state)
                self._out.changes.append(ItemChanged(state.id))

    def _is_silent(self, state: ItemState) -> bool:
        spoken = any(part.is_audio for part in state.parts.values())
        if not state.parts:
            response = self._sequencer.responses.get(state.response_id or "")
            spoken = response is not None and response.done  # it was cut off before it had any content
        tracked = (self._playback.get(state.id, index) for index in state.parts)
        return state.is_turn and spoken and not any(part and part.received_samples for part in tracked)

    def _delete(self, state: ItemState) -> None:
        state.unheard = True
        self._out.send(DeleteItem(item_id=state.id))


class _HeardBefore:
    """Tells which whole answers of a script count as heard, though not as much time has passed.

    Nobody waits for the sound there: whoever asks the next question has heard the answer to the last one, and
    speech from a file that was sent at once begins where the sound before it ends.
    """

    def __init__(self, conversation: Conversation, speech: str | None) -> None:
        self._conversation = conversation
        self._speech = speech
        self._before: set[str] | None = None

    def __call__(self, part: PartPlayback) -> bool:
        if self._before is None:
            self._before = self._items_before()
        begin_ms = self._speech_ms()
        end_ms = part.start_ms + part.received_samples / SAMPLES_PER_MS
        return part.item_id in self._before or (begin_ms is not None and begin_ms >= end_ms)

    def _items_before(self) -> set[str]:
        """Return the items before the last thing that the user said or wrote, but for what he says now."""
        talk = self._conversation
        before: list[str] = []
        n_answered = 0
        for state in talk:
            now = state.id in talk.open_speech or state.id == self._speech
            if state.role == "user" and state.is_turn and not now:
                n_answered = len(before)
            before.append(state.id)
        return set(before[:n_answered])

    def _speech_ms(self) -> float | None:
        """Return where the speech begins on the session's clock; None if its sound didn't pass through us."""
        talk = self._conversation
        state = talk.items.get(self._speech or "")
        if state is None or state.audio_start_ms is None:
            return None
        audio = talk.input_audio
        appended_ms = audio.absolute_ms(audio.appended_ms)
        return audio.to_clock(state.audio_start_ms) if state.audio_start_ms < appended_ms else None
