"""The scripted engine over a real socket, with a plain WebSocket client as its guest."""

import asyncio
import gc
import json
import threading
import weakref
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from realtime_widget import testing as t
from realtime_widget.testing import ScriptedEngine, drop, expect, pause, refuse, reply, send

Talk = Callable[[ClientConnection], Coroutine[Any, Any, Any]]
CREATE = {"type": "response.create", "response": {"metadata": {"key": "1"}}}
UPDATE = {"type": "session.update", "session": {"type": "realtime", "instructions": "x"}}


def visit(engine: ScriptedEngine, talk: Talk) -> Any:
    async def scenario() -> Any:
        endpoint = await engine.open(model="m")
        try:
            async with connect(endpoint.url) as socket:
                return await talk(socket)
        finally:
            await engine.close()

    return asyncio.run(scenario())


async def give(socket: ClientConnection, *commands: dict[str, Any]) -> None:
    for command in commands:
        await socket.send(json.dumps(command))


async def until(socket: ClientConnection, kind: str) -> list[dict[str, Any]]:
    events = []
    while not events or events[-1]["type"] != kind:
        events.append(json.loads(await socket.recv()))
    return events


def test_it_is_an_engine_with_an_address() -> None:
    engine = ScriptedEngine()
    endpoint = asyncio.run(engine.open(model="m x"))
    assert endpoint.url.startswith("ws://127.0.0.1:")
    assert endpoint.url.endswith("/v1/realtime?model=m+x")
    assert engine.url in endpoint.url
    assert (engine.kind, engine.name, repr(engine)) == ("url", "Scripted engine", "ScriptedEngine(0 steps)")
    asyncio.run(engine.close())
    asyncio.run(engine.close())


def test_it_greets_acknowledges_and_follows_its_script() -> None:
    engine = ScriptedEngine(
        reply(t.text_response("Hi")), expect("conversation.item.create"), send(t.rate_limits())
    )

    async def talk(socket: ClientConnection) -> None:
        await give(socket, UPDATE)
        events = await until(socket, "session.updated")
        assert [event["type"] for event in events] == ["session.created", "session.updated"]
        assert events[-1]["session"]["instructions"] == "x"
        await give(socket, CREATE)
        events = await until(socket, "response.done")
        assert events[0]["response"]["metadata"] == events[-1]["response"]["metadata"] == {"key": "1"}
        await give(socket, {"type": "conversation.item.create", "item": {"type": "message", "role": "user"}})
        await until(socket, "rate_limits.updated")

    visit(engine, talk)
    engine.assert_complete(timeout=1)
    assert [command["type"] for command in engine.received] == [
        "session.update", "response.create", "conversation.item.create",
    ]  # fmt: skip
    assert engine.connections == 1


def test_several_commands_at_once_meet_several_steps() -> None:
    engine = ScriptedEngine(
        expect("response.create"), send(t.rate_limits()), expect("input_audio_buffer.commit", answered=False),
        expect("response.cancel"), send(t.error("bye")), strict=True,
    )  # fmt: skip

    async def talk(socket: ClientConnection) -> list[dict[str, Any]]:
        await give(socket, CREATE, {"type": "input_audio_buffer.commit"}, {"type": "response.cancel"})
        return await until(socket, "error")

    events = visit(engine, talk)
    assert [event["type"] for event in events] == ["session.created", "rate_limits.updated", "error"]
    engine.assert_complete(timeout=1)


def test_what_came_before_it_was_expected_counts() -> None:
    engine = ScriptedEngine(expect("response.cancel"), expect("response.create"), send(t.error("bye")))

    async def talk(socket: ClientConnection) -> None:
        await give(socket, CREATE, {"type": "response.cancel"})
        await until(socket, "error")

    visit(engine, talk)
    engine.assert_complete(timeout=1)


def test_events_may_depend_on_the_command() -> None:
    engine = ScriptedEngine(reply(lambda command: t.error(command["response"]["metadata"]["key"])))

    async def talk(socket: ClientConnection) -> str:
        await give(socket, CREATE)
        message: str = (await until(socket, "error"))[-1]["error"]["message"]
        return message

    assert visit(engine, talk) == "1"


def test_rules_answer_where_no_step_does() -> None:
    turns = iter(range(60))
    engine = ScriptedEngine(on={"response.create": lambda command: t.text_response(f"Turn {next(turns)}")})
    engine.on("input_audio_buffer.commit", t.error("not here"))

    @engine.on("response.cancel")
    def cancel(command: dict[str, Any]) -> list[dict[str, Any]]:
        return [t.error("nothing to cancel", code="response_cancel_not_active")]

    async def talk(socket: ClientConnection) -> list[str]:
        texts = []
        for _ in range(60):
            await give(socket, CREATE)
            texts.append(
                (await until(socket, "response.done"))[-1]["response"]["output"][0]["content"][0]["text"]
            )
        await give(socket, {"type": "response.cancel"}, {"type": "input_audio_buffer.commit"})
        await until(socket, "error")
        assert (await until(socket, "error"))[-1]["error"]["message"] == "not here"
        return texts

    assert visit(engine, talk) == [f"Turn {n}" for n in range(60)]
    engine.assert_complete(timeout=1)


def test_sound_is_collected_and_counted() -> None:
    engine = ScriptedEngine()

    async def talk(socket: ClientConnection) -> None:
        await give(
            socket,
            {"type": "input_audio_buffer.append", "audio": "AAEC"},
            {"type": "input_audio_buffer.append", "audio": "%%%"},
            {"type": "input_audio_buffer.append", "audio": "AwQF"},
        )
        await asyncio.to_thread(engine.wait_for, "input_audio_buffer.append", 3)

    visit(engine, talk)
    assert engine.received_audio == bytes(range(6))
    assert [command["audio"] for command in engine.of_type("input_audio_buffer.append")] == [3, "%%%", 3]


def test_frames_that_are_no_commands_are_kept_for_inspection() -> None:
    engine = ScriptedEngine()

    async def talk(socket: ClientConnection) -> None:
        await socket.send("{")
        await socket.send("[1]")
        await asyncio.to_thread(engine.wait_for, "invalid", 2)

    visit(engine, talk)
    assert engine.received == [{"type": "invalid", "frame": "{"}, {"type": "invalid", "frame": "[1]"}]


@pytest.mark.parametrize("code", [1001, 4000, 1006])
def test_it_drops_the_connection(code: int) -> None:
    engine = ScriptedEngine(drop(code, "enough") if code != 1006 else drop(code))

    async def talk(socket: ClientConnection) -> Any:
        with pytest.raises(websockets.ConnectionClosed):
            await until(socket, "never")
        return socket.close_code

    assert visit(engine, talk) == code
    engine.assert_complete(timeout=1)


def test_it_refuses_and_then_plays_the_next_script() -> None:
    engine = ScriptedEngine(
        refuse(401, {"error": {"code": "invalid_api_key"}}), reconnects=[[send(t.error("second"))]]
    )

    async def scenario() -> None:
        url = (await engine.open(model="m")).url
        with pytest.raises(websockets.InvalidStatus) as caught:
            await connect(url)
        assert caught.value.response.status_code == 401
        assert b"invalid_api_key" in (caught.value.response.body or b"")
        for script in ("second", None):
            async with connect(url) as socket:
                events = await until(socket, "error" if script else "session.created")
                assert len(events) == (2 if script else 1)
        await engine.close()

    asyncio.run(scenario())
    assert engine.connections == 3
    engine.assert_complete(timeout=1)


def test_a_step_that_waits_is_named_with_what_came_instead() -> None:
    engine = ScriptedEngine(send(t.rate_limits()), expect("response.create", response={"tools": []}))

    async def talk(socket: ClientConnection) -> None:
        await give(socket, CREATE, {"type": "response.cancel"}, {"type": "response.cancel"})
        await asyncio.to_thread(engine.wait_for, "response.cancel", 2)

    visit(engine, talk)
    with pytest.raises(AssertionError) as caught:
        engine.assert_complete(timeout=0)
    assert str(caught.value) == (
        "connection 1: step 2 of 2, expect('response.create', {'response': {'tools': []}}), is still "
        "waiting; meanwhile came: response.create x1, response.cancel x2"
    )


def test_a_connection_that_never_came_is_missed() -> None:
    engine = ScriptedEngine(reply(), reconnects=[[], [reply()]])
    with pytest.raises(AssertionError, match="connection 1 never came; connection 3 never came"):
        engine.assert_complete(timeout=0)


def test_strictness_refuses_what_no_step_expects() -> None:
    engine = ScriptedEngine(strict=True)

    async def talk(socket: ClientConnection) -> None:
        await give(
            socket, UPDATE, {"type": "input_audio_buffer.append", "audio": ""}, {"type": "response.cancel"}
        )
        await give(socket, UPDATE)
        await asyncio.to_thread(engine.wait_for, "session.update", 2)

    visit(engine, talk)
    with pytest.raises(AssertionError, match=r"response.cancel came.*session.update came"):
        engine.assert_complete(timeout=1)


def test_a_function_of_the_script_that_fails_is_named() -> None:
    engine = ScriptedEngine(send(lambda command: command["nothing"]))

    async def talk(socket: ClientConnection) -> None:
        await until(socket, "session.created")

    visit(engine, talk)
    with pytest.raises(AssertionError, match="raised KeyError: 'nothing'"):
        engine.assert_complete(timeout=1)


def test_without_manners_only_the_script_speaks() -> None:
    engine = ScriptedEngine(expect("session.update"), send({"type": "hello"}), manners=False)

    async def talk(socket: ClientConnection) -> list[dict[str, Any]]:
        await give(socket, UPDATE)
        return await until(socket, "hello")

    assert visit(engine, talk) == [{"type": "hello"}]


def test_a_test_pushes_events_when_it_chooses() -> None:
    engine = ScriptedEngine(pause(0.01))

    async def talk(socket: ClientConnection) -> None:
        await until(socket, "session.created")
        await asyncio.to_thread(engine.push, t.user_turn("Hello"), t.audio_response("Hi"))
        await until(socket, "response.done")

    with pytest.raises(RuntimeError, match="nothing is connected"):
        engine.push(t.error())
    visit(engine, talk)
    with pytest.raises(RuntimeError, match="isn't running"):
        engine.push(t.error())


def test_waiting_for_what_never_comes_says_what_came() -> None:
    engine = ScriptedEngine()
    with pytest.raises(AssertionError, match="0 of 1 x came; received: nothing"):
        engine.wait_for("x", timeout=0)


def test_it_can_be_opened_again_at_the_same_address() -> None:
    with ScriptedEngine(on={"response.create": t.text_response("Hi")}) as engine:
        first = engine.url
        engine.shut_down()
        assert engine.url == first

        async def talk(socket: ClientConnection) -> None:
            await give(socket, CREATE)
            await until(socket, "response.done")

        visit(engine, talk)


def test_an_engine_that_nobody_holds_takes_its_thread_along() -> None:
    before = set(threading.enumerate())
    engine = ScriptedEngine()
    asyncio.run(engine.open(model="m"))
    [thread] = set(threading.enumerate()) - before
    gone = weakref.ref(engine)
    del engine
    gc.collect()
    assert gone() is None
    thread.join(5)
    assert not thread.is_alive()


def test_the_example_of_the_package_holds() -> None:
    from realtime_widget.session.session import RealtimeSession

    engine = ScriptedEngine(
        reply(t.call_response(("rows", {"city": "Rome"}))),
        expect("conversation.item.create", item={"type": "function_call_output", "output": "3"}),
        reply(t.text_response("Three rows.")),
    )
    with engine, RealtimeSession(engine=engine) as session:

        @session.tool
        def rows(city: str) -> int:
            """Number of rows for a city."""
            return 3

        turn = session.ask("How many rows has Rome?")

    assert turn.text == "Three rows."
    t.assert_tool_called(session, "rows", city="Rome")
    t.assert_turns(session, [("user", "How many rows has Rome?"), ("assistant", "Three rows.")])
    engine.assert_complete()
