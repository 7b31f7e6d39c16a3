import dataclasses
from typing import Any

import pytest
from openai.types.realtime import RealtimeSessionCreateRequest
from pydantic import TypeAdapter

from realtime_widget.config import VOICES, SemanticVAD, ServerVAD, SessionConfig
from realtime_widget.errors import ConfigError

TOOL = {
    "type": "function",
    "name": "f",
    "description": "d",
    "parameters": {"type": "object", "properties": {}},
}
CONFIGS = [
    SessionConfig(),
    SessionConfig(output="text", instructions="Be kind.", turn_detection=None, transcription=None, speed=1.5),
    SessionConfig(turn_detection=ServerVAD(idle_timeout_ms=5_000), voice={"id": "voice_1"}, tools=(TOOL,)),
    SessionConfig(turn_detection=SemanticVAD(eagerness="high"), noise_reduction="far_field", reasoning="low"),
    SessionConfig(max_output_tokens=1, truncation="disabled", tool_choice="none"),
    SessionConfig(
        tool_choice={"type": "function", "name": "f"},
        truncation={"type": "retention_ratio", "retention_ratio": 0.5},
    ),
    SessionConfig(transcription={"model": "gpt-4o-transcribe", "language": "en"}),
]


@pytest.mark.parametrize("config", CONFIGS, ids=range(len(CONFIGS)))
def test_the_wire_form_is_what_the_official_client_would_send(config: SessionConfig) -> None:
    wire = config.to_wire()
    TypeAdapter(RealtimeSessionCreateRequest).validate_python(wire, strict=True)
    assert wire["type"] == "realtime"
    assert "model" not in wire, "it is fixed by the connection"
    assert wire["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24_000}


def test_what_is_off_is_an_explicit_null() -> None:
    side = SessionConfig(turn_detection=None, transcription=None).to_wire()["audio"]["input"]
    assert {key: side[key] for key in ("turn_detection", "transcription", "noise_reduction")} == {
        "turn_detection": None, "transcription": None, "noise_reduction": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"voice": ""}, "'marin'"), ({"voice": 7}, "'marin'"), ({"voice": {"id": 7}}, "'marin'"),
        ({"voice": {"id": "v", "x": 1}}, "'marin'"),
        ({"output": "video"}, "'audio', 'text'"),
        ({"turn_detection": "vad"}, "'semantic_vad'"), ({"turn_detection": True}, "'semantic_vad'"),
        ({"transcription": ""}, "None"), ({"transcription": {"language": "en"}}, "None"),
        ({"transcription": 7}, "None"),
        ({"model": " "}, "empty"), ({"model": None}, "string"), ({"instructions": 7}, "string"),
        ({"speed": 2}, "0.25 to 1.5"), ({"speed": "fast"}, "number"), ({"speed": True}, "number"),
        ({"speed": float("nan")}, "number"),
        ({"noise_reduction": "mid"}, "'near_field', 'far_field'"),
        ({"max_output_tokens": 0}, "1 to 4096"), ({"max_output_tokens": 99.5}, "whole"),
        ({"tool_choice": "maybe"}, "'required'"), ({"reasoning": 3}, "'low'"),
    ],
)  # fmt: skip
def test_a_wrong_value_raises_at_once_and_names_the_valid_ones(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))) as caught:
        SessionConfig(**options)
    assert says in str(caught.value)


def test_any_voice_and_model_by_name_is_fine() -> None:
    assert SessionConfig(voice="brand-new", model="gpt-next").voice == "brand-new"
    assert all(SessionConfig(voice=voice).voice == voice for voice in VOICES)


def test_merging_makes_a_checked_copy() -> None:
    config = SessionConfig()
    assert config.merge(speed=1.2).speed == 1.2
    assert config.speed == 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.speed = 2  # type: ignore[misc]
    with pytest.raises(ConfigError, match="speed"):
        config.merge(speed=9)
    with pytest.raises(ConfigError, match=r"'voce'.*'voice'"):
        config.merge(voce="x")


@pytest.mark.parametrize(
    "options",
    [
        {"language": "en", "languages": ["de"]},
        {"keywords": ["a\nb"]},
        {"keywords": ["<b>"]},
        {"keywords": [5]},
    ],
)
def test_options_of_the_transcription_that_would_cost_the_whole_update_are_refused(options: Any) -> None:
    with pytest.raises(ConfigError):
        SessionConfig(transcription={"model": "gpt-live-transcribe", **options})
    fine = {"model": "gpt-live-transcribe", "languages": ["en", "de"], "keywords": ["anywidget"]}
    assert SessionConfig(transcription=fine).transcription == fine
