import json

import pytest

from realtime_widget.protocol.log import LogEntry
from tests.data.talk import Talk

COLUMNS = [
    "call_id",
    "name",
    "arguments",
    "output",
    "error",
    "status",
    "started_ms",
    "duration_ms",
    "response_id",
    "turn",
    "version",
]


def test_it_is_valid_when_empty() -> None:
    table = Talk().data.tool_calls
    assert list(table.df.columns)[: len(COLUMNS)] == COLUMNS and table.to_dicts() == []
    assert str(table.df.dtypes["turn"]) == "Int64" and str(table.df.dtypes["version"]) == "Int64"


def test_a_call_runs_ends_and_joins_its_turn() -> None:
    talk = Talk()
    talk.called(100, "r1", "c1")
    (call,) = talk.data.tool_calls
    assert (call.status, call.started_ms, call.output, call.duration_ms) == ("running", 100, None, None)
    assert (call.turn, call.version, call.response_id) == (None, None, "r1")
    talk.data.tool_calls.started("c1", "rows", '{"city":"Rome"}', "r1", 2, 101.5)
    talk.answered(300, "c1", "3", duration_ms=12.5)
    talk.said(400, "r2", "a1", "Three.")
    (call,) = talk.data.tool_calls
    assert (call.status, call.output, call.duration_ms, call.version) == ("done", "3", 12.5, 2)
    assert call.turn == 0 == talk.data.transcript[0].turn and call is talk.data.tool_calls.row("c1")
    assert talk.data.transcript[0].tool_calls == ("c1",)
    assert talk.data.tool_calls.df.iloc[0][["arguments", "turn"]].tolist() == [{"city": "Rome"}, 0]


def test_a_failed_call_keeps_its_traceback() -> None:
    talk = Talk()
    talk.called(0, "r1", "c1")
    talk.data.tool_calls.finished("c1", '{"error":"boom"}', "boom", "failed", 3.0, traceback="Traceback…")
    talk.do(10, "tool_output", "c1", '{"error":"boom"}')
    row = talk.data.tool_calls.to_dicts()[0]
    assert (row["status"], row["error"], row["traceback"]) == ("failed", "boom", "Traceback…")


def test_arguments_that_are_no_object_stay_text() -> None:
    talk = Talk()
    for i, arguments in enumerate(('{"a": {"b": [1]}}', '{"a": ', "[1]", "")):
        talk.called(i, f"r{i}", f"c{i}", arguments=arguments)
    values = talk.data.tool_calls.df["arguments"].tolist()
    assert values == [{"a": {"b": [1]}}, '{"a": ', "[1]", ""]
    talk.data.tool_calls[0].arguments["a"] = "mine"  # type: ignore[index]
    assert json.dumps(talk.data.tool_calls[0].arguments) == '{"a": {"b": [1]}}'


def test_a_call_answered_by_hand_is_done() -> None:
    talk = Talk()
    talk.called(100, "r1", "c1")
    item = {"id": "o1", "type": "function_call_output", "call_id": "c1", "output": "by hand"}
    talk.place(350, item)
    (call,) = talk.data.tool_calls
    assert (call.status, call.output, call.duration_ms) == ("done", "by hand", 250)


def test_calls_of_a_cancelled_response_are_given_up() -> None:
    talk = Talk()
    talk.created(0, "r1")
    talk.calls(0, "r1", "c1")
    talk.over(50, "r1", status="cancelled")
    assert talk.data.tool_calls[0].status == "cancelled"
    talk.data.tool_calls.finished("c1", "late", None, "done", 9.0)
    assert talk.data.tool_calls[0].status == "done", "it ran to its end after all"


def test_what_was_never_started_cannot_finish() -> None:
    talk = Talk()
    talk.data.tool_calls.finished("nobody", "x", None, "done", 1.0)
    assert len(talk.data.tool_calls) == 0 and talk.data.tool_calls.row("nobody") is None


def test_whoever_changes_what_a_frame_holds_changes_nothing_else() -> None:
    talk = Talk()
    talk.called(0, "r1", "c1", arguments='{"cities": ["Rome", {"n": 1}]}')
    table = talk.data.tool_calls
    for _ in range(2):
        arguments = table.df["arguments"][0]
        assert arguments == table[0].arguments == {"cities": ["Rome", {"n": 1}]}
        arguments["cities"][1]["n"] = "changed"
        arguments["more"] = 1
    assert table.df["arguments"].str["cities"].tolist() == [["Rome", {"n": 1}]]


@pytest.mark.parametrize("depth", [90, 200, 100_000])
def test_arguments_that_nest_without_end_hurt_nobody(depth: int) -> None:
    text = '{"a":' + "[" * depth + "]" * depth + "}"
    talk = Talk()
    talk.data.tool_calls.started("call_1", "f", text, "r1", 1, 0.0)
    calls = talk.data.tool_calls
    assert (calls[0].arguments == text) == (depth > 100)
    assert len(calls.df) == len(calls.to_dicts()) == len(calls.to_arrow()) == 1
    told = LogEntry(0.0, "in", "x.y", None, None, None, len(text), text)
    assert told.raw in ({"type": "x.y", "text": text}, json.loads(text) if depth < 1000 else None)
