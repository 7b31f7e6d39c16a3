from typing import Any

from realtime_widget.local.conversation import Conversation
from realtime_widget.local.responders.base import ToolCall
from realtime_widget.local.response_writer import ResponseSettings, ResponseWriter


def writer(**settings: Any) -> tuple[ResponseWriter, list[tuple[str, dict[str, Any]]], Conversation]:
    events: list[tuple[str, dict[str, Any]]] = []
    defaults: dict[str, Any] = {
        "modality": "text",
        "voice": "marin",
        "speed": 1.0,
        "audio_format": {"type": "audio/pcm", "rate": 24000},
        "instructions": "",
        "tools": (),
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "metadata": None,
        "conversation_id": "conv_1",
    }
    conversation = Conversation()
    made = ResponseWriter(
        lambda kind, **fields: events.append((kind, fields)),
        conversation,
        ResponseSettings(**{**defaults, **settings}),
    )
    return made, events, conversation


def types(events: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [kind for kind, _ in events]


def test_an_empty_answer_has_no_items() -> None:
    made, events, conversation = writer()
    made.begin()
    made.finish("completed", usage={"total_tokens": 0})
    made.finish("failed")
    made.add_text("too late")
    assert types(events) == ["response.created", "response.done"]
    assert events[0][1]["response"]["usage"] is None
    assert events[1][1]["response"]["output"] == []
    assert events[1][1]["response"]["usage"] == {"total_tokens": 0}
    assert len(conversation) == 0


def test_a_call_closes_the_message_before_it() -> None:
    made, events, conversation = writer()
    made.add_text("Wait. ")
    made.add_call(ToolCall("f", '{"a":1}'))
    made.add_text("Done.")
    made.finish("completed")
    kinds = [entry.item.type for entry in conversation]
    assert kinds == ["message", "function_call", "message"]
    indexes = [fields["output_index"] for kind, fields in events if kind == "response.output_item.added"]
    assert indexes == [0, 1, 2]
    done = types(events)
    assert done.index("response.output_text.done") < done.index("response.function_call_arguments.delta")


def test_outside_the_conversation_no_item_events() -> None:
    made, events, conversation = writer(conversation_id=None)
    made.add_text("x")
    made.finish("completed")
    assert not [kind for kind in types(events) if kind.startswith("conversation")]
    assert len(conversation) == 0


def test_what_is_cut_off_is_incomplete() -> None:
    made, events, _ = writer(modality="audio")
    made.add_speech(b"\0" * 4800, "Hel")
    made.finish("cancelled", reason="turn_detected")
    response = events[-1][1]["response"]
    assert response["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    assert response["output"][0]["status"] == "incomplete"
    assert made.output[0].audio_ms(0) == 100


def test_room_is_counted_in_tokens() -> None:
    made, _, _ = writer(max_output_tokens=3, modality="audio")
    assert made.has_room("abcd", b"\0" * 4800)
    assert not made.has_room("abcde", b"\0" * 4800)
    made.add_speech(b"\0" * 4800, "abcd")
    assert made.tokens.total == 3


def test_a_call_that_does_not_fit_is_incomplete() -> None:
    made, events, _ = writer(max_output_tokens=5)
    assert not made.add_call(ToolCall("f", '{"a":"' + "x" * 100 + '"}'))
    assert made.output[0].item.status == "incomplete"
    assert "response.function_call_arguments.done" not in types(events)


def test_an_item_deleted_while_it_is_written_does_no_harm() -> None:
    made, events, conversation = writer()
    made.add_text("x")
    conversation.delete(made.output[0].id)
    made.add_text("y")
    made.finish("completed")
    assert "conversation.item.done" not in types(events)
    assert events[-1][1]["response"]["output"][0]["content"][0]["text"] == "xy"
