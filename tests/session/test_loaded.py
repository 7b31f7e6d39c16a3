import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from realtime_widget import RealtimeSession, TranscriptionSession, TranslationSession
from realtime_widget.config import TranscriptionConfig, TranslationConfig
from realtime_widget.data import Conversation
from realtime_widget.errors import ConfigError, SessionError
from realtime_widget.session.loaded import LoadedSession

from .saved import ABOUT, saved_talk


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    def refuse(*args: Any, **options: Any) -> Any:
        raise AssertionError("a saved conversation needs no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def conversation() -> Conversation:
    return saved_talk()


@pytest.fixture
def session(conversation: Conversation) -> LoadedSession:
    return RealtimeSession.load(conversation)


def test_it_is_the_session_that_it_was(session: LoadedSession, conversation: Conversation) -> None:
    assert isinstance(session, RealtimeSession)
    tables = (session.transcript, session.tool_calls, session.usage, session.latency)
    kept = (conversation.turns, conversation.tool_calls, conversation.usage, conversation.latency)
    for table, rows in zip(tables, kept, strict=True):
        assert tuple(table.rows()) == rows and len(table.df) == len(rows)
    assert tuple(session.events.rows()) == tuple(conversation.events)
    assert [turn.audio for turn in session.transcript] == [turn.audio for turn in conversation.turns]
    assert session.recording == conversation.recording()
    assert (session.title, session.metadata, session.conversation_id) == ("Trip", {"take": 3}, ABOUT.id)
    assert (session.config.instructions, session.config.voice) == ("Be short.", "cedar")
    assert (session.engine.name, session.engine.kind) == ("OpenAI", "openai")
    assert session.status == "disconnected" and session.error is None and not session.tools
    assert repr(session) == "LoadedSession('Trip', 3 turns, 0:04)"


def test_what_is_kept_again_is_the_same(session: LoadedSession, conversation: Conversation) -> None:
    again = session.conversation
    assert again.about == conversation.about and again.turns == conversation.turns
    assert again.recording() == conversation.recording()
    session.title, session.metadata["take"] = "Journey", 4
    assert (session.conversation.about.title, session.conversation.about.metadata) == ("Journey", {"take": 4})
    twice = RealtimeSession.load(session.conversation)
    pd.testing.assert_frame_equal(twice.transcript.df, session.transcript.df)


def test_what_is_made_of_sessions_is_made_of_it(session: LoadedSession, tmp_path: Path) -> None:
    session.transcript.save(tmp_path / "talk.srt")
    assert "It is fine there" in (tmp_path / "talk.srt").read_text()
    session.freeze(audio=True).save(tmp_path / "talk.html")
    assert "It is fine there" in (tmp_path / "talk.html").read_text()
    assert session.health.status == "disconnected" and "How is Rome?" in session.transcript.text


def test_a_file_gives_the_same_session_again(session: LoadedSession, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    session.save(tmp_path / "talk.rtw")
    again = RealtimeSession.load(tmp_path / "talk.rtw")
    for ours, theirs in zip(again._data.tables, session._data.tables, strict=True):
        assert list(ours.rows()) == list(theirs.rows())
    assert again.recording == session.recording and again.about == session.about == ABOUT
    assert [turn.audio for turn in again.transcript] == [turn.audio for turn in session.transcript]


def test_streams_give_all_turns_and_end(session: LoadedSession) -> None:
    assert [turn.text for turn in session.stream()] == ["How is Rome?", "It is fine there", "Thanks"]
    assert list(session.stream(past=False)) == []


def test_another_session_goes_on_from_it(session: LoadedSession) -> None:
    for history in (session, session.transcript):
        going_on = RealtimeSession(engine="ws://127.0.0.1:9/v1", history=history)
        said = [turn.text for turn in going_on.transcript]
        assert said == ["How is Rome?", "It is fine there", "Thanks"]


REFUSED: list[Callable[[LoadedSession], Any]] = [
    lambda s: s.start(),
    lambda s: s.__enter__(),
    lambda s: s.ask("Hello"),
    lambda s: s.send_text("Hello"),
    lambda s: s.send_audio(np.zeros(2400, np.int16), 24_000),
    lambda s: s.send_image(b"\x89PNG\r\n\x1a\n"),
    lambda s: s.send_event({"type": "response.cancel"}),
    lambda s: s.respond(),
    lambda s: s.commit(),
    lambda s: s.interrupt(),
    lambda s: s.mute(),
    lambda s: s.unmute(),
    lambda s: s.approve("x"),
    lambda s: s.update(voice="marin"),
    lambda s: s.client_secret(),
    lambda s: s.tool(len),
    lambda s: setattr(s, "audio_in", "microphone"),
    lambda s: s.audio_out,
    lambda s: asyncio.run(s.aask("Hello")),
    lambda s: asyncio.run(s.astart()),
]


@pytest.mark.parametrize("verb", REFUSED)
def test_what_needs_a_connection_is_refused(session: LoadedSession, verb: Callable[[Any], Any]) -> None:
    with pytest.raises(SessionError, match=r"saved conversation.*RealtimeSession\(history=session\)"):
        verb(session)
    assert session.status == "disconnected" and len(session.transcript) == 3


def test_what_needs_none_works(session: LoadedSession) -> None:
    session.settle()
    session.stop()
    session.stop()
    assert session.config.voice == "cedar"


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        (TranscriptionConfig(model="whisper-1"), TranscriptionSession),
        (TranslationConfig(language="de"), TranslationSession),
    ],
)
def test_other_kinds_come_as_what_they_were(conversation: Conversation, config: Any, kind: type[Any]) -> None:
    about = replace(ABOUT, kind=config.kind, settings=config.to_wire(), model=config.model)
    session: Any = kind.load(replace(conversation, about=about))
    assert type(RealtimeSession.load(session.conversation)) is type(session)
    assert isinstance(session, kind) and session.config.to_wire() == config.to_wire()
    assert [turn.text for turn in session.transcript] == [turn.text for turn in conversation.turns]
    turns: list[Any] = []
    session.on("turn", turns.append)
    session.player.play(float("inf"), wait=True)
    assert turns == list(conversation.turns) and session.conversation.about == about
    with pytest.raises(SessionError, match="saved conversation"):
        session.start()


def test_what_cannot_be_loaded_is_refused(conversation: Conversation) -> None:
    with pytest.raises(ConfigError, match=r"session\.save\(\)"):
        RealtimeSession.load(5)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="'telephone'"):
        RealtimeSession.load(replace(conversation, about=replace(ABOUT, kind="telephone")))
