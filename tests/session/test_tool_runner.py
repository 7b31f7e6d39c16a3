"""Tool calls: every one is answered, none runs on the I/O thread, and none can hang the conversation."""

import asyncio
import json
import threading
from collections.abc import Awaitable
from typing import Any

import pytest

from realtime_widget import RealtimeSession, tool
from realtime_widget.testing import (
    ScriptedEngine,
    assert_tool_called,
    call_response,
    function_call,
    reply,
    response_created,
    response_done,
    text_response,
)

from .helpers import wait_until


def double(x: int) -> int:
    """Twice a number."""
    return 2 * x


async def double_async(x: int) -> int:
    """Twice a number, later."""
    await asyncio.sleep(0)
    return 2 * x


def double_awaitable(x: int) -> Awaitable[int]:
    """Twice a number, by a coroutine of another function."""
    return double_async(x)


def calls(*made: tuple[str, Any]) -> ScriptedEngine:
    """An engine whose model makes these calls in one response and then says that it is done."""
    return ScriptedEngine(reply(call_response(*made)), reply(text_response("Done.")))


def outputs(engine: ScriptedEngine) -> dict[str, Any]:
    """What the model was told, by call id."""
    items = [command["item"] for command in engine.of_type("conversation.item.create")]
    found = {}
    for item in items:
        if item["type"] == "function_call_output":
            assert item["call_id"] not in found, "a call was answered twice"
            found[item["call_id"]] = item["output"]
    return found


@pytest.mark.parametrize("function", [double, double_async, double_awaitable])
def test_functions_of_every_kind(function: Any) -> None:
    with (
        calls((function.__name__, {"x": 21})) as engine,
        RealtimeSession(engine=engine, tools=[function]) as session,
    ):
        assert session.ask("Twice 21?").text == "Done."
        assert list(outputs(engine).values()) == ["42"]
        row = assert_tool_called(session, function.__name__, x=21)
        assert (row.status, row.output, row.error, row.version) == ("done", "42", None, 1)
        assert row.duration_ms >= 0
        assert row.response_id
        assert session.transcript[-1].tool_calls == (row.call_id,)
        engine.assert_complete()


def test_no_function_runs_on_the_io_thread() -> None:
    names: dict[str, str] = {}

    def in_a_thread() -> None:
        names["thread"] = threading.current_thread().name

    async def on_a_loop() -> None:
        names["loop"] = threading.current_thread().name

    with (
        calls(("in_a_thread", {}), ("on_a_loop", {})) as engine,
        RealtimeSession(engine=engine, tools=[in_a_thread, on_a_loop]) as session,
    ):
        session.ask("Go!")
    assert names == {"thread": "realtime-widget-tool-in_a_thread", "loop": "realtime-widget-tools"}


def test_what_goes_wrong_is_told_to_the_model_and_to_the_author() -> None:
    def fails(city: str) -> int:
        raise ValueError(f"no such city: {city}")

    async def exits() -> None:
        raise SystemExit(3)

    made = [
        ("fails", {"city": "Atlantis"}),
        ("double", {"x": "many"}),
        ("double", "{not json"),
        ("tripel", {}),
        ("exits", {}),
    ]
    with calls(*made) as engine, RealtimeSession(engine=engine, tools=[fails, double, exits]) as session:
        assert session.ask("Try!").text == "Done."
        told = [json.loads(output)["error"] for output in outputs(engine).values()]
        assert len(told) == 5
        text = "\n".join(told)
        assert "no such city: Atlantis" in text
        assert "tripel" in text
        assert "double" in text  # the names that there are
        rows = list(session.tool_calls)
        assert [row.status for row in rows] == ["failed"] * 5
        assert "no such city" in rows[0].traceback
        assert "Traceback" not in told[0]
        assert session.status == "connected"


def test_a_call_that_takes_too_long_is_answered_and_the_next_one_runs() -> None:
    gate = threading.Event()

    def hangs() -> str:
        gate.wait(30)
        return "too late"

    async def hangs_async() -> None:
        await asyncio.sleep(30)

    tools = [tool(hangs, timeout=0.05), tool(hangs_async, timeout=0.05), double]
    with (
        calls(("hangs", {}), ("hangs_async", {}), ("double", {"x": 1})) as engine,
        RealtimeSession(engine=engine, tools=tools) as session,
    ):
        assert session.ask("Go!").text == "Done."
        assert [row.status for row in session.tool_calls] == ["timed_out", "timed_out", "done"]
        gate.set()
        wait_until(
            lambda: not [t for t in threading.enumerate() if t.name.startswith("realtime-widget-tool-")]
        )
        assert session.tool_calls[0].status == "timed_out"
        assert len(outputs(engine)) == 3


def test_calls_of_one_response_run_side_by_side_and_are_answered_together() -> None:
    barrier = threading.Barrier(4, timeout=10)

    def meet(n: int) -> int:
        barrier.wait()
        return n

    with (
        calls(*[("meet", {"n": n}) for n in range(4)]) as engine,
        RealtimeSession(engine=engine, tools=[meet]) as session,
    ):
        session.ask("Meet!")
        assert sorted(outputs(engine).values()) == ["0", "1", "2", "3"]
        kinds = [command["type"] for command in engine.received[1:]]
        assert kinds == [
            "conversation.item.create",
            "response.create",
            *["conversation.item.create"] * 4,
            "response.create",
        ]


def test_a_cell_that_runs_again_changes_the_next_call() -> None:
    script = [
        [reply(call_response(("rows", {"city": "Rome"}))), reply(text_response("ok"))] for _ in range(3)
    ]
    with ScriptedEngine(*script) as engine, RealtimeSession(engine=engine) as session:
        for answer in ("1", "2", "2"):
            source = f"def rows(city: str) -> int:\n    return {answer}\n"
            space: dict[str, Any] = {}
            exec(source, space)
            session.tool(space["rows"])
            session.ask("How many?")
        assert [row.output for row in session.tool_calls] == ["1", "2", "2"]
        assert [row.version for row in session.tool_calls] == [1, 2, 2]


def test_a_tool_defined_while_the_model_calls_it_is_found() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        session.tool(double)
        engine.push(call_response(("double", {"x": 4})))
        engine.wait_for("response.create")
        assert list(outputs(engine).values()) == ["8"]


def test_a_tool_may_read_and_use_the_session() -> None:
    script = [
        reply(call_response(("nested", {}))),
        reply(text_response("The inner answer.")),
        reply(text_response("The outer answer.")),
    ]
    with ScriptedEngine(*script) as engine, RealtimeSession(engine=engine) as session:

        @session.tool
        def nested() -> str:
            assert session.transcript[0].text == "Outer?"
            assert session.status == "connected"
            session.update(instructions="Changed by a tool.")
            return session.ask("Inner?", timeout=10).text

        assert session.ask("Outer?").text == "The outer answer."
        assert list(outputs(engine).values()) == ["The inner answer."]
        assert session.config.instructions == "Changed by a tool."
        session.settle(5)


def test_a_coroutine_tool_may_await_the_session() -> None:
    script = [
        reply(call_response(("nested", {}))),
        reply(text_response("The inner answer.")),
        reply(text_response("The outer answer.")),
    ]
    with ScriptedEngine(*script) as engine, RealtimeSession(engine=engine) as session:

        @session.tool
        async def nested() -> str:
            return (await session.aask("Inner?", timeout=10)).text

        assert session.ask("Outer?").text == "The outer answer."
        assert list(outputs(engine).values()) == ["The inner answer."]


def test_calls_of_a_cancelled_response_do_not_make_the_model_speak() -> None:
    call = function_call("double", {"x": 1}, status="incomplete")
    cut = [
        response_created("r1"),
        {
            "type": "response.output_item.added",
            "response_id": "r1",
            "output_index": 0,
            "item": {**call, "arguments": ""},
        },
    ]
    cut += [
        {
            "type": "response.output_item.done",
            "response_id": "r1",
            "output_index": 0,
            "item": {**call, "arguments": '{"x'},
        }
    ]
    cut += [response_done("r1", "cancelled", reason="turn_detected")]
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, tools=[double]) as session:
        engine.push(cut)
        session.settle(5)
        assert not engine.of_type("response.create")
        assert all(row.status != "done" for row in session.tool_calls)


def test_settle_waits_for_tools() -> None:
    gate = threading.Event()

    def slow() -> str:
        gate.wait(10)
        return "ready"

    with calls(("slow", {})) as engine, RealtimeSession(engine=engine, tools=[slow]) as session:
        session.send_text("Go!")
        wait_until(lambda: len(session.tool_calls) == 1)
        with pytest.raises(TimeoutError):
            session.settle(0.05)
        gate.set()
        session.settle(5)
        assert session.transcript.last_response == "Done."


def test_a_call_that_runs_when_the_session_stops_is_cancelled() -> None:
    running, gate = threading.Event(), threading.Event()

    async def waits() -> None:
        running.set()
        await asyncio.sleep(30)

    def blocks() -> str:
        gate.wait(30)
        return "done anyway"

    with calls(("waits", {}), ("blocks", {})) as engine:
        session = RealtimeSession(engine=engine, tools=[waits, blocks]).start()
        session.send_text("Go!")
        running.wait(5)
        wait_until(lambda: len(session.tool_calls) == 2)
        session.stop()
        assert [row.status for row in session.tool_calls] == ["cancelled", "cancelled"]
        gate.set()
        session.start()
        session.stop()
