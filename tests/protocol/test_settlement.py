import pytest

from realtime_widget.protocol import commands as c
from realtime_widget.protocol import events as ev
from realtime_widget.protocol.objects import ErrorDetail, Item
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
