import base64

import pytest

from realtime_widget import testing as t
from realtime_widget.protocol import changes as ch

from .drive import Talk

IDS = {"response_id": "r", "item_id": "a", "output_index": 0, "content_index": 0}


def delta(pcm: bytes) -> dict[str, object]:
    return t.event("response.output_audio.delta", **IDS, delta=base64.b64encode(pcm).decode())


@pytest.mark.parametrize("chunks", [[], ["Hel", "lo ", "you"], ["Hello you"]])
def test_words_end_the_same_however_they_are_cut(chunks: list[str]) -> None:
    talk = Talk().feed(t.text_response("Hello you", chunks=chunks, item_id="a"))
    assert talk.turns == [("assistant", "Hello you")]
    spoken = Talk().feed(t.audio_response("Hello you", chunks=chunks, item_id="a"))
    assert spoken.turns == talk.turns


def test_words_grow_while_they_come() -> None:
    talk = Talk().feed(t.response_created("r"))
    for piece, text in [("Hel", "Hel"), ("lo", "Hello")]:
        talk.feed(t.event("response.output_audio_transcript.delta", **IDS, delta=piece))
        assert talk.turns == [("assistant", text)]
    assert talk.item("a").parts[0].is_audio


def test_sound_cut_in_the_middle_of_a_sample_is_put_together() -> None:
    talk = Talk().feed(t.response_created("r"), delta(b"\1\2\3"), delta(b"\4"), delta(b"\5\6"), delta(b"\7"))
    assert [c.pcm for c in talk.changes(ch.AudioReceived)] == [b"\1\2", b"\3\4", b"\5\6"]
    part = talk.item("a").parts[0]
    assert part.pcm == b"\1\2\3\4\5\6"
    assert part.n_audio_bytes == 6


def test_sound_need_not_be_kept() -> None:
    talk = Talk()
    talk.protocol.conversation.keeper = None
    talk.feed(t.audio_response("Hi", b"\0\0" * 480, item_id="a"))
    assert talk.item("a").parts[0].pcm == b""
    assert talk.item("a").parts[0].n_audio_bytes == 960


def test_the_end_of_the_sound_is_told_once() -> None:
    talk = Talk().feed(t.audio_response("Hi", item_id="a"))
    assert talk.changes(ch.AudioCompleted) == [ch.AudioCompleted("a", 0)]


def test_a_response_of_several_messages_keeps_them_apart() -> None:
    talk = Talk().feed(t.response_created("r"))
    for index, item_id in enumerate(("a", "b")):
        ids = {"response_id": "r", "item_id": item_id, "output_index": index, "content_index": 0}
        talk.feed(t.event("response.output_audio_transcript.delta", **ids, delta=f"Part {index}."))
        talk.feed(t.event("response.output_audio.delta", **ids, delta="AAAA"))
    talk.feed(t.response_done("r"))
    assert talk.turns == [("assistant", "Part 0."), ("assistant", "Part 1.")]
    assert [c.item_id for c in talk.changes(ch.AudioCompleted)] == ["a", "b"]
    [finished] = talk.changes(ch.AnswerFinished)
    assert finished.item_ids == ("a", "b")


@pytest.mark.parametrize(
    ("status", "turn"), [("cancelled", "cancelled"), ("incomplete", "incomplete"), ("failed", "failed")]
)
def test_an_unfinished_message_ends_like_its_response(status: str, turn: str) -> None:
    events = t.text_response("Half a sen", item_id="a", response_id="r")
    talk = Talk().feed(events[:-3], t.response_done("r", status))
    assert talk.item("a").status == turn
    assert talk.item("a").interrupted == (status == "cancelled")
    assert talk.turns == [("assistant", "Half a sen")]


def test_a_message_that_was_whole_stays_so() -> None:
    events = t.text_response("Whole.", item_id="a", response_id="r")
    talk = Talk().feed(events[:-1], t.response_done("r", "cancelled"))
    assert (talk.item("a").status, talk.item("a").interrupted) == ("completed", False)


def test_a_server_that_gives_items_no_status() -> None:
    events = t.text_response("Half", item_id="a", response_id="r")
    for event in events:
        event.get("item", {}).pop("status", None)
    talk = Talk().feed(events[:-1], t.response_done("r", "cancelled"))
    assert talk.item("a").status == "cancelled"
    talk = Talk().feed(events)
    assert talk.item("a").status == "completed"


def test_only_the_end_tells_all() -> None:
    item = t.message("assistant", "All at once.", item_id="a", spoken=True)
    talk = Talk().feed(t.response_done("r", output=[item]))
    assert talk.turns == [("assistant", "All at once.")]
    assert talk.item("a").response_id == "r"


def test_an_item_of_another_response_that_the_end_tells_of_is_told() -> None:
    item = t.message("assistant", "Late.", item_id="a", spoken=True)
    events = t.audio_response("Late.", item_id="a", response_id="r1")
    talk = Talk().feed(events[:2])
    talk.changes()
    talk.feed(t.response_done("r2", output=[item]))
    assert "a" in {change.item_id for change in talk.changes(ch.ItemChanged)}
