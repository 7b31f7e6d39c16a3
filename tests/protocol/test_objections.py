from typing import Any

import pytest

from realtime_widget import testing as t

from .drive import Talk


def spoken() -> Talk:
    """A talk in which the model has spoken, with a call that waits for its output."""
    talk = Talk(voice="marin")
    talk.feed(t.audio_response("Hi", item_id="a"))
    return talk.feed(
        t.call_response(t.function_call("f", {}, call_id="call_1", item_id="f"), response_id="r")
    )


def create(**item: Any) -> dict[str, Any]:
    return {"type": "conversation.item.create", "item": item}


def respond(**response: Any) -> dict[str, Any]:
    return {"type": "response.create", "response": response}


def update(**session: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": {"type": "realtime", **session}}


def output(call_id: Any) -> dict[str, Any]:
    return create(type="function_call_output", call_id=call_id, output="x")


REFUSED = [
    (output("call_2"), "item.call_id"),
    (output(None), "item.call_id"),
    (create(type="message", id="x" * 33), "item.id"),
    (create(type="message", id="a"), "item.id"),
    (create(type="function_call", call_id="x" * 33, name="f", arguments="{}"), "item.call_id"),
    (create(type="message", role="assistant", content=[{"type": "output_audio"}]), "item.content"),
    ({"type": "anything", "event_id": "x" * 513}, "event_id"),
    ({"type": "anything", "event_id": 5}, "event_id"),
    ({"type": "session.update", "session": {"instructions": "x"}}, "session.type"),
    ({"type": "session.update"}, "session.type"),
    (update(audio={"output": {"voice": "cedar"}}), "session.audio.output.voice"),
    (respond(audio={"output": {"voice": "cedar"}}), "response.audio.output.voice"),
    (respond(audio={"output": {"speed": 1.2}}), "response.audio.output.speed"),
    (respond(metadata={str(n): "x" for n in range(16)}), "response.metadata"),
    (respond(metadata=["x"]), "response.metadata"),
    (respond(metadata={"x" * 65: "x"}), "response.metadata"),
    (respond(metadata={"topic": "x" * 513}), "response.metadata.topic"),
    (respond(metadata={"topic": 5}), "response.metadata.topic"),
    ({"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": 12.5}, "audio_end_ms"),
    ({"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": -1}, "audio_end_ms"),
    ({"type": "input_audio_buffer.append", "audio": "A" * (20 * 1024 * 1024 + 4)}, "audio"),
]
FINE = [
    output("call_1"),
    create(type="message", id="x" * 32, role="user", content=[{"type": "input_text", "text": "hi"}]),
    create(type="message", role="assistant", content=[{"type": "output_text", "text": "hi"}]),
    create(type="something_new", call_id="x" * 99),
    {"type": "anything", "event_id": "x" * 512},
    {"type": "conversation.item.create"},
    {"type": "response.create"},
    update(audio={"output": {"voice": "marin"}, "input": {"turn_detection": None}}),
    update(audio=None),
    update(audio={"output": {"speed": 1.2}}),
    respond(metadata={str(n): "x" * 512 for n in range(15)}),
    {"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": 12},
    {"type": "input_audio_buffer.append", "audio": "AAAA"},
]


@pytest.mark.parametrize(("command", "param"), REFUSED, ids=[param for _, param in REFUSED])
def test_what_the_server_would_refuse_is_known_before(command: dict[str, Any], param: str) -> None:
    error = spoken().protocol.objection(command)
    assert error is not None
    assert error.param == param
    assert error.code
    assert param in (error.message or "")


@pytest.mark.parametrize("command", FINE, ids=lambda command: str(command)[:50])
def test_everything_else_is_for_the_server_to_judge(command: dict[str, Any]) -> None:
    assert spoken().protocol.objection(command) is None


def test_a_voice_is_free_until_the_model_has_spoken() -> None:
    assert Talk().protocol.objection(update(audio={"output": {"voice": "cedar"}})) is None


def test_a_speed_changes_between_answers_only() -> None:
    talk = Talk().feed(t.response_created("r"))
    assert talk.protocol.objection(update(audio={"output": {"speed": 1.2}})) is not None
    talk.feed(t.response_done("r"))
    assert talk.protocol.objection(update(audio={"output": {"speed": 1.2}})) is None


def test_a_call_that_was_just_told_by_hand_can_be_answered_by_hand() -> None:
    talk = Talk()
    assert (
        talk.protocol.objection(create(type="function_call", call_id="mine", name="f", arguments="{}"))
        is None
    )
    assert talk.protocol.objection(output("mine")) is None
