"""What time alone ends: silence, words without a voice, turns whose words never come."""

from typing import Any

import pytest

from realtime_widget import TranscriptionSession
from realtime_widget.audio import silence
from realtime_widget.session import transcription_core as module
from realtime_widget.testing import tone

from .helpers import wait_until
from .scribe import Scribe

CLEAR = "input_audio_buffer.clear"


def test_a_turn_whose_words_never_come_holds_up_the_others_for_a_while_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "GIVE_UP_MS", 500)
    told: list[Any] = []
    with Scribe("never") as server, TranscriptionSession(engine=server.url, commit=None) as session:
        session.on("turn", told.append)
        session.send_audio(tone(200), rate=24_000)
        session.commit()
        wait_until(lambda: len(server.turns_ms) == 1)
        server.manner = "last"
        session.send_audio(tone(200), rate=24_000)
        session.commit()
        wait_until(lambda: len(told) == 2, 20)
        assert [(turn.text, turn.status) for turn in told] == [("", "incomplete"), ("Turn 1.", "completed")]


def test_the_start_of_the_next_file_waits_for_none_of_it() -> None:
    with Scribe() as server, TranscriptionSession(engine=server.url) as session:
        session.send_audio([tone(300), silence(200)], rate=24_000, realtime=True)
        session.stop()
        assert sum(server.turns_ms) <= 600, "what is spoken at the pace of speech ends with the session"
