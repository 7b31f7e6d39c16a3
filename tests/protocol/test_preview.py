"""What is sent to a server of the beta, judged by the official client's types for it."""

import functools
import json
from typing import Any, get_args, get_type_hints

import pytest
from openai.types.beta.realtime import RealtimeClientEventParam
from pydantic import ConfigDict, TypeAdapter

from realtime_widget.config import ServerVAD, SessionConfig, session_diff
from realtime_widget.protocol.commands import (
    AppendInput,
    CancelResponse,
    Command,
    CommitInput,
    CreateItem,
    CreateResponse,
    TruncateItem,
    UpdateSession,
)
from realtime_widget.protocol.legacy import normalise_session
from realtime_widget.protocol.objects import ContentPart, Item
from realtime_widget.protocol.preview import encode_preview
from realtime_widget.protocol.protocol import RealtimeProtocol

TOOL = {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}}


@functools.cache
def adapters() -> dict[str, TypeAdapter[Any]]:
    members = get_args(RealtimeClientEventParam)
    config = ConfigDict(extra="forbid")
    return {
        get_args(get_type_hints(member)["type"])[0]: TypeAdapter(dict[str, member], config=config)
        for member in members
    }


def sent(command: Command) -> dict[str, Any]:
    """Encode a command and check that a client of the beta could have sent it."""
    raw: dict[str, Any] = json.loads(encode_preview(command))
    checked = json.loads(json.dumps(raw))
    session = checked.get("session", {})
    for name in ("turn_detection", "input_audio_transcription", "input_audio_noise_reduction"):
        if name in session and session[name] is None:  # documented, but not in the types
            del session[name]
    adapters()[raw["type"]].validate_python({"event": checked})
    return raw


def test_a_whole_configuration_becomes_flat() -> None:
    config = SessionConfig(instructions="Be brief.", voice="alloy", tools=(TOOL,), max_output_tokens=500)
    session = sent(UpdateSession(event_id="e", session=config.to_wire()))["session"]
    assert session == {
        "modalities": ["audio", "text"],
        "instructions": "Be brief.",
        "input_audio_format": "pcm16",
        "input_audio_transcription": {"model": "gpt-live-transcribe"},
        "turn_detection": {
            "type": "semantic_vad", "eagerness": "auto", "create_response": True, "interrupt_response": True,
        },
        "output_audio_format": "pcm16",
        "voice": "alloy",
        "tools": [TOOL],
        "tool_choice": "auto",
        "max_response_output_tokens": 500,
    }  # fmt: skip
    back = normalise_session(session)
    assert back["audio"]["output"]["voice"] == "alloy"
    assert back["audio"]["input"]["format"] == config.to_wire()["audio"]["input"]["format"]


def test_what_is_no_default_is_told_and_what_the_beta_lacks_is_not() -> None:
    config = SessionConfig(speed=1.2, noise_reduction="near_field", reasoning="low", truncation="disabled")
    session = sent(UpdateSession(session=config.to_wire()))["session"]
    assert session["speed"] == 1.2
    assert session["input_audio_noise_reduction"] == {"type": "near_field"}
    assert not {"reasoning", "truncation", "type", "audio"} & set(session)


def test_text_only() -> None:
    assert sent(UpdateSession(session=SessionConfig(output="text").to_wire()))["session"]["modalities"] == [
        "text"
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {"turn_detection": None}, {"turn_detection": None}),
        ({"noise_reduction": "far_field"}, {}, {"input_audio_noise_reduction": None}),
        ({"speed": 1.5}, {}, {"speed": 1.0}),
        ({}, {"transcription": None}, {"input_audio_transcription": None}),
        ({}, {"max_output_tokens": 9}, {"max_response_output_tokens": 9}),
    ],
)
def test_changes_are_told_alone_with_explicit_nulls(before: Any, after: Any, told: Any) -> None:
    old, new = SessionConfig(**before).to_wire(), SessionConfig(**after).to_wire()
    assert sent(UpdateSession(session=session_diff(old, new)))["session"] == told


def test_an_update_that_changes_nothing_is_an_update_still() -> None:
    assert sent(UpdateSession(event_id="e", session={"type": "realtime"})) == {
        "type": "session.update", "event_id": "e", "session": {},
    }  # fmt: skip


def test_a_session_that_only_transcribes_has_an_event_of_its_own() -> None:
    wire = {
        "type": "transcription",
        "audio": {"input": {
            "format": {"type": "audio/pcm", "rate": 24000}, "noise_reduction": None,
            "transcription": {"model": "whisper-1"}, "turn_detection": ServerVAD().to_wire(),
        }},
        "include": ["item.input_audio_transcription.logprobs"],
    }  # fmt: skip
    raw = sent(UpdateSession(session=wire))
    assert raw["type"] == "transcription_session.update"
    assert set(raw["session"]) == {
        "input_audio_format", "input_audio_transcription", "turn_detection", "include",
    }  # fmt: skip


def test_requests_for_a_response() -> None:
    response = {
        "conversation": "none",
        "output_modalities": ["text"],
        "audio": {"output": {"voice": "ash", "format": {"type": "audio/pcmu"}}},
        "max_output_tokens": 5,
        "metadata": {"a": "b"},
        "reasoning": {"effort": "low"},
        "input": [
            {"type": "item_reference", "id": "i1"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi."}]},
        ],
    }
    raw = json.loads(encode_preview(CreateResponse(event_id="e", response=response)))
    assert raw["response"] == {
        "conversation": "none",
        "modalities": ["text"],
        "voice": "ash",
        "output_audio_format": "g711_ulaw",
        "max_response_output_tokens": 5,
        "metadata": {"a": "b"},
        "input": [
            {"type": "item_reference", "id": "i1"},
            {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "Hi."}]},
        ],
    }
    assert sent(CreateResponse(event_id="e")) == {"type": "response.create", "event_id": "e"}


def test_items_have_the_betas_kinds_of_content() -> None:
    def content(role: str, *parts: ContentPart) -> list[dict[str, Any]]:
        item = Item(type="message", id="i", role=role, content=list(parts))
        return list(sent(CreateItem(item=item))["item"]["content"])

    assert content("assistant", ContentPart(type="output_text", text="Hi.")) == [
        {"type": "text", "text": "Hi."}
    ]
    assert content("user", ContentPart(type="input_text", text="Hi.")) == [
        {"type": "input_text", "text": "Hi."}
    ]
    assert content("user", ContentPart(type="input_audio", audio=b"\0\0")) == [
        {"type": "input_audio", "audio": "AAA="}
    ]
    call = Item(type="function_call_output", id="o", call_id="c", output="1")
    assert sent(CreateItem(item=call))["item"] == {
        "type": "function_call_output", "id": "o", "call_id": "c", "output": "1",
    }  # fmt: skip


def test_all_else_is_as_it_is() -> None:
    for command in (
        AppendInput(audio=b"\0\0"), CommitInput(event_id="e"), CancelResponse(response_id="r"),
        TruncateItem(item_id="i", content_index=0, audio_end_ms=5),
    ):  # fmt: skip
        assert sent(command)["type"] == command.type


def test_the_protocol_speaks_it_when_told_to() -> None:
    protocol = RealtimeProtocol(SessionConfig(voice="alloy"), dialect="preview")
    protocol.at(0.0, 0.0)
    protocol.connection_opened()
    (frame,) = protocol.messages_to_send()
    assert json.loads(frame)["session"]["modalities"] == ["audio", "text"]
    (entry,) = [entry for entry in protocol.events_received() if entry.direction == "out"]
    assert entry.raw["session"]["voice"] == "alloy"
