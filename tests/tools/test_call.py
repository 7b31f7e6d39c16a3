import asyncio
import json

import pytest

from realtime_widget.errors import ToolArgumentsError
from realtime_widget.tools import cancelled, done, failed, prepare, timed_out, tool, unknown_tool


@tool
def rows(city: str, limit: int = 5):
    """Count rows."""
    return {"city": city, "limit": limit}


@tool
async def wait(seconds: float):
    """Wait."""
    return seconds


def test_a_call():
    invocation = prepare(rows, '{"city": "Rome", "limit": "3"}')
    assert invocation.arguments == {"city": "Rome", "limit": 3}
    outcome = done(invocation.run())
    assert outcome.status == "done"
    assert json.loads(outcome.output) == {"city": "Rome", "limit": 3}
    assert outcome.error is outcome.traceback is None


def test_a_coroutine_call():
    assert asyncio.run(prepare(wait, {"seconds": 2}).run()) == 2.0


def test_wrong_arguments():
    with pytest.raises(ToolArgumentsError) as caught:
        prepare(rows, "{}")
    outcome = failed(caught.value)
    assert outcome.status == "failed"
    assert "city: Field required" in json.loads(outcome.output)["error"]
    assert "city: Field required" in outcome.error


def test_an_exception():
    try:
        raise ValueError("no such city")
    except ValueError as error:
        outcome = failed(error)
    assert json.loads(outcome.output) == {"error": "ValueError: no such city"}
    assert "Traceback" not in outcome.output
    assert "Traceback" in outcome.traceback


@pytest.mark.parametrize(
    ("outcome", "status", "words"),
    [
        (unknown_tool("rovs", ["rows", "wait"]), "failed", "'rovs'. Known: rows, wait."),
        (unknown_tool("rovs", []), "failed", "There are none."),
        (timed_out(rows), "timed_out", "within 30 seconds"),
        (cancelled("rows"), "cancelled", "the session ended"),
        (cancelled("rows", "interrupted"), "cancelled", "interrupted"),
    ],
)
def test_every_end_has_words_for_the_model(outcome, status, words):
    assert outcome.status == status
    assert words in json.loads(outcome.output)["error"]
    assert words in outcome.error
    assert outcome.traceback is None
