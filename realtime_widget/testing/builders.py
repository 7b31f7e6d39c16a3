"""Complete GA server events, as mappings: what the real service sends, field by field.

Ids are made up unless given. Two things are left open on purpose, for the scripted engine to fill in as the
real server would: a response's `metadata` (None: what its `response.create` carried) and an item's
`previous_item_id` (absent: the conversation's last item).
"""

from __future__ import annotations

import base64
import json
import math
from array import array
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

__all__ = [
    "Event",
    "cleared",
    "committed",
    "error",
    "event",
    "function_call",
    "item_added",
    "item_deleted",
    "item_done",
    "item_truncated",
    "message",
    "new_id",
    "rate_limits",
    "response_created",
    "response_done",
    "response_object",
    "session_created",
    "session_object",
    "session_updated",
    "speech_started",
    "speech_stopped",
    "timeout_triggered",
    "tone",
    "transcription_completed",
    "transcription_delta",
    "transcription_failed",
    "usage",
]

Event = dict[str, Any]
"""A server event as it is on the wire (audio as base64 text)."""

SAMPLE_RATE = 24_000
_count = count(1)
_DEFAULT_USAGE: Any = object()


def new_id(prefix: str) -> str:
    """Return an id that was not used before, such as `item_7`."""
    return f"{prefix}_{next(_count)}"


def event(kind: str, **fields: Any) -> Event:
    """Return an event of any type."""
    return {"type": kind, "event_id": new_id("event"), **fields}


def tone(duration_ms: float, *, hz: float = 440.0, volume: float = 0.3) -> bytes:
    """Return a sine tone as 16-bit mono PCM at 24 kHz: sound that can be told from silence."""
    n_samples = int(duration_ms * SAMPLE_RATE / 1000)
    step, peak = 2 * math.pi * hz / SAMPLE_RATE, 32_767 * volume
    return array("h", (int(peak * math.sin(step * n)) for n in range(n_samples))).tobytes()


def encode_audio(pcm: bytes) -> str:
    """Return PCM as base64 text."""
    return base64.b64encode(pcm).decode()


# -- session ---------------------------------------------------------------------------------------------


def session_object(**changes: Any) -> dict[str, Any]:
    """Return a realtime session as the server echoes it, with top-level `changes`."""
    pcm = {"type": "audio/pcm", "rate": SAMPLE_RATE}
    vad = {
        "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 200,
        "idle_timeout_ms": None, "create_response": True, "interrupt_response": True,
    }  # fmt: skip
    session = {
        "type": "realtime",
        "object": "realtime.session",
        "id": "sess_scripted",
        "model": "gpt-realtime-2.1",
        "expires_at": 1_790_003_600,
        "output_modalities": ["audio"],
        "instructions": "You are a scripted engine.",
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "truncation": "auto",
        "tracing": None,
        "prompt": None,
        "include": None,
        "audio": {
            "input": {"format": pcm, "transcription": None, "noise_reduction": None, "turn_detection": vad},
            "output": {"format": pcm, "voice": "marin", "speed": 1.0},
        },
    }
    return {**session, **changes}


def session_created(**changes: Any) -> Event:
    """Return `session.created`, with `changes` to the session object."""
    return event("session.created", session=session_object(**changes))


def session_updated(session: Mapping[str, Any] | None = None, **changes: Any) -> Event:
    """Return `session.updated` with a whole session object, or the usual one with `changes`."""
    return event("session.updated", session={**(session or session_object()), **changes})


def error(
    text: str = "Something went wrong.",
    *,
    code: str | None = None,
    kind: str = "invalid_request_error",
    param: str | None = None,
    event_id: str | None = None,
) -> Event:
    """Return an `error`; `event_id` is that of the command which it refuses."""
    detail = {"type": kind, "code": code, "message": text, "param": param, "event_id": event_id}
    return event("error", error=detail)


def rate_limits(remaining: int = 39_000) -> Event:
    """Return `rate_limits.updated`."""
    limit = {"name": "tokens", "limit": 40_000, "remaining": remaining, "reset_seconds": 0.9}
    return event("rate_limits.updated", rate_limits=[limit])


# -- items -----------------------------------------------------------------------------------------------


def message(
    role: str,
    text: str | None = None,
    *,
    item_id: str | None = None,
    spoken: bool = False,
    status: str = "completed",
) -> dict[str, Any]:
    """Return a message item; None for `text` means that nothing is known of its words (yet).

    `spoken` chooses audio content, in which `text` is the transcript.
    """
    kind = ("output_audio" if spoken else "output_text") if role == "assistant" else "input_text"
    part: dict[str, Any] = {"type": kind, "transcript" if spoken else "text": text or ""}
    if role == "user" and spoken:
        part = {"type": "input_audio", "transcript": text}
    content = [part] if text is not None or (role == "user" and spoken) else []
    return {
        "id": item_id or new_id("item"), "object": "realtime.item", "type": "message", "role": role,
        "status": status, "content": content,
    }  # fmt: skip


def function_call(
    name: str,
    arguments: Mapping[str, Any] | str,
    *,
    call_id: str | None = None,
    item_id: str | None = None,
    status: str = "completed",
) -> dict[str, Any]:
    """Return a function call item; `arguments` as a mapping or as (perhaps broken) JSON text."""
    text = arguments if isinstance(arguments, str) else json.dumps(dict(arguments))
    return {
        "id": item_id or new_id("item"), "object": "realtime.item", "type": "function_call", "status": status,
        "name": name, "call_id": call_id or new_id("call"), "arguments": text,
    }  # fmt: skip


def _placed(kind: str, previous: str | None, fields: Mapping[str, Any]) -> Event:
    where = {} if previous is None else {"previous_item_id": previous}
    return event(kind, **where, **fields)


def item_added(item: Mapping[str, Any], *, previous: str | None = None) -> Event:
    """Return `conversation.item.added`."""
    return _placed("conversation.item.added", previous, {"item": dict(item)})


def item_done(item: Mapping[str, Any], *, previous: str | None = None) -> Event:
    """Return `conversation.item.done`."""
    return _placed("conversation.item.done", previous, {"item": dict(item)})


def item_deleted(item_id: str) -> Event:
    """Return `conversation.item.deleted`."""
    return event("conversation.item.deleted", item_id=item_id)


def item_truncated(item_id: str, audio_end_ms: int, *, content_index: int = 0) -> Event:
    """Return `conversation.item.truncated`."""
    fields = {"item_id": item_id, "content_index": content_index, "audio_end_ms": audio_end_ms}
    return event("conversation.item.truncated", **fields)


# -- what the user says ----------------------------------------------------------------------------------


def speech_started(item_id: str, audio_start_ms: int = 0) -> Event:
    """Return `input_audio_buffer.speech_started`."""
    return event("input_audio_buffer.speech_started", item_id=item_id, audio_start_ms=audio_start_ms)


def speech_stopped(item_id: str, audio_end_ms: int = 1_000) -> Event:
    """Return `input_audio_buffer.speech_stopped`."""
    return event("input_audio_buffer.speech_stopped", item_id=item_id, audio_end_ms=audio_end_ms)


def committed(item_id: str, *, previous: str | None = None) -> Event:
    """Return `input_audio_buffer.committed`."""
    return _placed("input_audio_buffer.committed", previous, {"item_id": item_id})


def cleared() -> Event:
    """Return `input_audio_buffer.cleared`."""
    return event("input_audio_buffer.cleared")


def timeout_triggered(item_id: str, audio_start_ms: int = 0, audio_end_ms: int = 5_000) -> Event:
    """Return `input_audio_buffer.timeout_triggered`."""
    fields = {"item_id": item_id, "audio_start_ms": audio_start_ms, "audio_end_ms": audio_end_ms}
    return event("input_audio_buffer.timeout_triggered", **fields)


_TRANSCRIPTION = "conversation.item.input_audio_transcription"


def transcription_delta(item_id: str, delta: str, *, content_index: int = 0) -> Event:
    """Return a piece of the user's words."""
    return event(f"{_TRANSCRIPTION}.delta", item_id=item_id, content_index=content_index, delta=delta)


def transcription_completed(
    item_id: str, transcript: str, *, content_index: int = 0, seconds: float = 1.0
) -> Event:
    """Return the user's whole words, with what they cost."""
    return event(
        f"{_TRANSCRIPTION}.completed",
        item_id=item_id,
        content_index=content_index,
        transcript=transcript,
        usage={"type": "duration", "seconds": seconds},
    )


def transcription_failed(
    item_id: str, text: str = "The audio could not be transcribed.", *, code: str = "audio_unintelligible"
) -> Event:
    """Return the failure to write down what the user said."""
    detail = {"type": "transcription_error", "code": code, "message": text, "param": None}
    return event(f"{_TRANSCRIPTION}.failed", item_id=item_id, content_index=0, error=detail)


# -- responses -------------------------------------------------------------------------------------------


def usage(*, input_tokens: int = 100, output_tokens: int = 50, cached_tokens: int = 0) -> dict[str, Any]:
    """Return a response's usage: half text, half audio on both sides, cached tokens as text."""
    half_in, half_out = input_tokens // 2, output_tokens // 2
    cached = {"text_tokens": cached_tokens, "audio_tokens": 0, "image_tokens": 0}
    return {
        "total_tokens": input_tokens + output_tokens,
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "input_token_details": {
            "text_tokens": input_tokens - half_in, "audio_tokens": half_in, "image_tokens": 0,
            "cached_tokens": cached_tokens, "cached_tokens_details": cached,
        },
        "output_token_details": {"text_tokens": output_tokens - half_out, "audio_tokens": half_out},
    }  # fmt: skip


def response_object(response_id: str, status: str = "in_progress", **changes: Any) -> dict[str, Any]:
    """Return a response object, with `changes`."""
    response = {
        "id": response_id, "object": "realtime.response", "status": status, "status_details": None,
        "output": [], "conversation_id": "conv_scripted", "output_modalities": ["audio"],
        "max_output_tokens": "inf", "metadata": None, "usage": None,
        "audio": {"output": {"format": {"type": "audio/pcm", "rate": SAMPLE_RATE}, "voice": "marin"}},
    }  # fmt: skip
    return {**response, **changes}


def response_created(response_id: str, **changes: Any) -> Event:
    """Return `response.created`."""
    return event("response.created", response=response_object(response_id, **changes))


def response_done(
    response_id: str,
    status: str = "completed",
    *,
    output: Sequence[Mapping[str, Any]] = (),
    reason: str | None = None,
    failure: Mapping[str, Any] | None = None,
    usage: Mapping[str, Any] | None = _DEFAULT_USAGE,
    **changes: Any,
) -> Event:
    """Return `response.done`, however the response ended.

    Args:
        response_id: Its id.
        status: `completed`, `cancelled`, `incomplete` or `failed`.
        output: Its items.
        reason: Why it was cut; a likely one is chosen for `cancelled` and `incomplete`.
        failure: `{"type", "code", "message"}` of a failed one.
        usage: What it cost; a plausible one unless given, None for none.
        **changes: Other fields of the response object.
    """
    details: dict[str, Any] | None = None
    if status != "completed":
        likely = {"cancelled": "turn_detected", "incomplete": "max_output_tokens"}
        details = {"type": status, "reason": reason or likely.get(status)}
        if status == "failed":
            details = {"type": status, "error": dict(failure or _FAILURE)}
    spent = _usage() if usage is _DEFAULT_USAGE else usage
    response = response_object(
        response_id, status, status_details=details, output=[dict(item) for item in output], usage=spent
    )
    return event("response.done", response={**response, **changes})


_usage = usage
_FAILURE = {"type": "server_error", "code": "server_error", "message": "The response failed."}
