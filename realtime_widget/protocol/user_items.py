"""What the user says: speech begins and ends, becomes an item, and is written down, in whatever order that comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import events as ev
from .changes import TranscriptionBilled
from .items import ItemState

if TYPE_CHECKING:
    from .conversation import Conversation

__all__ = ["HANDLERS"]


def _on_speech_started(talk: Conversation, event: ev.SpeechStarted) -> None:
    state = talk.item(event.item_id, role="user")
    if state is not None:
        state.audio_start_ms = talk.input_audio.absolute_ms(event.audio_start_ms)
        if not state.committed:
            talk.open_speech[state.id] = state
        state.part(0).kind = "input_audio"
        talk.changed(state)


def _on_speech_stopped(talk: Conversation, event: ev.SpeechStopped) -> None:
    state = talk.item(event.item_id, role="user")
    if state is not None:
        state.audio_end_ms = talk.input_audio.absolute_ms(event.audio_end_ms)
        talk.changed(state)


def _on_committed(talk: Conversation, event: ev.InputAudioCommitted) -> None:
    state = talk.item(event.item_id, role="user")
    if state is None:
        return
    if not state.committed:
        state.committed = True
        state.committed_ms = talk.now_ms
        _bound_audio(talk, state)
        talk.input_audio.committed()
    state.part(0).kind = "input_audio"
    state.finish("completed")
    talk.open_speech.pop(state.id, None)
    _drop_unspoken(talk)
    talk.place(state, event.previous_item_id)
    talk.changed(state)


def _bound_audio(talk: Conversation, state: ItemState) -> None:
    # A commit by hand has no speech events: the item is all that was appended since the last one.
    if state.audio_start_ms is None:
        state.audio_start_ms = talk.input_audio.absolute_ms(talk.input_audio.committed_until_ms)
    if state.audio_end_ms is None:
        state.audio_end_ms = talk.input_audio.absolute_ms(talk.input_audio.appended_ms)


def _drop_unspoken(talk: Conversation, *, with_words: bool = False) -> None:
    # Semantic detection may start several times and commit only the last; the others never were turns.
    for state in list(talk.open_speech.values()):
        if with_words or not state.text:
            talk.changes += talk.remove(state.id)


def _on_cleared(talk: Conversation, event: ev.InputAudioCleared) -> None:
    talk.input_audio.committed()
    _drop_unspoken(talk, with_words=True)


def _on_timeout(talk: Conversation, event: ev.InputAudioTimeoutTriggered) -> None:
    state = talk.item(event.item_id, role="user")
    if state is not None:
        state.hidden = True
        talk.changed(state)


def _on_transcription_delta(talk: Conversation, event: ev.TranscriptionDelta) -> None:
    state = talk.item(event.item_id, role="user")
    if state is not None and event.delta:
        part = state.part(event.content_index)
        part.kind = part.kind or "input_audio"
        if not part.final:
            part.text += event.delta
            talk.changed(state)


def _on_transcription_completed(talk: Conversation, event: ev.TranscriptionCompleted) -> None:
    state = talk.item(event.item_id, role="user")
    if state is None:
        return
    if event.usage is not None:
        talk.changes.append(TranscriptionBilled(state.id, event.usage))
    part = state.part(event.content_index)
    part.kind = part.kind or "input_audio"
    part.text = part.text if event.transcript is None else event.transcript
    # Some servers send growing "completed" events and say in `status` which one is the last.
    part.final = event.status in (None, "completed")
    part.uncertain = bool(event.uncertain)
    talk.changed(state)


def _on_transcription_failed(talk: Conversation, event: ev.TranscriptionFailed) -> None:
    state = talk.item(event.item_id, role="user")
    if state is not None:
        part = state.part(event.content_index)
        part.failed = event.error.message or event.error.code or "transcription failed"
        part.final = True
        talk.changed(state)


HANDLERS: dict[type[Any], Callable[[Conversation, Any], None]] = {
    ev.SpeechStarted: _on_speech_started,
    ev.SpeechStopped: _on_speech_stopped,
    ev.InputAudioCommitted: _on_committed,
    ev.InputAudioCleared: _on_cleared,
    ev.InputAudioTimeoutTriggered: _on_timeout,
    ev.TranscriptionDelta: _on_transcription_delta,
    ev.TranscriptionCompleted: _on_transcription_completed,
    ev.TranscriptionFailed: _on_transcription_failed,
}
