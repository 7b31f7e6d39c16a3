"""The verbs of a transcription session as its panel has them."""

import pytest

from realtime_widget import TranscriptionSession
from realtime_widget.errors import NotConnectedError, SessionError

from .helpers import on_io
from .scribe import Scribe


def test_writing_is_refused_in_words() -> None:
    session = TranscriptionSession(engine="ws://127.0.0.1:1/v1")
    with pytest.raises(SessionError, match="answers nothing"):
        session._io.call(session._verbs.send_text("Hello?", True))


def test_nothing_is_committed_or_pressed_before_the_start() -> None:
    session = TranscriptionSession(engine="ws://127.0.0.1:1/v1", commit=None)
    with pytest.raises(NotConnectedError):
        session.commit()
    on_io(session, session._verbs.press)
    on_io(session, session._verbs.release)
    assert not session.listening


def test_what_is_changed_before_the_start_is_asked_for_at_the_start() -> None:
    with Scribe() as server:
        session = TranscriptionSession(engine=server.url, languages="en")
        session.update(languages=())
        with session:
            words = server.of_type("session.update")[0]["session"]["audio"]["input"]["transcription"]
            assert words == {"model": "gpt-live-transcribe"}
