"""From a request to the whole answer, tools included."""

import itertools

import pytest

from realtime_widget import testing as t
from realtime_widget.protocol import changes as ch
from realtime_widget.protocol.floor import HOLD_LIMIT_MS
from realtime_widget.protocol.requests import UNANSWERED_AFTER_MS

from .drive import MINE, Talk, asked, calls, types


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_parallel_calls_are_answered_together_in_whatever_order_they_end(n: int) -> None:
    for order in list(itertools.permutations(range(n)))[:24]:
        talk = asked()
        talk.feed(t.call_response(*calls(n), response_id="r", metadata=MINE))
        assert [ready.call_id for ready in talk.changes(ch.CallReady)] == [f"c{i}" for i in range(n)]
        for place, i in enumerate(order):
            assert talk.sent() == [], place
            talk.protocol.tool_output(f"c{i}", str(i))
        sent = talk.sent()
        assert types(sent) == ["conversation.item.create"] * n + ["response.create"]
        assert [frame["item"]["output"] for frame in sent[:-1]] == [str(i) for i in order]


@pytest.mark.parametrize("early", [0, 1, 2])
def test_outputs_that_are_in_before_the_response_is_over_wait_for_it(early: int) -> None:
    talk = asked()
    events = t.call_response(*calls(2), response_id="r", metadata=MINE)
    talk.feed(events[:-1])
    for i in range(early):
        talk.protocol.tool_output(f"c{i}", "x")
    assert talk.sent() == []
    talk.feed(events[-1])
    for i in range(early, 2):
        talk.protocol.tool_output(f"c{i}", "x")
    assert types(talk.sent()) == ["conversation.item.create"] * 2 + ["response.create"]


def test_a_chain_of_calls_is_one_answer() -> None:
    talk = asked()
    metadata = MINE
    for step in range(3):
        call = t.function_call("f", {}, call_id=f"c{step}", item_id=f"f{step}")
        events = t.text_response(
            f"Step {step}.", item_id=f"a{step}", response_id=f"r{step}", metadata=metadata
        )
        talk.feed(events[:-1])
        done = t.response_done(f"r{step}", output=[call], metadata=metadata)
        talk.feed(done)
        talk.protocol.tool_output(f"c{step}", "x")
        metadata = talk.sent("response.create")[0]["response"]["metadata"]
        assert metadata == MINE
    assert talk.changes(ch.AnswerFinished) == []
    talk.feed(t.text_response("All done.", item_id="a3", metadata=metadata))
    [finished] = talk.changes(ch.AnswerFinished)
    assert finished.key == "k"
    assert finished.item_ids == ("a0", "a1", "a2", "a3")


def test_a_response_that_we_cancelled_still_gets_its_outputs_and_nothing_more() -> None:
    talk = asked()
    events = t.call_response(*calls(2), response_id="r", metadata=MINE)
    talk.feed(events[:-1], t.response_done("r", "cancelled", reason="client_cancelled", metadata=MINE))
    assert talk.changes(ch.CallsAbandoned) == [ch.CallsAbandoned(("c0", "c1"))]
    talk.protocol.tool_output("c1", "x")
    talk.protocol.tool_output("c0", "x")
    assert types(talk.sent()) == ["conversation.item.create"] * 2
    assert not talk.protocol.sequencer.busy


def test_what_the_users_turn_cut_short_is_over_and_its_outputs_are_taken_up_once() -> None:
    talk = asked()
    events = t.call_response(*calls(2), response_id="r", metadata=MINE)
    talk.feed(events[:-1], t.speech_started("u"), t.response_done("r", "cancelled", metadata=MINE))
    [finished] = talk.changes(ch.AnswerFinished)
    assert (finished.key, finished.status) == ("k", "cancelled")
    talk.protocol.tool_output("c1", "x")
    talk.protocol.tool_output("c0", "x")
    assert types(talk.sent()) == ["conversation.item.create"] * 2
    assert talk.at(20_000).sent() == [], "the user still speaks"
    talk.feed(t.speech_stopped("u"), t.committed("u"))
    assert talk.at(20_000 + HOLD_LIMIT_MS).sent() == [], "the server may still answer by itself"
    assert types(talk.at(20_001 + HOLD_LIMIT_MS).sent()) == ["response.create"]


@pytest.mark.parametrize("late", [False, True])
def test_what_the_users_turn_cut_short_is_taken_up_by_the_answer_to_that_turn(late: bool) -> None:
    talk = asked()
    events = t.call_response(*calls(1), response_id="r", metadata=MINE)
    talk.feed(events[:-1], t.speech_started("u"), t.response_done("r", "cancelled", metadata=MINE))
    talk.feed(t.user_turn("And now?", item_id="u")[1:])
    if not late:
        talk.protocol.tool_output("c0", "x")
    auto = t.audio_response("Now this.", response_id="auto", metadata={})
    talk.feed(auto[:-1])
    if late:
        talk.protocol.tool_output("c0", "x")
    assert types(talk.sent()) == ["conversation.item.create"]
    talk.feed(auto[-1])
    assert types(talk.at(60_000).sent()) == (["response.create"] if late else [])


def test_a_limit_that_cuts_every_call_off_ends_the_answer() -> None:
    talk = asked()
    begun = t.function_call("f", '{"ci', call_id="c", item_id="f", status="incomplete")
    talk.feed(
        t.response_created("r"), t.item_added(begun), t.response_done("r", "incomplete", output=[begun])
    )
    assert types(talk.sent()) == ["conversation.item.create"], (
        "asked to go on it would run into the limit again"
    )
    [finished] = talk.changes(ch.AnswerFinished)
    assert finished.status == "incomplete"


def test_a_failed_response_is_an_error_and_a_problem() -> None:
    talk = asked()
    failure = {"type": "rate_limit", "code": "rate_limit_exceeded", "message": "Slow down."}
    talk.feed(t.response_created("r"), t.response_done("r", "failed", failure=failure, usage=None))
    [finished] = talk.changes(ch.AnswerFinished)
    assert finished.error is not None
    assert (finished.key, finished.status, finished.error.code) == ("k", "failed", "rate_limit_exceeded")


def test_a_failure_without_details_still_has_words() -> None:
    talk = asked()
    talk.feed({"type": "response.done", "response": {"id": "r", "status": "failed"}})
    [problem] = talk.changes(ch.Problem)
    assert problem.error.code == "response_failed"
    assert problem.error.message


def test_a_failure_that_nothing_heals_is_fatal() -> None:
    talk = asked()
    failure = {"type": "x", "code": "insufficient_quota", "message": "No credit."}
    talk.feed(t.response_done("r", "failed", failure=failure))
    [problem] = talk.changes(ch.Problem)
    assert problem.fatal


def test_while_the_user_speaks_outputs_go_out_and_the_automatic_response_answers_both() -> None:
    talk = asked()
    talk.feed(t.call_response(*calls(1), response_id="r", metadata=MINE))
    talk.feed(t.speech_started("u"))
    talk.protocol.tool_output("c0", "x")
    assert types(talk.sent()) == ["conversation.item.create"], "no response over the user's turn"
    talk.feed(t.user_turn("And now?", item_id="u")[1:])
    talk.feed(t.audio_response("Both.", item_id="a", response_id="auto", metadata={}))
    finished = talk.changes(ch.AnswerFinished)
    assert [(f.key, f.item_ids) for f in finished] == [(None, ("a",)), ("k", ("a",))]
    assert talk.sent() == []
    assert not talk.protocol.sequencer.busy


def test_an_automatic_response_that_calls_tools_itself_still_answers_what_it_absorbed() -> None:
    talk = asked()
    talk.feed(t.text_response("Let me see.", item_id="a0", response_id="r0", metadata=MINE)[:-1])
    talk.feed(t.response_done("r0", output=calls(1), metadata=MINE))
    talk.feed(t.speech_started("u"))
    talk.protocol.tool_output("c0", "x")
    talk.feed(t.user_turn("And now?", item_id="u")[1:])
    other = t.function_call("g", {}, call_id="g0", item_id="g")
    talk.feed(t.call_response(other, response_id="auto", metadata={}))
    talk.protocol.tool_output("g0", "y")
    assert talk.changes(ch.AnswerFinished) == []
    [go_on] = talk.sent("response.create")
    talk.feed(t.text_response("Both.", item_id="a", metadata=go_on["response"]["metadata"]))
    finished = talk.changes(ch.AnswerFinished)
    assert sorted((f.key or "", f.item_ids) for f in finished) == [("", ("a0", "a")), ("k", ("a0", "a"))]


def test_a_slow_tool_speaks_up_after_an_automatic_response_that_did_not_know_its_output() -> None:
    talk = asked()
    talk.feed(t.call_response(*calls(1), response_id="r", metadata=MINE))
    talk.feed(t.user_turn("Still there?", item_id="u"))
    events = t.audio_response("Yes.", response_id="auto", metadata={})
    talk.feed(events[:-1])
    talk.protocol.tool_output("c0", "x")
    assert types(talk.sent()) == ["conversation.item.create"]
    talk.feed(events[-1])
    assert types(talk.sent()) == ["response.create"]


def test_repeated_ends_finish_an_answer_once() -> None:
    talk = asked()
    events = t.text_response("Hi", response_id="r", metadata=MINE)
    talk.feed(events, events[-1], events[-1])
    assert len(talk.changes(ch.AnswerFinished)) == 1


def test_answers_begin_once_however_they_begin() -> None:
    talk = asked()
    talk.feed(t.text_response("Hi", response_id="r", metadata=MINE)[1:])
    talk.feed(t.response_created("r", metadata=MINE))
    assert len(talk.changes(ch.ResponseStarted)) == 1


def test_first_signs_of_life_are_timed() -> None:
    talk = asked()
    for now_ms, event in enumerate(t.audio_response("Hi there", response_id="r", metadata=MINE)):
        talk.at(now_ms * 10).feed(event)
    state = talk.protocol.sequencer.responses["r"]
    assert state.created_ms == 0
    assert state.first_token_ms is not None
    assert state.first_audio_ms is not None
    assert state.created_ms < state.first_token_ms <= state.first_audio_ms
    assert state.done_ms == talk.now_ms


def test_a_server_that_only_fails_is_told() -> None:
    talk = Talk()
    failure = {"type": "server_error", "code": None, "message": "The server had an error."}
    for turn in range(3):
        talk.feed(t.response_created(f"r{turn}"), t.response_done(f"r{turn}", "failed", failure=failure))
        assert len(talk.changes(ch.ServerTroubled)) == (turn == 2)


def test_an_answer_in_between_shows_that_the_server_is_well() -> None:
    talk = Talk()
    for _ in range(4):
        talk.feed(t.error("Oh.", code="server_error"), t.error("Oh.", kind="server_error"))
        talk.feed(t.text_response("Hi"))
    assert talk.changes(ch.ServerTroubled) == []
    for _ in range(3):
        talk.feed(t.error("Oh.", code="server_error"))
    assert len(talk.changes(ch.ServerTroubled)) == 1


def test_a_request_that_a_talking_server_never_answers_fails_and_lets_the_next_through() -> None:
    talk = asked()
    talk.protocol.respond("next")
    assert talk.at(UNANSWERED_AFTER_MS).sent() == []
    talk.at(UNANSWERED_AFTER_MS + 1)
    [finished] = talk.changes(ch.AnswerFinished)
    assert finished.error is not None
    assert (finished.key, finished.status, finished.error.code) == ("k", "failed", "request_unanswered")
    assert types(talk.sent()) == ["response.create"]


@pytest.mark.parametrize("status", ["paused", "", None])
@pytest.mark.parametrize("details", ["the caller hung up", {"type": "new", "reason": 5}, None])
def test_an_unknown_status_is_an_end_all_the_same(status: str | None, details: object) -> None:
    talk = asked()
    talk.feed(t.text_response("Well", item_id="a", response_id="r", metadata=MINE)[:-1])
    response = {"id": "r", "status": status, "status_details": details, "metadata": MINE, "usage": None}
    talk.feed({"type": "response.done", "event_id": "e", "response": response})
    [finished] = talk.changes(ch.AnswerFinished)
    assert (finished.key, finished.status, finished.item_ids) == ("k", status or "completed", ("a",))
    assert not talk.protocol.sequencer.busy
    assert talk.turns == [("assistant", "Well")]
