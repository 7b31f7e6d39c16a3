"""What the server would refuse raises in the cell, and nothing is sent."""

from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.errors import RefusedError
from realtime_widget.testing import (
    ScriptedEngine,
    error,
    response_created,
    response_done,
    session_updated,
    speech_started,
    text_response,
    user_turn,
)

from .helpers import on_io, voice_engine, wait_until

PARAM = "session.audio.input.transcription.model"


def refused(call: Any) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        call()
    return caught.value


def test_an_output_for_a_call_that_nobody_made() -> None:
    item = {"type": "function_call_output", "call_id": "call_x", "output": "42"}
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        why = refused(lambda: session.send_event({"type": "conversation.item.create", "item": item}))
        assert "call_x" in str(why)
        assert engine.of_type("conversation.item.create") == []


def test_a_voice_after_sound() -> None:
    with voice_engine() as engine, RealtimeSession(engine=engine, voice="marin") as session:
        session.ask("Hi!")
        update = {"type": "realtime", "audio": {"output": {"voice": "cedar"}}}
        calls: list[Any] = [
            lambda: session.update(voice="cedar"),
            lambda: session.respond(voice="cedar"),
            lambda: session.send_event({"type": "session.update", "session": update}),
        ]
        assert [refused(call).code for call in calls] == ["cannot_update_voice"] * 3
        assert len(engine.of_type("session.update")) == 1
        session.respond(voice="marin")


def test_metadata_beyond_the_limits() -> None:
    with voice_engine() as engine, RealtimeSession(engine=engine) as session:
        assert "15 entries" in str(refused(lambda: session.respond(metadata={str(n): "" for n in range(16)})))
        assert "512" in str(refused(lambda: session.respond(metadata={"topic": "x" * 513})))
        assert engine.of_type("response.create") == []


def test_a_speed_waits_for_the_end_of_the_answer() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        engine.push(response_created("r"))
        active = session._core.protocol.sequencer
        wait_until(lambda: on_io(session, lambda: active.active) == "r")
        changing = session._io.submit(session._verbs.update({"speed": 1.2}))
        session._io.call(_turns_of_the_loop())
        assert len(engine.of_type("session.update")) == 1
        engine.push(response_done("r"))
        changing.result(10)
        assert engine.of_type("session.update")[-1]["session"]["audio"] == {"output": {"speed": 1.2}}


async def _turns_of_the_loop() -> None:
    import asyncio

    for _ in range(5):
        await asyncio.sleep(0)


def test_a_transcription_model_that_the_server_lacks_is_replaced_and_told() -> None:
    told: list[Any] = []

    def judge(command: dict[str, Any]) -> list[Any]:
        wanted = command["session"]["audio"]["input"]["transcription"]
        if wanted is not None:
            return [
                error("No such model.", code="model_not_found", param=PARAM, event_id=command["event_id"])
            ]
        return [session_updated()]

    with ScriptedEngine() as engine:
        engine.on("session.update", judge)
        session = RealtimeSession(engine=engine)
        session.on("error", told.append)
        with session:
            assert session.status == "connected"
            assert session.config.transcription is None
            wait_until(lambda: told)
            assert told[0].code == "transcription_refused"
            assert "gpt-live-transcribe" in str(told[0])


def test_turning_detection_off_makes_a_turn_of_what_is_being_said() -> None:
    with voice_engine() as engine, RealtimeSession(engine=engine) as session:
        on_io(session, session._core.microphone, bytes(48 * 400))
        engine.push(speech_started("u"))
        wait_until(lambda: session._core.user_speaks)
        session.update(turn_detection=None)
        engine.wait_for("input_audio_buffer.commit")
        engine.wait_for("response.create")
        session.settle(10)
        assert [turn.role for turn in session.transcript] == ["user", "assistant"]


def test_the_speech_model_itself_can_write_down_what_it_heard() -> None:
    done: list[dict[str, Any]] = []
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        session.on("response.done", done.append)
        engine.push(user_turn("Hello.", item_id="u"))
        wait_until(lambda: len(session.transcript) == 1)
        engine.on("response.create", lambda command: text_response("Hello?", out_of_band=True))
        reference = {"type": "item_reference", "id": "u"}
        instructions = "Write down what the user said, word for word."
        session.respond(conversation="none", output="text", input=[reference], instructions=instructions)
        wait_until(lambda: done)
        asked = engine.of_type("response.create")[0]["response"]
        assert (asked["conversation"], asked["input"]) == ("none", [reference])
        assert done[0]["response"]["output"][0]["content"][0]["text"] == "Hello?"
        assert [turn.text for turn in session.transcript] == ["Hello."], "it is no turn"


def test_tools_of_one_answer_have_the_keys_that_the_api_takes() -> None:
    def rows(city: str) -> int:
        """Number of rows."""
        return 3

    schema = {"type": "object", "properties": {}}
    written = {"type": "function", "name": "f", "description": "d", "parameters": schema, "strict": True}
    docs = {"type": "mcp", "server_label": "docs"}
    with voice_engine() as engine, RealtimeSession(engine=engine) as session:
        session.respond(tools=[rows, written, docs])
        [asked] = engine.wait_for("response.create")
        first, second, third = asked["response"]["tools"]
        assert (first["name"], set(first)) == ("rows", {"type", "name", "description", "parameters"})
        assert second == {key: value for key, value in written.items() if key != "strict"}
        assert third == docs
