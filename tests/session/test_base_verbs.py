"""The verbs that every kind of session has."""

import threading
from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.errors import ConfigError, RefusedError
from realtime_widget.session.base_verbs import BaseVerbs
from realtime_widget.session.transcription_verbs import TranscriptionVerbs
from realtime_widget.session.translation_verbs import TranslationVerbs
from realtime_widget.session.verbs import Verbs
from realtime_widget.testing import ScriptedEngine, error, session_updated

from .helpers import echo_engine


def test_raw_events_are_sent_as_they_are() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        session.send_event({"type": "some.future_command", "event_id": "mine", "field": [1, None]})
        assert engine.wait_for("some.future_command") == [
            {"type": "some.future_command", "event_id": "mine", "field": [1, None]}
        ]
        for wrong in ({}, {"type": 5}, "response.cancel", None):
            with pytest.raises(ConfigError, match="send_event takes a mapping"):
                session.send_event(wrong)  # type: ignore[arg-type]
        with pytest.raises(ConfigError, match="can't be sent as JSON"):
            session.send_event({"type": "x", "field": object()})
        rows = [event for event in session.events if event.type == "some.future_command"]
        assert rows[0].direction == "out"


def test_an_update_sends_what_changed_and_waits_for_the_acknowledgement() -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine, instructions="Old.") as session:
        session.update(instructions="New.")
        update = engine.of_type("session.update")[-1]
        assert update["session"] == {"type": "realtime", "instructions": "New."}
        assert session.config.instructions == "New."
        session.update(instructions="New.")
        assert len(engine.of_type("session.update")) == 2  # nothing changed, nothing was sent


def test_a_refusal_takes_back_only_its_own_change() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:

        def answer(command: dict[str, Any]) -> Any:
            if "bad" in command["session"].get("instructions", ""):
                return error("No.", event_id=command["event_id"])
            return session_updated(command["session"])

        engine.rules["session.update"] = answer
        refused: list[Any] = []

        def change(**options: Any) -> None:
            try:
                session.update(**options)
            except RefusedError as problem:
                refused.append(problem)

        threads = [threading.Thread(target=change, kwargs={"instructions": f"bad {n}"}) for n in range(4)]
        threads += [threading.Thread(target=change, kwargs={"speed": 1.25})]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert len(refused) == 4
        assert session.config.speed == 1.25
        assert session.config.instructions == ""


def test_a_change_before_the_start_holds_from_the_start() -> None:
    with ScriptedEngine() as engine:
        session = RealtimeSession(engine=engine)
        session.update(instructions="Be brief.", turn_detection=None, model="other-model")
        with session:
            (command,) = engine.of_type("session.update")
            assert command["session"]["instructions"] == "Be brief."
            assert command["session"]["audio"]["input"]["turn_detection"] is None


@pytest.mark.parametrize("kind", [Verbs, TranscriptionVerbs, TranslationVerbs])
@pytest.mark.parametrize("name", ["send_text", "press", "release", "_check_update"])
def test_each_kind_says_what_a_panel_does_in_it(kind: type[BaseVerbs], name: str) -> None:
    assert name in vars(kind)


def test_the_model_is_fixed_while_connected() -> None:
    with ScriptedEngine() as engine:
        session = RealtimeSession(engine=engine)
        session.update(model="another")
        with session:
            with pytest.raises(RefusedError, match="model can't change") as told:
                session.update(model="a-third")
            assert (told.value.code, told.value.recoverable) == ("model_is_fixed", True)
            assert session.config.model == "another"
