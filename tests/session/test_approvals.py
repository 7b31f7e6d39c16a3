"""Tools that the server runs itself: a callback tells of each question, a verb answers it."""

from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.errors import ConfigError, RefusedError
from realtime_widget.testing import (
    ScriptedEngine,
    item_added,
    item_done,
    reply,
    response_created,
    response_done,
    text_response,
)

REQUEST = {
    "id": "mcpr_1", "object": "realtime.item", "type": "mcp_approval_request", "server_label": "docs",
    "name": "search", "arguments": '{"q": "x"}',
}  # fmt: skip


def asks_first(command: dict[str, Any]) -> list[Any]:
    metadata = command["response"]["metadata"]
    begin, end = response_created("r1", metadata=metadata), response_done("r1", metadata=metadata)
    return [begin, item_added(REQUEST), item_done(REQUEST), end]


@pytest.mark.parametrize("approve", [True, False])
def test_ask_waits_for_what_follows_the_approval(approve: bool) -> None:
    told: list[dict[str, Any]] = []
    with ScriptedEngine(reply(asks_first)) as engine, RealtimeSession(engine=engine) as session:

        def decide(request: dict[str, Any]) -> None:
            told.append(request)
            session.approve(request["id"], approve, reason="Because.")
            engine.push(text_response("Found it." if approve else "Then not.", metadata={}))

        session.on("approval", decide)
        assert session.ask("Search!").text == ("Found it." if approve else "Then not.")
        assert told == [{"id": "mcpr_1", "server_label": "docs", "name": "search", "arguments": '{"q": "x"}'}]
        answer = engine.of_type("conversation.item.create")[-1]["item"]
        assert answer["type"] == "mcp_approval_response"
        assert (answer["approval_request_id"], answer["approve"]) == ("mcpr_1", approve)
        assert answer["reason"] == "Because."
        assert len(engine.of_type("response.create")) == 1, "the server goes on by itself"
        with pytest.raises(RefusedError, match="none is waiting"):
            session.approve("mcpr_1")


def test_what_nobody_asked_for_cannot_be_approved() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        with pytest.raises(RefusedError, match="no request 'x'") as refused:
            session.approve("x")
        assert refused.value.code == "unknown_approval_request"
        with pytest.raises(ConfigError):
            session.on("approvals", print)
