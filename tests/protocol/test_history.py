"""What a new connection is told of the conversation."""

from realtime_widget import testing as t
from realtime_widget.protocol.history import cut_words, retell

from .drive import Talk


def roles(talk: Talk) -> list[str | None]:
    return [told.item.role or told.item.type for told in retell(talk.protocol.conversation)]


def test_words_are_never_cut_in_two() -> None:
    assert cut_words("one two three", 0.7) == "one two"
    assert cut_words("one two three", 1.0) == "one two three"
    assert cut_words("one", 0.5) == ""


def test_what_is_no_turn_is_not_told() -> None:
    talk = Talk()
    talk.feed(t.text_response("Good day."))
    talk.feed(t.user_turn("Hello", item_id="u"), t.audio_response("Hi", out_of_band=True))
    talk.feed({"type": "input_audio_buffer.timeout_triggered", "event_id": "e", "item_id": "idle"})
    assert roles(talk) == ["assistant", "user"]


def test_a_call_without_an_output_is_not_told() -> None:
    talk = Talk()
    talk.feed(t.call_response(t.function_call("f", {}, call_id="c1")))
    assert roles(talk) == []
    talk.protocol.tool_output("c1", "1")
    assert roles(talk) == ["function_call", "function_call_output"]


def test_a_picture_is_told_with_the_words_beside_it() -> None:
    from realtime_widget.protocol.objects import ContentPart, Item

    talk = Talk()
    parts = [
        ContentPart(type="input_text", text="What is this?"),
        ContentPart(type="input_image", image_url="data:image/png;base64,AAAA"),
    ]
    talk.protocol.create_item(Item(type="message", role="user", content=parts))
    [told] = retell(talk.protocol.conversation)
    assert [part.type for part in told.item.content or ()] == ["input_text", "input_image"]


def test_long_calls_are_cut_in_the_summary() -> None:
    talk = Talk()
    talk.feed(t.call_response(t.function_call("look_up", {"key": "k" * 3_000}, call_id="c1")))
    talk.protocol.tool_output("c1", "v" * 3_000)
    for i in range(20):
        talk.feed(t.text_response(f"Answer {i}"))
    first = retell(talk.protocol.conversation)[0].item
    assert first.content is not None
    assert "called look_up" in (first.content[0].text or "")
    assert len(first.content[0].text or "") < 1_000
