"""A session's configuration at the server: defaults, what a client may change, and how a change is merged."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from realtime_widget.local.checks import (
    Check,
    anything,
    array,
    boolean,
    choice,
    integer,
    nullable,
    number,
    record,
    text,
)
from realtime_widget.local.refusal import Refusal, invalid_type, invalid_value, missing

__all__ = [
    "DEFAULT_INSTRUCTIONS",
    "MAX_SESSION_S",
    "RESPONSE_FIELDS",
    "VOICES",
    "check_response",
    "default_session",
    "merge_session",
    "voice_name",
]

MAX_SESSION_S = 3600
VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar")
DEFAULT_VOICE = "marin"
DEFAULT_INSTRUCTIONS = "Be helpful, brief and friendly. Speak clearly."
_TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

# -- values ----------------------------------------------------------------------------------------------


def _tagged(kinds: Mapping[str, Check]) -> Check:
    """Take an object whose `type` says which check it must pass."""
    tag = choice(*kinds)

    def check(value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise invalid_type(path, "an object", value)
        if value.get("type") is None:
            raise missing(f"{path}.type")
        return kinds[tag(value["type"], f"{path}.type")](value, path)

    return check


def _modalities(value: Any, path: str) -> list[str]:
    if not isinstance(value, list):
        raise invalid_type(path, "an array", value)
    if value not in (["audio"], ["text"]):
        raise invalid_value(path, value, "Supported combinations are: ['text'] and ['audio'].")
    return value


def _max_output_tokens(value: Any, path: str) -> int | str:
    if value == "inf":
        return "inf"
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid_type(path, "an integer or 'inf'", value)
    return integer(1, 4096)(value, path)


def _voice(value: Any, path: str) -> str | dict[str, Any]:
    # Whether the name exists depends on the speaker: `check_voice` below looks.
    if isinstance(value, dict):
        return dict(record({"id": text(empty=False)}, required=("id",))(value, path))
    return str(text(empty=False)(value, path))


def _tool_name(value: Any, path: str) -> str:
    name = str(text()(value, path))
    if not _TOOL_NAME.fullmatch(name):
        raise invalid_value(path, name, "Expected 1 to 64 letters, digits, underscores and hyphens.")
    return name


def _parameters(value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise invalid_type(path, "an object", value)
    return value


def _mcp_tool(value: Any, path: str) -> Any:
    raise Refusal(
        "The offline engine runs no MCP tools. Use function tools.",
        code="invalid_value",
        param=f"{path}.type",
    )


def _tool_choice(value: Any, path: str) -> Any:
    if isinstance(value, str):
        return choice("none", "auto", "required")(value, path)
    named = record({"type": choice("function"), "name": _tool_name}, required=("type", "name"))
    return named(value, path)


def _truncation(value: Any, path: str) -> Any:
    if isinstance(value, str):
        return choice("auto", "disabled")(value, path)
    return _RETENTION(value, path)


def _tracing(value: Any, path: str) -> Any:
    if isinstance(value, str):
        return choice("auto")(value, path)
    return record({"workflow_name": text(), "group_id": text(), "metadata": anything})(value, path)


def _metadata(value: Any, path: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise invalid_type(path, "an object", value)
    if len(value) > 16:
        raise invalid_value(path, len(value), "Expected at most 16 pairs.")
    for key, entry in value.items():
        text(longest=64)(key, f"{path}.{key}")
        text(longest=512)(entry, f"{path}.{key}")
    return value


_RETENTION = record(
    {
        "type": choice("retention_ratio"),
        "retention_ratio": number(0, 1),
        "token_limits": nullable(record({"post_instructions": integer(0, 10**9)})),
    },
    required=("type", "retention_ratio"),
)
_FORMAT = _tagged(
    {
        "audio/pcm": record({"type": anything, "rate": integer(24_000, 24_000)}, defaults={"rate": 24_000}),
        "audio/pcmu": record({"type": anything}),
        "audio/pcma": record({"type": anything}),
    }
)
_TURN_DETECTION = _tagged(
    {
        "server_vad": record(
            {
                "type": anything,
                "threshold": number(0, 1),
                "prefix_padding_ms": integer(0, 60_000),
                "silence_duration_ms": integer(0, 60_000),
                "idle_timeout_ms": nullable(integer(5_000, 30_000)),
                "create_response": boolean,
                "interrupt_response": boolean,
            },
            defaults={
                "type": "server_vad",
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 200,
                "idle_timeout_ms": None,
                "create_response": True,
                "interrupt_response": True,
            },
        ),
        "semantic_vad": record(
            {
                "type": anything,
                "eagerness": choice("low", "medium", "high", "auto"),
                "create_response": boolean,
                "interrupt_response": boolean,
            },
            defaults={
                "type": "semantic_vad",
                "eagerness": "auto",
                "create_response": True,
                "interrupt_response": True,
            },
        ),
    }
)
_TRANSCRIPTION = record(
    {
        "model": text(empty=False),
        "language": nullable(text()),
        "languages": nullable(array(text())),
        "keywords": nullable(array(text())),
        "prompt": nullable(text()),
        "delay": nullable(choice("minimal", "low", "medium", "high", "xhigh")),
    },
    defaults={"model": "gpt-live-transcribe"},
)
_NOISE_REDUCTION = record(
    {"type": choice("near_field", "far_field"), "strength": nullable(number(0, 10))}, required=("type",)
)
_TOOL = _tagged(
    {
        "function": record(
            {
                "type": anything,
                "name": _tool_name,
                "description": nullable(text()),
                "parameters": _parameters,
            },
            required=("name",),
        ),
        "mcp": _mcp_tool,
    }
)
_REASONING = record({"effort": text()})
_PROMPT = record({"id": text(), "version": nullable(text()), "variables": anything}, required=("id",))

_SHARED: dict[str, Check] = {
    "output_modalities": _modalities,
    "instructions": text(),
    "tools": array(_TOOL),
    "tool_choice": _tool_choice,
    "parallel_tool_calls": nullable(boolean),
    "reasoning": nullable(_REASONING),
    "max_output_tokens": _max_output_tokens,
    "prompt": nullable(_PROMPT),
}
_SESSION = record(
    {
        **_SHARED,
        "type": choice("realtime", "transcription"),
        "model": text(empty=False),
        "truncation": _truncation,
        "tracing": nullable(_tracing),
        "include": nullable(array(choice("item.input_audio_transcription.logprobs"))),
        "audio": record(
            {
                "input": record(
                    {
                        "format": _FORMAT,
                        "noise_reduction": nullable(_NOISE_REDUCTION),
                        "transcription": nullable(_TRANSCRIPTION),
                        "turn_detection": nullable(_TURN_DETECTION),
                    }
                ),
                "output": record({"format": _FORMAT, "voice": _voice, "speed": number(0.25, 1.5)}),
            }
        ),
    },
    required=("type",),
)
RESPONSE_FIELDS: dict[str, Check] = {
    **_SHARED,
    "conversation": choice("auto", "none"),
    "metadata": nullable(_metadata),
    "input": array(_parameters),
    "audio": record({"output": record({"format": _FORMAT, "voice": _voice})}),
}
_RESPONSE = record(RESPONSE_FIELDS)

# -- sessions --------------------------------------------------------------------------------------------


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
                "turn_detection": _TURN_DETECTION({"type": "server_vad"}, "turn_detection"),
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
        may_set_model: The session hasn't begun.

    Raises:
        Refusal: Something in the update isn't valid; nothing of it applies.
    """
    change = _SESSION(update, "session")
    if change["type"] == "transcription":
        raise Refusal(
            "Passing a transcription session update event to a realtime session is not allowed.",
            code="invalid_value",
            param="session.type",
        )
    if not may_set_model and change.get("model", current["model"]) != current["model"]:
        raise Refusal(
            "The model of a session can't be changed once it has begun.",
            code="invalid_value",
            param="session.model",
        )
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
        names = ", ".join(f"'{name}'" for name in voices)
        raise invalid_value(param, voice, f"Supported values are: {names}.")


def check_response(
    options: Any, session: Mapping[str, Any], *, voices: Collection[str] = VOICES, has_spoken: bool = False
) -> dict[str, Any]:
    """Return the options of a `response.create`, checked.

    Raises:
        Refusal: An option isn't valid.
    """
    checked: dict[str, Any] = _RESPONSE(options if options is not None else {}, "response")
    output = checked.get("audio", {}).get("output", {})
    if "voice" in output:
        check_voice(output["voice"], session, "response", voices=voices, has_spoken=has_spoken)
    return checked


def voice_name(voice: str | Mapping[str, Any]) -> str:
    """Return the name of a voice, or the id of a voice of one's own."""
    return voice if isinstance(voice, str) else str(voice["id"])
