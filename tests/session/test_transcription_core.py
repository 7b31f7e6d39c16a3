"""What time alone ends: silence, words without a voice, turns whose words never come."""

from typing import Any

import pytest

from realtime_widget import TranscriptionSession
from realtime_widget.audio import silence
from realtime_widget.session import transcription_core as module
from realtime_widget.testing import tone

from .helpers import on_io, wait_until
from .scribe import Scribe

CLEAR = "input_audio_buffer.clear"


def hear(session: TranscriptionSession, *sounds: bytes) -> None:
    """Let the microphone hear something, in chunks."""
    pcm = b"".join(sounds)
    for at in range(0, len(pcm), 2_880):
        on_io(session, session._core.microphone, pcm[at : at + 2_880])


def test_silence_of_a_microphone_is_dropped_and_never_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUIET_LIMIT_MS", 1_000)
    with Scribe() as server, TranscriptionSession(engine=server.url) as session:
        hear(session, silence(2_500))
        wait_until(lambda: len(server.of_type(CLEAR)) == 2)
        session.settle(20)
        assert server.turns_ms == []


def test_words_of_which_no_voice_was_heard_are_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WORDS_OVER_MS", 300)
    with Scribe() as server, TranscriptionSession(engine=server.url) as session:
        hear(session, tone(600), silence(300))
        wait_until(lambda: len(session.transcript) and session.transcript[0].status == "completed", 20)
        assert session.transcript[0].text == "Turn 0."


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
