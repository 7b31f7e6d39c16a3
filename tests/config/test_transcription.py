import dataclasses
from typing import Any

import pytest
from openai.types.realtime import RealtimeTranscriptionSessionCreateRequest
from pydantic import TypeAdapter

from realtime_widget.config import SemanticVAD, ServerVAD, TranscriptionConfig, session_diff
from realtime_widget.errors import ConfigError

VAD_MODELS = ("gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-4o-transcribe-diarize", "whisper-1")
OWN_COMMITS = ("gpt-live-transcribe", "gpt-realtime-whisper", "gpt-transcribe", "somebody-elses-model")


def side(config: TranscriptionConfig) -> dict[str, Any]:
    return dict(config.to_wire()["audio"]["input"])


@pytest.mark.parametrize(
    "config",
    [
        TranscriptionConfig(),
        TranscriptionConfig(languages=["en", "de"], keywords=["anywidget"], delay="low", logprobs=True),
        TranscriptionConfig(model="gpt-4o-transcribe", languages="en", prompt="About birds."),
        TranscriptionConfig(model="whisper-1", turn_detection=SemanticVAD(), noise_reduction="near_field"),
        TranscriptionConfig(commit=3),
    ],
    ids=range(5),
)
def test_the_wire_form_is_what_the_official_client_would_send(config: TranscriptionConfig) -> None:
    wire = config.to_wire()
    TypeAdapter(RealtimeTranscriptionSessionCreateRequest).validate_python(wire, strict=True)
    assert wire["type"] == "transcription"
    assert set(wire) == {"type", "audio", "include"}, "no model at the top, no output, no tools"
    assert set(wire["audio"]) == {"input"}


@pytest.mark.parametrize("model", OWN_COMMITS)
def test_models_whose_turns_the_server_does_not_find_get_an_explicit_null(model: str) -> None:
    assert side(TranscriptionConfig(model=model))["turn_detection"] is None


@pytest.mark.parametrize("model", VAD_MODELS)
def test_the_others_get_the_servers_turn_detection_unless_this_side_commits(model: str) -> None:
    detection = side(TranscriptionConfig(model=model))["turn_detection"]
    assert detection["type"] == "server_vad"
    assert detection["create_response"] is detection["interrupt_response"] is False
    assert side(TranscriptionConfig(model=model, commit="vad"))["turn_detection"] is None
    assert side(TranscriptionConfig(model=model, turn_detection=None))["turn_detection"] is None


@pytest.mark.parametrize("model", OWN_COMMITS[:3])
def test_turn_detection_that_the_model_refuses_is_refused_here(model: str) -> None:
    with pytest.raises(ConfigError, match="finds no turns for"):
        TranscriptionConfig(model=model, turn_detection="server_vad")


def test_an_unknown_model_may_be_given_turn_detection() -> None:
    config = TranscriptionConfig(model="mine", turn_detection=ServerVAD(threshold=0.7))
    assert side(config)["turn_detection"]["threshold"] == 0.7


@pytest.mark.parametrize(
    ("model", "languages", "expected"),
    [
        ("gpt-live-transcribe", ["en"], {"languages": ["en"]}),
        ("gpt-transcribe", ("en", "de"), {"languages": ["en", "de"]}),
        ("gpt-realtime-whisper", "en", {"language": "en"}),
        ("whisper-1", ["en"], {"language": "en"}),
        ("mine", ["en"], {"language": "en"}),
        ("mine", ["en", "de"], {"languages": ["en", "de"]}),
        ("gpt-live-transcribe", (), {}),
    ],
)
def test_languages_go_where_the_model_takes_them_and_never_in_both_places(
    model: str, languages: Any, expected: dict[str, Any]
) -> None:
    wire = side(TranscriptionConfig(model=model, languages=languages))["transcription"]
    assert {key: wire[key] for key in wire if key.startswith("language")} == expected


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"model": ""}, "model must not be empty"),
        ({"languages": ["english"]}, "'english'"),
        ({"languages": 3}, "languages must be a list"),
        ({"languages": [3]}, "must be a string"),
        ({"model": "whisper-1", "languages": ["en", "de"]}, "takes one language"),
        ({"keywords": ["a<b"]}, "without < and >"),
        ({"keywords": ["a>b"]}, "without < and >"),
        ({"keywords": ["a\nb"]}, "one line"),
        ({"keywords": ["a\rb"]}, "one line"),
        ({"keywords": [" "]}, "must not be empty"),
        ({"keywords": {"a": 1}}, "keywords must be a list"),
        ({"model": "whisper-1", "keywords": ["a"]}, "takes no keywords"),
        ({"model": "gpt-realtime-whisper", "prompt": "x"}, "takes no prompt"),
        ({"prompt": 3}, "prompt must be a string"),
        ({"delay": "long"}, "delay must be one of 'minimal'"),
        ({"model": "whisper-1", "delay": "low"}, "delay"),
        ({"noise_reduction": "mid"}, "'near_field', 'far_field'"),
        ({"logprobs": 1}, "logprobs must be True or False"),
        ({"commit": "never"}, "commit must be one of"),
        ({"commit": 0.05}, "0.1 to"),
        ({"commit": True}, "number"),
        ({"max_turn_s": 0}, "max_turn_s"),
        ({"model": "whisper-1", "commit": "vad", "turn_detection": "server_vad"}, "Either the server"),
        ({"turn_detection": "vad"}, "turn_detection must be"),
    ],
)
def test_a_wrong_value_raises_at_once_and_says_what_is_right(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        TranscriptionConfig(**options)


def test_what_the_model_decides_is_decided_anew_when_the_model_changes() -> None:
    live = TranscriptionConfig()
    assert live.live
    old = live.merge(model="whisper-1")
    assert old.turn_detection is not None
    assert not old.live
    assert old.merge(model="gpt-live-transcribe").turn_detection is None
    chosen = TranscriptionConfig(model="whisper-1", turn_detection=None)
    assert chosen.merge(model="gpt-4o-transcribe").turn_detection is None
    with pytest.raises(ConfigError, match=r"'langages'.*'languages'"):
        live.merge(langages="en")
    with pytest.raises(dataclasses.FrozenInstanceError):
        live.model = "x"  # type: ignore[misc]


def test_the_difference_names_its_type_and_nothing_that_stays() -> None:
    old = TranscriptionConfig(logprobs=True).to_wire()
    new = TranscriptionConfig(keywords=["ibis"]).to_wire()
    assert session_diff(old, new) == {
        "type": "transcription",
        "audio": {"input": {"transcription": {"model": "gpt-live-transcribe", "keywords": ["ibis"]}}},
        "include": [],
    }
    assert TranscriptionConfig().with_tools([{"name": "f"}]) == TranscriptionConfig()
