import json
from typing import Any

import pytest

from realtime_widget.protocol import events as ev
from realtime_widget.protocol.codec import decode_event
from realtime_widget.protocol.legacy import (
    EVENT_ALIASES,
    is_legacy_session,
    normalise_error,
    normalise_session,
)

FLAT = {
    "id": "sess_1", "modalities": ["audio", "text"], "voice": "alloy", "speed": 1.0, "instructions": "x",
    "input_audio_format": "pcm16", "output_audio_format": "g711_ulaw",
    "input_audio_transcription": {"model": "whisper-1"}, "input_audio_noise_reduction": None,
    "turn_detection": {"type": "server_vad"}, "max_response_output_tokens": "inf",
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), EVENT_ALIASES.items())
def test_older_names_are_the_same_events(old: str, new: str) -> None:
    assert new in ev.EVENT_TYPES
    assert old not in ev.EVENT_TYPES
    assert type(decode_event(json.dumps({"type": old}))) is ev.EVENT_TYPES[new]


def test_a_flat_session_is_nested() -> None:
    assert normalise_session(FLAT) == {
        "type": "realtime", "id": "sess_1", "instructions": "x", "output_modalities": ["audio"],
        "max_output_tokens": "inf",
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24_000}, "transcription": {"model": "whisper-1"},
                "noise_reduction": None, "turn_detection": {"type": "server_vad"},
            },
            "output": {"voice": "alloy", "speed": 1.0, "format": {"type": "audio/pcmu"}},
        },
    }  # fmt: skip


def test_sessions_are_told_apart() -> None:
    assert is_legacy_session(FLAT)
    assert not is_legacy_session({"type": "realtime", "audio": {}, "voice": "x"})
    assert not is_legacy_session({"instructions": "x"})


@pytest.mark.parametrize("kind", ["session.created", "session.updated", "transcription_session.updated"])
def test_a_flat_session_is_read_like_any_other(kind: str) -> None:
    event = decode_event(json.dumps({"type": kind, "session": FLAT}))
    assert isinstance(event, ev.SessionCreated | ev.SessionUpdated)
    assert event.session.id == "sess_1"
    assert event.session.audio is not None
    assert event.session.audio["output"]["voice"] == "alloy"


@pytest.mark.parametrize(
    ("modalities", "output"), [(["text"], ["text"]), (None, ["text"]), (["audio"], ["audio"])]
)
def test_one_modality_is_left(modalities: Any, output: list[str]) -> None:
    assert normalise_session({"modalities": modalities})["output_modalities"] == output


def test_errors_without_an_envelope() -> None:
    assert normalise_error({"error": "boom"}) == {"message": "boom"}
    assert normalise_error({"message": "boom", "event_id": "e"}) == {"message": "boom"}
    assert normalise_error({"error": {"code": "c"}, "message": "x"}) == {"code": "c"}
