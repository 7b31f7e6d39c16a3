"""What every kind of session shares: the panel, the end of a session that is let go."""

from realtime_widget import RealtimeSession
from realtime_widget.session.base import BaseSession


def test_a_session_is_known_by_its_kind() -> None:
    session = RealtimeSession(engine="ws://127.0.0.1:1/v1")
    assert isinstance(session, BaseSession)
    assert repr(session) == "RealtimeSession(127.0.0.1, disconnected, 0 turns)"
