"""Each turn is told once, when its words are complete, or when nobody can complete them any more."""

from typing import Any

from realtime_widget import RealtimeSession
from realtime_widget.testing import ScriptedEngine, text_response, transcription_completed, user_turn

from .helpers import echo_engine, wait_until


def test_what_nobody_wrote_down_is_told_at_the_end() -> None:
    told: list[Any] = []
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        session.on("turn", lambda turn: told.append((turn.id, turn.text)))
        engine.push(user_turn(None, item_id="u1"), text_response("One.", item_id="a1"))
        engine.push(user_turn(None, item_id="u2"), text_response("Two.", item_id="a2"))
        engine.push(user_turn(None, item_id="u3"), text_response("Three.", item_id="a3"))
        engine.push(transcription_completed("u2", "Second?"))
        wait_until(lambda: len(told) == 4)
        assert told == [("a1", "One."), ("a2", "Two."), ("a3", "Three."), ("u2", "Second?")]
        session.stop()
        assert told[4:] == [("u1", ""), ("u3", "")]
        ids = [turn.id for turn in session.stream()]
    assert ids == ["a1", "a2", "a3", "u2", "u1", "u3"] and len(ids) == len(session.transcript)


def test_nothing_is_told_twice_over_several_starts() -> None:
    told: list[str] = []
    session = RealtimeSession(engine=echo_engine())
    session.on("turn", lambda turn: told.append(turn.id))
    for _ in range(2):
        with session:
            session.ask("hello")
    wait_until(lambda: len(told) == 4)
    assert told == list(session.transcript.df.id)
