import pytest

from realtime_widget import testing as t
from realtime_widget.config import ServerVAD
from realtime_widget.protocol import changes as ch
from realtime_widget.protocol.floor import HOLD_LIMIT_MS, NO_SOUND_LIMIT_MS, RETRY_AFTER_MS, SPEECH_LIMIT_MS

from .drive import Talk, types


def speech(talk: Talk) -> list[bool]:
    return [change.speaking for change in talk.changes(ch.SpeechChanged)]


def test_while_the_user_speaks_requests_wait_for_the_automatic_response() -> None:
    talk = Talk().feed(t.speech_started("u"))
    talk.protocol.respond("k")
    assert talk.sent() == []
    talk.feed(t.user_turn("Hi", item_id="u")[1:])
    assert talk.sent() == []
    talk.feed(t.audio_response("Hello"))
    assert types(talk.sent()) == ["response.create"]


def test_a_turn_that_the_server_does_not_answer_holds_nothing_for_ever() -> None:
    talk = Talk().feed(t.user_turn("Hi", item_id="u"))
    talk.protocol.respond("k")
    assert talk.at(HOLD_LIMIT_MS).sent() == []
    assert types(talk.at(HOLD_LIMIT_MS + 1).sent()) == ["response.create"]


def test_a_long_speech_is_not_talked_over() -> None:
    talk = Talk().feed(t.speech_started("u"))
    talk.protocol.respond("k")
    assert talk.at(60_000).sent() == []


def test_where_the_server_answers_nothing_by_itself_nothing_waits() -> None:
    talk = Talk(turn_detection=ServerVAD(create_response=False))
    talk.feed(t.speech_started("u"))
    talk.protocol.respond("k")
    assert types(talk.sent()) == ["response.create"]


def test_a_clear_gives_the_floor_back() -> None:
    talk = Talk().feed(t.speech_started("u"))
    talk.protocol.respond("k")
    talk.feed(t.cleared())
    assert types(talk.sent()) == ["response.create"]
    assert speech(talk) == [True, False]


def test_speech_ends_once() -> None:
    talk = Talk().feed(t.user_turn("Hi"))
    assert speech(talk) == [True, False]


def test_a_late_commit_does_not_end_the_next_speech() -> None:
    talk = Talk().feed(t.speech_started("u1"), t.speech_started("u2"), t.committed("u1"))
    assert speech(talk) == [True, True]
    talk.feed(t.speech_stopped("u2"))
    assert speech(talk) == [False]


def test_the_last_of_several_starts_ends_all() -> None:
    talk = Talk().feed(t.speech_started("u1"), t.speech_started("u2"), t.speech_stopped("u2"))
    assert speech(talk) == [True, True, False]


def test_other_ids_of_the_same_speech() -> None:
    talk = Talk().feed(t.speech_started("x"), t.speech_stopped("y"))
    assert speech(talk) == [True, False]


def test_a_hand_made_commit_is_no_speech() -> None:
    assert speech(Talk().feed(t.user_turn("Hi", by_hand=True))) == []


@pytest.mark.parametrize("named", [True, False])
def test_a_busy_server_that_tells_nothing_more_is_asked_again_after_a_while(named: bool) -> None:
    talk = Talk()
    talk.protocol.respond("k")
    for _ in range(2):
        [create] = talk.sent()
        talk.feed(
            t.error(
                "Busy.", code="conversation_already_has_active_response", event_id=create["event_id"] * named
            )
        )
        assert talk.at(talk.now_ms + 1).sent() == []
        assert talk.at(talk.now_ms + RETRY_AFTER_MS).sent() == []
        talk.at(talk.now_ms + 1)
    [create] = talk.sent()
    talk.feed(t.error("Busy.", code="conversation_already_has_active_response", event_id=create["event_id"]))
    [finished] = talk.changes(ch.AnswerFinished)
    assert (finished.key, finished.status) == ("k", "failed")
    assert not talk.protocol.sequencer.busy


def test_a_lost_connection_forgets_who_spoke() -> None:
    talk = Talk().feed(t.speech_started("u"))
    talk.protocol.connection_lost()
    talk.protocol.connection_opened()
    talk.sent()
    talk.protocol.respond("k")
    assert types(talk.sent()) == ["response.create"]


def test_speech_whose_end_is_never_told_holds_nothing_for_ever() -> None:
    talk = Talk().feed(t.speech_started("u"))
    talk.protocol.respond("k")
    assert talk.at(SPEECH_LIMIT_MS).sent() == []
    talk.at(SPEECH_LIMIT_MS + 1)
    assert speech(talk) == [True, False]
    assert types(talk.at(talk.now_ms + HOLD_LIMIT_MS + 1).sent()) == ["response.create"]


def test_words_show_that_the_user_still_speaks() -> None:
    talk = Talk().feed(t.speech_started("u"))
    talk.at(SPEECH_LIMIT_MS - 1).feed(t.transcription_delta("u", "and then"))
    talk.at(SPEECH_LIMIT_MS + 1)
    assert speech(talk) == [True]
    talk.at(2 * SPEECH_LIMIT_MS)
    assert speech(talk) == [False]


def test_speech_ends_with_the_sound() -> None:
    talk = Talk().at(1_000)
    talk.protocol.append_audio(bytes(48 * 500))
    talk.feed(t.speech_started("u"))
    talk.at(1_000 + NO_SOUND_LIMIT_MS)
    assert speech(talk) == [True]
    talk.at(1_001 + NO_SOUND_LIMIT_MS)
    assert speech(talk) == [False], "a microphone that closes in the middle of a word sends no silence"


def test_a_user_who_speaks_again_holds_the_floor_though_the_first_turn_is_being_answered() -> None:
    talk = Talk().feed(t.user_turn("One", item_id="u1"), t.speech_started("u2"))
    auto = t.audio_response("Yes?", response_id="auto")
    talk.feed(auto[0])
    talk.protocol.respond("k")
    talk.feed(t.response_done("auto", "cancelled"))
    assert talk.at(20_000).sent() == []
    talk.feed(t.user_turn("Two", item_id="u2")[1:], t.audio_response("Two!", response_id="r2"))
    assert types(talk.sent()) == ["response.create"]


def test_where_the_client_answers_what_goes_on_after_tools_still_waits_for_the_users_turn() -> None:
    talk = Talk(turn_detection=ServerVAD(create_response=False))
    call = t.function_call("f", {}, call_id="c", item_id="f")
    talk.feed(t.call_response(call, response_id="r"), t.speech_started("u"))
    talk.protocol.tool_output("c", "x")
    assert types(talk.sent()) == ["conversation.item.create"]
    talk.feed(t.user_turn("And?", item_id="u")[1:])
    assert talk.sent() == []
    talk.protocol.respond("mine")
    [create] = talk.sent()
    talk.feed(t.text_response("Both.", metadata=create["response"]["metadata"]))
    assert talk.at(60_000).sent() == [], "the answer to the turn saw the output too"
    assert [finished.key for finished in talk.changes(ch.AnswerFinished)] == ["mine", None]


def test_a_turn_whose_answer_was_refused_because_another_one_ran_is_answered_after_that() -> None:
    talk = Talk(turn_detection=ServerVAD(interrupt_response=False))
    running = t.audio_response("A long answer.", response_id="r")
    talk.feed(running[0], t.user_turn("But why?", item_id="u"))
    talk.feed(t.error("Busy.", code="conversation_already_has_active_response"))
    assert talk.changes(ch.Problem) == []
    assert talk.sent() == []
    talk.feed(running[1:])
    [create] = talk.sent()
    talk.feed(t.text_response("That is why.", metadata=create["response"]["metadata"]))
    assert [end.key for end in talk.changes(ch.AnswerFinished)] == [None, None]
    assert talk.at(60_000).sent() == []


def test_speech_that_is_committed_by_hand_where_detection_was_turned_off_holds_nothing() -> None:
    talk = Talk().feed(t.speech_started("u"))
    talk.protocol.update(talk.protocol.config.merge(turn_detection=None))
    talk.protocol.respond("k")
    talk.sent()
    talk.feed(t.session_updated(), t.committed("u"))
    assert types(talk.sent()) == ["response.create"]


def pressed(talk: Talk) -> None:
    """Press the button, as a session does."""
    talk.protocol.floor.on_press()
    talk.protocol.clear()
    talk.protocol.begin_interrupt(cancel=True)
    talk.protocol.finish_interrupt()
    talk.feed(t.cleared())


@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize("late", [True, False])
def test_what_is_said_by_hand_is_answered_together_with_the_outputs_of_tools(
    running: bool, late: bool
) -> None:
    talk = Talk(turn_detection=None)
    talk.protocol.respond("k")
    [create] = talk.sent()
    call = t.function_call("f", {}, call_id="c", item_id="f")
    events = t.call_response(call, response_id="r", metadata=create["response"]["metadata"])
    talk.feed(events[:-1] if running else events)
    pressed(talk)
    assert ("response.cancel" in talk.sent_types()) is running
    if running:
        talk.feed(t.response_done("r", "cancelled", reason="client_cancelled"))
    talk.protocol.append_audio(bytes(48 * 200))
    if not late:
        talk.protocol.tool_output("c", "x")
    assert talk.at(30_000).sent("response.create") == [], "not over the user's turn"
    talk.protocol.floor.on_release()
    assert talk.protocol.commit() is not None
    talk.protocol.respond("mine")
    if late:
        talk.protocol.tool_output("c", "x")
    [create] = talk.sent("response.create")
    talk.feed(t.committed("u"), t.text_response("Both.", metadata=create["response"]["metadata"]))
    assert len(talk.at(60_000).sent("response.create")) == late
    assert {"k", "mine"} <= {end.key for end in talk.changes(ch.AnswerFinished)} or late


def test_a_press_without_a_word_lets_the_outputs_be_followed_up() -> None:
    talk = Talk(turn_detection=None)
    talk.feed(t.call_response(t.function_call("f", {}, call_id="c", item_id="f"), response_id="r"))
    pressed(talk)
    talk.protocol.tool_output("c", "x")
    assert talk.sent("response.create") == []
    talk.protocol.floor.on_release()
    talk.protocol.floor.release()
    assert types(talk.sent()) == ["response.create"]


def test_a_press_that_never_ends_is_ended() -> None:
    talk = Talk(turn_detection=None)
    talk.protocol.floor.on_press()
    talk.at(SPEECH_LIMIT_MS + 1).at(talk.now_ms + HOLD_LIMIT_MS + 1)
    assert speech(talk) == []
    assert not talk.protocol.sequencer.pressed
    assert not talk.protocol.sequencer.user_speaks
    talk.protocol.floor.on_release()
