"""What a client may put into a session and into a response: every field of the API, with its check."""

from __future__ import annotations

import re
from collections.abc import Mapping
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

__all__ = ["RESPONSE", "SESSION", "TRANSCRIPTION_SESSION", "TURN_DETECTION"]

_TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


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
    return int(integer(1, 4096)(value, path))


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


def _keyword(value: Any, path: str) -> str:
    word = str(text(empty=False)(value, path))
    if any(sign in word for sign in "<>\r\n"):
        raise invalid_value(path, word, "A keyword is one line without '<' and '>'.")
    return word


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
TURN_DETECTION = _tagged(
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
_TRANSCRIPTION_FIELDS = record(
    {
        "model": text(empty=False),
        "language": nullable(text()),
        "languages": nullable(array(text())),
        "keywords": nullable(array(_keyword)),
        "prompt": nullable(text()),
        "delay": nullable(choice("minimal", "low", "medium", "high", "xhigh")),
    },
    defaults={"model": "gpt-live-transcribe"},
)


def _transcription(value: Any, path: str) -> Any:
    fields = _TRANSCRIPTION_FIELDS(value, path)
    if fields.get("language") and fields.get("languages"):
        raise invalid_value(
            f"{path}.languages", fields["languages"], "Only one of 'language' and 'languages'."
        )
    return fields


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
_INPUT = record(
    {
        "format": _FORMAT,
        "noise_reduction": nullable(_NOISE_REDUCTION),
        "transcription": nullable(_transcription),
        "turn_detection": nullable(TURN_DETECTION),
    }
)
_INCLUDE = nullable(array(choice("item.input_audio_transcription.logprobs")))
TRANSCRIPTION_SESSION = record(
    {"type": anything, "include": _INCLUDE, "audio": record({"input": _INPUT})}, required=("type",)
)
SESSION = record(
    {
        **_SHARED,
        "type": choice("realtime", "transcription"),
        "model": text(empty=False),
        "truncation": _truncation,
        "tracing": nullable(_tracing),
        "include": _INCLUDE,
        "audio": record(
            {
                "input": _INPUT,
                "output": record({"format": _FORMAT, "voice": _voice, "speed": number(0.25, 1.5)}),
            }
        ),
    },
    required=("type",),
)
RESPONSE = record(
    {
        **_SHARED,
        "conversation": choice("auto", "none"),
        "metadata": nullable(_metadata),
        "input": array(_parameters),
        "audio": record({"output": record({"format": _FORMAT, "voice": _voice})}),
    }
)
