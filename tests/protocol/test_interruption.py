import pytest

from realtime_widget import testing as t
from realtime_widget.protocol import changes as ch

from .drive import Talk, types

MINE = {"rtw_key": "k"}


def talking(sound_ms: int = 1_000, *, done: bool = False) -> Talk:
    """A page plays the answer `a` of the response `r`, which still runs unless `done`."""
    talk = Talk()
    talk.protocol.playback.has_player = True
    talk.protocol.respond("k")
    events = t.audio_response("One two three.", t.tone(sound_ms), response_id="r", item_id="a", metadata=MINE)
    begun = [e["type"] for e in events].index("response.output_audio.done")
    talk.feed(events if done else events[:begun])
    talk.sent()
    talk.changes()
    return talk


def test_there_may_be_nothing_to_interrupt() -> None:
    talk = Talk()
    assert not talk.protocol.begin_interrupt(cancel=True)
    assert talk.protocol.finish_interrupt() == []
    assert talk.sent() == []


@pytest.mark.parametrize("cancel", [True, False])
def test_the_server_is_told_to_stop_only_if_it_will_not_by_itself(cancel: bool) -> None:
    talk = talking()
    assert talk.protocol.begin_interrupt(cancel=cancel)
    assert types(talk.sent()) == (["response.cancel"] if cancel else [])


def test_no_sound_passes_after_an_interruption() -> None:
    talk = talking()
    talk.protocol.begin_interrupt(cancel=False)
    ids = {"response_id": "r", "item_id": "a", "output_index": 0, "content_index": 0}
    talk.feed(t.event("response.output_audio.delta", **ids, delta="AAAA"))
    assert talk.changes(ch.AudioReceived) == []
    talk.feed(t.response_done("r", "cancelled", metadata=MINE), t.audio_response("Next.", metadata={}))
    assert talk.changes(ch.AudioReceived) != []


@pytest.mark.parametrize(
    ("heard_ms", "sent"), [(0, "delete"), (1, "truncate"), (999, "truncate"), (1_000, "")]
)
def test_what_the_server_is_told_depends_on_what_was_heard(heard_ms: int, sent: str) -> None:
    talk = talking(done=True)
    talk.protocol.playback.report("a", 0, heard_ms * 24, 500)
    talk.protocol.begin_interrupt(cancel=True)
    talk.protocol.finish_interrupt()
    assert types(talk.sent()) == ([f"conversation.item.{sent}"] if sent else [])
    assert talk.item("a").interrupted == bool(sent)
    assert talk.item("a").unheard == (sent == "delete")


def test_an_unheard_item_stays_in_our_record() -> None:
    talk = talking(done=True)
    talk.protocol.playback.report("a", 0, 0, 500)
    talk.protocol.begin_interrupt(cancel=True)
    talk.protocol.finish_interrupt()
    talk.feed(t.item_deleted("a"))
    assert talk.turns == [("assistant", "One two three.")]


def test_a_message_whose_sound_had_not_begun_is_deleted() -> None:
    talk = Talk()
    events = t.audio_response("One two three.", response_id="r", item_id="a")
    first = [e["type"] for e in events].index("response.output_audio_transcript.delta")
    talk.feed(events[: first + 1])
    talk.protocol.begin_interrupt(cancel=False)
    talk.feed(t.response_done("r", "cancelled"))
    talk.protocol.finish_interrupt()
    assert types(talk.sent()) == ["conversation.item.delete"]
    assert talk.item("a").interrupted


def test_written_answers_are_not_deleted() -> None:
    talk = Talk().feed(t.text_response("One two three.", response_id="r", item_id="a")[:5])
    talk.protocol.begin_interrupt(cancel=True)
    talk.protocol.finish_interrupt()
    assert types(talk.sent()) == ["response.cancel"]


def test_of_several_messages_the_playing_one_is_cut_and_later_ones_deleted() -> None:
    talk = talking(done=True)
    talk.feed(t.audio_response("And more.", t.tone(500), response_id="r2", item_id="b", metadata={}))
    talk.protocol.playback.report("a", 0, 600 * 24, 600)
    talk.protocol.begin_interrupt(cancel=True)
    talk.protocol.finish_interrupt()
    sent = talk.sent()
    assert [(frame["type"], frame["item_id"]) for frame in sent] == [
        ("conversation.item.truncate", "a"),
        ("conversation.item.delete", "b"),
    ]


def test_a_second_part_that_nobody_heard_does_not_delete_the_first() -> None:
    talk = talking()
    ids = {"response_id": "r", "item_id": "a", "output_index": 0, "content_index": 1}
    talk.feed(t.event("response.output_audio.delta", **ids, delta="AAAA"))
    talk.protocol.playback.completed("a", 0)
    talk.protocol.playback.report("a", 0, 24_000, 1_000, finished=True)
    talk.protocol.begin_interrupt(cancel=False)
    talk.protocol.finish_interrupt()
    assert talk.sent() == []


def test_what_has_come_was_heard_but_more_was_made() -> None:
    talk = talking()
    talk.protocol.playback.report("a", 0, 24_000, 1_000)
    talk.protocol.begin_interrupt(cancel=True)
    talk.protocol.finish_interrupt()
    [_, truncate] = talk.sent()
    assert truncate["audio_end_ms"] == 1_000


def test_an_answer_can_be_cancelled_before_it_begins() -> None:
    talk = Talk()
    talk.protocol.respond("k")
    talk.sent()
    assert talk.protocol.begin_interrupt(cancel=True)
    assert talk.sent() == []
    talk.feed(t.audio_response("Too late.", response_id="r", metadata=MINE)[:-1])
    assert [(f["type"], f["response_id"]) for f in talk.sent()] == [("response.cancel", "r")]
    assert talk.changes(ch.AudioReceived) == []


def test_a_response_is_cancelled_once() -> None:
    talk = talking()
    talk.protocol.begin_interrupt(cancel=True)
    talk.protocol.begin_interrupt(cancel=True)
    talk.protocol.cancel()
    assert types(talk.sent()) == ["response.cancel"]


def test_an_interrupted_chain_of_tools_does_not_speak_up_again() -> None:
    talk = Talk()
    talk.protocol.respond("k")
    call = t.function_call("f", {}, call_id="c", item_id="f")
    talk.feed(t.call_response(call, response_id="r", metadata=MINE))
    talk.sent()
    assert talk.protocol.begin_interrupt(cancel=True)
    [finished] = talk.changes(ch.AnswerFinished)
    assert (finished.key, finished.status) == ("k", "cancelled")
    assert talk.changes(ch.CallsAbandoned) == [ch.CallsAbandoned(("c",))]
    talk.protocol.tool_output("c", "1")
    assert types(talk.sent()) == ["conversation.item.create"], "the call is answered, the model isn't asked"
    assert talk.changes(ch.AnswerFinished) == []


def test_a_response_that_ends_in_spite_of_its_cancellation_leads_nowhere() -> None:
    talk = talking()
    talk.protocol.begin_interrupt(cancel=True)
    call = t.function_call("f", {}, call_id="c", item_id="f")
    talk.feed(t.response_done("r", output=[call], metadata=MINE))
    talk.sent()
    talk.protocol.tool_output("c", "1")
    assert types(talk.sent()) == ["conversation.item.create"]
    assert len(talk.changes(ch.AnswerFinished)) == 1
