import pytest

from realtime_widget.config import transcriber
from realtime_widget.config.transcribers import models_with


@pytest.mark.parametrize(
    ("model", "live", "server_vad", "languages"),
    [
        ("gpt-live-transcribe", True, False, "list"),
        ("gpt-realtime-whisper", True, False, "one"),
        ("gpt-transcribe", False, False, "list"),
        ("gpt-4o-transcribe", False, True, "one"),
        ("gpt-4o-mini-transcribe-2025-12-15", False, True, "one"),
        ("gpt-4o-transcribe-diarize", False, True, "one"),
        ("whisper-1", False, True, "one"),
        ("whisper-100", False, None, "any"),
        ("gpt-transcriber", False, None, "any"),
        ("a-deployment-of-mine", False, None, "any"),
    ],
)
def test_models_are_known_by_name_or_snapshot(
    model: str, live: bool, server_vad: bool | None, languages: str
) -> None:
    can = transcriber(model)
    assert (can.live, can.server_vad, can.languages) == (live, server_vad, languages)


def test_the_diarizing_model_takes_no_prompt_though_its_sibling_does() -> None:
    assert transcriber("gpt-4o-transcribe").prompt
    assert not transcriber("gpt-4o-transcribe-diarize").prompt


def test_models_with_an_ability_are_named() -> None:
    assert models_with("keywords") == "gpt-live-transcribe, gpt-transcribe"
