"""Names of the withdrawn beta protocol, accepted on input.

OpenAI's own service refuses the beta shape since May 2026, but self-hosted and other vendors' servers
still speak it. It is sent only to those that take no other: see `preview`.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "EVENT_ALIASES",
    "FLAT_NAMES",
    "FORMAT_NAMES",
    "is_legacy_session",
    "normalise_error",
    "normalise_session",
]

EVENT_ALIASES: dict[str, str] = {
    "response.text.delta": "response.output_text.delta",
    "response.text.done": "response.output_text.done",
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
    "transcription_session.created": "session.created",
    "transcription_session.updated": "session.updated",
}

_FORMATS: dict[str, dict[str, Any]] = {
    "pcm16": {"type": "audio/pcm", "rate": 24_000},
    "g711_ulaw": {"type": "audio/pcmu"},
    "g711_alaw": {"type": "audio/pcma"},
}

_MOVED: dict[str, tuple[str, str]] = {
    "voice": ("output", "voice"),
    "speed": ("output", "speed"),
    "output_audio_format": ("output", "format"),
    "input_audio_format": ("input", "format"),
    "input_audio_transcription": ("input", "transcription"),
    "input_audio_noise_reduction": ("input", "noise_reduction"),
    "turn_detection": ("input", "turn_detection"),
}

FLAT_NAMES = {place: name for name, place in _MOVED.items()}
"""Side and field of a session's `audio` → the beta's name at the top of the session."""
FORMAT_NAMES = {str(audio["type"]): name for name, audio in _FORMATS.items()}
"""Type of a sound format → the beta's name of it."""


def is_legacy_session(session: dict[str, Any]) -> bool:
    """Tell whether a session object has the flat beta shape."""
    return "audio" not in session and ("modalities" in session or any(key in session for key in _MOVED))


def normalise_session(session: dict[str, Any]) -> dict[str, Any]:
    """Return a flat beta session in the nested GA shape."""
    audio: dict[str, dict[str, Any]] = {"input": {}, "output": {}}
    kept: dict[str, Any] = {"type": "realtime"}
    for key, value in session.items():
        if key in _MOVED:
            side, name = _MOVED[key]
            named = isinstance(value, str) and name == "format"
            audio[side][name] = _FORMATS.get(value, value) if named else value
        elif key == "modalities":
            kept["output_modalities"] = ["audio"] if "audio" in (value or ()) else ["text"]
        elif key == "max_response_output_tokens":
            kept["max_output_tokens"] = value
        else:
            kept[key] = value
    return {**kept, "audio": audio}


def normalise_error(event: dict[str, Any]) -> Any:
    """Return the error object of an `error` event that may have lost its envelope, or be a mere sentence."""
    error = event.get("error")
    if isinstance(error, str):
        return {"message": error}
    if error:
        return error
    return {key: event[key] for key in ("code", "message", "param") if key in event}
