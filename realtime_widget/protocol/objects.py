"""Objects of the Realtime API that events and commands carry.

Everything the server sends is open-ended: every field has a default, enums are plain strings, and one
lenient struct stands for all kinds of an item or part, so that an unknown kind is still readable.
Source of names: the GA Realtime API (objects `realtime.session`, `realtime.item`, `realtime.response`).
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

__all__ = [
    "CachedTokenDetails",
    "ContentPart",
    "Count",
    "ErrorDetail",
    "Index",
    "InputTokenDetails",
    "Item",
    "Milliseconds",
    "OutputTokenDetails",
    "RateLimit",
    "Response",
    "Seconds",
    "Session",
    "StatusDetails",
    "TranscriptionUsage",
    "Usage",
]


# Numbers that can be true. What is beyond is no number that anybody could count with, and is read as absent.
_MAX = 10**12
Count = Annotated[int, msgspec.Meta(ge=0, le=_MAX)]
Index = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=_MAX)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=_MAX)] | Seconds


class Object(msgspec.Struct, frozen=True, omit_defaults=True):
    """Base of all wire objects: immutable, and absent fields stay absent when sent."""


class ErrorDetail(Object, frozen=True):
    """What went wrong: of an `error` event, a failed response or a failed transcription."""

    type: str | None = None
    code: str | None = None
    message: str | None = None
    param: str | None = None
    event_id: str | None = None


class ContentPart(Object, frozen=True):
    """One part of a message.

    Its type is `input_text`, `input_audio`, `input_image`, `output_text` or `output_audio`; in
    `response.content_part.*` it is `text` or `audio`.
    """

    type: str = ""
    text: str | None = None
    transcript: str | None = None
    audio: bytes | None = None
    image_url: str | None = None
    detail: str | None = None
    format: Any = None

    @property
    def words(self) -> str | None:
        """What was written or said in this part; None where that isn't known (yet)."""
        return self.text if self.text is not None else self.transcript


class Item(Object, frozen=True):
    """An entry of a conversation, of any kind; fields of other kinds are None."""

    type: str = ""
    id: str | None = None
    object: str | None = None
    status: str | None = None
    role: str | None = None
    content: list[ContentPart] | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: Any = None
    error: Any = None
    server_label: str | None = None
    tools: Any = None
    approval_request_id: str | None = None
    approve: bool | None = None
    reason: str | None = None
    phase: str | None = None


class CachedTokenDetails(Object, frozen=True):
    """Input tokens served from the cache, by modality; a subset of the input tokens."""

    text_tokens: Count | None = None
    audio_tokens: Count | None = None
    image_tokens: Count | None = None


class InputTokenDetails(Object, frozen=True):
    """Input tokens by modality."""

    text_tokens: Count | None = None
    audio_tokens: Count | None = None
    image_tokens: Count | None = None
    cached_tokens: Count | None = None
    cached_tokens_details: CachedTokenDetails | None = None


class OutputTokenDetails(Object, frozen=True):
    """Output tokens by modality."""

    text_tokens: Count | None = None
    audio_tokens: Count | None = None
    reasoning_tokens: Count | None = None


class Usage(Object, frozen=True):
    """What a response cost in tokens."""

    total_tokens: Count | None = None
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    input_token_details: InputTokenDetails | None = None
    output_token_details: OutputTokenDetails | None = None


class TranscriptionUsage(Object, frozen=True):
    """What an input transcription cost: tokens, or seconds of audio."""

    type: str | None = None
    seconds: Seconds | None = None
    total_tokens: Count | None = None
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    input_token_details: InputTokenDetails | None = None


class StatusDetails(Object, frozen=True):
    """Why a response ended the way it did."""

    type: str | None = None
    reason: str | None = None
    error: ErrorDetail | None = None


class Response(Object, frozen=True):
    """One model generation."""

    id: str | None = None
    object: str | None = None
    status: str | None = None
    status_details: StatusDetails | None = None
    output: list[Item] | None = None
    conversation_id: str | None = None
    output_modalities: list[str] | None = None
    audio: Any = None
    max_output_tokens: Any = None
    metadata: dict[str, Any] | None = None
    usage: Usage | None = None


class Session(Object, frozen=True):
    """A session's effective configuration, as the server echoes it."""

    type: str | None = None
    id: str | None = None
    object: str | None = None
    model: str | None = None
    expires_at: Seconds | None = None
    output_modalities: list[str] | None = None
    instructions: str | None = None
    audio: dict[str, Any] | None = None
    tools: list[Any] | None = None
    tool_choice: Any = None
    parallel_tool_calls: bool | None = None
    reasoning: Any = None
    max_output_tokens: Any = None
    truncation: Any = None
    tracing: Any = None
    prompt: Any = None
    include: list[Any] | None = None
    suggestions: list[str] | None = None
    """Not of the API: sentences an engine understands for sure (the offline engine offers them)."""


class RateLimit(Object, frozen=True):
    """One limit of the account and what is left of it."""

    name: str | None = None
    limit: float | None = None
    remaining: float | None = None
    reset_seconds: Seconds | None = None
