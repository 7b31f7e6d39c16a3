"""A command is refused: whoever waits hears it, with an event id in the error or without, and talks on."""

from collections.abc import Callable
from typing import Any

import pytest

from realtime_widget.errors import RealtimeError, RefusedError
from realtime_widget.session import watchdog
from realtime_widget.testing import tone

from .mischief import refuses
from .scene import Scene, scene
from .talk import Fault, Talk

NO = "The request is no good."


def refuses_by_id(message: str, code: str) -> Fault:
    """Refuse a command, naming it."""

    async def fault(talk: Talk) -> bool:
        await talk.error(message, code=code, event_id=talk.visit.commands[-1].get("event_id"))
        return True

    return fault


NAMED = {
    "with its id": refuses_by_id(NO, "invalid_value"),
    "without an id": refuses(NO, code="invalid_value"),
}

VERBS: dict[str, Callable[[Scene], Any]] = {
    "session.update": lambda s: s.session.update(instructions="Be long."),
    "conversation.item.create": lambda s: s.session.send_text("unheard", respond=False),
    "conversation.item.delete": lambda s: s.session.send_event(
        {"type": "conversation.item.delete", "item_id": s.session.transcript[0].id}
    ),
    "conversation.item.truncate": lambda s: s.session.send_event(
        {
            "type": "conversation.item.truncate",
            "item_id": s.session.transcript[1].id,
            "content_index": 0,
            "audio_end_ms": 100,
        }
    ),
    "input_audio_buffer.clear": lambda s: s.session.send_event({"type": "input_audio_buffer.clear"}),
    "input_audio_buffer.append": lambda s: s.session.send_audio(tone(200), rate=24_000),
    "response.cancel": lambda s: s.session.send_event({"type": "response.cancel"}),
}


@pytest.mark.parametrize("fault", NAMED.values(), ids=NAMED)
@pytest.mark.parametrize("kind", VERBS)
def test_a_command_is_refused(kind: str, fault: Fault) -> None:
    with scene(turn_detection=None) as s:
        s.ask("first")
        s.arm(f"on {kind}", fault)
        try:
            VERBS[kind](s)
        except RealtimeError as problem:
            assert kind == "session.update"
            assert NO in problem.message
        s.server.wait_for(f"on {kind}")
        s.refused("unheard")
        s.unbroken()


@pytest.mark.parametrize("fault", NAMED.values(), ids=NAMED)
def test_a_commit_is_refused(fault: Fault) -> None:
    with scene(turn_detection=None) as s:
        s.ask("first")
        s.arm("on input_audio_buffer.commit", fault)
        s.session.send_audio(tone(300), rate=24_000)
        s.session.commit()
        s.server.wait_for("on input_audio_buffer.commit")
        s.unbroken()


@pytest.mark.parametrize("fault", NAMED.values(), ids=NAMED)
def test_a_question_is_refused(fault: Fault) -> None:
    with scene() as s:
        s.ask("first")
        s.arm("on response.create", fault)
        with pytest.raises(RealtimeError, match=NO):
            s.ask("second")
        s.unbroken()


@pytest.mark.parametrize("fault", NAMED.values(), ids=NAMED)
def test_the_item_of_a_question_is_refused(fault: Fault) -> None:
    with scene() as s:
        s.ask("first")
        s.arm("on conversation.item.create", fault)
        problem: Any = None
        try:
            s.session.ask("second", timeout=20)
        except RealtimeError as refused:
            problem = refused
        if problem is not None:
            assert NO in problem.message
        s.refused("second")
        s.repeats = True  # the request itself was taken, and only the words before it are there to answer
        s.unbroken()


@pytest.mark.parametrize("fault", NAMED.values(), ids=NAMED)
def test_the_output_of_a_tool_is_refused(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "OWED_MS", 1_000)
    with scene() as s:
        s.ask("first")
        s.arm("on conversation.item.create#2", fault)
        s.arm("on response.create#2", fault)
        s.try_ask("use alpha")  # two errors that name nothing leave the question open: it is asked again
        s.recovered(1, at_least=True)
        # Nothing can be put in the place of what the server doesn't take.
        assert all("no output" in text for text in s.server.complaints)
        for visit in s.server.visits:
            visit.complaints.clear()


def test_an_update_is_refused_and_the_next_is_not() -> None:
    with scene() as s:
        s.arm("on session.update", refuses_by_id("Unknown parameter: 'session.foo'.", "unknown_parameter"))
        with pytest.raises(RefusedError, match=r"session\.foo"):
            s.session.update(instructions="Be long.")
        assert s.session.config.instructions != "Be long."
        s.session.update(speed=1.2)
        assert s.session.config.speed == 1.2
        s.unbroken()


def test_a_response_is_running_already() -> None:
    busy = "Conversation already has an active response in progress: resp_0."
    with scene() as s:
        s.ask("first")
        s.arm("on response.create", refuses_by_id(busy, "conversation_already_has_active_response"))
        s.ask("second")
        s.unbroken()


def test_the_users_words_can_not_be_written_down() -> None:
    async def failing(talk: Talk) -> bool:
        problem = {"type": "server_error", "code": "DeploymentNotFound", "message": "No such deployment."}
        await talk.emit(
            "conversation.item.input_audio_transcription.failed",
            item_id=next(iter(talk.heard)),
            content_index=0,
            error=problem,
        )
        return True

    with scene() as s:
        s.arm("before conversation.item.input_audio_transcription.completed", failing)
        s.say(500)
        s.unbroken()
