"""Test a voice agent without a voice, a network or a key: a scripted engine, event builders, assertions.

The engine is a real server of the protocol on loopback, so everything between a cell and the socket is what
runs in earnest; only the answers are written down beforehand:

    from realtime_widget import RealtimeSession
    from realtime_widget.testing import (
        ScriptedEngine, assert_tool_called, assert_turns, call_response, expect, reply, text_response,
    )

    def test_rows_are_counted():
        engine = ScriptedEngine(
            reply(call_response(("rows", {"city": "Rome"}))),
            expect("conversation.item.create", item={"type": "function_call_output", "output": "3"}),
            reply(text_response("Three rows.")),
        )
        with engine, RealtimeSession(engine=engine) as session:

            @session.tool
            def rows(city: str) -> int:
                return 3

            turn = session.ask("How many rows has Rome?")

        assert turn.text == "Three rows."
        assert_tool_called(session, "rows", city="Rome")
        engine.assert_complete()

A script is a list of steps: `expect` a command, `send` events, `reply` (expect a `response.create`, then
send), `pause`, `drop` the connection, `refuse` it. Rules answer where no step does, which suits long
conversations:

    engine = ScriptedEngine(on={"response.create": lambda command: text_response("Go on.")})

`push` sends events from the test itself, at the moment the test chooses:

    engine.push(user_turn("Hello"), audio_response("Hi!"))

`received`, `received_audio`, `wait_for` and `connections` tell what the session did.
"""

from __future__ import annotations

from .assertions import assert_answered, assert_not_called, assert_tool_called, assert_turns
from .builders import (
    cleared,
    committed,
    error,
    event,
    function_call,
    item_added,
    item_deleted,
    item_done,
    item_truncated,
    message,
    rate_limits,
    response_created,
    response_done,
    response_object,
    session_created,
    session_object,
    session_updated,
    speech_started,
    speech_stopped,
    timeout_triggered,
    tone,
    transcription_completed,
    transcription_delta,
    transcription_failed,
    usage,
)
from .scripted import ScriptedEngine
from .sequences import audio_response, call_response, text_response, user_turn
from .steps import drop, expect, pause, refuse, reply, send

__all__ = [
    "ScriptedEngine",
    "assert_answered",
    "assert_not_called",
    "assert_tool_called",
    "assert_turns",
    "audio_response",
    "call_response",
    "cleared",
    "committed",
    "drop",
    "error",
    "event",
    "expect",
    "function_call",
    "item_added",
    "item_deleted",
    "item_done",
    "item_truncated",
    "message",
    "pause",
    "rate_limits",
    "refuse",
    "reply",
    "response_created",
    "response_done",
    "response_object",
    "send",
    "session_created",
    "session_object",
    "session_updated",
    "speech_started",
    "speech_stopped",
    "text_response",
    "timeout_triggered",
    "tone",
    "transcription_completed",
    "transcription_delta",
    "transcription_failed",
    "usage",
    "user_turn",
]
