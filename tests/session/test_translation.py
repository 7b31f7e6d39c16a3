"""Translation sessions against a strict server; and what they refuse."""

from typing import Any

import pytest

from realtime_widget import LocalEngine, RealtimeSession, TranslationSession
from realtime_widget.engines import AzureEngine
from realtime_widget.errors import (
    ConfigError,
    EngineError,
    NotConnectedError,
    RefusedError,
)
from realtime_widget.testing import tone

from .helpers import run, wait_until
from .interpreter import InterpreterServer, said, translating

KEY = "sk-proj-Very_Secret-0123456789abcdef"


def test_what_is_said_is_translated_until_the_end() -> None:
    with InterpreterServer() as server:
        with translating(server, language="de") as session:
            session.send_audio([tone(400), bytes(96_000), tone(400)], rate=24_000)
        assert said(session) == [
            ("user", "Sentence 1 is said.", "completed"),
            ("assistant", "[de] 1.", "completed"),
            ("user", "Sentence 2 is said.", "completed"),
            ("assistant", "[de] 2.", "completed"),
        ]
        assert [turn.audio.duration_ms for turn in session.transcript if turn.role == "assistant"] == [
            400,
            400,
        ]
        assert session.status == "disconnected"
        assert session.error is None
        assert server.refused == []
        assert server.paths == ["/v1/realtime/translations?model=gpt-realtime-translate"]
        assert server.commands[-1]["type"] == "session.close"


def test_all_tables_are_there() -> None:
    with InterpreterServer() as server:
        with translating(server) as session:
            session.send_audio(tone(1_000), rate=24_000)
        assert len(session.transcript.df) == 2
        assert session.transcript.text == "User: Sentence 1 is said.\nAssistant: [es] 1."
        types = list(session.events.df.type)
        assert "session.output_audio.delta" in types
        assert "session.mood" in types
        bills = session.usage.df.set_index("model")
        seconds = bills.seconds["gpt-realtime-translate"]
        assert seconds == pytest.approx(server.appended_ms() / 1000)
        assert bills.cost_usd["gpt-realtime-translate"] == pytest.approx(seconds / 60 * 0.034)
        assert bills.cost_usd["gpt-realtime-whisper"] == pytest.approx(seconds / 60 * 0.017)
        recording = session.recording
        assert recording.samples[:, 0].any()
        assert recording.samples[:, 1].any()


def test_without_the_original() -> None:
    with InterpreterServer() as server:
        with translating(server, transcription=None, record="assistant") as session:
            session.send_audio(tone(400), rate=24_000)
        assert said(session) == [("assistant", "[es] 1.", "completed")]
        assert list(session.usage.df.model) == ["gpt-realtime-translate"]
        assert not session.recording.samples[:, 0].any()


def test_turns_are_told() -> None:
    told: list[Any] = []
    heard: list[Any] = []
    bills: list[dict[str, Any]] = []
    with InterpreterServer() as server:
        session = translating(server)
        session.on("turn", told.append)
        session.on("audio", heard.append)
        session.on("usage", bills.append)
        session.on("session.output_transcript.delta", lambda event: heard.append(event["delta"]))
        with session:
            session.send_audio(tone(400), rate=24_000)
        wait_until(lambda: len(told) == 2)
        assert [turn.id for turn in session.stream()] == [turn.id for turn in told]
        assert bills == session.usage.to_dicts() and {bill["kind"] for bill in bills} == {"sound"}
        assert session.projected_cost_usd is None
        assert {turn.text for turn in told} == {"Sentence 1 is said.", "[es] 1."}
        assert "[es]" in [one for one in heard if isinstance(one, str)]
        assert sum(len(one) for one in heard if not isinstance(one, str)) == 9_600


def test_a_server_that_refuses_the_configuration() -> None:
    with InterpreterServer() as server:
        session = translating(server)
        object.__setattr__(session._core.protocol.config, "language", "xx")
        with pytest.raises(RefusedError, match="xx"):
            session.start()
        assert session.status == "error"


def test_a_server_that_cannot_translate() -> None:
    from .foreign import ForeignServer

    with InterpreterServer() as server, pytest.raises(EngineError, match="404"):
        TranslationSession(engine=f"http://127.0.0.1:{server.port}/elsewhere").start()
    with ForeignServer() as other, pytest.raises(EngineError, match="'realtime'"):
        TranslationSession(engine=other.url).start()


def test_no_connection_no_sound() -> None:
    session = TranslationSession(engine="ws://127.0.0.1:1/v1")
    with pytest.raises(NotConnectedError):
        session.send_audio(tone(100), rate=24_000)
    session.stop()


def test_as_a_coroutine() -> None:
    async def interpret(server: InterpreterServer) -> list[Any]:
        async with translating(server) as session:
            await session.asend_audio(tone(400), rate=24_000)
        return said(session)

    with InterpreterServer() as server:
        assert run(interpret(server))[-1] == ("assistant", "[es] 1.", "completed")


# -- what it is made with ----------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["local", "auto"])
def test_the_offline_engine_cannot_translate(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ConfigError, match="offline engine can't translate"):
        TranslationSession(engine=engine)
    with pytest.raises(ConfigError, match="can't translate"):
        TranslationSession(engine=LocalEngine())


def test_with_a_key_auto_is_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    assert TranslationSession(api_key=KEY).engine.kind == "openai"
    assert TranslationSession(api_key=lambda: KEY).engine.kind == "openai"
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert TranslationSession().engine.kind == "openai"


def test_azures_preview_cannot_translate() -> None:
    with pytest.raises(ConfigError, match="preview"):
        TranslationSession(engine=AzureEngine("res", api_key=KEY, api_version="2025-04-01-preview"))


@pytest.mark.parametrize(
    "options",
    [
        {"language": "xx"}, {"voice": "marin"}, {"instructions": "x"}, {"record": "both"}, {"history": []},
        {"connect_timeout": 0}, {"transcription": 5}, {"noise_reduction": "loud"}, {"api_key": 5},
        {"reconnect": "no"}, {"rollover_minutes": 0}, {"max_minutes": -1}, {"budget_usd": "free"},
        {"headers": "X"}, {"engine": "opnai"},
    ],
)  # fmt: skip
def test_wrong_options_are_refused_at_once(options: Any) -> None:
    with pytest.raises(ConfigError):
        TranslationSession(**{"engine": "ws://127.0.0.1:1/v1", **options})


@pytest.mark.parametrize("name", ["ask", "commit", "respond", "tools", "interrupt", "send_text"])
def test_what_only_conversations_have(name: str) -> None:
    session = TranslationSession(engine="ws://127.0.0.1:1/v1")
    with pytest.raises(AttributeError, match="RealtimeSession"):
        getattr(session, name)
    with pytest.raises(AttributeError, match="colour"):
        session.colour  # noqa: B018


def test_its_secret_comes_from_its_own_place() -> None:
    import time

    from .web import WebServer

    def grant(body: Any) -> Any:
        return {"value": "ek_0123456789abcdef", "expires_at": int(time.time()) + 600, "session": {}}

    with WebServer(grant) as server:
        TranslationSession(engine=f"ws://{server.host}/v1", api_key=KEY, language="de").client_secret()
        ((path, _, body),) = server.requests
    assert path == "/v1/realtime/translations/client_secrets"
    assert body["session"] == {
        "model": "gpt-realtime-translate",
        "audio": {
            "input": {"transcription": {"model": "gpt-realtime-whisper"}},
            "output": {"language": "de"},
        },
    }


def test_the_key_is_hidden_here_too() -> None:
    with InterpreterServer() as server:
        session = translating(server, api_key=KEY)
        with session:
            words = {"type": "session.output_transcript.delta", "delta": f"It is {KEY}.", "elapsed_ms": 200}
            server.say(words)
            wait_until(lambda: len(session.transcript))
        assert server.headers[0]["authorization"] == f"Bearer {KEY}"
        assert said(session) == [("assistant", "It is <hidden>.", "completed")]
        assert KEY not in str(session.events.to_dicts())


def test_it_is_shown_as_any_session() -> None:
    session = TranslationSession(engine="ws://127.0.0.1:1/v1")
    assert repr(session) == "TranslationSession(127.0.0.1, disconnected, 0 turns)"
    assert not isinstance(session, RealtimeSession)
    panel = session.panel()
    assert panel is session.panel()
    panel.close()


def test_waits_end_with_the_session() -> None:
    with InterpreterServer() as server:
        session = TranslationSession(engine=server.url, reconnect=False).start()
        session.send_audio(tone(400), rate=24_000)
        server.drop()
        session.settle(30)
        wait_until(lambda: session.status == "error")
        assert session.error is not None
        assert session.error.code == "connection_lost"
        session.stop()
