import pytest

from realtime_widget import testing as t
from realtime_widget.protocol import changes as ch
from realtime_widget.protocol.commands import RetrieveItem, TruncateItem
from realtime_widget.protocol.objects import ContentPart, Item

from .drive import Talk, types

ITEM = Item(type="message", role="user", content=[ContentPart(type="input_text", text="hi")])


def problems(talk: Talk) -> list[tuple[str | None, bool]]:
    return [(problem.error.code, problem.fatal) for problem in talk.changes(ch.Problem)]


def settled(talk: Talk) -> list[tuple[str, str | None]]:
    return [(s.event_id, s.error.code if s.error else None) for s in talk.changes(ch.CommandSettled)]


def test_an_error_out_of_the_blue_is_a_problem() -> None:
    talk = Talk().feed(t.error("Oh.", code="server_error", kind="server_error"))
    assert problems(talk) == [("server_error", False)]


@pytest.mark.parametrize(
    "code", ["invalid_api_key", "insufficient_quota", "invalid_model", "beta_api_shape_disabled"]
)
def test_what_nothing_heals_is_fatal(code: str) -> None:
    assert problems(Talk().feed(t.error("No.", code=code))) == [(code, True)]
    assert problems(Talk().feed(t.error("No.", kind=code))) == [(None, True)], (
        "codes are sometimes in the type"
    )


@pytest.mark.parametrize("code", ["response_cancel_not_active", "input_audio_buffer_commit_empty"])
def test_what_only_says_that_something_was_so_already_is_noise(code: str) -> None:
    assert problems(Talk().feed(t.error("No.", code=code))) == []


def test_a_refused_update_is_for_whoever_waits() -> None:
    talk = Talk()
    event_id = talk.protocol.update(talk.protocol.config.merge(instructions="x"))
    talk.feed(t.error("No.", code="invalid_value", event_id=event_id))
    assert settled(talk) == [(event_id, "invalid_value")]
    assert problems(talk) == []


@pytest.mark.parametrize("param", ["session.instructions", None])
def test_a_refusal_that_names_no_command_still_finds_it(param: str | None) -> None:
    talk = Talk()
    event_id = talk.protocol.update(talk.protocol.config.merge(instructions="x"))
    talk.feed(t.error("No.", code="invalid_value", param=param))
    assert settled(talk) == [(event_id, "invalid_value")]


def test_a_refused_item_is_taken_back_and_told() -> None:
    talk = Talk()
    item_id, event_id = talk.protocol.create_item(ITEM)
    talk.feed(t.error("No.", code="invalid_value", event_id=event_id))
    assert talk.turns == []
    assert talk.changes(ch.ItemRemoved) == [ch.ItemRemoved(item_id)]
    assert problems(talk) == [("invalid_value", False)]


def test_a_refused_duplicate_leaves_the_first_alone() -> None:
    talk = Talk()
    talk.protocol.create_item(Item(id="i", type="message", role="user", content=ITEM.content))
    talk.feed(t.item_added(t.message("user", "hi", item_id="i")))
    _, event_id = talk.protocol.create_item(Item(id="i", type="message", role="user", content=ITEM.content))
    talk.feed(t.error("No.", code="item_create_duplicate_item_id", event_id=event_id))
    assert talk.turns == [("user", "hi")]


@pytest.mark.parametrize("named", [True, False])
def test_a_refused_request_fails_its_answer(named: bool) -> None:
    talk = Talk()
    talk.protocol.respond("k")
    [create] = talk.sent()
    talk.feed(t.error("No.", code="invalid_value", event_id=create["event_id"] if named else None))
    [finished] = talk.changes(ch.AnswerFinished)
    assert finished.error is not None
    assert (finished.key, finished.status, finished.error.code) == ("k", "failed", "invalid_value")
    assert not talk.protocol.sequencer.busy
    talk.protocol.respond("next")
    assert types(talk.sent()) == ["response.create"]


def test_a_busy_server_is_no_problem() -> None:
    talk = Talk()
    talk.protocol.respond("k")
    [create] = talk.sent()
    auto = t.audio_response("Yes?", response_id="auto", metadata={})
    talk.feed(auto[0])
    busy = "conversation_already_has_active_response"
    talk.feed(t.error("Busy.", code=busy, event_id=create["event_id"]), auto[1:])
    assert problems(talk) == []
    assert types(talk.sent()) == ["response.create"]
    talk.feed(t.audio_response("And that.", item_id="a", metadata={"rtw_key": "k"}))
    assert [(f.key, f.item_ids) for f in talk.changes(ch.AnswerFinished)][-1] == ("k", ("a",))


def test_what_has_no_sound_at_the_server_is_deleted_instead_of_cut() -> None:
    talk = Talk()
    event_id = talk.protocol.send(TruncateItem(item_id="a", content_index=0, audio_end_ms=5))
    talk.sent()
    talk.feed(t.error("Only audio …", code="unsupported_content_type", event_id=event_id))
    [delete] = talk.sent()
    assert (delete["type"], delete["item_id"]) == ("conversation.item.delete", "a")


def test_a_refused_commit_leaves_the_sound_for_the_next() -> None:
    talk = Talk(turn_detection=None)
    talk.protocol.append_audio(bytes(48 * 200))
    event_id = talk.protocol.commit()
    talk.feed(t.error("Too small.", code="input_audio_buffer_commit_empty", event_id=event_id))
    assert settled(talk) == [(event_id, "input_audio_buffer_commit_empty")]
    assert problems(talk) == []
    assert talk.protocol.commit() is not None


def test_a_refused_retrieval_is_for_whoever_waits() -> None:
    talk = Talk()
    event_id = talk.protocol.send(RetrieveItem(item_id="x"))
    talk.feed(t.error("No.", code="item_retrieve_invalid_item_id", event_id=event_id))
    assert settled(talk) == [(event_id, "item_retrieve_invalid_item_id")]
    assert problems(talk) == []


def test_an_error_that_names_a_raw_command_is_a_problem() -> None:
    talk = Talk()
    talk.protocol.send({"type": "made.up", "event_id": "mine"})
    talk.feed(t.error("Unknown.", code="invalid_value", event_id="mine"))
    assert problems(talk) == [("invalid_value", False)]


@pytest.mark.parametrize("begun", [False, True])
def test_a_question_whose_words_were_refused_fails_and_is_not_answered(begun: bool) -> None:
    talk = Talk()
    talk.protocol.respond("k", items=[ITEM])
    item, create = talk.sent()
    metadata = create["response"]["metadata"]
    refusal = t.error("Bad picture.", code="invalid_value", event_id=item["event_id"])
    events = [t.response_created("r", metadata=metadata), refusal]
    talk.feed(*(events if begun else reversed(events)))
    [finished] = talk.changes(ch.AnswerFinished)
    assert finished.error is not None
    assert (finished.key, finished.error.code) == ("k", "invalid_value")
    assert [frame["response_id"] for frame in talk.sent("response.cancel")] == ["r"]
    talk.feed(t.audio_response("What?", item_id="a", response_id="r", metadata=metadata)[1:])
    assert talk.changes(ch.AudioReceived) == []
    assert not talk.protocol.sequencer.busy


def test_an_error_about_sound_is_not_blamed_on_a_request() -> None:
    talk = Talk()
    talk.protocol.respond("k")
    talk.sent()
    talk.feed(t.error("Bad base64.", code="invalid_value", param="audio"))
    assert talk.changes(ch.AnswerFinished) == []
    assert problems(talk) == [("invalid_value", False)]


def test_the_end_of_the_servers_session_answers_no_request() -> None:
    talk = Talk()
    talk.protocol.respond("ask", items=[Item(type="message", role="user", content=[])])
    talk.feed(t.error("The maximum duration is reached.", code="session_expired"))
    assert not talk.changes(ch.AnswerFinished)
    [problem] = talk.changes(ch.Problem)
    assert not problem.fatal


def test_a_refused_update_that_somebody_sent_by_hand_is_told() -> None:
    talk = Talk()
    update = {"type": "session.update", "event_id": "mine", "session": {"type": "realtime", "x": 1}}
    talk.protocol.send(update)
    talk.feed(t.error("Unknown parameter: 'session.x'.", code="unknown_parameter", event_id="mine"))
    assert [problem.error.code for problem in talk.changes(ch.Problem)] == ["unknown_parameter"]
