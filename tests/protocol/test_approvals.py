"""MCP: the server runs the tool, asks first, and goes on in the same response or in another."""

from typing import Any

import pytest

from realtime_widget import testing as t
from realtime_widget.protocol import changes as ch

from .drive import Talk, types


def request(request_id: str = "mcpr_1") -> dict[str, Any]:
    return {
        "id": request_id, "object": "realtime.item", "type": "mcp_approval_request", "server_label": "docs",
        "name": "search", "arguments": '{"q":"x"}',
    }  # fmt: skip


def asked() -> tuple[Talk, dict[str, str]]:
    """A talk whose answer waits for an approval, and the metadata of its request."""
    talk = Talk()
    talk.protocol.respond("k")
    [create] = talk.sent()
    metadata = create["response"]["metadata"]
    talk.feed(t.response_created("r", metadata=metadata), t.item_added(request()), t.item_done(request()))
    talk.feed(t.response_done("r", metadata=metadata))
    return talk, metadata


def finished(talk: Talk) -> list[tuple[str | None, str, tuple[str, ...]]]:
    return [(end.key, end.status, end.item_ids) for end in talk.changes(ch.AnswerFinished)]


def test_an_answer_that_waits_for_an_approval_is_not_over() -> None:
    talk, _ = asked()
    assert finished(talk) == []
    assert [item.id for item in talk.protocol.approvals.pending] == ["mcpr_1"]
    assert not talk.protocol.sequencer.busy, "it may wait for ever"
    assert talk.at(300_000).protocol.owed_since_ms() is None


@pytest.mark.parametrize("approve", [True, False])
@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("same", [True, False])
def test_the_answer_goes_on_in_the_same_response_or_in_a_new_one(
    approve: bool, raw: bool, same: bool
) -> None:
    talk, metadata = asked()
    if raw:
        item = {
            "id": "mine",
            "type": "mcp_approval_response",
            "approval_request_id": "mcpr_1",
            "approve": approve,
        }
        talk.protocol.send({"type": "conversation.item.create", "item": item})
    else:
        talk.protocol.approvals.answer("mcpr_1", approve, None)
    sent = talk.sent()
    assert types(sent) == ["conversation.item.create"], "the server goes on by itself"
    assert (sent[0]["item"]["approval_request_id"], sent[0]["item"]["approve"]) == ("mcpr_1", approve)
    if same:
        talk.feed(t.text_response("Found.", item_id="a", response_id="r", metadata=metadata)[1:])
    else:
        talk.feed(t.text_response("Found.", item_id="a", response_id="r2", metadata={}))
    ends = finished(talk)
    assert ("k", "completed", ("a",)) in ends
    assert len(ends) == (1 if same else 2)
    assert talk.sent() == []
    assert not talk.protocol.sequencer.paused


def test_an_answer_that_nobody_asked_for_is_told_once_too() -> None:
    talk = Talk().feed(t.response_created("r"), t.item_added(request()), t.item_done(request()))
    talk.feed(t.response_done("r"))
    talk.protocol.approvals.answer("mcpr_1", True, "Sure.")
    talk.feed(t.text_response("Found.", item_id="a", response_id="r")[1:])
    assert finished(talk) == [(None, "completed", ("a",))]


def test_a_user_who_goes_on_without_approving_is_answered() -> None:
    talk, _ = asked()
    talk.feed(t.user_turn("Never mind."), t.audio_response("All right.", item_id="a", metadata={}))
    assert ("k", "completed", ("a",)) in finished(talk)


def test_stopping_ends_what_waits_for_an_approval() -> None:
    talk, _ = asked()
    assert talk.protocol.begin_interrupt(cancel=True)
    assert finished(talk) == [("k", "cancelled", ())]


def test_only_what_waits_can_be_answered() -> None:
    talk, _ = asked()
    approvals = talk.protocol.approvals
    assert approvals.objection("mcpr_1") is None
    error = approvals.objection("other")
    assert error is not None
    assert "mcpr_1" in (error.message or "")
    approvals.answer("mcpr_1", True, None)
    error = approvals.objection("mcpr_1")
    assert error is not None
    assert "none is waiting" in (error.message or "")


def test_an_approval_dies_with_its_connection() -> None:
    talk, _ = asked()
    talk.protocol.connection_lost("test", resumes=True)
    [end] = talk.changes(ch.AnswerFinished)
    assert (end.key, end.status) == ("k", "incomplete")
    talk.protocol.connection_opened()
    talk.feed(t.session_updated())
    talk.protocol.resume()
    assert talk.protocol.approvals.pending == []
    assert talk.protocol.approvals.objection("mcpr_1") is not None
