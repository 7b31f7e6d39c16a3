import pytest

from realtime_widget.protocol import commands as c
from realtime_widget.protocol import events as ev
from realtime_widget.protocol.objects import ErrorDetail, Item, Response
from realtime_widget.protocol.settlement import Settlement

PAIRS: list[tuple[c.Command, ev.Event]] = [
    (c.UpdateSession(event_id="e", session={}), ev.SessionUpdated()),
    (c.CommitInput(event_id="e"), ev.InputAudioCommitted(item_id="u")),
    (c.ClearInput(event_id="e"), ev.InputAudioCleared()),
    (c.CreateItem(event_id="e", item=Item(id="i")), ev.ConversationItemAdded(item=Item(id="i"))),
    (c.CreateItem(event_id="e", item=Item(id="i")), ev.ConversationItemCreated(item=Item(id="i"))),
    (c.CreateItem(event_id="e", item=Item(id="i")), ev.ConversationItemDone(item=Item(id="i"))),
    (c.DeleteItem(event_id="e", item_id="i"), ev.ConversationItemDeleted(item_id="i")),
    (
        c.TruncateItem(event_id="e", item_id="i", content_index=0, audio_end_ms=1),
        ev.ConversationItemTruncated(item_id="i"),
    ),
    (c.RetrieveItem(event_id="e", item_id="i"), ev.ConversationItemRetrieved(item=Item(id="i"))),
]


def refusal(event_id: str | None = None, **fields: str) -> ev.Error:
    return ev.Error(error=ErrorDetail(event_id=event_id, **fields))


@pytest.mark.parametrize(("command", "event"), PAIRS, ids=lambda value: value.type)
def test_a_command_is_settled_by_the_event_it_brings_about(command: c.Command, event: ev.Event) -> None:
    settlement = Settlement()
    settlement.sent(command)
    assert settlement.answered(ev.SessionCreated()) is None
    assert settlement.answered(event) is command
    assert settlement.answered(event) is None


@pytest.mark.parametrize(("command", "event"), PAIRS, ids=lambda value: value.type)
def test_a_command_is_settled_by_the_error_that_names_it(command: c.Command, event: ev.Event) -> None:
    settlement = Settlement()
    settlement.sent(command)
    assert settlement.refused(refusal("other")) is None
    assert settlement.refused(refusal("e")) is command
    assert settlement.waiting == 0


def test_commands_of_one_kind_are_answered_in_turn() -> None:
    settlement = Settlement()
    for event_id in ("1", "2", "3"):
        settlement.sent(c.UpdateSession(event_id=event_id, session={}))
    settlement.refused(refusal("2"))
    answered = [settlement.answered(ev.SessionUpdated()) for _ in range(3)]
    assert [command and command.event_id for command in answered] == ["1", "3", None]


def test_other_items_are_not_mistaken() -> None:
    settlement = Settlement()
    settlement.sent(c.CreateItem(event_id="e", item=Item(id="i")))
    assert settlement.answered(ev.ConversationItemAdded(item=Item(id="j"))) is None


def test_an_error_about_the_session_needs_no_name() -> None:
    settlement = Settlement()
    update = c.UpdateSession(event_id="e", session={})
    settlement.sent(update)
    assert settlement.refused(refusal(param="response.x")) is None
    assert settlement.refused(refusal(param="session.audio")) is update


def test_a_command_without_an_id_is_never_blamed_for_an_error_without_one() -> None:
    settlement = Settlement()
    settlement.sent(c.CommitInput())
    assert settlement.refused(refusal()) is None
    assert settlement.answered(ev.InputAudioCommitted()) is not None


def test_the_only_one_that_waits() -> None:
    settlement = Settlement()
    assert settlement.only() is None
    settlement.sent(c.DeleteItem(event_id="1", item_id="i"))
    settlement.sent(c.DeleteItem(event_id="2", item_id="i"))
    assert settlement.only() is None
    settlement.answered(ev.ConversationItemDeleted(item_id="i"))
    assert settlement.only() == c.DeleteItem(event_id="2", item_id="i")


def test_commands_without_an_answer_do_not_wait() -> None:
    settlement = Settlement()
    settlement.sent(c.AppendInput(audio=b""))
    settlement.sent(c.CreateResponse(event_id="e"))
    assert settlement.waiting == 0


def test_a_lost_connection_gives_them_all_back() -> None:
    settlement = Settlement()
    settlement.sent(c.ClearInput(event_id="1"))
    settlement.sent(c.CommitInput(event_id="2"))
    assert [command.event_id for command in settlement.abandon()] == ["1", "2"]
    assert settlement.abandon() == []


def test_what_is_owed_is_owed_since_it_was_sent() -> None:
    settlement = Settlement()
    settlement.sent(c.UpdateSession(event_id="1", session={}), 10)
    settlement.answered(ev.SessionUpdated())
    assert settlement.owed_since_ms() is None
    settlement.sent(c.UpdateSession(event_id="2", session={}), 20)
    settlement.sent(c.UpdateSession(event_id="3", session={}), 30)
    assert settlement.owed_since_ms() == 20
    settlement.refused(refusal("2"))
    assert settlement.owed_since_ms() == 30


def test_a_server_that_never_answers_a_kind_of_command_owes_nothing_for_it() -> None:
    settlement = Settlement()
    settlement.sent(c.ClearInput(event_id="1"), 10)
    assert settlement.owed_since_ms() is None


def test_what_a_server_passed_over_it_does_not_owe() -> None:
    settlement = Settlement()
    settlement.sent(c.ClearInput(event_id="1"))
    settlement.answered(ev.InputAudioCleared())
    settlement.sent(c.ClearInput(event_id="2"), 10)
    settlement.sent(c.UpdateSession(event_id="3", session={}), 20)
    settlement.sent(c.UpdateSession(event_id="4", session={}), 30)
    assert settlement.owed_since_ms() == 10
    settlement.answered(ev.SessionUpdated())
    assert settlement.owed_since_ms() == 30, "it works in order, so the second clear stays without an answer"
    settlement.answered(ev.SessionUpdated())
    assert settlement.owed_since_ms() is None


@pytest.mark.parametrize("named", [True, False])
def test_a_cancel_is_settled_by_the_end_of_its_response(named: bool) -> None:
    settlement = Settlement()
    cancel = c.CancelResponse(event_id="x", response_id="r" if named else None)
    settlement.sent(cancel, 10)
    assert settlement.waiting == 0
    assert settlement.owed_since_ms() == (10 if named else None), "one that names nothing may stop nothing"
    assert settlement.answered(ev.ResponseDone(response=Response(id="r"))) is cancel
    assert settlement.owed_since_ms() is None


def test_an_error_without_a_name_may_say_what_it_refuses_by_its_code() -> None:
    settlement = Settlement()
    delete = c.DeleteItem(event_id="1", item_id="i")
    commit = c.CommitInput(event_id="2")
    settlement.sent(delete)
    settlement.sent(commit)
    assert settlement.refused(refusal(code="input_audio_buffer_commit_empty")) is commit
    assert settlement.refused(refusal(type="item_delete_invalid_item_id")) is delete
    assert settlement.refused(refusal(code="item_delete_invalid_item_id")) is None
