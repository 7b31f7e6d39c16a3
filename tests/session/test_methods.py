"""Each method that waits has a coroutine twin; both work wherever there is, or isn't, an event loop."""

import asyncio
import inspect
import threading

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.errors import NotConnectedError, WaitTimeoutError
from realtime_widget.session.methods import SessionMethods
from realtime_widget.testing import ScriptedEngine, text_response, tone

from .helpers import echo_engine, run, voice_engine, wait_until

SYNC = [
    name
    for name, _ in inspect.getmembers(SessionMethods, inspect.isfunction)
    if not name.startswith(("_", "a"))
] + ["ask"]


@pytest.mark.parametrize("name", SYNC)
def test_twins_take_the_same_arguments(name: str) -> None:
    method, twin = getattr(RealtimeSession, name), getattr(RealtimeSession, f"a{name}")
    assert inspect.iscoroutinefunction(twin)
    assert not inspect.iscoroutinefunction(method)
    assert inspect.signature(method).parameters == inspect.signature(twin).parameters
    assert method.__doc__
    assert twin.__doc__ == f"`{name}` as a coroutine."


def test_all_twins_within_a_running_loop() -> None:
    async def scenario() -> None:
        with voice_engine("Yes.") as engine:
            async with RealtimeSession(engine=engine, turn_detection=None, transcription=None) as session:
                assert session.status == "connected"
                assert (await session.aask("one")).text == "Yes."
                await session.asend_text("two", respond=False)
                await session.asend_image(b"\x89PNG\r\n\x1a\n....")
                await session.asend_audio(tone(200), rate=24_000)
                await session.acommit()
                await session.arespond(instructions="Briefly.")
                await session.asettle(10)
                await session.ainterrupt()
                await session.amute()
                assert session.muted
                await session.aunmute()
                await session.aupdate(instructions="New.")
                await session.asend_event({"type": "fence"})
                await asyncio.to_thread(engine.wait_for, "fence")
            assert session.status == "disconnected"
            await session.astop()
            kinds = {command["type"] for command in engine.received}
            assert {"input_audio_buffer.commit", "response.create", "conversation.item.create"} <= kinds

    run(scenario())


def test_the_loop_stays_free_while_a_twin_waits() -> None:
    async def scenario() -> None:
        with ScriptedEngine() as engine:
            async with RealtimeSession(engine=engine) as session:
                asking = asyncio.create_task(session.aask("Hi!"))
                await asyncio.to_thread(engine.wait_for, "response.create")
                await asyncio.to_thread(engine.push, text_response("Free."))
                assert (await asking).text == "Free."

    run(scenario())


def test_many_coroutines_ask_at_once() -> None:
    async def scenario() -> None:
        with echo_engine() as engine:
            async with RealtimeSession(engine=engine) as session:
                turns = await asyncio.gather(*[session.aask(f"question {n}") for n in range(10)])
                assert [turn.text for turn in turns] == [f"You said: question {n}" for n in range(10)]

    run(scenario())


def test_plain_methods_within_a_running_loop_as_in_a_cell() -> None:
    async def cell() -> str:
        with echo_engine() as engine, RealtimeSession(engine=engine) as session:
            text = session.ask("Hi!").text
            session.settle(5)
            return text

    assert run(cell()) == "You said: Hi!"


def test_a_cancelled_ask_leaves_the_session_usable() -> None:
    async def scenario() -> None:
        with ScriptedEngine() as engine:
            async with RealtimeSession(engine=engine) as session:
                task = asyncio.create_task(session.aask("Never mind."))
                await asyncio.to_thread(engine.wait_for, "response.create")
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                wait_until(lambda: not session._core.waits._answers)
                await asyncio.to_thread(engine.push, text_response("Too late."))
                await session.asettle(5)
                engine.rules["response.create"] = lambda command: text_response("In time.")
                assert (await session.aask("Again?")).text == "In time."

    run(scenario())


def test_one_session_in_several_loops_and_threads() -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        answers: list[str] = []

        def work(n: int) -> None:
            async def scenario() -> str:
                return (await session.aask(f"question {n}")).text

            answers.append(asyncio.run(scenario()))

        threads = [threading.Thread(target=work, args=(n,)) for n in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(answers) == [f"You said: question {n}" for n in range(5)]


def test_with_stops_also_when_the_body_raises() -> None:
    with echo_engine() as engine:
        session = RealtimeSession(engine=engine)
        with pytest.raises(ZeroDivisionError), session:
            print(1 / 0)  # noqa: T201
        assert session.status == "disconnected"
        with session, session:  # nested: the inner end is the end
            session.ask("Hi!")
        with pytest.raises(NotConnectedError):
            session.ask("Hi!")


def test_limits_are_named() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        session.send_text("Hi!")
        with pytest.raises(WaitTimeoutError, match=r"didn't settle within 0\.05 s"):
            session.settle(0.05)
    wait_until(lambda: session.status == "disconnected")
