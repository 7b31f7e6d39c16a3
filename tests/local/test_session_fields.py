from typing import Any

import pytest

from realtime_widget.local.refusal import Refusal
from realtime_widget.local.session_fields import RESPONSE, SESSION, TURN_DETECTION


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [{"type": "function", "name": "f", "description": "d", "parameters": {}}]},
        {"tool_choice": {"type": "function", "name": "f"}},
        {"tool_choice": "required"},
        {"max_output_tokens": "inf"},
        {"max_output_tokens": 4096},
        {"truncation": {"type": "retention_ratio", "retention_ratio": 0.8}},
        {"truncation": "disabled"},
        {"tracing": {"workflow_name": "x"}},
        {"reasoning": {"effort": "low"}},
        {"prompt": {"id": "p"}},
        {"include": ["item.input_audio_transcription.logprobs"]},
        {"parallel_tool_calls": True},
        {"audio": {"output": {"format": {"type": "audio/pcmu"}, "speed": 1.5, "voice": {"id": "voice_1"}}}},
        {"audio": {"input": {"transcription": {"model": "x", "languages": ["en"], "delay": "low"}}}},
    ],
)
def test_every_field_of_the_api_is_taken(fields: dict[str, Any]) -> None:
    assert SESSION({"type": "realtime", **fields}, "session") == {"type": "realtime", **fields}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tools": [{"name": "f"}]}, "session.tools[0].type"),
        ({"tools": [{"type": "function", "name": "a b"}]}, "session.tools[0].name"),
        ({"tools": [{"type": "mcp", "server_label": "x"}]}, "session.tools[0].type"),
        ({"tool_choice": "maybe"}, "session.tool_choice"),
        ({"max_output_tokens": 4097}, "session.max_output_tokens"),
        ({"max_output_tokens": "many"}, "session.max_output_tokens"),
        ({"temperature": 0.8}, "session.temperature"),
        ({"modalities": ["text"]}, "session.modalities"),
        (
            {"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}},
            "session.audio.input.format.rate",
        ),
        ({"audio": {"input": {"format": "pcm16"}}}, "session.audio.input.format"),
        ({"audio": {"output": {"speed": 2}}}, "session.audio.output.speed"),
        ({"truncation": {"type": "retention_ratio"}}, "session.truncation.retention_ratio"),
    ],
)
def test_anything_else_is_refused(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(Refusal) as caught:
        SESSION({"type": "realtime", **fields}, "session")
    assert caught.value.param == param


def test_turn_detection_is_filled_up() -> None:
    assert TURN_DETECTION({"type": "server_vad", "threshold": 0.7}, "x") == {
        "type": "server_vad",
        "threshold": 0.7,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 200,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    }
    with pytest.raises(Refusal):
        TURN_DETECTION({"type": "semantic_vad", "threshold": 0.7}, "x")


def test_metadata_has_its_limits() -> None:
    for metadata in ({str(i): "" for i in range(17)}, {"k" * 65: ""}, {"k": "v" * 513}, {"k": None}):
        with pytest.raises(Refusal):
            RESPONSE({"metadata": metadata}, "response")
