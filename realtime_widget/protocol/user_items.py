"""What the user says: speech begins, ends, becomes an item and is written down, in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import events as ev
from .changes import TranscriptionBilled

if TYPE_CHECKING:
    from .conversation import Conversation

__all__ = ["HANDLERS"]


def _on_speech_started(talk: Conversation, event: ev.SpeechStarted) -> None:
    state = talk.item(event.item_id, role="user")
    if state is not None:
        if not state.committed:
            if state.audio_start_ms is None:
                talk.open_speech.pop(state.id, None)  # words may have come before: it stands where it began
            talk.open_speech.setdefault(state.id, state)
        state.audio_start_ms = talk.input_audio.absolute_ms(event.audio_start_ms)
        state.part(0).kind = "input_audio"
        talk.changed(state)


def _on_speech_stopped(talk: Conversation, event: ev.SpeechStopped) -> None:
    state = talk.speech(event.item_id)
    if state is not None:
        state.audio_end_ms = talk.input_audio.absolute_ms(event.audio_end_ms)
        talk.changed(state)


def _on_committed(talk: Conversation, event: ev.InputAudioCommitted) -> None:
    talk.revive(event.item_id)
    state = talk.item(event.item_id, role="user")
    if state is None:
        return
    if not state.committed:
        _drop_uncommitted(talk, before=state.id)
        state.committed = True
        state.committed_ms = talk.now_ms
        begin_ms, end_ms = talk.input_audio.commit_answered()
        # A commit by hand has no speech events: the item is all that was appended since the last one.
        state.audio_start_ms = begin_ms if state.audio_start_ms is None else state.audio_start_ms
        state.audio_end_ms = end_ms if state.audio_end_ms is None else state.audio_end_ms
    state.part(0).kind = "input_audio"
    state.conclude(whole=True)
    talk.open_speech.pop(state.id, None)
    talk.place(state, event.previous_item_id)
    talk.changed(state)


def _drop_uncommitted(talk: Conversation, *, before: str) -> None:
    # Semantic detection may start several times and commit only the last; the others never were turns. What
    # was said since the first one is in that commit, and so will be in its transcript.
    for state in list(talk.open_speech.values()):
        if state.id == before:
            return
        if state.audio_start_ms is not None and not state.placed:
            talk.changes += talk.remove(state.id)


def _on_cleared(talk: Conversation, event: ev.InputAudioCleared) -> None:
    talk.input_audio.clear_answered()
    for state in list(talk.open_speech.values()):
        if not state.placed:  # else it was committed, which only hasn't been told yet
            talk.changes += talk.remove(state.id)


def _on_timeout(talk: Conversation, event: ev.InputAudioTimeoutTriggered) -> None:
    state = talk.speech(event.item_id)
    if state is not None:
        state.hidden = True
        talk.changed(state)


def _on_transcription_delta(talk: Conversation, event: ev.TranscriptionDelta) -> None:
    state = talk.speech(event.item_id)
    if state is not None and event.delta:
        if not (state.committed or state.placed) and state.id in talk.items:
            talk.open_speech.setdefault(state.id, state)  # live words, ahead of the commit
        part = state.part(event.content_index)
        part.kind = part.kind or "input_audio"
        if not part.final:
            part.text += event.delta
            if event.logprobs or part.wording is not None:
                part.particulars.on_delta(event)
            talk.changed(state)


def _on_transcription_segment(talk: Conversation, event: ev.TranscriptionSegment) -> None:
    state = talk.speech(event.item_id)
    if state is None:
        return
    part = state.part(event.content_index)
    part.kind = part.kind or "input_audio"
    words = part.particulars
    words.on_segment(event)
    words.made_of_segments = words.made_of_segments or not part.text
    if words.made_of_segments and not part.final:
        part.text = words.segmented_text  # this model sends no other pieces
    talk.changed(state)


def _on_transcription_completed(talk: Conversation, event: ev.TranscriptionCompleted) -> None:
    state = talk.speech(event.item_id)
    if state is None:
        return
    part = state.part(event.content_index)
    part.kind = part.kind or "input_audio"
    # Some servers send growing "completed" events and say in `status` which one is the last.
    last = event.status in (None, "completed")
    if last or not part.final:
        part.text = part.text if event.transcript is None else event.transcript
        part.uncertain = bool(event.uncertain)
        part.final = last
        if event.logprobs or event.languages:
            part.particulars.on_completed(event)
    if event.usage is not None and last and not part.billed:
        part.billed = True
        talk.changes.append(TranscriptionBilled(state.id, event.usage))
    talk.changed(state)


def _on_transcription_failed(talk: Conversation, event: ev.TranscriptionFailed) -> None:
    state = talk.speech(event.item_id)
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
    ev.TranscriptionSegment: _on_transcription_segment,
    ev.TranscriptionCompleted: _on_transcription_completed,
    ev.TranscriptionFailed: _on_transcription_failed,
}
