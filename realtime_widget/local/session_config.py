"""A session's configuration at the server: how it begins, and how a change is merged."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from realtime_widget.config import transcriber
from realtime_widget.local.checks import choice
from realtime_widget.local.refusal import Refusal, invalid_value
from realtime_widget.local.session_fields import RESPONSE, SESSION, TRANSCRIPTION_SESSION, TURN_DETECTION

__all__ = [
    "DEFAULT_INSTRUCTIONS",
    "MAX_SESSION_S",
    "VOICES",
    "check_response",
    "check_voice",
    "default_session",
    "default_transcription_session",
    "merge_session",
    "merge_transcription_session",
    "voice_name",
]

MAX_SESSION_S = 3600
VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar")
DEFAULT_VOICE = "marin"
VAD_IN_VAIN = "gpt-transcribe"
"""The live service takes turn detection for this model, and then finds no turns: each must be committed."""
DEFAULT_INSTRUCTIONS = "Be helpful, brief and friendly. Speak clearly."


def default_session(*, session_id: str, model: str, expires_at: int) -> dict[str, Any]:
    """Return the configuration with which a session begins."""
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": session_id,
        "model": model,
        "expires_at": expires_at,
        "output_modalities": ["audio"],
        "instructions": DEFAULT_INSTRUCTIONS,
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "truncation": "auto",
        "tracing": None,
        "prompt": None,
        "include": None,
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24_000},
                "noise_reduction": None,
                "transcription": None,
                "turn_detection": TURN_DETECTION({"type": "server_vad"}, "turn_detection"),
            },
            "output": {
                "format": {"type": "audio/pcm", "rate": 24_000},
                "voice": DEFAULT_VOICE,
                "speed": 1.0,
            },
        },
    }


def merge_session(
    current: Mapping[str, Any],
    update: Any,
    *,
    voices: Collection[str] = VOICES,
    has_spoken: bool = False,
    may_set_model: bool = False,
) -> dict[str, Any]:
    """Return the configuration after an update; what the update leaves out stays.

    Args:
        current: The effective configuration; it isn't changed.
        update: What the client sent.
        voices: Names that the speaker knows.
        has_spoken: The session has produced audio, so that its voice is fixed.
        may_set_model: The session hasn't begun; from then on its model stays what it is.

    Raises:
        Refusal: Something in the update isn't valid; nothing of it applies.
    """
    if isinstance(update, Mapping) and update.get("type") == "transcription":
        raise Refusal(
            "Passing a transcription session update event to a realtime session is not allowed.",
            code="invalid_value",
            param="session.type",
        )
    change = SESSION(update, "session")
    if not may_set_model:
        # Clients write their own default into every update, whatever the URL names; the rest must hold.
        change.pop("model", None)
    sides = {name: dict(current["audio"][name]) for name in ("input", "output")}
    for name, side in (change.pop("audio", None) or {}).items():
        _keep_strength(side, sides[name])
        sides[name].update(side)
    check_voice(sides["output"]["voice"], current, "session", voices=voices, has_spoken=has_spoken)
    return {**current, **change, "audio": sides}


def _keep_strength(side: dict[str, Any], before: Mapping[str, Any]) -> None:
    """Keep the strength of the noise reduction where an update doesn't name it."""
    reduction, earlier = side.get("noise_reduction"), before.get("noise_reduction")
    if reduction and earlier and "strength" in earlier:
        side["noise_reduction"] = {"strength": earlier["strength"], **reduction}


def default_transcription_session(*, session_id: str, expires_at: int) -> dict[str, Any]:
    """Return the configuration with which a transcription session begins."""
    return {
        "type": "transcription",
        "object": "realtime.transcription_session",
        "id": session_id,
        "expires_at": expires_at,
        "include": None,
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24_000},
                "noise_reduction": None,
                "transcription": None,
                "turn_detection": TURN_DETECTION({"type": "server_vad"}, "turn_detection"),
            }
        },
    }


def merge_transcription_session(current: Mapping[str, Any], update: Any) -> dict[str, Any]:
    """Return the configuration of a transcription session after an update; what that leaves out stays.

    Raises:
        Refusal: Something in the update isn't valid; nothing of it applies.
    """
    if isinstance(update, Mapping) and update.get("type") == "realtime":
        raise Refusal(
            "Passing a realtime session update event to a transcription session is not allowed.",
            code="invalid_value",
            param="session.type",
        )
    if isinstance(update, Mapping) and "type" in update:
        choice("transcription")(update["type"], "session.type")
    change = TRANSCRIPTION_SESSION(update, "session")
    side = dict(current["audio"]["input"])
    news = (change.pop("audio", None) or {}).get("input") or {}
    _keep_strength(news, side)
    side.update(news)
    model = (side["transcription"] or {}).get("model", "")
    if transcriber(model).server_vad is False and model != VAD_IN_VAIN:
        if news.get("turn_detection"):
            raise Refusal(
                "Turn detection is not supported for this transcription model",
                param="session.audio.input.turn_detection",
            )
        side["turn_detection"] = None
    return {**current, **change, "audio": {"input": side}}


def check_voice(
    voice: Any, session: Mapping[str, Any], path: str, *, voices: Collection[str], has_spoken: bool
) -> None:
    """Refuse a voice that doesn't exist, and any other voice than the session's once it has spoken."""
    param = f"{path}.audio.output.voice"
    if has_spoken and voice != session["audio"]["output"]["voice"]:
        raise Refusal(
            "Cannot update a conversation's voice if assistant audio is present.",
            code="cannot_update_voice",
            param=param,
        )
    if isinstance(voice, str) and voice not in voices and voice not in VOICES:
        names = ", ".join(f"'{name}'" for name in dict.fromkeys((*VOICES, *voices)))
        raise invalid_value(param, voice, f"Supported values are: {names}.")


def check_response(
    options: Any, session: Mapping[str, Any], *, voices: Collection[str] = VOICES, has_spoken: bool = False
) -> dict[str, Any]:
    """Return the options of a `response.create`, checked.

    Raises:
        Refusal: An option isn't valid.
    """
    checked: dict[str, Any] = RESPONSE(options if options is not None else {}, "response")
    output = checked.get("audio", {}).get("output", {})
    if "voice" in output:
        check_voice(output["voice"], session, "response", voices=voices, has_spoken=has_spoken)
    return checked


def voice_name(voice: str | Mapping[str, Any]) -> str:
    """Return the name of a voice, or the id of a voice of one's own."""
    return voice if isinstance(voice, str) else str(voice["id"])
