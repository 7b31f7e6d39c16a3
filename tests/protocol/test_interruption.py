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


# -- what is cut, and what isn't ---------------------------------------------------------------------------


def interrupt(talk: Talk, *, cancel: bool = False, answered: bool | None = True) -> list[tuple[str, str]]:
    """Interrupt, and return what the server is told about which item."""
    talk.protocol.begin_interrupt(cancel=cancel)
    talk.protocol.finish_interrupt(answered=answered)
    return [(frame["type"].removeprefix("conversation.item."), frame["item_id"]) for frame in talk.sent()]


def test_less_than_a_millisecond_is_nothing() -> None:
    talk = talking(done=True)
    talk.protocol.playback.report("a", 0, 23, 500)
    assert interrupt(talk) == [("delete", "a")]


def test_what_comes_behind_the_interruption_makes_an_answer_that_was_heard_so_far_a_cut_one() -> None:
    talk = talking()
    talk.protocol.playback.report("a", 0, 24_000, 1_000)
    talk.protocol.begin_interrupt(cancel=False)
    ids = {"response_id": "r", "item_id": "a", "output_index": 0, "content_index": 0}
    talk.feed(t.event("response.output_audio.delta", **ids, delta="AAAA"))
    talk.feed(t.event("response.output_audio.done", **ids), t.response_done("r", "cancelled", metadata=MINE))
    [cut] = talk.protocol.finish_interrupt(answered=True)
    assert (cut.heard_ms, cut.complete) == (1_000, False)
    assert types(talk.sent()) == ["conversation.item.truncate"]
    assert talk.item("a").parts[0].n_audio_bytes == 48_000 + 2, "the turn's sound is whole all the same"


def test_what_the_page_leaves_out_of_its_report_was_not_heard() -> None:
    talk = talking(done=True)
    talk.at(900)
    assert interrupt(talk) == [("delete", "a")]


def test_an_answer_outside_the_conversation_falls_silent_and_the_server_is_told_nothing() -> None:
    talk = Talk()
    talk.protocol.playback.has_player = True
    talk.protocol.respond("side", options={"conversation": "none"})
    side = {"rtw_key": "side"}
    talk.feed(t.audio_response("Psst.", response_id="o", item_id="x", metadata=side, out_of_band=True)[:-2])
    talk.sent()
    talk.changes()
    talk.protocol.playback.report("x", 0, 240, 10)
    assert interrupt(talk) == []
    ids = {"response_id": "o", "item_id": "x", "output_index": 0, "content_index": 0}
    talk.feed(t.event("response.output_audio.delta", **ids, delta="AAAA"))
    assert talk.changes(ch.AudioReceived) == []


def test_a_message_that_begins_after_all_was_told_is_deleted_in_the_end() -> None:
    talk = talking()
    talk.protocol.playback.report("a", 0, 240, 10)
    assert interrupt(talk) == [("truncate", "a")]
    begun = t.message("assistant", item_id="b", status="in_progress")
    ids = {"response_id": "r", "output_index": 1}
    talk.feed(t.event("response.output_item.added", **ids, item=begun), t.item_added(begun))
    audio = {**ids, "item_id": "b", "content_index": 0}
    talk.feed(t.event("response.output_audio.delta", **audio, delta="AAAA"))
    assert talk.sent() == []
    talk.feed(t.response_done("r", "cancelled", metadata=MINE))
    assert [(frame["type"], frame["item_id"]) for frame in talk.sent()] == [("conversation.item.delete", "b")]


# -- when nobody has reported --------------------------------------------------------------------------------


def test_the_clock_tells_up_to_the_moment_of_the_interruption() -> None:
    talk = talking(done=True).at(400)
    talk.protocol.begin_interrupt(cancel=False)
    talk.at(700)
    [cut] = talk.protocol.finish_interrupt(answered=False)
    assert (cut.heard_ms, cut.estimated) == (400, True)


def test_a_report_that_comes_too_late_changes_nothing() -> None:
    talk = talking(done=True).at(400)
    assert interrupt(talk, answered=False) == [("truncate", "a")]
    for played in (100, 400, 900):
        talk.protocol.playback.report("a", 0, played * 24, 800)
    part = talk.protocol.playback.get("a")
    assert part is not None
    assert (part.cut_samples, part.estimated) == (400 * 24, True)
    assert talk.sent() == []
    assert not talk.protocol.begin_interrupt(cancel=True)


def test_two_interruptions_are_finished_one_by_one() -> None:
    talk = talking(done=True)
    talk.protocol.playback.report("a", 0, 240, 10)
    assert talk.protocol.begin_interrupt(cancel=False)
    talk.feed(t.audio_response("Next.", t.tone(500), response_id="r2", item_id="b", metadata={}))
    assert talk.protocol.begin_interrupt(cancel=False)
    talk.protocol.finish_interrupt(answered=True)
    assert [frame["item_id"] for frame in talk.sent()] == ["a"]
    talk.protocol.playback.report("b", 0, 480, 20)
    talk.protocol.finish_interrupt(answered=True)
    assert [(frame["item_id"], frame["audio_end_ms"]) for frame in talk.sent()] == [("b", 20)]
    assert talk.protocol.finish_interrupt() == []


def test_no_answer_is_asked_for_before_the_server_knows_what_was_heard() -> None:
    talk = talking(done=True)
    talk.protocol.playback.report("a", 0, 240, 10)
    talk.protocol.begin_interrupt(cancel=True)
    talk.protocol.respond("next")
    assert talk.sent() == []
    talk.protocol.finish_interrupt(answered=True)
    assert types(talk.sent()) == ["conversation.item.truncate", "response.create"]


# -- without a page ------------------------------------------------------------------------------------------


def script(*, sound_ms: int = 1_000) -> Talk:
    """A script that has got the whole answer `a` at 0."""
    talk = Talk().feed(t.user_turn("Hello", item_id="u"))
    talk.feed(t.audio_response("One two.", t.tone(sound_ms), response_id="r", item_id="a", metadata={}))
    talk.sent()
    return talk


@pytest.mark.parametrize(("at_ms", "told"), [(0, "delete"), (300, "truncate"), (1_000, None), (5_000, None)])
def test_a_script_hears_at_the_pace_of_speech(at_ms: int, told: str | None) -> None:
    talk = script().at(at_ms)
    assert interrupt(talk, answered=None) == ([(told, "a")] if told else [])


def test_whoever_asks_the_next_question_has_heard_the_answer_to_the_last() -> None:
    talk = script(sound_ms=5_000).at(100).feed(t.user_turn("And now?", item_id="u2", previous="a"))
    talk.feed(t.audio_response("Three.", t.tone(500), response_id="r2", item_id="b", metadata={}))
    talk.at(200)
    assert interrupt(talk, answered=None) == [("truncate", "b")]


def test_speech_from_a_file_begins_where_the_answer_ends() -> None:
    talk = script(sound_ms=5_000).at(100)
    talk.protocol.append_audio(t.tone(800), live=False)
    talk.sent()
    talk.feed(t.speech_started("u2", 200))
    assert not talk.protocol.begin_interrupt(cancel=False, speech="u2")
    assert talk.sent() == []


def test_live_speech_interrupts_a_script() -> None:
    talk = script(sound_ms=5_000)
    for now_ms in (100, 200, 300):
        talk.at(now_ms).protocol.append_audio(t.tone(100))
    talk.sent()
    talk.feed(t.speech_started("u2", 150))
    assert talk.protocol.begin_interrupt(cancel=False, speech="u2")
    [cut] = talk.protocol.finish_interrupt()
    assert (cut.heard_ms, cut.estimated) == (300, True)


# -- over connections ----------------------------------------------------------------------------------------


def test_a_later_connection_is_told_nothing_of_what_an_earlier_one_said() -> None:
    talk = talking(done=True)
    talk.protocol.connection_lost("gone", resumes=True)
    talk.protocol.connection_opened()
    talk.feed(t.session_created(), t.session_updated())
    talk.protocol.resume()
    talk.sent()
    talk.protocol.playback.report("a", 0, 300 * 24, 300)
    assert interrupt(talk) == [], "there it is text, and text can't be truncated"
    part = talk.protocol.playback.get("a")
    assert part is not None
    assert part.cut_samples == 300 * 24, "our own record says what was heard"


def test_an_interruption_whose_connection_is_gone_ends_here() -> None:
    talk = talking()
    talk.protocol.begin_interrupt(cancel=False)
    talk.protocol.connection_lost("gone")
    assert talk.protocol.finish_interrupt(answered=True) == []
    assert talk.sent() == []
    assert not talk.protocol.sequencer.cutting


def test_a_page_may_say_after_the_end_how_much_was_heard() -> None:
    talk = talking(done=True).at(600)
    talk.protocol.connection_lost("stopped")
    part = talk.protocol.playback.get("a")
    assert part is not None
    assert (part.cut_samples, part.estimated) == (600 * 24, True)
    talk.protocol.playback.report("a", 0, 510 * 24, 650)
    assert (part.cut_samples, part.estimated) == (510 * 24, False)


# -- a page that leaves --------------------------------------------------------------------------------------


def test_what_a_leaving_page_had_not_played_the_server_forgets() -> None:
    talk = talking(done=True)
    talk.protocol.playback.report("a", 0, 300 * 24, 300)
    talk.at(310).protocol.attach_player(False)
    [truncate] = talk.sent()
    assert (truncate["type"], truncate["audio_end_ms"]) == ("conversation.item.truncate", 300)
    assert talk.item("a").interrupted


def test_a_running_answer_goes_on_without_a_page_and_is_cut_in_the_end() -> None:
    talk = talking()
    talk.protocol.playback.report("a", 0, 300 * 24, 300)
    talk.at(310).protocol.attach_player(False)
    assert talk.sent() == []
    talk.feed(t.response_done("r", metadata=MINE))
    assert [(f["type"], f["audio_end_ms"]) for f in talk.sent()] == [("conversation.item.truncate", 300)]


def test_what_is_said_next_stands_behind_an_answer_that_nobody_heard() -> None:
    talk = Talk().feed(t.user_turn("One", item_id="u1"))
    talk.feed(t.audio_response("Hello there you", item_id="a1", response_id="r", previous="u1")[:4])
    talk.protocol.begin_interrupt(cancel=False)
    talk.feed(t.speech_started("u2"), t.response_done("r", "cancelled"))
    talk.protocol.finish_interrupt()
    assert talk.sent_types() == ["conversation.item.delete"]
    talk.feed(t.item_deleted("a1"), t.speech_stopped("u2"), t.committed("u2", previous="u1"))
    talk.feed(t.item_added(t.message("user", "Two", item_id="u2"), previous="u1"))
    assert [item.id for item in talk.items] == ["u1", "a1", "u2"]
