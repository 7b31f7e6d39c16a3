"""Whole sessions of every kind, each command of which the official client could have sent, to the key."""

import json
from typing import Any

import pytest

from realtime_widget import RealtimeSession, SemanticVAD, ServerVAD
from realtime_widget.errors import ResponseError
from realtime_widget.testing import (
    ScriptedEngine,
    audio_response,
    call_response,
    error,
    expect,
    reply,
    response_created,
    response_done,
    send,
    speech_started,
    text_response,
    tone,
)

from ..protocol.sdk import Unacceptable, check_command
from .helpers import Player, echo_engine, wait_until

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
CUT = {"type": "conversation.item.truncate", "item_id": "a", "content_index": 0}


def sent_types(frames: list[str]) -> set[str]:
    return {json.loads(frame)["type"] for frame in frames}


def test_typed_turns_and_every_option_of_an_answer(strict_commands: list[str]) -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine) as session:
        session.ask("Hello")
        session.send_text("And this.", respond=False)
        session.respond(
            instructions="Whisper.", output="text", voice="cedar", metadata={"a": "b"}, tool_choice="none",
            max_output_tokens=100, reasoning={"effort": "low"}, tools=[],
        )  # fmt: skip
        session.settle(10)
        item_id = session.transcript[0].id
        words = {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "Give a title."}],
        }
        session.respond(conversation="none", input=[{"type": "item_reference", "id": item_id}, words])
        engine.wait_for("response.create", 3)
    assert sent_types(strict_commands) == {"session.update", "conversation.item.create", "response.create"}


@pytest.mark.parametrize(
    "options",
    [
        {"turn_detection": None, "transcription": None, "output": "text", "noise_reduction": "far_field"},
        {"turn_detection": ServerVAD(idle_timeout_ms=6000, create_response=False), "speed": 1.25},
        {"turn_detection": SemanticVAD(eagerness="low"), "voice": {"id": "voice_1"}, "reasoning": "none"},
        {"transcription": {"model": "gpt-live-transcribe", "languages": ["en"], "keywords": ["anywidget"]}},
        {"max_output_tokens": 200, "tool_choice": "required", "truncation": "disabled"},
        {"tool_choice": {"type": "function", "name": "rows"}},
        {"truncation": {"type": "retention_ratio", "retention_ratio": 0.5}},
    ],
)
def test_every_configuration_and_every_change_of_it(
    options: dict[str, Any], strict_commands: list[str]
) -> None:
    def rows(city: str, limit: int = 5, tags: list[str] | None = None) -> int:
        """Number of rows for a city."""
        return limit

    with echo_engine() as engine, RealtimeSession(engine=engine, tools=[rows], **options) as session:
        session.update(instructions="Be brief.", turn_detection="server_vad")
        session.update(turn_detection=None, noise_reduction="near_field", speed=0.5)
        session.update(transcription=None, noise_reduction=None, tool_choice="auto")
    assert len(engine.of_type("session.update")) >= 4


def test_spoken_turns_pictures_and_push_to_talk() -> None:
    engine = ScriptedEngine(on={"response.create": lambda command: audio_response("Two rows.")})
    with engine, RealtimeSession(engine=engine, turn_detection=None) as session:
        session.send_audio(tone(300), rate=24_000)
        session.commit()
        session.respond()
        session.send_image(PNG, "What is this?")
        session.send_image(PNG)
        session.commit()
        session.send_audio(tone(40), rate=24_000)
        session.commit()  # too short: cleared instead
        session.settle(10)
        assert engine.of_type("input_audio_buffer.clear")


def test_interruptions_by_hand_and_by_voice(strict_commands: list[str]) -> None:
    begun = audio_response("A long story.", tone(3_000), response_id="r1", item_id="a1")[:-1]
    stopped = response_done("r1", "cancelled")
    engine = ScriptedEngine(reply(begun), expect("response.cancel"), send(stopped))
    with engine, RealtimeSession(engine=engine) as session:
        player = Player(session)
        player.on_silence = lambda clear_id: player.report("a1", 24 * 700, clear_id)
        session.send_text("Tell me.")
        wait_until(lambda: player.received("a1") == 24 * 3_000)
        session.interrupt()
        [cut] = engine.wait_for("conversation.item.truncate")
        assert cut["audio_end_ms"] == 700
        player.on_silence = lambda clear_id: player.report("a2", 0, clear_id)
        engine.push(audio_response("Unheard.", tone(500), response_id="r2", item_id="a2"))
        wait_until(lambda: player.received("a2") == 24 * 500)
        engine.push(speech_started("u1", 10))
        engine.wait_for("conversation.item.delete")
    wanted = {"response.cancel", "conversation.item.truncate", "conversation.item.delete"}
    assert wanted <= sent_types(strict_commands)


def test_calls_that_work_fail_and_were_never_defined(strict_commands: list[str]) -> None:
    calls = call_response(("rows", {"city": "Rome"}), ("fails", {}), ("unknown", {}), ("rows", '{"city": 1'))
    engine = ScriptedEngine(reply(calls), reply(text_response("Three rows.")))
    with engine, RealtimeSession(engine=engine) as session:

        @session.tool
        def rows(city: str) -> int:
            return 3

        @session.tool
        def fails() -> None:
            raise RuntimeError("broken")

        assert session.ask("How many?").text == "Three rows."
    outputs = [json.loads(frame) for frame in strict_commands if "function_call_output" in frame]
    assert len(outputs) == 4


def test_refused_and_failed_requests() -> None:
    failed = [response_created("r1"), response_done("r1", "failed")]
    engine = ScriptedEngine(reply(failed))
    with engine, RealtimeSession(engine=engine) as session:
        with pytest.raises(ResponseError):
            session.ask("Hi!")
        busy = "conversation_already_has_active_response"
        engine.on("response.create", lambda command: error("Busy.", code=busy, event_id=command["event_id"]))
        with pytest.raises(ResponseError):
            session.ask("Hi again!")


def test_an_approval_of_a_tool_that_the_server_runs(strict_commands: list[str]) -> None:
    docs = {"type": "mcp", "server_label": "docs", "server_url": "https://example.com/mcp"}
    approval = {
        "type": "mcp_approval_response", "id": "mcpa_1", "approval_request_id": "mcpr_1", "approve": True,
    }  # fmt: skip
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        session.send_event({"type": "session.update", "session": {"type": "realtime", "tools": [docs]}})
        session.send_event({"type": "conversation.item.create", "item": approval})
        session.send_event({"type": "conversation.item.retrieve", "item_id": "item_1"})
        session.send_event({"type": "output_audio_buffer.clear"})
        engine.wait_for("output_audio_buffer.clear")
        wait_until(
            lambda: any(item.kind == "mcp_approval_response" for item in session._core.protocol.conversation)
        )
    assert {"conversation.item.retrieve", "output_audio_buffer.clear"} <= sent_types(strict_commands)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ({"type": "session.update", "session": {}}, "type"),
        ({"type": "session.update", "session": {"type": "realtime", "voice": "marin"}}, "voice"),
        ({"type": "session.update", "session": {"type": "realtime", "audio": {"input": {"x": 1}}}}, "x"),
        ({"type": "input_audio_buffer.append", "audio": None}, "audio"),
        ({"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": [
            {"type": "input_text", "text": "hi", "extra": 1}]}}, "extra"),
        ({**CUT, "audio_end_ms": 1.5}, "int"),
        ({**CUT, "audio_end_ms": 0}, "cut"),
        ({"type": "response.create", "response": {"output_modalities": ["text", "audio"]}}, "modality"),
        ({"type": "response.create", "response": {"metadata": {"a": 1}}}, "string"),
        ({"type": "response.cancel", "event_id": "x" * 513}, "longer"),
        ({"type": "nope"}, "nope"),
    ],
)  # fmt: skip
def test_the_judge_is_strict(command: dict[str, Any], why: str) -> None:
    with pytest.raises(Unacceptable, match=why):
        check_command(command)
