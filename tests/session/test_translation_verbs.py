"""What can be changed in a translation, and what can't be asked of it."""

import pytest

from realtime_widget.errors import ConfigError, RefusedError, SessionError
from realtime_widget.testing import tone

from .helpers import on_io, run, wait_until
from .interpreter import InterpreterServer, said, translating


def test_the_language_can_change_while_it_runs() -> None:
    with InterpreterServer() as server, translating(server) as session:
        session.update(language="fr", noise_reduction="far_field")
        assert session.config.language == "fr"
        session.update(transcription=None)
        updates = [c["session"] for c in server.commands if c["type"] == "session.update"]
        assert updates[1:] == [
            {"audio": {"input": {"noise_reduction": {"type": "far_field"}}, "output": {"language": "fr"}}},
            {"audio": {"input": {"transcription": None}}},
        ]
        with pytest.raises(ConfigError, match="'fr' \\(French\\)"):
            session.update(language="xx")
        with pytest.raises(RefusedError, match="model"):
            session.update(model="other")
        with pytest.raises(ConfigError, match="voice"):
            session.update(voice="marin")
        session.send_event({"type": "session.update", "session": {"audio": {"output": {"language": "tlh"}}}})
        session.send_audio(tone(400), rate=24_000)
        session.stop()
        assert said(session) == [("assistant", "[tlh] 1.", "completed")]


def test_a_change_before_the_start_is_part_of_the_configuration() -> None:
    with InterpreterServer() as server:
        session = translating(server)
        session.update(language="it")
        with session:
            assert server.commands[0]["session"]["audio"]["output"] == {"language": "it"}


def test_a_change_that_the_server_refuses_is_taken_back() -> None:
    with InterpreterServer(refuses="fr") as server, translating(server, language="de") as session:
        with pytest.raises(RefusedError, match="fr"):
            session.update(language="fr", noise_reduction="near_field")
        assert (session.config.language, session.config.noise_reduction) == ("de", None)
        session.update(noise_reduction="far_field")
        assert server.commands[-1]["type"] != "session.close"
        updates = [c["session"]["audio"] for c in server.commands if c["type"] == "session.update"]
        assert updates[-1] == {"input": {"noise_reduction": {"type": "far_field"}}}


def test_a_panel_cannot_write_nor_push_to_talk() -> None:
    with InterpreterServer() as server, translating(server) as session:
        with pytest.raises(SessionError, match="not what is written"):
            session._io.call(session._verbs.send_text("Hello", True))
        on_io(session, session._verbs.press)
        on_io(session, session._core.microphone, tone(100))
        on_io(session, session._verbs.release)
        wait_until(lambda: server.appended_ms(silent=False) == 100, 20)
        assert server.refused == []


def test_changes_as_a_coroutine() -> None:
    async def change(server: InterpreterServer) -> str:
        async with translating(server) as session:
            await session.aupdate(language="ja")
            return session.config.language

    with InterpreterServer() as server:
        assert run(change(server)) == "ja"
