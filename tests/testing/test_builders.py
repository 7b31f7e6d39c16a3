import array
import base64
from typing import Any

import pytest
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter

from realtime_widget import testing as t
from realtime_widget.protocol.codec import decode_event, encode
from realtime_widget.protocol.events import Event
from realtime_widget.testing.builders import new_id

EVENTS: list[dict[str, Any]] = [
    t.session_created(model="m"), t.session_updated(), t.error(), t.error("x", code="c", event_id="e"),
    t.rate_limits(),
    t.item_added(t.message("user", "hi")), t.item_done(t.message("system", "hi"), previous="a"),
    t.item_added(t.function_call("f", {"a": 1})), t.item_deleted("a"), t.item_truncated("a", 5),
    t.speech_started("u"), t.speech_stopped("u"), t.committed("u"), t.cleared(), t.timeout_triggered("u"),
    t.transcription_delta("u", "x"), t.transcription_completed("u", "x"), t.transcription_failed("u"),
    t.response_created("r"), t.response_done("r"), t.response_done("r", usage=None),
    *(t.response_done("r", status) for status in ("cancelled", "incomplete", "failed")),
]  # fmt: skip


@pytest.mark.parametrize("raw", EVENTS, ids=lambda raw: raw["type"])
def test_events_are_whole_and_valid_for_the_official_client(raw: dict[str, Any]) -> None:
    model: Any = TypeAdapter(RealtimeServerEvent).validate_python(raw)
    assert not set(raw) - set(type(model).model_fields)
    assert isinstance(decode_event(encode(raw)), Event)


@pytest.mark.parametrize(
    ("status", "details"),
    [
        ("completed", None),
        ("cancelled", {"type": "cancelled", "reason": "turn_detected"}),
        ("incomplete", {"type": "incomplete", "reason": "max_output_tokens"}),
    ],
)
def test_a_response_says_why_it_ended(status: str, details: Any) -> None:
    assert t.response_done("r", status)["response"]["status_details"] == details


def test_a_response_can_fail_or_be_cut_for_any_reason() -> None:
    failure = {"type": "t", "code": "c", "message": "m"}
    assert t.response_done("r", "failed", failure=failure)["response"]["status_details"]["error"] == failure
    assert t.response_done("r", "failed")["response"]["status_details"]["error"]["message"]
    filtered = t.response_done("r", "incomplete", reason="content_filter")
    assert filtered["response"]["status_details"]["reason"] == "content_filter"


def test_usage_adds_up() -> None:
    usage = t.usage(input_tokens=101, output_tokens=51, cached_tokens=7)
    details = usage["input_token_details"]
    assert details["text_tokens"] + details["audio_tokens"] == usage["input_tokens"]
    assert sum(usage["output_token_details"].values()) == usage["output_tokens"]
    assert usage["total_tokens"] == 152
    assert details["cached_tokens"] == details["cached_tokens_details"]["text_tokens"] == 7


def test_a_tone_is_sound() -> None:
    samples = array.array("h", t.tone(100))
    assert len(samples) == 2_400
    assert 9_000 < max(samples) < 10_000
    assert t.tone(0) == b""


@pytest.mark.parametrize(
    ("item", "content"),
    [
        (t.message("user", "hi"), [{"type": "input_text", "text": "hi"}]),
        (t.message("user", spoken=True), [{"type": "input_audio", "transcript": None}]),
        (t.message("assistant", "hi"), [{"type": "output_text", "text": "hi"}]),
        (t.message("assistant", "hi", spoken=True), [{"type": "output_audio", "transcript": "hi"}]),
        (t.message("assistant"), []),
        (t.message("system", "hi"), [{"type": "input_text", "text": "hi"}]),
    ],
)
def test_messages_have_the_content_of_their_role(item: dict[str, Any], content: list[Any]) -> None:
    assert item["content"] == content


def test_arguments_are_text_however_they_are_given() -> None:
    assert t.function_call("f", {"a": 1})["arguments"] == '{"a": 1}'
    assert t.function_call("f", '{"a"')["arguments"] == '{"a"'


def test_ids_are_new() -> None:
    assert new_id("x") != new_id("x")
    assert t.message("user", "a")["id"] != t.message("user", "a")["id"]
    assert t.event("made.up", x=1)["event_id"] != t.event("made.up", x=1)["event_id"]


def test_sound_is_base64() -> None:
    [delta] = [e for e in t.audio_response("x", b"\1\2") if e["type"] == "response.output_audio.delta"]
    assert base64.b64decode(delta["delta"]) == b"\1\2"
