from typing import Any

import pytest

from realtime_widget.config import TRANSLATION_LANGUAGES, TranslationConfig
from realtime_widget.errors import ConfigError


def test_the_defaults() -> None:
    assert TranslationConfig().to_wire() == {
        "audio": {
            "input": {"transcription": {"model": "gpt-realtime-whisper"}, "noise_reduction": None},
            "output": {"language": "es"},
        }
    }
    assert TranslationConfig().kind == "translation"


def test_every_language_of_the_list_can_be_asked_for() -> None:
    for code in TRANSLATION_LANGUAGES:
        assert TranslationConfig(language=f" {code.upper()} ").language == code


@pytest.mark.parametrize("language", ["", "xx", "German", None, 5, "de-DE"])
def test_another_language_names_those_there_are(language: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        TranslationConfig(language=language)
    if language and isinstance(language, str):
        assert "'de' (German)" in str(caught.value)
        assert "send_event" in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"model": ""},
        {"model": None},
        {"transcription": ""},
        {"transcription": 5},
        {"noise_reduction": "loud"},
    ],
)
def test_wrong_values_are_refused(options: Any) -> None:
    with pytest.raises(ConfigError):
        TranslationConfig(**options)


def test_options_are_merged_and_checked() -> None:
    config = TranslationConfig().merge(language="de", transcription=None, noise_reduction="far_field")
    assert config.to_wire()["audio"] == {
        "input": {"transcription": None, "noise_reduction": {"type": "far_field"}},
        "output": {"language": "de"},
    }
    with pytest.raises(ConfigError, match="voice"):
        config.merge(voice="marin")


def test_nobody_calls_tools_or_finds_turns() -> None:
    config = TranslationConfig()
    assert config.with_tools([{"name": "f"}]) is config
    assert config.turn_detection is None
