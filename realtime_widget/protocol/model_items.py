"""What the model says: items of a response, their words and sound, the calls they make."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import events as ev
from .changes import AudioCompleted, AudioReceived, Problem
from .items import ItemState
from .objects import ErrorDetail

if TYPE_CHECKING:
    from .conversation import Conversation

__all__ = ["HANDLERS"]


_ItemEvent = ev.ResponseOutputItemAdded | ev.ResponseOutputItemDone
_WordsEvent = ev.ResponseOutputTextDelta | ev.ResponseOutputAudioTranscriptDelta
_WordsDoneEvent = ev.ResponseOutputTextDone | ev.ResponseOutputAudioTranscriptDone


def _on_output_item(talk: Conversation, event: _ItemEvent) -> None:
    state = talk.item(event.item.id, event.item.type, event.item.role)
    if state is None:
        return
    if event.response_id and state.response_id is None:
        talk.belongs(state, event.response_id)
    final = isinstance(event, ev.ResponseOutputItemDone)
    state.take(event.item, final=final)
    if final:
        state.done_ms = state.done_ms or talk.now_ms
        _sound_complete(talk, state)
    talk.changed(state)


def _on_part(talk: Conversation, event: ev.ResponseContentPartAdded | ev.ResponseContentPartDone) -> None:
    state = talk.response_item(event)
    if state is not None:
        state.part(event.content_index).take(event.part, final=isinstance(event, ev.ResponseContentPartDone))
        talk.changed(state)


def _on_words(talk: Conversation, event: _WordsEvent) -> None:
    state = talk.response_item(event)
    if state is not None:
        part = state.part(event.content_index)
        part.kind = part.kind or ("text" if isinstance(event, ev.ResponseOutputTextDelta) else "audio")
        if not part.final:
            part.text += event.delta
            talk.changed(state)


def _on_words_done(talk: Conversation, event: _WordsDoneEvent) -> None:
    state = talk.response_item(event)
    if state is not None:
        part = state.part(event.content_index)
        if isinstance(event, ev.ResponseOutputTextDone):
            kind, words = "text", event.text
        else:
            kind, words = "audio", event.transcript
        part.kind = part.kind or kind
        part.text = words if words is not None else part.text
        part.final = True
        talk.changed(state)


def _on_audio(talk: Conversation, event: ev.ResponseOutputAudioDelta) -> None:
    state = talk.response_item(event)
    if state is None or not event.delta:
        return
    index = event.content_index or 0
    part = state.part(index)
    part.kind = part.kind or "audio"
    pcm = part.add_audio(event.delta, talk.keeper)
    if not pcm:
        return
    # In a script an answer sounds after what was said to it, though all of that was sent at once.
    floor_ms = 0.0 if talk.playback.has_player else talk.input_audio.end_ms
    silenced = event.response_id in talk.silenced
    n_samples = len(pcm) // 2
    if talk.playback.received(state.id, index, n_samples, talk.now_ms, floor_ms=floor_ms, silenced=silenced):
        talk.changes.append(AudioReceived(state.id, index, pcm))
    else:
        talk.changed(state)  # part of its sound, yet nobody will hear it


def _on_audio_done(talk: Conversation, event: ev.ResponseOutputAudioDone) -> None:
    state = talk.response_item(event)
    if state is not None:
        _sound_complete(talk, state, event.content_index or 0)


def _sound_complete(talk: Conversation, state: ItemState, content_index: int | None = None) -> None:
    for index, part in state.parts.items():
        tracked = talk.playback.get(state.id, index)
        if content_index in (None, index) and part.n_audio_bytes and tracked and not tracked.complete:
            talk.playback.completed(state.id, index)
            talk.changes.append(AudioCompleted(state.id, index))
            talk.changed(state)


_ArgumentsDelta = ev.FunctionCallArgumentsDelta | ev.McpCallArgumentsDelta
_ArgumentsDone = ev.FunctionCallArgumentsDone | ev.McpCallArgumentsDone


def _call_item(talk: Conversation, event: _ArgumentsDelta | _ArgumentsDone) -> ItemState | None:
    served = isinstance(event, ev.McpCallArgumentsDelta | ev.McpCallArgumentsDone)
    return talk.response_item(event, "mcp_call" if served else "function_call")


def _on_arguments_delta(talk: Conversation, event: _ArgumentsDelta) -> None:
    state = _call_item(talk, event)
    if state is not None and not state.arguments_whole:
        state.arguments += event.delta
        state.call_id = event.call_id or state.call_id
        talk.changed(state)


def _on_arguments_done(talk: Conversation, event: _ArgumentsDone) -> None:
    state = _call_item(talk, event)
    if state is not None:
        state.arguments = event.arguments if event.arguments is not None else state.arguments
        state.arguments_whole = True
        state.call_id = event.call_id or state.call_id
        state.name = getattr(event, "name", None) or state.name
        talk.changed(state)


def _on_served(talk: Conversation, event: Any) -> None:
    """Follow a tool, or a list of tools, of an MCP server: the server runs it, and tells how that goes."""
    kind = "mcp_call" if event.type.startswith("response.") else "mcp_list_tools"
    state = talk.item(event.item_id, kind)
    if state is not None:
        state.failed = state.failed or event.type.endswith(".failed")
        if not event.type.endswith(".in_progress"):
            state.conclude(whole=True)
        if isinstance(event, ev.McpListToolsFailed):
            talk.changes.append(_unlisted(state))
        talk.changed(state)


def _unlisted(state: ItemState) -> Problem:
    label = state.raw.server_label if state.raw is not None else None
    text = f"The tools of the MCP server {label or 'that was given'} could not be listed."
    return Problem(ErrorDetail(type="mcp_error", code="mcp_list_tools_failed", message=text), False)


def _on_response_done(talk: Conversation, event: ev.ResponseDone) -> None:
    response = event.response
    for item in response.output or ():
        state = talk.item(item.id, item.type, item.role)
        if state is not None:
            if response.id and state.response_id is None:
                talk.belongs(state, response.id)
            state.take(item, final=True)
            talk.changed(state)
    for state in talk.by_response.get(response.id or "", ()):
        _sound_complete(talk, state)
        state.end(response.status or "completed")
        state.done_ms = state.done_ms or talk.now_ms
        talk.settle(state)
        talk.changed(state)


HANDLERS: dict[type[Any], Callable[[Conversation, Any], None]] = {
    ev.ResponseOutputItemAdded: _on_output_item,
    ev.ResponseOutputItemDone: _on_output_item,
    ev.ResponseContentPartAdded: _on_part,
    ev.ResponseContentPartDone: _on_part,
    ev.ResponseOutputTextDelta: _on_words,
    ev.ResponseOutputAudioTranscriptDelta: _on_words,
    ev.ResponseOutputTextDone: _on_words_done,
    ev.ResponseOutputAudioTranscriptDone: _on_words_done,
    ev.ResponseOutputAudioDelta: _on_audio,
    ev.ResponseOutputAudioDone: _on_audio_done,
    ev.FunctionCallArgumentsDelta: _on_arguments_delta,
    ev.FunctionCallArgumentsDone: _on_arguments_done,
    ev.McpCallArgumentsDelta: _on_arguments_delta,
    ev.McpCallArgumentsDone: _on_arguments_done,
    **dict.fromkeys(
        (
            ev.McpListToolsInProgress,
            ev.McpListToolsCompleted,
            ev.McpListToolsFailed,
            ev.McpCallInProgress,
            ev.McpCallCompleted,
            ev.McpCallFailed,
        ),
        _on_served,
    ),
    ev.ResponseDone: _on_response_done,
}
