import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from realtime_widget import Microphone, RealtimeSession, ServerVAD, TranscriptionSession
from realtime_widget.errors import EngineError, RealtimeError, RefusedError, StoreError
from realtime_widget.testing import ScriptedEngine
from realtime_widget.widget.views import call_view, stand_in_view, state_view, turn_view
from tests.data.talk import Talk

KEY = "sk-test-1234567890abcdef"


def state_of(session: RealtimeSession) -> dict[str, Any]:
    return state_view(session._core, title="Title", owner="one", notice=None)


def session_with(**options: Any) -> RealtimeSession:
    return RealtimeSession(**{"engine": ScriptedEngine(), **options})


def test_a_fresh_session_is_shown_with_its_choices() -> None:
    state = state_of(session_with(instructions="Be brief.", turn_detection=None))
    assert state["status"] == "disconnected"
    assert state["running"] is False
    assert state["elapsed_ms"] == 0
    assert state["engine"]["name"] == "Scripted engine"
    assert state["settings"] == {
        "voice": "marin", "turn_detection": "none", "instructions": "Be brief.", "output": "audio",
    }  # fmt: skip
    assert {choice["id"] for choice in state["choices"]["turn_detection"]} == {
        "semantic_vad",
        "server_vad",
        "none",
    }
    assert "marin" in {choice["id"] for choice in state["choices"]["voices"]}
    assert set(state["locks"].values()) == {None}
    assert (state["title"], state["owner"], state["error"]) == ("Title", "one", None)
    json.dumps(state)


def test_a_page_is_told_how_to_open_its_microphone() -> None:
    state = state_of(session_with(half_duplex=True))
    assert state["half_duplex"] is True
    assert state["microphone"] == Microphone().to_page()
    assert state_of(session_with())["half_duplex"] is False


@pytest.mark.parametrize(
    ("detection", "shown"),
    [("server_vad", "server_vad"), (ServerVAD(threshold=0.2), "server_vad"), (None, "none")],
)
def test_turn_detection_is_shown_by_name(detection: Any, shown: str) -> None:
    assert state_of(session_with(turn_detection=detection))["settings"]["turn_detection"] == shown


def test_a_voice_of_ones_own_is_among_the_choices() -> None:
    state = state_of(session_with(voice={"id": "voice_mine"}))
    assert state["settings"]["voice"] == "voice_mine"
    assert "voice_mine" in {choice["id"] for choice in state["choices"]["voices"]}


def test_where_the_conversation_is_stored_is_shown(tmp_path: Path) -> None:
    assert state_of(session_with())["store"] is None
    session = session_with(store=tmp_path / "talks.db")
    assert state_of(session)["store"] == {"place": str(tmp_path / "talks.db"), "problem": None}
    session._core.keeper._failed(StoreError("It burns.", remedy="Run."))
    assert state_of(session)["store"]["problem"] == "It burns. Run."


def test_the_key_is_in_no_view() -> None:
    session = session_with(engine="openai", api_key=KEY)
    assert KEY not in json.dumps(state_of(session))


@pytest.mark.parametrize(
    ("error", "fatal"),
    [(RefusedError("No.", remedy="Do.", code="c", recoverable=True), False), (EngineError("No."), True)],
)
def test_an_error_says_what_happened_and_what_to_do(error: RealtimeError, fatal: bool) -> None:
    session = session_with()
    session._core.traits["error"] = error
    shown = state_of(session)["error"]
    assert shown["message"] == "No."
    assert shown["remedy"] == (error.remedy or "")
    assert shown["fatal"] is fatal


def test_tools_are_shown_with_their_version() -> None:
    session = session_with()

    for _ in range(2):

        @session.tool
        def rows(city: str) -> int:
            """Number of rows for a city."""
            return len(city)

    [tool] = state_of(session)["tools"]
    assert (tool["name"], tool["description"]) == ("rows", "Number of rows for a city.")
    assert tool["version"] >= 1


def test_a_turn_shows_what_was_heard_only_when_it_was_cut() -> None:
    talk = Talk()
    talk.typed(0, "item_1", "hello")
    turn = talk.data.transcript[0]
    view = turn_view(turn, [])
    assert view == {
        "id": "item_1", "role": "user", "text": "hello", "heard_text": None, "status": "completed",
        "uncertain": False, "start_ms": turn.start_ms, "connection": 1, "heard_estimated": False, "calls": [],
    }  # fmt: skip
    cut = dataclasses.replace(turn, interrupted=True, heard_text="hel")
    assert turn_view(cut, [])["heard_text"] == "hel"


@pytest.mark.parametrize("guess", ["heard_ms_estimated", "heard_text_estimated"])
def test_a_turn_says_whether_it_is_known_where_it_was_cut(guess: str) -> None:
    talk = Talk()
    talk.typed(0, "item_1", "hello")
    turn = dataclasses.replace(talk.data.transcript[0], **{guess: True})
    assert turn_view(turn, [])["heard_estimated"] is False
    assert turn_view(dataclasses.replace(turn, interrupted=True), [])["heard_estimated"] is True


def test_a_turn_says_over_which_connection_it_came() -> None:
    talk = Talk()
    talk.typed(0, "item_1", "hello")
    turn = dataclasses.replace(talk.data.transcript[0], connection=3)
    assert turn_view(turn, [])["connection"] == 3


def test_a_call_shows_what_went_in_and_came_out() -> None:
    talk = Talk()
    talk.data.tool_calls.started(
        call_id="c", name="rows", arguments='{"city":"Rome"}', response_id="r", version=2, t_ms=5.0
    )
    row = talk.data.tool_calls.row("c")
    assert row is not None
    assert call_view(row) == {
        "call_id": "c", "name": "rows", "arguments": '{"city":"Rome"}', "output": None, "error": None,
        "status": "running", "duration_ms": None, "version": 2, "leads": True,
    }  # fmt: skip
    stand_in = stand_in_view("call:c", row)
    assert (stand_in["status"], stand_in["start_ms"]) == ("in_progress", 5.0)
    assert stand_in["calls"] == [call_view(row)]
    talk.data.tool_calls.finished("c", output="3", error=None, status="done", duration_ms=1.5)
    row = talk.data.tool_calls.row("c")
    assert row is not None
    assert stand_in_view("call:c", row)["status"] == "completed"


def test_a_session_that_writes_down_has_a_panel_without_settings() -> None:
    session = TranscriptionSession(engine=ScriptedEngine(), title="Minutes")
    state = state_view(session._core, title=session.title, owner=None, notice=None)
    assert (state["kind"], state["title"]) == ("transcription", "Minutes")
    assert state["engine"]["model"] == "gpt-live-transcribe"
    assert state["settings"] == {
        "voice": "", "turn_detection": "server_vad", "instructions": "", "output": "text",
    }  # fmt: skip
    assert state["choices"] == {"voices": [], "turn_detection": []}
    held = TranscriptionSession(engine=ScriptedEngine(), commit=None)
    by_hand = state_view(held._core, title="", owner=None, notice=None)
    assert by_hand["settings"]["turn_detection"] == "none"
    json.dumps(state)
