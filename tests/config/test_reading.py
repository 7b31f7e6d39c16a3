import json
from typing import Any

import pytest

from realtime_widget.config import (
    SemanticVAD,
    ServerVAD,
    SessionConfig,
    TranscriptionConfig,
    TranslationConfig,
)
from realtime_widget.config.reading import AnyConfig, read_config
from realtime_widget.errors import ConfigError

TOOL = {"type": "function", "name": "rows", "description": "", "parameters": {"type": "object"}}


@pytest.mark.parametrize(
    "config",
    [
        SessionConfig(),
        SessionConfig(
            model="gpt-other", instructions="Be short.", voice={"id": "voice_1"}, output="text", speed=1.2,
            turn_detection=ServerVAD(threshold=0.3, idle_timeout_ms=6000), transcription=None, tools=(TOOL,),
            tool_choice="required", noise_reduction="far_field", max_output_tokens=99, reasoning="low",
            truncation={"type": "retention_ratio", "retention_ratio": 0.5},
        ),
        SessionConfig(turn_detection=None, transcription={"model": "whisper-1", "language": "de"}),
        SessionConfig(turn_detection=SemanticVAD(eagerness="low")),
        TranscriptionConfig(),
        TranscriptionConfig(model="whisper-1", languages=("de",), noise_reduction="near_field"),
        TranscriptionConfig(logprobs=True),
        TranscriptionConfig(languages=("de", "en"), keywords=("Zug",), delay="low"),
        TranslationConfig(language="de", transcription=None, noise_reduction="far_field"),
        TranslationConfig(),
    ],
)  # fmt: skip
def test_what_was_written_is_read_again(config: AnyConfig) -> None:
    settings = json.loads(json.dumps(config.to_wire()))
    read = read_config(config.kind, settings, model=config.model)
    assert read.to_wire() == config.to_wire() and type(read) is type(config)
    assert read.model == config.model


def test_what_is_not_understood_keeps_its_default() -> None:
    settings: dict[str, Any] = {
        "instructions": "Be short.", "output_modalities": ["smell"],
        "audio": {"input": {"turn_detection": {"type": "x"}}},
    }  # fmt: skip
    read = read_config("realtime", settings)
    assert isinstance(read, SessionConfig)
    assert (read.instructions, read.output, read.turn_detection) == ("Be short.", "audio", SemanticVAD())
    assert read_config("realtime", {}) == SessionConfig()


@pytest.mark.parametrize(
    "settings", [{"audio": 5}, {"audio": {"input": []}}, {"tools": "no"}, {"reasoning": [1]}]
)
def test_damaged_settings_do_no_harm(settings: Any) -> None:
    for kind in ("realtime", "transcription", "translation"):
        assert read_config(kind, settings).kind == kind


def test_another_kind_is_refused() -> None:
    with pytest.raises(ConfigError, match="'telephone'"):
        read_config("telephone", {})
