"""Waiting for the settlement of a command, the end of an answer, a condition."""

import asyncio
from typing import Any

import pytest

from realtime_widget.errors import RefusedError, ResponseError, SessionClosedError, WaitTimeoutError
from realtime_widget.protocol.changes import AnswerFinished, CommandSettled
from realtime_widget.protocol.objects import ErrorDetail
from realtime_widget.session.waits import Waits

from .helpers import run


def finished(key: str, **changes: Any) -> AnswerFinished:
    return AnswerFinished(
        **{"key": key, "response_id": "r", "status": "completed", "item_ids": (), "error": None, **changes}
    )


def test_a_settled_command_returns_and_a_refused_one_says_why() -> None:
    async def scenario() -> None:
        waits = Waits()
        good = asyncio.create_task(waits.settled("c1", timeout_s=5, what="the change"))
        bad = asyncio.create_task(waits.settled("c2", timeout_s=5, what="the change"))
        lost = asyncio.create_task(waits.settled("c3", timeout_s=5, what="the change"))
        await asyncio.sleep(0)
        waits.settle(CommandSettled("c2", ErrorDetail(code="unknown_parameter", message="No such field.")))
        waits.settle(CommandSettled("c1", None))
        waits.settle(CommandSettled("c3", ErrorDetail(code="connection_lost")))
        waits.settle(CommandSettled("nobody waits for this", None))
        assert (await good).error is None
        with pytest.raises(RefusedError, match="No such field") as refused:
            await bad
        assert refused.value.code == "unknown_parameter"
        with pytest.raises(SessionClosedError):
            await lost

    run(scenario())


def test_an_answer_is_delivered_once_and_may_have_failed() -> None:
    async def scenario() -> None:
        waits = Waits()
        waits.answer("a")
        waits.finish(finished("a", item_ids=("i1",)))
        waits.finish(finished("a", item_ids=("i2",)))
        assert (await waits.answered("a", timeout_s=5)).item_ids == ("i1",)
        waits.answer("b")
        waits.finish(finished("b", status="failed", error=ErrorDetail(code="server_error", message="Oops.")))
        with pytest.raises(ResponseError, match="Oops") as failed:
            await waits.answered("b", timeout_s=5)
        assert failed.value.code == "server_error"

    run(scenario())


def test_every_wait_has_a_limit_that_it_names() -> None:
    async def scenario() -> None:
        waits = Waits()
        with pytest.raises(WaitTimeoutError, match=r"the change wasn't acknowledged within 0\.01 s"):
            await waits.settled("c", timeout_s=0.01, what="the change")
        with pytest.raises(TimeoutError, match=r"No whole answer within 0\.01 s"):
            await waits.answered("a", timeout_s=0.01)
        waits.finish(finished("a"))  # too late: nothing happens, and nothing is kept
        assert not waits._answers
        assert not waits._commands

    run(scenario())


def test_the_end_of_the_connection_ends_all_waits() -> None:
    async def scenario() -> None:
        waits = Waits()
        tasks = [
            asyncio.create_task(waits.answered("a", timeout_s=5)),
            asyncio.create_task(waits.settled("c", timeout_s=5, what="it")),
        ]
        waits.answer("nobody waits for this")
        await asyncio.sleep(0)
        waits.fail_all(SessionClosedError("gone"))
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(outcome, SessionClosedError)

    run(scenario())


def test_conditions_are_looked_at_after_every_change_by_everybody() -> None:
    async def scenario() -> None:
        waits, count = Waits(), [0]
        several = [asyncio.create_task(waits.until(lambda n=n: count[0] >= n)) for n in (0, 1, 2, 2)]
        for _ in range(2):
            await asyncio.sleep(0)
            count[0] += 1
            waits.notify()
        await asyncio.wait_for(asyncio.gather(*several), 5)

    run(scenario())
