"""What follows from changes: callbacks once a turn, errors in words, suggestions, abandoned calls."""

from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.errors import ResponseError
from realtime_widget.testing import (
    ScriptedEngine,
    error,
    reply,
    response_created,
    response_done,
    session_updated,
    text_response,
    transcription_completed,
    user_turn,
)

from .helpers import wait_until


def test_a_turn_is_announced_once_and_the_users_when_its_words_are_there() -> None:
    turns: list[Any] = []
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        session.on("turn", turns.append)
        engine.push(user_turn(None, item_id="u1"), text_response("The answer.", item_id="a1"))
        wait_until(lambda: turns)
        assert [turn.text for turn in turns] == ["The answer."]
        engine.push(transcription_completed("u1", "The question."))
        wait_until(lambda: len(turns) == 2)
        engine.push(transcription_completed("u1", "The question."))
        session.settle(5)
        assert [turn.text for turn in turns] == ["The answer.", "The question."]


def test_a_failed_response_that_nobody_asked_for_is_an_error_people_see() -> None:
    failure = {"type": "server_error", "code": "server_error", "message": "The server had an error."}
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        engine.push(response_created("r1"), response_done("r1", "failed", failure=failure, usage=None))
        wait_until(lambda: session.error)
        assert "The server had an error." in str(session.error)
        assert session.status == "connected"


def test_noise_is_no_error() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        for code in ("response_cancel_not_active", "input_audio_buffer_commit_empty"):
            engine.push(error("Nothing there.", code=code))
        engine.push(user_turn("Hi!"))
        wait_until(lambda: session.transcript)
        assert session.error is None


def test_suggestions_of_the_engine_are_kept() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        engine.push(session_updated(suggestions=["what can you do"]))
        wait_until(lambda: session._core.suggestions == ("what can you do",))


@pytest.mark.parametrize("reason", ["content_filter", "max_output_tokens"])
def test_an_answer_that_is_stopped_before_its_first_word_is_no_silence(reason: str) -> None:
    script = [response_created("r"), response_done("r", "incomplete", reason=reason)]
    with ScriptedEngine(reply(script)) as engine, RealtimeSession(engine=engine) as session:
        with pytest.raises(ResponseError, match=reason) as told:
            session.ask("Hello?")
        assert told.value.code == reason
        assert told.value.remedy
        wait_until(lambda: session.error is not None)
        assert session.error is not None
        assert session.error.code == reason
