"""The reducer: server events in, the state of the conversation's items out.

Late, missing, duplicate and early events end in the same state: items are keyed by id, words by
`(item_id, content_index)`, places by `previous_item_id`. Nothing here sends, waits or raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from . import events as ev
from .changes import AudioCompleted, AudioReceived, Change, ItemChanged, ItemRemoved, TranscriptionBilled
from .input_audio import InputAudio
from .items import ItemState
from .objects import Item
from .order import ItemOrder
from .playback import PlaybackTracker

__all__ = ["Conversation"]


class Conversation:
    """Items by id, in conversation order; fed with events, each of which yields changes."""

    def __init__(self, input_audio: InputAudio, playback: PlaybackTracker, *, keep_audio: bool = True) -> None:
        self.items: dict[str, ItemState] = {}
        self.order = ItemOrder()
        self.input_audio = input_audio
        self.playback = playback
        self._keep_audio = keep_audio
        self._silenced: set[str] = set()  # responses whose further sound nobody will hear
        self._side_responses: set[str] = set()
        self._by_response: dict[str, list[ItemState]] = {}
        self._open_speech: dict[str, ItemState] = {}
        self._now_ms = 0.0
        self._wall_s = 0.0
        self._changes: list[Change] = []

    def __iter__(self) -> Iterator[ItemState]:
        return (self.items[item_id] for item_id in self.order if item_id in self.items)

    def apply(self, event: ev.ServerEvent, now_ms: float, wall_s: float) -> list[Change]:
        """Take one event; return what changed. `wall_s` is the time of day (Unix seconds)."""
        self._now_ms, self._wall_s = now_ms, wall_s
        self._changes = []
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)
        return self._changes

    # -- what the session itself does --------------------------------------------------------------------

    def add_local(self, item: Item, previous: str | None, now_ms: float, wall_s: float) -> list[Change]:
        """Show an item that is being sent, before the server confirms it."""
        self._now_ms, self._wall_s, self._changes = now_ms, wall_s, []
        state = self._item(item.id, item.type)
        if state is not None:
            state.take(item, final=True)
            state.status = "completed"
            self._changed(state)
        return self._changes

    def silence(self, response_id: str | None) -> None:
        """Drop all further sound of a response: it was interrupted."""
        if response_id:
            self._silenced.add(response_id)

    def of_response(self, response_id: str) -> list[ItemState]:
        """Return the items that a response made, in the order in which they came."""
        return list(self._by_response.get(response_id, ()))

    def set_aside(self, response_id: str) -> None:
        """Keep a response's items out of the conversation (`conversation: "none"`)."""
        self._side_responses.add(response_id)

    def remove(self, item_id: str) -> list[Change]:
        """Take an item out, for good."""
        state = self.items.pop(item_id, None)
        self._open_speech.pop(item_id, None)
        self.order.drop(item_id)
        if state is None:
            return []
        self.playback.forget(item_id)
        return [ItemRemoved(item_id)]

    # -- items -------------------------------------------------------------------------------------------

    def _item(self, item_id: str | None, kind: str = "message", role: str | None = None) -> ItemState | None:
        if not item_id:
            return None
        state = self.items.get(item_id)
        if state is None:
            state = ItemState(item_id, kind or "message", self._now_ms, self._wall_s, role)
            if not self.playback.has_player:
                # Nobody waits for sound in a script, so its time runs on to where the sound so far ends.
                state.created_ms = max(self._now_ms, self.playback.end_ms, self.input_audio.end_ms)
            self.items[item_id] = state
            self.order.expect(item_id)
        state.role = state.role or role
        return state

    def _response_item(self, event: Any, kind: str = "message") -> ItemState | None:
        state = self._item(event.item_id, kind, "assistant" if kind == "message" else None)
        if state is not None and event.response_id and state.response_id is None:
            self._belongs(state, event.response_id)
        return state

    def _belongs(self, state: ItemState, response_id: str) -> None:
        state.response_id = response_id
        self._by_response.setdefault(response_id, []).append(state)
        if response_id in self._side_responses:
            state.out_of_band = True
            self.order.drop(state.id)

    def _changed(self, state: ItemState | None) -> None:
        if state is not None:
            self._changes.append(ItemChanged(state.id))

    def _place(self, state: ItemState, previous: str | None) -> None:
        if not state.out_of_band:
            self.order.place(state.id, previous)
            state.placed = True

    def _on_item_added(self, event: ev.ConversationItemAdded | ev.ConversationItemCreated) -> None:
        state = self._item(event.item.id, event.item.type)
        if state is not None:
            state.take(event.item, final=state.role == "user" or event.item.status == "completed")
            self._place(state, event.previous_item_id)
            self._changed(state)

    def _on_item_done(self, event: ev.ConversationItemDone) -> None:
        state = self._item(event.item.id, event.item.type)
        if state is not None:
            state.take(event.item, final=True)
            state.done_ms = state.done_ms or self._now_ms
            self._place(state, event.previous_item_id)
            self._changed(state)

    def _on_item_deleted(self, event: ev.ConversationItemDeleted) -> None:
        state = self.items.get(event.item_id)
        if state is not None and not state.unheard:
            self._changes += self.remove(event.item_id)

    def _on_item_truncated(self, event: ev.ConversationItemTruncated) -> None:
        state = self.items.get(event.item_id)
        part = self.playback.get(event.item_id, event.content_index)
        if state is not None and part is not None and part.cut_samples is None:
            part.cut_samples = min(int(event.audio_end_ms * 24), part.received_samples)
            state.interrupted = True
            self._changed(state)

    # -- what the user says ------------------------------------------------------------------------------

    def _on_speech_started(self, event: ev.SpeechStarted) -> None:
        state = self._item(event.item_id, role="user")
        if state is not None:
            state.audio_start_ms = self.input_audio.absolute_ms(event.audio_start_ms)
            if not state.committed:
                self._open_speech[state.id] = state
            state.part(0).kind = "input_audio"
            self._changed(state)

    def _on_speech_stopped(self, event: ev.SpeechStopped) -> None:
        state = self._item(event.item_id, role="user")
        if state is not None:
            state.audio_end_ms = self.input_audio.absolute_ms(event.audio_end_ms)
            self._changed(state)

    def _on_committed(self, event: ev.InputAudioCommitted) -> None:
        state = self._item(event.item_id, role="user")
        if state is None:
            return
        if not state.committed:
            state.committed = True
            state.committed_ms = self._now_ms
            self._bound_audio(state)
            self.input_audio.committed()
        state.part(0).kind = "input_audio"
        state.finish("completed")
        self._open_speech.pop(state.id, None)
        self._drop_unspoken()
        self._place(state, event.previous_item_id)
        self._changed(state)

    def _bound_audio(self, state: ItemState) -> None:
        # A commit by hand has no speech events: the item is all that was appended since the last one.
        if state.audio_start_ms is None:
            state.audio_start_ms = self.input_audio.absolute_ms(self.input_audio.committed_until_ms)
        if state.audio_end_ms is None:
            state.audio_end_ms = self.input_audio.absolute_ms(self.input_audio.appended_ms)

    def _drop_unspoken(self, *, with_words: bool = False) -> None:
        # Semantic detection may start several times and commit only the last; the others never were turns.
        for state in list(self._open_speech.values()):
            if with_words or not state.text:
                self._changes += self.remove(state.id)

    def _on_cleared(self, event: ev.InputAudioCleared) -> None:
        self.input_audio.committed()
        self._drop_unspoken(with_words=True)

    def _on_timeout(self, event: ev.InputAudioTimeoutTriggered) -> None:
        state = self._item(event.item_id, role="user")
        if state is not None:
            state.hidden = True
            self._changed(state)

    def _on_transcription_delta(self, event: ev.TranscriptionDelta) -> None:
        state = self._item(event.item_id, role="user")
        if state is not None and event.delta:
            part = state.part(event.content_index)
            part.kind = part.kind or "input_audio"
            if not part.final:
                part.text += event.delta
                self._changed(state)

    def _on_transcription_completed(self, event: ev.TranscriptionCompleted) -> None:
        state = self._item(event.item_id, role="user")
        if state is None:
            return
        if event.usage is not None:
            self._changes.append(TranscriptionBilled(state.id, event.usage))
        part = state.part(event.content_index)
        part.kind = part.kind or "input_audio"
        part.text = part.text if event.transcript is None else event.transcript
        # Some servers send growing "completed" events and say in `status` which one is the last.
        part.final = event.status in (None, "completed")
        part.uncertain = bool(event.uncertain)
        self._changed(state)

    def _on_transcription_failed(self, event: ev.TranscriptionFailed) -> None:
        state = self._item(event.item_id, role="user")
        if state is not None:
            part = state.part(event.content_index)
            part.failed = event.error.message or event.error.code or "transcription failed"
            part.final = True
            self._changed(state)

    # -- what the model says -----------------------------------------------------------------------------

    def _on_output_item(self, event: ev.ResponseOutputItemAdded | ev.ResponseOutputItemDone) -> None:
        state = self._item(event.item.id, event.item.type, event.item.role)
        if state is None:
            return
        if event.response_id and state.response_id is None:
            self._belongs(state, event.response_id)
        final = isinstance(event, ev.ResponseOutputItemDone)
        state.take(event.item, final=final)
        if final:
            state.done_ms = state.done_ms or self._now_ms
            self._sound_complete(state)
        self._changed(state)

    def _on_part(self, event: ev.ResponseContentPartAdded | ev.ResponseContentPartDone) -> None:
        state = self._response_item(event)
        if state is not None:
            state.part(event.content_index).take(event.part, final=isinstance(event, ev.ResponseContentPartDone))
            self._changed(state)

    def _on_words(self, event: ev.ResponseOutputTextDelta | ev.ResponseOutputAudioTranscriptDelta) -> None:
        state = self._response_item(event)
        if state is not None:
            part = state.part(event.content_index)
            if not part.final:
                part.text += event.delta
                self._changed(state)

    def _on_words_done(self, event: ev.ResponseOutputTextDone | ev.ResponseOutputAudioTranscriptDone) -> None:
        state = self._response_item(event)
        if state is not None:
            words = event.text if isinstance(event, ev.ResponseOutputTextDone) else event.transcript
            part = state.part(event.content_index)
            part.text = words if words is not None else part.text
            part.final = True
            self._changed(state)

    def _on_audio(self, event: ev.ResponseOutputAudioDelta) -> None:
        if event.response_id in self._silenced:
            return
        state = self._response_item(event)
        if state is None or not event.delta:
            return
        index = event.content_index or 0
        part = state.part(index)
        part.n_audio_bytes += len(event.delta)
        if self._keep_audio:
            part.audio.append(event.delta)
        start_ms = self._now_ms
        if not self.playback.has_player:
            start_ms = max(start_ms, self.input_audio.end_ms)
        self.playback.received(state.id, index, len(event.delta) // 2, start_ms)
        self._changes.append(AudioReceived(state.id, index, event.delta))

    def _on_audio_done(self, event: ev.ResponseOutputAudioDone) -> None:
        state = self._response_item(event)
        if state is not None:
            self._sound_complete(state, event.content_index or 0)

    def _sound_complete(self, state: ItemState, content_index: int | None = None) -> None:
        for index, part in state.parts.items():
            tracked = self.playback.get(state.id, index)
            if content_index in (None, index) and part.n_audio_bytes and tracked and not tracked.complete:
                self.playback.completed(state.id, index)
                self._changes.append(AudioCompleted(state.id, index))
                self._changed(state)

    def _on_arguments_delta(self, event: ev.FunctionCallArgumentsDelta) -> None:
        state = self._response_item(event, "function_call")
        if state is not None and state.status == "in_progress":
            state.arguments += event.delta
            state.call_id = event.call_id or state.call_id

    def _on_arguments_done(self, event: ev.FunctionCallArgumentsDone) -> None:
        state = self._response_item(event, "function_call")
        if state is not None:
            state.arguments = event.arguments if event.arguments is not None else state.arguments
            state.call_id = event.call_id or state.call_id
            state.name = event.name or state.name
            self._changed(state)

    def _on_response_done(self, event: ev.ResponseDone) -> None:
        response = event.response
        cancelled = response.status == "cancelled"
        for item in response.output or ():
            state = self._item(item.id, item.type, item.role)
            if state is not None:
                if response.id and state.response_id is None:
                    self._belongs(state, response.id)
                state.take(item, final=True)
        for state in self._by_response.get(response.id or "", ()):
            self._sound_complete(state)
            if state.kind == "message":
                state.interrupted = state.interrupted or cancelled
                failed = response.status in ("cancelled", "failed", "incomplete")
                state.status = response.status or "completed" if failed else "completed"
            state.finish("completed")
            state.done_ms = state.done_ms or self._now_ms
            if not state.placed:
                self._place(state, None)
            self._changed(state)


_HANDLERS: dict[type[Any], Callable[[Conversation, Any], None]] = {
    ev.ConversationItemAdded: Conversation._on_item_added,
    ev.ConversationItemCreated: Conversation._on_item_added,
    ev.ConversationItemDone: Conversation._on_item_done,
    ev.ConversationItemDeleted: Conversation._on_item_deleted,
    ev.ConversationItemTruncated: Conversation._on_item_truncated,
    ev.SpeechStarted: Conversation._on_speech_started,
    ev.SpeechStopped: Conversation._on_speech_stopped,
    ev.InputAudioCommitted: Conversation._on_committed,
    ev.InputAudioCleared: Conversation._on_cleared,
    ev.InputAudioTimeoutTriggered: Conversation._on_timeout,
    ev.TranscriptionDelta: Conversation._on_transcription_delta,
    ev.TranscriptionCompleted: Conversation._on_transcription_completed,
    ev.TranscriptionFailed: Conversation._on_transcription_failed,
    ev.ResponseOutputItemAdded: Conversation._on_output_item,
    ev.ResponseOutputItemDone: Conversation._on_output_item,
    ev.ResponseContentPartAdded: Conversation._on_part,
    ev.ResponseContentPartDone: Conversation._on_part,
    ev.ResponseOutputTextDelta: Conversation._on_words,
    ev.ResponseOutputAudioTranscriptDelta: Conversation._on_words,
    ev.ResponseOutputTextDone: Conversation._on_words_done,
    ev.ResponseOutputAudioTranscriptDone: Conversation._on_words_done,
    ev.ResponseOutputAudioDelta: Conversation._on_audio,
    ev.ResponseOutputAudioDone: Conversation._on_audio_done,
    ev.FunctionCallArgumentsDelta: Conversation._on_arguments_delta,
    ev.FunctionCallArgumentsDone: Conversation._on_arguments_done,
    ev.ResponseDone: Conversation._on_response_done,
}
