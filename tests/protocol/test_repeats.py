import json

import pytest

from realtime_widget import testing as t
from realtime_widget.protocol.repeats import MAX_CONFLICTS, REMEMBERED, Repeats

from .drive import Talk


def test_the_same_frame_with_the_same_id_is_a_repetition() -> None:
    repeats = Repeats()
    assert not repeats.is_repeat("e1", "one")
    assert not repeats.is_repeat("e2", "one")
    assert repeats.is_repeat("e1", "one")
    assert repeats.is_repeat("e1", "one")


@pytest.mark.parametrize("event_id", [None, ""])
def test_events_without_an_id_are_never_repetitions(event_id: str | None) -> None:
    repeats = Repeats()
    assert not repeats.is_repeat(event_id, "la")
    assert not repeats.is_repeat(event_id, "la")


def test_a_server_whose_ids_are_no_ids_is_found_out() -> None:
    repeats = Repeats()
    for n in range(MAX_CONFLICTS + 1):
        assert not repeats.is_repeat("event", f"text {n}")
    repeats.is_repeat("other", "la")
    assert not repeats.is_repeat("other", "la")


@pytest.mark.parametrize("place", [0, 2_500, 4_999])
def test_long_texts_are_told_apart(place: int) -> None:
    text = "a" * 5_000
    other = text[:place] + "b" + text[place + 1 :]
    repeats = Repeats()
    assert not repeats.is_repeat("e", text)
    assert repeats.is_repeat("e", text)
    assert not repeats.is_repeat("e", other)


def test_memory_is_bounded_and_long_enough() -> None:
    repeats = Repeats()
    for n in range(20 * REMEMBERED):
        assert not repeats.is_repeat(f"e{n}", "x")
    assert len(repeats._recent) + len(repeats._older) <= 2 * REMEMBERED
    for n in range(19 * REMEMBERED, 20 * REMEMBERED):
        assert repeats.is_repeat(f"e{n}", "x")


def test_pieces_that_come_twice_stand_once() -> None:
    talk = Talk()
    words = [event for event in t.audio_response("Hello there, you.", item_id="a")[:-6] for _ in (1, 2)]
    talk.feed(words, t.transcription_delta("u", "Hel"))
    assert talk.turns[0] == ("assistant", "Hello there, you.")
    once = sum(len(event["delta"]) for event in words if event["type"] == "response.output_audio.delta") // 2
    assert talk.item("a").parts[0].n_audio_bytes == once // 4 * 3


def test_a_new_connection_may_use_ids_again() -> None:
    talk = Talk()
    greeting = {**t.session_created(), "event_id": "event_1"}
    piece = {**t.transcription_delta("u1", "la "), "event_id": "event_2"}
    talk.feed(greeting, piece)
    talk.protocol.connection_lost()
    talk.protocol.connection_opened()
    talk.changes()
    talk.feed(greeting)
    assert talk.changes(), "it greets again"


def test_what_comes_twice_is_recorded_twice() -> None:
    talk = Talk()
    talk.protocol.events_received()
    piece = t.transcription_delta("u", "la ")
    talk.feed(piece, piece)
    assert [json.loads(entry.text) for entry in talk.protocol.events_received()] == [piece, piece]
    assert talk.turns == [("user", "la")]
