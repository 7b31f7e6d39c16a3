"""How a translation goes on while nobody speaks, and how it ends."""

import threading
from collections.abc import Iterator

import pytest

from realtime_widget.session import translation_core
from realtime_widget.session.backoff import Backoff
from realtime_widget.testing import tone

from .helpers import on_io, wait_until
from .interpreter import InterpreterServer, said, translating


def test_silence_is_sent_while_nobody_speaks_so_that_the_output_goes_on() -> None:
    with InterpreterServer() as server, translating(server) as session:
        session.send_audio(tone(400), rate=24_000)  # and nothing after it
        wait_until(lambda: any(turn.role == "assistant" for turn in session.transcript), 20)
        session.mute()
        silent_ms = server.appended_ms(silent=True)
        wait_until(lambda: server.appended_ms(silent=True) > silent_ms + 1_000, 20)
        assert max(c["audio"] for c in server.commands if c.get("silent")) == 200


def test_the_microphone_is_open_all_the_time_unless_it_is_muted() -> None:
    with InterpreterServer() as server, translating(server) as session:
        on_io(session, session._core.microphone, tone(100))
        wait_until(lambda: server.appended_ms(silent=False) == 100, 20)
        session.mute()
        on_io(session, session._core.microphone, tone(100))
        session.unmute()
        on_io(session, session._core.microphone, tone(100))
        wait_until(lambda: server.appended_ms(silent=False) == 200, 20)


def test_settling_waits_for_what_comes() -> None:
    with InterpreterServer() as server, translating(server) as session:
        session.send_audio(tone(400), rate=24_000)
        session.settle(30)
        assert said(session)[-1] == ("assistant", "[es] 1.", "completed")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(translation_core, "SILENT_LIMIT_MS", 300)
    yield


@pytest.mark.usefixtures("impatient")
def test_a_server_that_does_not_close_is_left_after_a_while() -> None:
    with InterpreterServer(closes=False) as server:
        session = translating(server).start()
        session.stop()
        assert session.status == "disconnected"
        assert session.error is None


def test_a_server_that_hangs_up_itself_is_no_loss() -> None:
    with InterpreterServer(hangs_up=True) as server:
        for _ in range(5):
            with translating(server) as session:
                session.send_audio(tone(400), rate=24_000)
            assert session.status == "disconnected"
            assert session.error is None
            assert len(session.transcript) == 2
        assert len(server.paths) == 5


def test_a_second_stop_waits_for_nothing() -> None:
    with InterpreterServer(closes=False) as server:
        session = translating(server).start()
        first = threading.Thread(target=session.stop, name="scripted-engine-stop")
        first.start()
        wait_until(lambda: server.commands[-1]["type"] == "session.close")
        session.stop()
        first.join()
        assert session.status == "disconnected"


def test_what_is_sent_at_the_pace_of_speech_is_broken_off() -> None:
    with InterpreterServer() as server:
        with translating(server) as session:
            session.send_audio(tone(60_000), rate=24_000, realtime=True)
            wait_until(lambda: server.appended_ms(silent=False) >= 300, 20)
        assert server.appended_ms() < 50_000
        assert said(session)[-1] == ("assistant", "[es] 1.", "completed")


def test_it_can_start_again_and_keeps_what_was_said() -> None:
    with InterpreterServer() as server:
        session = translating(server)
        for _ in range(2):
            with session:
                session.send_audio(tone(400), rate=24_000)
        assert [text for role, text, _ in said(session) if role == "assistant"] == ["[es] 1.", "[es] 1."]
        assert list(session.transcript.df.connection) == [1, 1, 2, 2]
        assert len({row["response_id"] for row in session.usage.to_dicts()}) == 4


def test_a_broken_connection_is_made_again_and_nothing_is_told_twice() -> None:
    with InterpreterServer() as server, translating(server, language="de") as session:
        session._core.backoff = Backoff(first_s=0.01)
        session.send_audio(tone(400), rate=24_000)
        wait_until(lambda: len(session.transcript) == 2, 20)
        server.drop()
        wait_until(lambda: len(server.talks) == 2 and session.status == "connected", 30)
        first = [c for c in server.commands if c["type"] == "session.update"]
        assert [c["session"]["audio"]["output"]["language"] for c in first] == ["de", "de"]
        wait_until(lambda: server.talks[-1].elapsed_ms > 200, 20)
        assert server.talks[-1].spoken_ms == 0
        session.send_audio(tone(400), rate=24_000)
        session.stop()
        assert [text for role, text, _ in said(session) if role == "assistant"] == ["[de] 1.", "[de] 1."]
        kinds = [row["type"] for row in session.events.to_dicts() if row["direction"] == "local"]
        assert kinds.count("connection.opened") == 2
        assert "connection.lost" in kinds


@pytest.mark.parametrize("then_drops", [False, True])
def test_a_session_that_the_server_closes_by_itself_is_opened_again(then_drops: bool) -> None:
    with InterpreterServer() as server, translating(server) as session:
        session._core.backoff = Backoff(first_s=0.01)
        server.say({"type": "session.closed"})
        if then_drops:
            server.drop()
        wait_until(lambda: len(server.talks) == 2 and session.status == "connected", 30)
        session.send_audio(tone(400), rate=24_000)
        wait_until(lambda: len(session.transcript) == 2, 20)


def test_a_close_that_the_user_sends_himself_is_no_loss() -> None:
    with InterpreterServer() as server, translating(server) as session:
        session.send_audio(tone(400), rate=24_000)
        session.send_event({"type": "session.close"})
        wait_until(lambda: session._core.protocol.closed)
        assert said(session)[-1] == ("assistant", "[es] 1.", "completed")
        assert session.error is None
        session.stop()
        assert len(server.talks) == 1


def test_connections_are_changed_when_nobody_is_in_the_middle_of_something() -> None:
    with InterpreterServer() as server:
        session = translating(server, transcription=None, rollover_minutes=0.02, language="de")
        with session:
            words = {"type": "session.output_transcript.delta", "delta": "Ein ", "elapsed_ms": 200}
            while (elapsed_ms := server.talks[0].elapsed_ms) < 2_000:
                server.say(words)
                wait_until(lambda: server.talks[0].elapsed_ms > elapsed_ms, 20)
            assert len(server.talks) == 1
            wait_until(lambda: len(server.talks) == 2, 30)
            wait_until(lambda: server.talks[-1].elapsed_ms > 200, 20)
        assert said(session)[0][2] == "completed"
        assert session.error is None


def test_a_budget_ends_it() -> None:
    with InterpreterServer() as server:
        session = translating(server, budget_usd=0.001).start()
        wait_until(lambda: session.status == "disconnected", 30)
        assert session.error is not None
        assert session.error.code == "budget_reached"
        assert session.usage.cost_usd >= 0.001
