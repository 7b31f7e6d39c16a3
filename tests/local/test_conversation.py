import asyncio

import pytest

from realtime_widget.local.conversation import Conversation, Entry
from realtime_widget.local.refusal import Refusal
from realtime_widget.local.stages import Transcription
from realtime_widget.protocol.objects import ContentPart, Item


def entry(item_id: str, **fields: object) -> Entry:
    return Entry(
        Item(type="message", id=item_id, role="user", content=[ContentPart(type="input_audio")]), **fields
    )  # type: ignore[arg-type]


def ids(conversation: Conversation) -> list[str]:
    return [one.id for one in conversation]


def test_items_go_where_they_are_put() -> None:
    conversation = Conversation()
    for item_id, after in (("b", None), ("d", None), ("a", "root"), ("c", "b")):
        conversation.add(entry(item_id), after=after)
    assert ids(conversation) == ["a", "b", "c", "d"]
    assert conversation.last_id == "d"
    assert [conversation.previous_id(item_id) for item_id in "abcx"] == [None, "a", "b", None]
    conversation.delete("b")
    assert ids(conversation) == ["a", "c", "d"]
    assert (len(conversation), "b" in conversation) == (3, False)


def test_wrong_places_and_ids_are_refused() -> None:
    conversation = Conversation()
    conversation.add(entry("a"))
    for item_id, after, code in (
        ("a", None, "item_create_duplicate_item_id"),
        ("b", "x", "item_create_invalid_previous_item_id"),
    ):
        with pytest.raises(Refusal) as caught:
            conversation.add(entry(item_id), after=after)
        assert caught.value.code == code
    with pytest.raises(Refusal, match="Error deleting item"):
        conversation.delete("x")
    assert ids(conversation) == ["a"]


def test_truncate_only_what_the_responder_said() -> None:
    conversation = Conversation()
    conversation.add(entry("user", audio={0: bytearray(4800)}))
    conversation.add(entry("said", audio={0: bytearray(4800)}, spoken=True))
    with pytest.raises(Refusal, match="Only model output audio"):
        conversation.truncate("user", 0, 10)
    with pytest.raises(Refusal, match="Only model output audio"):
        conversation.truncate("said", 1, 10)
    with pytest.raises(Refusal, match="Audio content of 100ms is already shorter than 101ms"):
        conversation.truncate("said", 0, 101)
    with pytest.raises(Refusal, match=">= 0"):
        conversation.truncate("said", 0, -1)
    conversation.truncate("said", 0, 50)
    said = conversation.get("said")
    assert said is not None
    assert said.audio_ms(0) == 50
    assert said.item.content == [ContentPart(type="output_audio")]


def test_what_was_heard_is_seen_by_the_responder_only() -> None:
    async def scenario() -> None:
        future: asyncio.Future[Transcription] = asyncio.get_running_loop().create_future()
        one = entry("a", heard={0: future})
        assert one.as_understood() is one.item
        future.set_result(Transcription("hello", uncertain=True))
        assert one.as_understood().content == [ContentPart(type="input_audio", transcript="hello")]
        assert one.item.content == [ContentPart(type="input_audio")]
        assert one.is_uncertain()

    asyncio.run(scenario())


def test_calls_are_known_by_their_id() -> None:
    conversation = Conversation()
    conversation.add(Entry(Item(type="function_call", id="a", call_id="c1", name="f")))
    assert conversation.has_call("c1")
    assert not conversation.has_call("c2")
