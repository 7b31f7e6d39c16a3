from realtime_widget import testing as t
from realtime_widget.testing.manners import Manners


def test_updates_are_merged_and_echoed_whole() -> None:
    manners = Manners()
    update = {"audio": {"input": {"turn_detection": None}, "output": {"voice": "cedar"}}, "tools": [1]}
    [event] = manners.answer({"type": "session.update", "session": update})
    session = event["session"]
    assert session["audio"]["input"]["turn_detection"] is None
    assert session["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24_000}
    assert (session["audio"]["output"]["voice"], session["audio"]["output"]["speed"]) == ("cedar", 1.0)
    assert session["tools"] == [1]
    [event] = manners.answer({"type": "session.update", "session": {"instructions": "x"}})
    assert event["session"]["tools"] == [1]
    [event] = manners.answer(
        {
            "type": "session.update",
            "session": {"audio": {"input": {"turn_detection": {"type": "semantic_vad"}}}},
        }
    )
    assert event["session"]["audio"]["input"]["turn_detection"] == {"type": "semantic_vad"}


def test_items_are_confirmed_with_their_own_id_or_a_new_one() -> None:
    manners = Manners()
    added, done = manners.answer(
        {"type": "conversation.item.create", "item": {"id": "mine", "type": "message"}}
    )
    assert (added["item"]["id"], added["item"]["status"], done["item"]) == (
        "mine",
        "completed",
        added["item"],
    )
    added, _ = manners.answer(
        {"type": "conversation.item.create", "item": {"type": "message"}, "previous_item_id": "root"}
    )
    assert added["item"]["id"]
    assert added["previous_item_id"] == "root"


def test_other_commands_get_their_usual_answers() -> None:
    manners = Manners()
    kinds = {
        "input_audio_buffer.commit": [
            "input_audio_buffer.committed", "conversation.item.added", "conversation.item.done",
        ],
        "input_audio_buffer.clear": ["input_audio_buffer.cleared"],
        "input_audio_buffer.append": [],
        "response.create": [],
        "response.cancel": [],
        "made.up": [],
    }  # fmt: skip
    for kind, answers in kinds.items():
        assert [event["type"] for event in manners.answer({"type": kind})] == answers
    [cut] = manners.answer({"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": 5})
    assert (cut["type"], cut["item_id"], cut["audio_end_ms"]) == ("conversation.item.truncated", "a", 5)
    [gone] = manners.answer({"type": "conversation.item.delete", "item_id": "a"})
    assert (gone["type"], gone["item_id"]) == ("conversation.item.deleted", "a")


def test_items_are_chained_in_the_order_in_which_they_come() -> None:
    manners = Manners()
    events = [*t.user_turn("Hi", item_id="u"), *t.text_response("Hello", item_id="a")]
    links = {}
    for event in map(manners.complete, events):
        item_id = (
            event.get("item", {}).get("id")
            if event["type"].startswith("conversation")
            else event.get("item_id")
        )
        if "previous_item_id" in event:
            links.setdefault(item_id, set()).add(event["previous_item_id"])
    assert links == {"u": {None}, "a": {"u"}}
    assert manners.complete(t.committed("v", previous="u"))["previous_item_id"] == "u"


def test_metadata_is_handed_back_in_turn() -> None:
    manners = Manners()
    manners.note({"type": "response.create", "response": {"metadata": {"n": "1"}}})
    manners.note({"type": "response.create"})
    manners.note({"type": "response.create", "response": {"metadata": {"n": "3"}}})
    wanted = [{"n": "1"}, None, {"n": "3"}, None]
    for n, metadata in enumerate(wanted):
        for event in (t.response_created(f"r{n}"), t.response_done(f"r{n}"), t.response_created(f"r{n}")):
            assert manners.complete(event)["response"]["metadata"] == metadata


def test_metadata_that_is_given_is_left_alone() -> None:
    manners = Manners()
    manners.note({"type": "response.create", "response": {"metadata": {"n": "1"}}})
    assert manners.complete(t.response_created("auto", metadata={}))["response"]["metadata"] == {}
    assert manners.complete(t.response_created("r", metadata={"n": "1"}))["response"]["metadata"] == {
        "n": "1"
    }
    assert manners.complete(t.response_created("next"))["response"]["metadata"] is None


def test_events_get_an_id() -> None:
    assert Manners().complete({"type": "made.up"})["event_id"]
    assert Manners().complete({"type": "made.up", "event_id": None})["event_id"] is None
