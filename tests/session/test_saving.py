"""Sessions of every kind saved to one file, while they run and after."""

import threading
from pathlib import Path
from typing import Any

import pytest

from realtime_widget import ConfigError, FileError, RealtimeSession, TranscriptionSession
from realtime_widget.data import Conversation, StillData
from realtime_widget.data.archive import read_archive
from realtime_widget.testing import ScriptedEngine, tone

from .helpers import voice_engine, wait_until
from .interpreter import InterpreterServer, translating
from .scribe import Scribe


def assert_holds(read: Conversation, session: Any) -> None:
    """Check that a file holds what a session that is over shows."""
    kept = StillData(read)
    for name in ("transcript", "events", "usage"):
        assert getattr(kept, name).rows() == getattr(session, name).rows(), name
    assert [turn.audio for turn in read.turns] == [turn.audio for turn in session.transcript]
    assert kept.recording == session.recording and read.about == session.conversation.about


def test_a_conversation_is_saved_as_it_is_at_the_moment(tmp_path: Path) -> None:
    with (
        voice_engine() as engine,
        RealtimeSession(engine=engine, metadata={"take": 3}) as session,
    ):

        @session.tool
        def rows(city: str) -> int:
            """Count."""
            return len(city)

        session.ask("Hello")
        session.save(tmp_path / "first.rtw")
        stop = threading.Event()
        errors: list[Exception] = []

        def save_again() -> None:
            n = 0
            while not stop.is_set() or not n:
                try:
                    session.save(tmp_path / "again.rtw")
                    read = read_archive(tmp_path / "again.rtw")
                    assert all(turn.audio.duration_ms == (turn.audio_ms or 0) for turn in read.turns)
                    ids = {turn.response_id for turn in read.turns}
                    assert {row.response_id for row in read.latency} <= ids
                    n += 1
                except Exception as error:
                    errors.append(error)
                    return

        thread = threading.Thread(target=save_again)
        thread.start()
        for _ in range(5):
            session.ask("And now?")
        stop.set()
        thread.join(60)
        assert not errors and not thread.is_alive()
    session.save(tmp_path / "last.rtw")
    assert len(read_archive(tmp_path / "first.rtw").turns) == 2
    assert_holds(read_archive(tmp_path / "last.rtw"), session)


def test_what_is_written_down_is_saved_too(tmp_path: Path) -> None:
    with Scribe() as server, TranscriptionSession(engine=server.url, languages=["en"]) as session:
        session.send_audio(tone(500), rate=24_000)
        session.commit()
        wait_until(lambda: any(turn.text for turn in session.transcript))
    session.save(tmp_path / "talk.rtw")
    read = read_archive(tmp_path / "talk.rtw")
    assert_holds(read, session)
    assert read.about.kind == "transcription"


def test_what_is_translated_is_saved_too(tmp_path: Path) -> None:
    with InterpreterServer() as server, translating(server, language="de") as session:
        session.send_audio([tone(400), bytes(96_000)], rate=24_000)
    session.save(tmp_path / "talk.rtw")
    read = read_archive(tmp_path / "talk.rtw")
    assert_holds(read, session)
    assert read.about.kind == "translation" and len(read.turns) == 2


def test_wrong_options_and_places_are_told(tmp_path: Path) -> None:
    session = RealtimeSession(engine=ScriptedEngine())
    with pytest.raises(ConfigError, match=r"\.rtw"):
        session.save(tmp_path / "talk.mp3")
    with pytest.raises(ConfigError, match="audio"):
        session.save(tmp_path / "talk.rtw", audio="no")  # type: ignore[arg-type]
    with pytest.raises(FileError, match="no folder"):
        session.save(tmp_path / "none" / "talk.rtw")
    session.save(tmp_path / "talk.rtw")
    assert read_archive(tmp_path / "talk.rtw").about == session.conversation.about
