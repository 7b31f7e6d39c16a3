from typing import Any

import pytest

from realtime_widget.local.refusal import Refusal
from realtime_widget.local.session_config import check_response, default_session, merge_session, voice_name

BASE = default_session(session_id="sess_1", model="m", expires_at=5)


def merge(**update: Any) -> dict[str, Any]:
    return merge_session(BASE, {"type": "realtime", **update})


def test_omitted_stays_and_the_old_one_is_not_changed() -> None:
    merged = merge(instructions="", audio={"input": {"noise_reduction": {"type": "near_field"}}})
    assert merged["instructions"] == ""
    assert merged["audio"]["input"]["noise_reduction"] == {"type": "near_field"}
    assert merged["audio"]["input"]["turn_detection"] == BASE["audio"]["input"]["turn_detection"]
    assert BASE["audio"]["input"]["noise_reduction"] is None
    assert merge() == BASE


def test_nulls_switch_off_what_can_be_off() -> None:
    on = merge(audio={"input": {"transcription": {"model": "whisper-1"}}}, tracing="auto")
    off = merge_session(
        on,
        {
            "type": "realtime",
            "tracing": None,
            "audio": {"input": {"transcription": None, "turn_detection": None, "noise_reduction": None}},
        },
    )
    assert off["audio"]["input"] == {
        "format": {"type": "audio/pcm", "rate": 24000},
        "noise_reduction": None,
        "transcription": None,
        "turn_detection": None,
    }
    assert off["tracing"] is None


def test_the_strength_of_noise_reduction_is_kept() -> None:
    first = merge(audio={"input": {"noise_reduction": {"type": "near_field", "strength": 0.5}}})
    update = {"type": "realtime", "audio": {"input": {"noise_reduction": {"type": "far_field"}}}}
    assert merge_session(first, update)["audio"]["input"]["noise_reduction"] == {
        "type": "far_field",
        "strength": 0.5,
    }


def test_voices_of_the_speaker_are_allowed_too() -> None:
    update = {"type": "realtime", "audio": {"output": {"voice": "bass"}}}
    with pytest.raises(Refusal, match="'marin'"):
        merge_session(BASE, update)
    assert merge_session(BASE, update, voices=("bass",))["audio"]["output"]["voice"] == "bass"
    custom = merge(audio={"output": {"voice": {"id": "voice_1"}}})
    assert voice_name(custom["audio"]["output"]["voice"]) == "voice_1"


def test_the_model_stays_whatever_a_client_writes_into_its_updates() -> None:
    changed = merge(model="n", instructions="Be brief.")
    assert (changed["model"], changed["instructions"]) == ("m", "Be brief.")
    assert merge_session(BASE, {"type": "realtime", "model": "n"}, may_set_model=True)["model"] == "n"


def test_options_of_a_response() -> None:
    assert check_response(None, BASE) == {}
    assert check_response({"metadata": {"a": "b"}, "conversation": "none"}, BASE)["metadata"] == {"a": "b"}
    with pytest.raises(Refusal) as caught:
        check_response({"audio": {"output": {"voice": "cedar"}}}, BASE, has_spoken=True)
    assert (caught.value.code, caught.value.param) == ("cannot_update_voice", "response.audio.output.voice")
