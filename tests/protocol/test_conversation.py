import itertools
from typing import Any

import pytest

from realtime_widget import testing as t
from realtime_widget.protocol import changes as ch
from realtime_widget.protocol.objects import ContentPart, Item

from .drive import Talk

USER = t.user_turn(None, item_id="u", start_ms=100, end_ms=900)
ANSWER = t.text_response("Sure.", item_id="a", response_id="r", previous="u", metadata={})


def final(*events: Any) -> list[tuple[Any, ...]]:
    return Talk().feed(*events).state


def test_a_transcript_may_come_at_any_moment() -> None:
    late = t.transcription_completed("u", "Hello")
    wanted = final(USER, ANSWER, late)
    events = [*USER, *ANSWER]
    for place in range(len(events) + 1):
        assert final(events[:place], late, events[place:]) == wanted, place
    assert [entry[2] for entry in wanted] == ["Hello", "Sure."]


def test_every_event_may_come_twice() -> None:
    events = [*t.user_turn("Hello", item_id="u", deltas=()), *ANSWER]
    wanted = final(events)
    for place in range(len(events)):
        if not events[place]["type"].endswith("delta"):
            assert final(events[: place + 1], events[place], events[place + 1 :]) == wanted, events[place][
                "type"
            ]
    assert final(events, *[e for e in events if not e["type"].endswith("delta")]) == wanted


def test_any_one_event_may_be_missing() -> None:
    vital = {"conversation.item.input_audio_transcription.completed"}
    events = [*t.user_turn("Hello", item_id="u"), *ANSWER]
    wanted = final(events)
    for place, event in enumerate(events):
        if event["type"] not in vital:
            assert final(events[:place], events[place + 1 :]) == wanted, event["type"]


def test_items_of_a_response_may_come_in_either_order_of_their_two_events() -> None:
    events = list(ANSWER)
    pairs = [
        ("response.output_item.added", "conversation.item.added"),
        ("conversation.item.done", "response.output_item.done"),
    ]
    wanted = final(USER, events)
    for one, other in pairs:
        i, j = ([e["type"] for e in events].index(kind) for kind in (one, other))
        swapped = list(events)
        swapped[i], swapped[j] = events[j], events[i]
        assert final(USER, swapped) == wanted


def test_two_turns_whose_transcripts_cross() -> None:
    one, two = t.user_turn(None, item_id="u1"), t.user_turn(None, item_id="u2", previous="u1")
    words = [t.transcription_completed("u1", "First"), t.transcription_completed("u2", "Second")]
    for order in itertools.permutations(words):
        talk = Talk().feed(one, two, order)
        assert talk.turns == [("user", "First"), ("user", "Second")]


def test_live_words_come_before_the_item_and_are_replaced_by_the_final_ones() -> None:
    deltas = [t.transcription_delta("u", piece) for piece in ("so ", "the ", "thing")]
    talk = Talk().feed(deltas)
    assert talk.turns == [("user", "so the thing")]
    talk.feed(t.committed("u"), t.transcription_completed("u", "So, the thing."))
    talk.feed(t.transcription_delta("u", "!!"))
    assert talk.turns == [("user", "So, the thing.")]


def test_a_local_item_shows_at_once_and_is_confirmed_in_place() -> None:
    talk = Talk()
    item = Item(type="message", role="user", content=[ContentPart(type="input_text", text="hi")])
    item_id, event_id = talk.protocol.create_item(item)
    assert talk.state == [(item_id, "user", "hi", "completed", False, None)]
    before = talk.state
    wire = t.message("user", "hi", item_id=item_id)
    talk.feed(t.item_added(wire), t.item_done(wire))
    assert talk.state == before
    settled = talk.changes(ch.CommandSettled)
    assert [s.event_id for s in settled] == [event_id]


def test_an_item_can_be_put_first() -> None:
    talk = Talk().feed(t.user_turn("Hello", item_id="u"))
    item = Item(
        id="s", type="message", role="system", content=[ContentPart(type="input_text", text="Be kind.")]
    )
    talk.protocol.create_item(item, "root")
    assert talk.sent()[0]["previous_item_id"] == "root"
    talk.feed(t.item_added(t.message("system", "Be kind.", item_id="s"), previous="root"))
    assert talk.turns == [("system", "Be kind."), ("user", "Hello")]


def test_deleted_items_are_gone_and_stay_gone() -> None:
    talk = Talk().feed(t.user_turn(None, item_id="u"), t.item_deleted("u"))
    assert talk.turns == []
    assert talk.changes(ch.ItemRemoved) == [ch.ItemRemoved("u")]
    talk.feed(t.transcription_delta("u", "ghost"), t.transcription_completed("u", "ghost"))
    talk.feed(t.item_deleted("u"), t.item_deleted("unknown"))
    assert talk.turns == []


def test_what_was_put_after_a_deleted_item_keeps_its_place() -> None:
    talk = Talk().feed(t.user_turn("One", item_id="u1"), t.user_turn("Two", item_id="u2", previous="u1"))
    talk.feed(t.item_deleted("u1"))
    talk.feed(
        t.text_response("Answer", item_id="a", previous="u2"),
        t.user_turn("Three", item_id="u3", previous="a"),
    )
    assert [text for _, text in talk.turns] == ["Two", "Answer", "Three"]


def test_items_without_a_status_or_kind_are_taken_as_they_are() -> None:
    talk = Talk()
    talk.feed(
        {"type": "conversation.item.added", "item": {"id": "x", "role": "user", "content": [{"text": "hi"}]}}
    )
    assert talk.state == [("x", "user", "hi", "completed", False, None)]
    talk.feed({"type": "conversation.item.added", "item": {}})
    assert len(talk.items) == 1


def test_a_retrieved_item_changes_nothing() -> None:
    talk = Talk().feed(t.user_turn("Hello", item_id="u"))
    before = talk.state
    item = t.message("user", item_id="u", spoken=True)
    item["content"][0]["audio"] = "AAAA"
    talk.feed(t.event("conversation.item.retrieved", item=item))
    assert talk.state == before


@pytest.mark.parametrize("end_ms", [-5, 0, 250.7, 10**9])
def test_a_cut_told_by_the_server_stays_within_what_came(end_ms: float) -> None:
    talk = Talk().feed(t.audio_response("Hello", t.tone(500), item_id="a"))
    talk.feed(t.item_truncated("a", end_ms))  # type: ignore[arg-type]
    part = talk.protocol.playback.get("a")
    assert part is not None
    assert part.cut_samples == min(500 * 24, max(0, int(end_ms * 24)))
    talk.feed(t.item_truncated("unknown", 5))


def test_an_item_is_told_of_when_it_is_first_named_even_by_an_empty_event() -> None:
    talk = Talk()
    talk.changes()
    talk.feed({"type": "response.output_audio.delta", "item_id": "a"})
    assert talk.changes() == [ch.ItemChanged("a")]


def test_items_of_a_response_that_turns_out_to_be_an_aside_leave_the_conversation() -> None:
    talk = Talk().feed(t.text_response("Hi.", item_id="a1", response_id="r1"))
    conversation = talk.protocol.conversation
    state = conversation.item("x1", role="assistant")
    assert state is not None
    conversation.belongs(state, "r2")
    assert [item.id for item in talk.items] == ["a1", "x1"]
    assert conversation.set_aside("r2") == [ch.ItemChanged("x1")]
    assert [item.id for item in talk.items] == ["a1"]


def test_what_the_user_said_is_never_set_aside() -> None:
    talk = Talk().feed(t.user_turn("Hello.", item_id="u1"))
    conversation = talk.protocol.conversation
    conversation.belongs(conversation.items["u1"], "r9")
    conversation.set_aside("r9")
    assert talk.turns == [("user", "Hello.")]
