import base64
from typing import Any

import pytest
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter

from realtime_widget import testing as t
from realtime_widget.testing.sequences import audio_chunks, words_of

WHOLE = [
    t.user_turn("Hello", deltas=["Hel"]),
    t.text_response("Two words"),
    t.audio_response("Two words"),
    t.audio_response("Aside", out_of_band=True),
    t.call_response(("f", {"a": 1}), t.function_call("g", "{bro")),
]


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


@pytest.mark.parametrize("events", WHOLE, ids=range(len(WHOLE)))
def test_sequences_are_valid_for_the_official_client(events: list[dict[str, Any]]) -> None:
    for event in events:
        model: Any = TypeAdapter(RealtimeServerEvent).validate_python(event)
        assert not set(event) - set(type(model).model_fields)


def test_a_turn_as_turn_detection_tells_it() -> None:
    assert [kind.rsplit(".", 1)[-1] for kind in kinds(t.user_turn("Hi", deltas=["H", "i"]))] == [
        "speech_started", "delta", "delta", "speech_stopped", "committed", "added", "done", "completed",
    ]  # fmt: skip
    assert [kind.rsplit(".", 1)[-1] for kind in kinds(t.user_turn(None, by_hand=True))] == [
        "committed", "added", "done",
    ]  # fmt: skip


def test_a_written_response_in_the_order_of_the_service() -> None:
    assert kinds(t.text_response("One two")) == [
        "response.created", "response.output_item.added", "conversation.item.added",
        "response.content_part.added", "response.output_text.delta", "response.output_text.delta",
        "response.output_text.done", "response.content_part.done", "conversation.item.done",
        "response.output_item.done", "response.done",
    ]  # fmt: skip


def test_a_spoken_response_holds_all_its_sound_and_words() -> None:
    pcm = t.tone(1_050)
    events = t.audio_response("One two three", pcm, chunk_ms=100)
    sound = [e["delta"] for e in events if e["type"] == "response.output_audio.delta"]
    words = [e["delta"] for e in events if e["type"] == "response.output_audio_transcript.delta"]
    assert b"".join(map(base64.b64decode, sound)) == pcm
    assert len(sound) == 11
    assert "".join(words) == "One two three"
    first = kinds(events).index("response.output_audio.delta")
    last = len(events) - 1 - kinds(events)[::-1].index("response.output_audio_transcript.delta")
    assert first < last, "words and sound come mixed"
    assert events[-1]["response"]["output"][0]["content"] == [
        {"type": "output_audio", "transcript": "One two three"}
    ]


def test_pieces_can_be_chosen() -> None:
    for make in (t.text_response, t.audio_response):
        events = make("abc", chunks=["a", "bc"])
        assert [e["delta"] for e in events if e["type"].endswith(("text.delta", "transcript.delta"))] == [
            "a",
            "bc",
        ]


def test_calls_grow_and_end_whole() -> None:
    events = t.call_response(("f", {"city": "Rome"}), ("g", {}), chunk_characters=4)
    pieces = [e["delta"] for e in events if e["type"].endswith("arguments.delta") and e["output_index"] == 0]
    assert "".join(pieces) == '{"city": "Rome"}'
    assert [item["name"] for item in events[-1]["response"]["output"]] == ["f", "g"]
    begun = [e["item"]["arguments"] for e in events if e["type"] == "response.output_item.added"]
    assert begun == ["", ""]


def test_out_of_band_responses_touch_no_conversation() -> None:
    events = t.text_response("Aside", out_of_band=True, metadata={"a": "b"})
    assert not [kind for kind in kinds(events) if kind.startswith("conversation.")]
    assert events[0]["response"]["conversation_id"] is None
    assert events[-1]["response"]["metadata"] == {"a": "b"}


def test_splitting_loses_nothing() -> None:
    for text in ("", " ", "one", " one  two\nthree "):
        assert "".join(words_of(text)) == text
    assert b"".join(audio_chunks(bytes(range(200)), 1)) == bytes(range(200))
