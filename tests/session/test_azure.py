"""Azure OpenAI through configuration alone, against a server that is strict about everything Azure is."""

from typing import Any

import pytest

from realtime_widget import AzureEngine, RealtimeSession
from realtime_widget.errors import AuthenticationError, EngineError, MissingKeyError

from .azure import DEPLOYMENT, KEY, TOKEN, VERSION, AzureServer
from .helpers import run, wait_until

TONE = b"\1\2" * 4_800


def by_engine(server: AzureServer, version: str | None, **options: Any) -> dict[str, Any]:
    keys = {"api_key": KEY} if "token" not in options else {}
    engine = AzureEngine(
        f"http://{server.host}", deployment=DEPLOYMENT, api_version=version, **keys, **options
    )
    return {"engine": engine}


def by_model(server: AzureServer, version: str | None) -> dict[str, Any]:
    engine = AzureEngine(f"http://{server.host}/openai", api_key=KEY, api_version=version)
    return {"engine": engine, "model": DEPLOYMENT}


def by_url(server: AzureServer, version: str | None) -> dict[str, Any]:
    if version is None:
        url = f"ws://{server.host}/openai/v1/realtime?model={DEPLOYMENT}"
        return {"engine": url, "headers": {"api-key": KEY}}
    url = f"ws://{server.host}/openai/realtime?api-version={version}&deployment={DEPLOYMENT}"
    return {"engine": url, "api_key": KEY}


@pytest.mark.parametrize("version", [None, VERSION])
@pytest.mark.parametrize("how", [by_engine, by_model, by_url])
def test_a_conversation(how: Any, version: str | None) -> None:
    with AzureServer() as server:
        options = how(server, version)
        with RealtimeSession(voice="alloy", turn_detection=None, **options) as session:
            assert session.ask("Hello?").text == "Good day."
            session.send_audio(TONE, rate=24_000)
            session.commit()
            session.respond(instructions="Be brief.", voice="alloy", max_output_tokens=100)
            session.settle(20)
            session.update(turn_detection="server_vad", instructions="Be kind.", noise_reduction="near_field")
            session.update(noise_reduction=None, speed=1.2)
            turns = [(turn.role, turn.text) for turn in session.transcript]
            answer = ("assistant", "Good day.")
            assert turns == [("user", "Hello?"), answer, ("user", "Hello."), answer]
            assert session.transcript[-1].audio.duration_ms == 200
            assert session.error is None
        assert server.refused == []
        assert KEY not in str(server.commands)


@pytest.mark.parametrize("version", [None, VERSION])
def test_an_entra_token_in_place_of_a_key(version: str | None) -> None:
    async def token() -> str:
        return TOKEN

    with AzureServer() as server:
        with RealtimeSession(**by_engine(server, version, token=token)) as session:
            assert session.ask("Hello?").text == "Good day."
        assert [headers["authorization"] for _, headers in server.opened] == [f"Bearer {TOKEN}"]


def test_an_earlier_conversation_is_told_in_the_betas_words() -> None:
    history = [{"role": "user", "text": "One?"}, {"role": "assistant", "text": "One."}]
    with AzureServer() as server:
        with RealtimeSession(**by_engine(server, VERSION), history=history) as session:
            session.ask("Two?")
        created = [c["item"] for c in server.commands if c["type"] == "conversation.item.create"]
        assert [item["content"][0]["type"] for item in created] == ["input_text", "text", "input_text"]
        assert server.refused == []


@pytest.mark.parametrize("version", [None, VERSION])
def test_a_transcription_model_that_is_not_deployed(version: str | None) -> None:
    with (
        AzureServer(transcribes=False) as server,
        RealtimeSession(turn_detection=None, **by_engine(server, version)) as session,
    ):
        session.send_audio(TONE, rate=24_000)
        session.commit()
        wait_until(lambda: session.error)
        assert session.error is not None
        assert session.error.code == "DeploymentNotFound"
        assert "deployed" in str(session.error.remedy)
        assert session.status == "connected"


def test_a_wrong_key_and_a_wrong_deployment() -> None:
    with AzureServer() as server:
        wrong = AzureEngine(f"http://{server.host}", api_key="wrong-key", deployment=DEPLOYMENT)
        with pytest.raises(AuthenticationError, match="401") as told:
            RealtimeSession(engine=wrong).start()
        assert "wrong-key" not in str(told.value)
        other = AzureEngine(f"http://{server.host}", api_key=KEY, deployment="other")
        with pytest.raises(EngineError, match="DeploymentNotFound") as refused:
            RealtimeSession(engine=other).start()
        assert "deploy" in str(refused.value.remedy)


def test_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_OPENAI_API_KEY", raising=False)
    with pytest.raises(MissingKeyError, match="AZURE_OPENAI_API_KEY"):
        RealtimeSession(engine="wss://no-such-resource.openai.azure.com/openai/v1").start()


def test_as_a_coroutine() -> None:
    async def talk(server: AzureServer) -> str:
        async with RealtimeSession(**by_engine(server, VERSION)) as session:
            return (await session.aask("Hello?")).text

    with AzureServer() as server:
        assert run(talk(server)) == "Good day."
