"""The 46 server events of the GA Realtime API as immutable structs, plus `UnknownEvent`.

Names follow the wire: `response.output_audio.delta` is `ResponseOutputAudioDelta`. Every field has a default,
since servers of this protocol leave out what the schema calls required. Audio arrives as raw bytes: the
codec decodes base64. Source: the API reference's list of server events.
"""

from __future__ import annotations

from typing import Any

import msgspec

from .objects import (
    ContentPart,
    ErrorDetail,
    Index,
    Item,
    Milliseconds,
    RateLimit,
    Response,
    Seconds,
    Session,
    TranscriptionUsage,
)


class Event(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """Base of all server events; an engine that sends them writes every field, as the real server does."""

    event_id: str | None = None

    @property
    def type(self) -> str:
        """The wire name of this event."""
        return str(self.__struct_config__.tag)


class UnknownEvent(msgspec.Struct, frozen=True):
    """An event of an unknown type, or of a known type in an unreadable shape: data, never an error."""

    type: str
    raw: dict[str, Any]

    @property
    def event_id(self) -> str | None:
        """The server's id of the event, if it has one."""
        value = self.raw.get("event_id")
        return value if isinstance(value, str) else None


# -- errors and session ----------------------------------------------------------------------------------


class Error(Event, tag="error", frozen=True):
    """Something went wrong; the session usually lives on."""

    error: ErrorDetail = ErrorDetail()


class SessionCreated(Event, tag="session.created", frozen=True):
    """First event of a connection, with the server's default configuration."""

    session: Session = Session()


class SessionUpdated(Event, tag="session.updated", frozen=True):
    """A `session.update` was accepted; carries the whole effective configuration."""

    session: Session = Session()


# -- conversation ----------------------------------------------------------------------------------------


class ConversationCreated(Event, tag="conversation.created", frozen=True):
    """The conversation exists; optional, and absent on today's service."""

    conversation: dict[str, Any] | None = None


class _ItemEvent(Event, frozen=True):
    item: Item = Item()
    previous_item_id: str | None = None


class ConversationItemCreated(_ItemEvent, tag="conversation.item.created", frozen=True):
    """Older name of `conversation.item.added`."""


class ConversationItemAdded(_ItemEvent, tag="conversation.item.added", frozen=True):
    """An item joined the default conversation; a model's item is still empty."""


class ConversationItemDone(_ItemEvent, tag="conversation.item.done", frozen=True):
    """An item is final."""


class ConversationItemRetrieved(Event, tag="conversation.item.retrieved", frozen=True):
    """Answer to `conversation.item.retrieve`, audio included."""

    item: Item = Item()


class ConversationItemDeleted(Event, tag="conversation.item.deleted", frozen=True):
    """An item was removed."""

    item_id: str = ""


class ConversationItemTruncated(Event, tag="conversation.item.truncated", frozen=True):
    """An assistant's audio was cut at `audio_end_ms`."""

    item_id: str = ""
    content_index: Index = 0
    audio_end_ms: Milliseconds = 0


class TranscriptionDelta(Event, tag="conversation.item.input_audio_transcription.delta", frozen=True):
    """A piece of what the user said; may come before the item exists."""

    item_id: str = ""
    content_index: Index | None = 0
    delta: str | None = None
    logprobs: list[Any] | None = None


class TranscriptionCompleted(Event, tag="conversation.item.input_audio_transcription.completed", frozen=True):
    """What the user said; comes at any time after the commit."""

    item_id: str = ""
    content_index: Index | None = 0
    transcript: str | None = None
    usage: TranscriptionUsage | None = None
    logprobs: list[Any] | None = None
    languages: list[Any] | None = None
    status: str | None = None
    uncertain: bool | None = None
    """Not of the API: the recogniser isn't sure (the offline engine says so)."""


class TranscriptionSegment(Event, tag="conversation.item.input_audio_transcription.segment", frozen=True):
    """A piece of speech by one speaker; `start` and `end` in seconds."""

    item_id: str = ""
    content_index: Index | None = 0
    id: str | None = None
    text: str | None = None
    speaker: str | None = None
    start: Seconds | None = None
    end: Seconds | None = None


class TranscriptionFailed(Event, tag="conversation.item.input_audio_transcription.failed", frozen=True):
    """One item could not be transcribed; the session lives on."""

    item_id: str = ""
    content_index: Index | None = 0
    error: ErrorDetail = ErrorDetail()


# -- input audio buffer ----------------------------------------------------------------------------------


class SpeechStarted(Event, tag="input_audio_buffer.speech_started", frozen=True):
    """The user began to speak, at `audio_start_ms` of all audio appended (prefix padding included)."""

    item_id: str = ""
    audio_start_ms: Milliseconds = 0


class SpeechStopped(Event, tag="input_audio_buffer.speech_stopped", frozen=True):
    """The user stopped, at `audio_end_ms` of all audio appended."""

    item_id: str = ""
    audio_end_ms: Milliseconds = 0


class InputAudioCommitted(Event, tag="input_audio_buffer.committed", frozen=True):
    """The buffer became a user item; its place is after `previous_item_id`."""

    item_id: str = ""
    previous_item_id: str | None = None


class InputAudioCleared(Event, tag="input_audio_buffer.cleared", frozen=True):
    """The uncommitted audio is gone."""


class InputAudioTimeoutTriggered(Event, tag="input_audio_buffer.timeout_triggered", frozen=True):
    """Nobody spoke for `idle_timeout_ms`: the server commits a silent item and answers it."""

    item_id: str = ""
    audio_start_ms: Milliseconds = 0
    audio_end_ms: Milliseconds = 0


class DtmfReceived(Event, tag="input_audio_buffer.dtmf_event_received", frozen=True):
    """A key was pressed on a telephone."""

    event: str | None = None
    received_at: Seconds | None = None


# -- output audio buffer (WebRTC and SIP) ----------------------------------------------------------------


class _ResponseEvent(Event, frozen=True):
    response_id: str | None = None


class OutputAudioStarted(_ResponseEvent, tag="output_audio_buffer.started", frozen=True):
    """The server began to play a response (WebRTC and SIP only)."""


class OutputAudioStopped(_ResponseEvent, tag="output_audio_buffer.stopped", frozen=True):
    """The server played a response to its end (WebRTC and SIP only)."""


class OutputAudioCleared(_ResponseEvent, tag="output_audio_buffer.cleared", frozen=True):
    """The server cut a response's playback (WebRTC and SIP only)."""


# -- responses -------------------------------------------------------------------------------------------


class ResponseCreated(Event, tag="response.created", frozen=True):
    """A response was accepted and begins."""

    response: Response = Response()


class ResponseDone(Event, tag="response.done", frozen=True):
    """A response is over: completed, cancelled, incomplete or failed."""

    response: Response = Response()


class ResponseOutputItemAdded(_ResponseEvent, tag="response.output_item.added", frozen=True):
    """An item of a response begins."""

    output_index: Index | None = 0
    item: Item = Item()


class ResponseOutputItemDone(_ResponseEvent, tag="response.output_item.done", frozen=True):
    """An item of a response is final, also after a cancel."""

    output_index: Index | None = 0
    item: Item = Item()


class _PartEvent(_ResponseEvent, frozen=True):
    item_id: str = ""
    output_index: Index | None = 0
    content_index: Index | None = 0


class ResponseContentPartAdded(_PartEvent, tag="response.content_part.added", frozen=True):
    """A part of an item begins."""

    part: ContentPart = ContentPart()


class ResponseContentPartDone(_PartEvent, tag="response.content_part.done", frozen=True):
    """A part of an item is final (without its audio)."""

    part: ContentPart = ContentPart()


class ResponseOutputTextDelta(_PartEvent, tag="response.output_text.delta", frozen=True):
    """A piece of written answer."""

    delta: str = ""


class ResponseOutputTextDone(_PartEvent, tag="response.output_text.done", frozen=True):
    """The whole written answer."""

    text: str | None = None


class ResponseOutputAudioTranscriptDelta(
    _PartEvent, tag="response.output_audio_transcript.delta", frozen=True
):
    """A piece of what the answer says."""

    delta: str = ""


class ResponseOutputAudioTranscriptDone(_PartEvent, tag="response.output_audio_transcript.done", frozen=True):
    """All that the answer says."""

    transcript: str | None = None


class ResponseOutputAudioDelta(_PartEvent, tag="response.output_audio.delta", frozen=True):
    """A piece of the answer's sound, in the session's output format."""

    delta: bytes = b""


class ResponseOutputAudioDone(_PartEvent, tag="response.output_audio.done", frozen=True):
    """All sound of this part was sent."""


class _CallEvent(_ResponseEvent, frozen=True):
    item_id: str = ""
    output_index: Index | None = 0
    call_id: str | None = None


class FunctionCallArgumentsDelta(_CallEvent, tag="response.function_call_arguments.delta", frozen=True):
    """A piece of a call's arguments."""

    delta: str = ""


class FunctionCallArgumentsDone(_CallEvent, tag="response.function_call_arguments.done", frozen=True):
    """A call's whole arguments, as JSON text."""

    name: str | None = None
    arguments: str | None = None


class RateLimitsUpdated(Event, tag="rate_limits.updated", frozen=True):
    """What is left of the account's limits."""

    rate_limits: list[RateLimit] | None = None


# -- MCP tools run by the server -------------------------------------------------------------------------


class _McpListEvent(Event, frozen=True):
    item_id: str = ""


class McpListToolsInProgress(_McpListEvent, tag="mcp_list_tools.in_progress", frozen=True):
    """The server asks an MCP server for its tools."""


class McpListToolsCompleted(_McpListEvent, tag="mcp_list_tools.completed", frozen=True):
    """The tools of an MCP server are known."""


class McpListToolsFailed(_McpListEvent, tag="mcp_list_tools.failed", frozen=True):
    """The tools of an MCP server could not be listed."""


class McpCallArgumentsDelta(_CallEvent, tag="response.mcp_call_arguments.delta", frozen=True):
    """A piece of an MCP call's arguments."""

    delta: str = ""


class McpCallArgumentsDone(_CallEvent, tag="response.mcp_call_arguments.done", frozen=True):
    """An MCP call's whole arguments."""

    arguments: str | None = None


class _McpCallEvent(Event, frozen=True):
    item_id: str = ""
    output_index: Index | None = 0


class McpCallInProgress(_McpCallEvent, tag="response.mcp_call.in_progress", frozen=True):
    """The server runs an MCP tool."""


class McpCallCompleted(_McpCallEvent, tag="response.mcp_call.completed", frozen=True):
    """An MCP tool returned."""


class McpCallFailed(_McpCallEvent, tag="response.mcp_call.failed", frozen=True):
    """An MCP tool failed."""


def _leaves(base: type[Event]) -> list[type[Event]]:
    found: list[type[Event]] = []
    for kind in base.__subclasses__():
        found += [kind] if not kind.__name__.startswith("_") else _leaves(kind)
    return found


EVENT_TYPES: dict[str, type[Event]] = {str(kind.__struct_config__.tag): kind for kind in _leaves(Event)}
"""Wire name → struct, for all server events."""

ServerEvent = Event | UnknownEvent
"""What the codec returns for any JSON object that has a `type`."""
