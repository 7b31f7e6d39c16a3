import base64
import json
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import TypeAdapter

from realtime_widget import testing as t
from realtime_widget.protocol import commands as c
from realtime_widget.protocol import events as ev
from realtime_widget.protocol.codec import (
    ProtocolError,
    command_of,
    decode_command,
    decode_event,
    encode,
    text_of,
)
from realtime_widget.protocol.objects import ContentPart, ErrorDetail, Item

from .drive import Talk


def tags(union: Any) -> set[str]:
    """The wire names of a union of the SDK's models."""
    members = get_args(get_args(union)[0])
    return {get_args(member.model_fields["type"].annotation)[0] for member in members}


SERVER_TAGS = tags(RealtimeServerEvent)
CLIENT_TAGS = tags(RealtimeClientEvent)
MINIMAL = {kind: {"type": kind, "event_id": "e"} for kind in ev.EVENT_TYPES}
EXAMPLES: list[dict[str, Any]] = [
    t.session_created(), t.session_updated(), t.error("no", code="c", event_id="x"), t.rate_limits(),
    *t.user_turn("hello", deltas=["hel", "lo"]), t.transcription_failed("item_1"), t.cleared(),
    t.timeout_triggered("item_1"), t.item_deleted("item_1"), t.item_truncated("item_1", 100),
    *t.text_response("some words"), *t.audio_response("some words"), *t.call_response(("f", {"a": 1})),
    t.response_done("r", "failed"), t.response_done("r", "cancelled"), t.response_done("r", "incomplete"),
]  # fmt: skip


def test_we_know_the_same_events_as_the_official_client() -> None:
    assert set(ev.EVENT_TYPES) == SERVER_TAGS
    assert len(ev.EVENT_TYPES) == 46


def test_we_know_the_same_commands_as_the_official_client() -> None:
    assert set(c.COMMAND_TYPES) == CLIENT_TAGS
    assert len(c.COMMAND_TYPES) == 11


@pytest.mark.parametrize("kind", sorted(SERVER_TAGS))
def test_every_event_decodes_to_its_struct_even_when_it_says_nothing(kind: str) -> None:
    event = decode_event(json.dumps({"type": kind}))
    assert type(event) is ev.EVENT_TYPES[kind]
    assert event.type == kind
    assert event.event_id is None


@pytest.mark.parametrize("raw", EXAMPLES, ids=lambda raw: raw["type"])
def test_our_examples_are_what_the_official_client_expects_and_survive_the_way_back(
    raw: dict[str, Any],
) -> None:
    TypeAdapter(RealtimeServerEvent).validate_python(raw)
    event = decode_event(json.dumps(raw))
    assert event.type == raw["type"]
    assert decode_event(encode(event)) == event


COMMANDS: list[c.Command] = [
    c.UpdateSession(event_id="e", session={"type": "realtime", "instructions": "hi"}),
    c.AppendInput(audio=b"\x00\x01\x02\x03"),
    c.CommitInput(), c.ClearInput(), c.ClearOutput(event_id="e"),
    c.CreateItem(item=Item(type="message", role="user", content=[ContentPart(type="input_text", text="hi")])),
    c.CreateItem(
        item=Item(id="i", type="function_call_output", call_id="c", output="1"), previous_item_id="root"
    ),
    c.RetrieveItem(item_id="i"),
    c.TruncateItem(item_id="i", content_index=0, audio_end_ms=12),
    c.DeleteItem(item_id="i"),
    c.CreateResponse(), c.CreateResponse(response={"conversation": "none", "metadata": {"a": "b"}}),
    c.CancelResponse(), c.CancelResponse(response_id="r"),
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.type)
def test_every_command_is_what_the_official_client_would_send(command: c.Command) -> None:
    text = encode(command)
    model = TypeAdapter(RealtimeClientEvent).validate_json(text, strict=True)
    assert model.type == command.type
    raw = json.loads(text)
    assert not set(raw) - set(type(model).model_fields)
    assert decode_command(text) == command
    assert None not in raw.values()


def test_every_command_is_among_the_examples() -> None:
    assert {command.type for command in COMMANDS} == CLIENT_TAGS


def test_audio_is_bytes_here_and_base64_on_the_wire() -> None:
    pcm = bytes(range(256))
    frame = encode(c.AppendInput(audio=pcm))
    assert json.loads(frame)["audio"] == base64.b64encode(pcm).decode()
    delta = {"type": "response.output_audio.delta", "item_id": "i", "delta": base64.b64encode(pcm).decode()}
    event = decode_event(json.dumps(delta))
    assert isinstance(event, ev.ResponseOutputAudioDelta)
    assert event.delta == pcm


def test_an_unknown_event_is_data() -> None:
    raw = {"type": "response.hologram.delta", "event_id": "e", "delta": [1, {"a": None}]}
    assert decode_event(json.dumps(raw)) == ev.UnknownEvent("response.hologram.delta", raw)
    assert decode_event(json.dumps(raw)).event_id == "e"
    assert decode_event('{"type": "x", "event_id": 7}').event_id is None


@pytest.mark.parametrize(
    "frame", ["", "null", "[]", '"x"', "{}", '{"type": null}', '{"type": 3}', "{", b"\xff\xfe", "nan"]
)
def test_what_is_no_event_is_an_error_of_the_frame(frame: str | bytes) -> None:
    with pytest.raises(ProtocolError, match="not"):
        decode_event(frame)


def test_nulls_and_wrong_types_cost_only_their_own_field() -> None:
    event = decode_event(
        json.dumps(
            {
                "type": "response.done",
                "response": {
                    "id": "r", "status": "completed", "status_details": 7, "metadata": [],
                    "usage": {"input_tokens": "many", "output_tokens": 3},
                    "output": [{"id": "a", "content": [{"type": "output_text", "text": "hi"}, 7]}, "junk"],
                },
            }
        )
    )  # fmt: skip
    assert isinstance(event, ev.ResponseDone)
    response = event.response
    assert (response.id, response.status, response.metadata) == ("r", "completed", None)
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.output_tokens) == (None, 3)
    assert response.output is not None
    assert [item.id for item in response.output] == ["a"]
    assert response.output[0].content == [ContentPart(type="output_text", text="hi")]


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        ({"type": "error", "error": "boom"}, ErrorDetail(message="boom")),
        ({"type": "error", "message": "boom", "code": "c"}, ErrorDetail(message="boom", code="c")),
        ({"type": "error", "error": {"message": "m", "code": 5}}, ErrorDetail(message="m")),
        ({"type": "error", "error": None}, ErrorDetail()),
    ],
)
def test_errors_are_read_in_any_shape(raw: dict[str, Any], error: ErrorDetail) -> None:
    event = decode_event(json.dumps(raw))
    assert isinstance(event, ev.Error)
    assert event.error == error


def test_a_sentence_where_an_object_should_be_is_what_it_says() -> None:
    event = decode_event('{"type": "response.done", "response": {"id": "r", "status_details": "busy"}}')
    assert isinstance(event, ev.ResponseDone)
    assert event.response.status_details is not None
    assert event.response.status_details.reason == "busy"
    assert event.response.status_details.error == ErrorDetail(message="busy")
    kind = "conversation.item.input_audio_transcription.failed"
    failed = decode_event(json.dumps({"type": kind, "item_id": "u", "error": "no such model"}))
    assert failed == ev.TranscriptionFailed(item_id="u", error=ErrorDetail(message="no such model"))


def test_slips_of_json_writers_are_forgiven() -> None:
    half = '{"type": "response.output_text.delta", "item_id": "i", "delta": "\\ud83d"}'
    event = decode_event(half)
    assert isinstance(event, ev.ResponseOutputTextDelta)
    assert event.item_id == "i"
    encode(event)
    nan = decode_event('{"type": "conversation.item.truncated", "item_id": "i", "audio_end_ms": NaN}')
    assert nan == ev.ConversationItemTruncated(item_id="i")
    endless = decode_event(
        '{"type": "input_audio_buffer.speech_started", "item_id": "i", "audio_start_ms": 1e999}'
    )
    assert endless == ev.SpeechStarted(item_id="i")


@pytest.mark.parametrize(
    ("frame", "text"),
    [("é", "é"), ("a", "a"), ("\udca1{}", "?{}"), (b"\xff{}", "\ufffd{}"), ("\U0001f600", "\U0001f600")],
)
def test_any_frame_can_be_written_down(frame: str | bytes, text: str) -> None:
    assert text_of(frame) == text
    text_of(frame).encode()


@pytest.mark.parametrize("number", ["1e308", "-1", "9" * 30, "-1e99", "9223372036854775808"])
def test_numbers_that_nobody_can_count_with_are_absent(number: str) -> None:
    started = decode_event(
        f'{{"type": "input_audio_buffer.speech_started", "item_id": "i", "audio_start_ms": {number}}}'
    )
    assert started == ev.SpeechStarted(item_id="i")
    usage = f'{{"input_tokens": {number}, "output_tokens": 4}}'
    done = decode_event(f'{{"type": "response.done", "response": {{"id": "r", "usage": {usage}}}}}')
    assert isinstance(done, ev.ResponseDone)
    assert done.response.usage is not None
    assert (done.response.usage.input_tokens, done.response.usage.output_tokens) == (None, 4)


def test_deep_nesting_is_refused_or_read_but_never_fatal() -> None:
    deep = '{"type": "x", "a": ' + "[" * 100_000 + "]" * 100_000 + "}"
    with pytest.raises(ProtocolError):
        decode_event(deep)


def test_unreadable_audio_is_no_audio() -> None:
    event = decode_event('{"type": "response.output_audio.delta", "item_id": "i", "delta": "%%%"}')
    assert event == ev.ResponseOutputAudioDelta(item_id="i")


def test_an_engine_refuses_wrong_commands_and_says_why() -> None:
    with pytest.raises(msgspec.ValidationError, match="item_id"):
        decode_command('{"type": "conversation.item.delete"}')
    with pytest.raises(msgspec.ValidationError):
        decode_command('{"type": "nope"}')


def test_raw_mappings_are_recognised_as_commands() -> None:
    assert command_of({"type": "input_audio_buffer.commit"}) == c.CommitInput()
    assert command_of({"type": "conversation.item.delete"}) is None
    assert command_of({"type": "nope"}) is None
    assert command_of({}) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    raw = json.loads(json.dumps(draw(st.sampled_from(EXAMPLES))))
    for _ in range(draw(st.integers(1, 3))):
        place: Any = raw
        while isinstance(place, dict) and place:
            key = draw(st.sampled_from(sorted(place)))
            if key == "type" and place is raw:
                break
            inner = place[key]
            if isinstance(inner, list) and inner and isinstance(inner[0], dict):
                inner = inner[0]
            if isinstance(inner, dict) and inner and draw(st.booleans()):
                place = inner
                continue
            if draw(st.booleans()):
                del place[key]
            else:
                place[key] = draw(json_values)
            break
    return raw


@settings(max_examples=40, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_no_mutation_of_an_event_is_ever_an_error(raw: dict[str, Any]) -> None:
    event = decode_event(json.dumps(raw))
    assert event.type == raw["type"]
    Talk().feed(raw, raw, *t.audio_response("after all"))


@settings(max_examples=30, database=None, deadline=None)
@given(st.dictionaries(st.text(max_size=6), json_values, max_size=4), st.sampled_from(sorted(SERVER_TAGS)))
def test_any_object_with_a_type_is_an_event(fields: dict[str, Any], kind: str) -> None:
    assert decode_event(json.dumps({**fields, "type": kind})).type == kind
    assert decode_event(json.dumps({**fields, "type": f"x{kind}"})).type == f"x{kind}"


@settings(max_examples=25, database=None, deadline=None)
@given(st.lists(st.sampled_from(EXAMPLES), max_size=25))
def test_no_order_of_events_is_ever_an_error(events: list[dict[str, Any]]) -> None:
    talk = Talk()
    talk.protocol.respond("k")
    talk.feed(*events)
    talk.protocol.begin_interrupt(cancel=True)
    talk.protocol.finish_interrupt()
    talk.protocol.connection_lost()
