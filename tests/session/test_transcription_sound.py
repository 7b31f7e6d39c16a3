"""Where turns end by silence, or by time alone."""

import pytest

from realtime_widget import TranscriptionSession
from realtime_widget.audio import silence
from realtime_widget.session import transcription_sound as module
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
