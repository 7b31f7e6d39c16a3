"""Real tools that end in any order, fail, hang, are interrupted: after each batch the model goes on once."""

import asyncio
import random
import threading
from typing import Any

import pytest

from realtime_widget import RealtimeSession, tool
from realtime_widget.testing import (
    ScriptedEngine,
    audio_response,
    call_response,
    function_call,
    item_added,
    response_created,
    response_done,
    speech_started,
    text_response,
    user_turn,
)

from .helpers import on_io, wait_until

FOREVER_S = 20
KINDS = ("thread", "coroutine", "raises", "hangs", "unknown", "no json", "wrong arguments")


class Gates:
    """Tools that wait until a test lets them end, one after the other."""

    def __init__(self, n: int) -> None:
        self.gates = [threading.Event() for _ in range(n)]
        self.never = threading.Event()

    @property
    def tools(self) -> list[Any]:
        def in_a_thread(n: int) -> int:
            assert self.gates[n].wait(FOREVER_S)
            return n

        async def on_a_loop(n: int) -> int:
            assert await asyncio.to_thread(self.gates[n].wait, FOREVER_S)
            return n

        def fails(n: int) -> int:
            self.gates[n].wait(FOREVER_S)
            raise RuntimeError("broken")

        def hangs(n: int) -> None:
            self.never.wait(FOREVER_S)

        return [in_a_thread, on_a_loop, fails, tool(hangs, timeout=0.05)]

    def call(self, kind: str, n: int) -> dict[str, Any]:
        """Return a call of a kind, as the model makes it."""
        name, arguments = {
            "thread": ("in_a_thread", {"n": n}),
            "coroutine": ("on_a_loop", {"n": n}),
            "raises": ("fails", {"n": n}),
            "hangs": ("hangs", {"n": n}),
            "unknown": ("made_up", {"n": n}),
            "no json": ("in_a_thread", '{"n": '),
            "wrong arguments": ("in_a_thread", {"n": "many"}),
        }[kind]
        return function_call(name, arguments, call_id=f"c{n}", item_id=f"f{n}")  # type: ignore[arg-type]


def story(engine: ScriptedEngine) -> list[str]:
    """What the engine got since the configuration: `output` and `create`, in order."""
    names = {"response.create": "create", "conversation.item.create": "item"}
    told = []
    for command in engine.received:
        name = names.get(command["type"], command["type"])
        if name == "item":
            name = "output" if command["item"]["type"] == "function_call_output" else "question"
        told.append(name)
    return [name for name in told if name in ("question", "output", "create")]


def answered(engine: ScriptedEngine) -> list[str]:
    items = [command["item"] for command in engine.of_type("conversation.item.create")]
    return sorted(item["call_id"] for item in items if item["type"] == "function_call_output")


@pytest.mark.parametrize("seed", range(15))
def test_one_request_follows_all_outputs_of_a_batch(seed: int) -> None:
    chance = random.Random(seed)
    n = seed % 5 + 1
    kinds = [chance.choice(KINDS) for _ in range(n)]
    gates = Gates(n)
    order = chance.sample(range(n), n)
    responses = [
        call_response(*(gates.call(kind, i) for i, kind in enumerate(kinds))),
        text_response("Done."),
    ]
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, tools=gates.tools) as session:
        engine.on("response.create", lambda command: responses.pop(0))
        asked: list[str] = []
        asking = threading.Thread(target=lambda: asked.append(session.ask("Go!").text))
        asking.start()
        wait_until(lambda: len(session.tool_calls) == n)
        for i in order:
            gates.gates[i].set()
        asking.join(FOREVER_S)
        session.settle(10)
        assert asked == ["Done."]
        assert story(engine) == ["question", "create", *["output"] * n, "create"]
        assert answered(engine) == [f"c{i}" for i in range(n)]
        assert {row.status for row in session.tool_calls} <= {"done", "failed", "timed_out"}
    gates.never.set()


@pytest.mark.parametrize("n", [1, 3, 5])
def test_two_batches_of_one_answer_are_each_followed_by_one_request(n: int) -> None:
    gates = Gates(n)
    for gate in gates.gates:
        gate.set()
    first, second = ([(kind, {"n": i}) for i in range(n)] for kind in ("in_a_thread", "on_a_loop"))
    responses = [call_response(*first), call_response(*second), text_response("Done.")]
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, tools=gates.tools) as session:
        engine.on("response.create", lambda command: responses.pop(0))
        assert session.ask("Go!").text == "Done."
        batch = [*["output"] * n, "create"]
        assert story(engine) == ["question", "create", *batch, *batch]


def speech_over_tools(session: RealtimeSession, engine: ScriptedEngine, gates: Gates, n: int) -> None:
    """Let the model call `n` tools, the user speak over them, and the tools end then."""
    engine.push(call_response(*(gates.call("thread", i) for i in range(n))))
    wait_until(lambda: len(session.tool_calls) == n)
    engine.push(speech_started("u"))
    wait_until(lambda: session._core.user_speaks)
    for gate in gates.gates:
        gate.set()
    engine.wait_for("conversation.item.create", n)
    assert engine.of_type("response.create") == [], "no request goes over the user's turn"


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_answer_to_the_users_turn_takes_the_outputs_up(n: int) -> None:
    gates = Gates(n)
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, tools=gates.tools) as session:
        speech_over_tools(session, engine, gates, n)
        engine.push(user_turn("And?", item_id="u")[1:], audio_response("Both.", metadata={}))
        session.settle(10)
        assert story(engine) == ["output"] * n


def test_where_the_server_does_not_answer_the_users_turn_one_request_follows() -> None:
    gates = Gates(3)
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, tools=gates.tools) as session:
        engine.on("response.create", lambda command: text_response("Done."))
        speech_over_tools(session, engine, gates, 3)
        engine.push(user_turn("And?", item_id="u")[1:])
        engine.wait_for("response.create", timeout=FOREVER_S)
        session.settle(10)
        assert story(engine) == [*["output"] * 3, "create"]
        assert session.transcript[-1].text == "Done."


def test_calls_of_a_response_that_the_users_turn_cut_short_are_answered_and_taken_up_once() -> None:
    gates = Gates(2)
    calls = call_response(*(gates.call("thread", i) for i in range(2)), response_id="r")
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, tools=gates.tools) as session:
        engine.push(calls[:-1])
        wait_until(lambda: len(session.tool_calls) == 2)
        engine.push(speech_started("u"), response_done("r", "cancelled", reason="turn_detected"))
        engine.push(user_turn("And?", item_id="u")[1:], audio_response("One moment.", metadata={})[:-1])
        wait_until(lambda: len(session.transcript) == 2)
        gates.gates[1].set()
        gates.gates[0].set()
        engine.wait_for("conversation.item.create", 2)
        assert engine.of_type("response.create") == []
        engine.on("response.create", lambda command: text_response("Here it is."))
        engine.push(response_done(session._core.protocol.sequencer.active or ""))
        session.settle(10)
        assert story(engine) == ["output", "output", "create"]


def test_stopping_an_answer_answers_its_calls_and_asks_for_nothing() -> None:
    gates = Gates(2)
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, tools=gates.tools) as session:
        engine.push(call_response(gates.call("thread", 0), gates.call("coroutine", 1)))
        wait_until(lambda: len(session.tool_calls) == 2)
        session.interrupt()
        gates.gates[1].set()
        gates.gates[0].set()
        engine.wait_for("conversation.item.create", 2)
        session.settle(10)
        assert story(engine) == ["output", "output"]
        engine.on("response.create", lambda command: text_response("Still here."))
        assert session.ask("Are you there?").text == "Still here."


def test_a_call_that_was_cut_off_does_not_run_and_its_siblings_outputs_are_followed_up() -> None:
    gates = Gates(2)
    whole = call_response(gates.call("thread", 0), response_id="r")
    half = {**gates.call("thread", 1), "status": "incomplete", "arguments": '{"n'}
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, tools=gates.tools) as session:
        engine.on("response.create", lambda command: text_response("Done."))
        gates.gates[0].set()
        engine.push(whole[:-1], item_added(half), response_done("r", "incomplete", output=[half]))
        engine.wait_for("response.create")
        session.settle(10)
        assert answered(engine) == ["c0", "c1"]
        assert story(engine) == ["output", "output", "create"]
        assert [row.call_id for row in session.tool_calls] == ["c0"]


def test_the_server_speaks_first_and_the_request_waits() -> None:
    gates = Gates(1)
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, tools=gates.tools) as session:
        engine.on("response.create", lambda command: text_response("Done."))
        engine.push(call_response(gates.call("thread", 0)), response_created("other", metadata={}))
        wait_until(lambda: on_io(session, lambda: session._core.protocol.sequencer.active) == "other")
        gates.gates[0].set()
        engine.wait_for("conversation.item.create")
        assert engine.of_type("response.create") == []
        engine.push(response_done("other"))
        engine.wait_for("response.create")
        session.settle(10)
        assert story(engine) == ["output", "create"]
