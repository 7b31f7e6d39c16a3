"""What responses call: run once at most, answered always."""

import json

import pytest

from realtime_widget import testing as t
from realtime_widget.protocol import changes as ch
from realtime_widget.protocol.calling import CUT_OFF

from .drive import MINE, Talk, asked, calls, types


def test_a_call_is_ready_once_however_often_it_is_told() -> None:
    talk = asked()
    talk.feed(t.call_response(*calls(1), response_id="r"), t.call_response(*calls(1), response_id="r"))
    assert len(talk.changes(ch.CallReady)) == 1
    talk.protocol.tool_output("c0", "x")
    assert len(talk.sent()) == 2
    talk.protocol.tool_output("c0", "y")
    assert talk.sent() == []


def test_a_server_that_sends_calls_only_at_the_end() -> None:
    talk = asked()
    talk.feed(t.response_created("r"), t.response_done("r", output=calls(2)))
    assert [ready.call_id for ready in talk.changes(ch.CallReady)] == ["c0", "c1"]
    talk.protocol.tool_output("c0", "x")
    talk.protocol.tool_output("c1", "x")
    assert len(talk.sent("response.create")) == 1


def test_arguments_and_names_from_any_event_are_enough() -> None:
    talk = asked()
    ids = {"response_id": "r", "item_id": "f", "output_index": 0, "call_id": "c"}
    talk.feed(
        t.response_created("r"),
        t.event("response.function_call_arguments.delta", **ids, delta='{"a"'),
        t.event("response.function_call_arguments.delta", **ids, delta=":1}"),
        t.event("response.function_call_arguments.done", **ids, name="f", arguments=None),
        t.response_done("r"),
    )
    assert talk.changes(ch.CallReady) == [ch.CallReady("c", "f", '{"a":1}', "r")]


def test_a_call_cut_off_in_the_middle_is_answered_without_running() -> None:
    talk = asked()
    begun = t.function_call("f", '{"ci', call_id="c", item_id="f", status="in_progress")
    talk.feed(t.response_created("r"))
    talk.feed(t.event("response.output_item.added", response_id="r", output_index=0, item=begun))
    talk.feed(t.item_added(begun))
    cut = {**begun, "status": "incomplete"}
    talk.feed(t.event("response.output_item.done", response_id="r", output_index=0, item=cut))
    talk.feed(t.response_done("r", "cancelled", output=[cut]))
    assert talk.changes(ch.CallReady) == []
    [output] = talk.sent()
    assert output["item"]["output"] == CUT_OFF
    assert "error" in json.loads(CUT_OFF)
    [finished] = talk.changes(ch.AnswerFinished)
    assert finished.status == "cancelled"


def test_a_whole_call_that_was_told_too_late_to_run_is_answered_all_the_same() -> None:
    talk = asked()
    call = t.function_call("f", {}, call_id="c", item_id="f")
    talk.feed(t.response_created("r"), t.item_added({**call, "status": "in_progress"}), t.item_done(call))
    talk.feed(t.response_done("r", "cancelled", output=[call]))
    assert talk.changes(ch.CallReady) == []
    assert [frame["item"]["output"] for frame in talk.sent()] == [CUT_OFF]


def test_calls_made_outside_the_conversation_run_and_their_outputs_go_nowhere() -> None:
    talk = Talk()
    talk.protocol.respond("o", options={"conversation": "none"})
    talk.sent()
    talk.feed(t.response_created("r", metadata={"rtw_key": "o"}, conversation_id=None))
    talk.feed(t.response_done("r", output=calls(1), metadata={"rtw_key": "o"}, conversation_id=None))
    assert len(talk.changes(ch.CallReady)) == 1
    talk.protocol.tool_output("c0", "x")
    assert talk.sent() == []
    assert not talk.protocol.sequencer.busy


@pytest.mark.parametrize("choice", ["required", {"type": "function", "name": "f"}])
def test_a_forced_call_is_not_forced_again_after_its_output(choice: object) -> None:
    talk = asked(tool_choice=choice)
    talk.feed(t.call_response(*calls(1), response_id="r", metadata=MINE))
    talk.protocol.tool_output("c0", "x")
    [create] = talk.sent("response.create")
    assert create["response"]["tool_choice"] == "auto"


@pytest.mark.parametrize("choice", ["auto", "none"])
def test_any_other_choice_is_left_to_the_session(choice: str) -> None:
    talk = asked(tool_choice=choice)
    talk.feed(t.call_response(*calls(1), response_id="r", metadata=MINE))
    talk.protocol.tool_output("c0", "x")
    [create] = talk.sent("response.create")
    assert "tool_choice" not in create["response"]


def test_the_next_connection_hears_of_the_calls_whose_outputs_it_gets() -> None:
    talk = asked()
    talk.feed(t.call_response(*calls(2), response_id="r", metadata=MINE))
    talk.protocol.connection_lost(resumes=True)
    talk.protocol.connection_opened()
    talk.feed(t.session_created(), t.session_updated())
    talk.protocol.resume()
    talk.sent()
    for i in range(2):
        talk.protocol.tool_output(f"c{i}", str(i))
    sent = talk.sent()
    assert types(sent) == ["conversation.item.create"] * 4 + ["response.create"]
    items = [(frame["item"]["type"], frame["item"]["call_id"]) for frame in sent[:-1]]
    assert items == [
        ("function_call", "c0"),
        ("function_call", "c1"),
        ("function_call_output", "c0"),
        ("function_call_output", "c1"),
    ]
