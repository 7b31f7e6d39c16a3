"""Which sound of the user gets to the server."""

from realtime_widget import RealtimeSession
from realtime_widget.testing import ScriptedEngine, tone

from .helpers import on_io, wait_until


def test_the_microphone_goes_nowhere_without_a_connection_or_by_hand() -> None:
    with ScriptedEngine() as engine:
        session = RealtimeSession(engine=engine)
        on_io(session, session._core.microphone, tone(100))
        with session:
            on_io(session, session._core.microphone, tone(100))
            session.update(turn_detection=None)
            on_io(session, session._core.microphone, tone(100))
        on_io(session, session._core.microphone, tone(100))
        wait_until(lambda: engine.received_audio)
        assert len(engine.received_audio) == 100 * 48


def test_muting_closes_the_microphone() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine) as session:
        microphone = session._core.microphone
        on_io(session, microphone, b"\1\0" * 480)
        session.mute()
        assert session.muted is True
        on_io(session, microphone, b"\2\0" * 480)
        session.unmute()
        assert session.muted is False
        on_io(session, microphone, b"\3\0" * 480)
        session.send_event({"type": "fence"})
        engine.wait_for("fence")
        assert engine.received_audio == b"\1\0" * 480 + b"\3\0" * 480
