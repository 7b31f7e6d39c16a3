import asyncio
import itertools
import time
from typing import Any

import pytest
from openai.types.realtime import ClientSecretCreateParams
from openai.types.realtime.translations import ClientSecretCreateParams as ForTranslation
from pydantic import ConfigDict, TypeAdapter

from realtime_widget import RealtimeSession, TranscriptionSession, TranslationSession
from realtime_widget.engines import AzureEngine, URLEngine
from realtime_widget.errors import ConfigError, EngineError, RefusedError
from realtime_widget.session.client_secrets import ClientSecret, ClientSecrets
from realtime_widget.testing import ScriptedEngine, text_response

from .helpers import run
from .web import WebServer

KEY = "sk-proj-Very_Secret-0123456789abcdef"
numbers = itertools.count()


def grant(body: dict[str, Any]) -> dict[str, Any]:
    """Answer as the service does."""
    seconds = body.get("expires_after", {}).get("seconds", 600)
    value = f"ek_{next(numbers):032x}"
    return {"value": value, "expires_at": int(time.time()) + seconds, "session": body.get("session", {})}


def checked(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body that the official client could have sent."""
    adapter = TypeAdapter(dict[str, ClientSecretCreateParams], config=ConfigDict(extra="forbid"))
    adapter.validate_python({"body": body})
    return body


def test_a_secret_is_made_for_this_sessions_configuration() -> None:
    with WebServer(grant) as server:
        url = f"ws://{server.host}/v1"
        session = RealtimeSession(engine=url, api_key=KEY, instructions="Be brief.", turn_detection=None)
        secret = session.client_secret(seconds=120)
        ((path, headers, body),) = server.requests
        assert path == "/v1/realtime/client_secrets"
        assert headers["Authorization"] == f"Bearer {KEY}"
        assert checked(body)["expires_after"] == {"anchor": "created_at", "seconds": 120}
        wire = session.config.to_wire()
        assert body["session"]["audio"]["input"].pop("turn_detection", "missing") is None
        assert body["session"]["audio"]["output"] == wire["audio"]["output"]
        assert body["session"]["model"] == "gpt-realtime-2.1"
        assert body["session"]["instructions"] == "Be brief."
        assert secret.value.startswith("ek_")
        assert 100 < secret.expires_at - time.time() <= 121


def test_the_tools_are_part_of_the_configuration() -> None:
    def rows(city: str) -> int:
        """Number of rows."""
        return len(city)

    with WebServer(grant) as server:
        session = RealtimeSession(engine=f"ws://{server.host}/v1", tools=[rows])
        session.client_secret()
        assert checked(server.requests[0][2])["session"]["tools"][0]["name"] == "rows"


def test_the_same_one_is_returned_while_nothing_changes() -> None:
    with WebServer(grant) as server:
        session = RealtimeSession(engine=f"ws://{server.host}/v1")
        first = session.client_secret()
        assert session.client_secret() is first
        assert run(session.aclient_secret()) is first
        session.update(instructions="Other.")
        second = session.client_secret()
        assert second != first
        assert session.client_secret(seconds=60) != second
        assert len(server.requests) == 3


def test_one_with_thirty_seconds_left_is_made_anew() -> None:
    with WebServer(grant) as server:
        session = RealtimeSession(engine=f"ws://{server.host}/v1")
        assert session.client_secret(seconds=25) != session.client_secret(seconds=25)
        assert session.client_secret(seconds=300) == session.client_secret(seconds=300)


def test_a_server_with_another_clock_is_not_taken_at_its_word() -> None:
    def ahead(body: dict[str, Any]) -> dict[str, Any]:
        return {**grant(body), "expires_at": int(time.time()) + 1_000_000}

    with WebServer(ahead) as server:
        session = RealtimeSession(engine=f"ws://{server.host}/v1")
        assert session.client_secret(seconds=20) != session.client_secret(seconds=20)


def test_two_who_ask_at_once_get_the_same() -> None:
    async def both(session: RealtimeSession) -> list[ClientSecret]:
        return list(await asyncio.gather(*(session.aclient_secret() for _ in range(5))))

    with WebServer(grant) as server:
        secrets = run(both(RealtimeSession(engine=f"ws://{server.host}/v1")))
        assert len(set(secrets)) == 1
        assert len(server.requests) == 1


def test_other_kinds_of_session_have_them_too() -> None:
    with WebServer(grant) as server:
        url = f"ws://{server.host}/v1"
        TranscriptionSession(engine=url, languages=["en"], logprobs=True).client_secret()
        TranslationSession(engine=url, language="de", noise_reduction="near_field").client_secret()
        written, translated = server.requests
    assert written[0] == "/v1/realtime/client_secrets"
    assert checked(written[2])["session"]["type"] == "transcription"
    assert "model" not in written[2]["session"]
    assert translated[0] == "/v1/realtime/translations/client_secrets"
    adapter = TypeAdapter(dict[str, ForTranslation], config=ConfigDict(extra="forbid"))
    adapter.validate_python({"body": translated[2]})
    assert translated[2]["session"]["audio"]["output"] == {"language": "de"}


def test_a_session_object_of_ones_own() -> None:
    with WebServer(grant) as server:
        session = RealtimeSession(engine=f"ws://{server.host}/v1")
        session.client_secret(session={"type": "realtime", "model": "m", "instructions": "Mine."})
        assert checked(server.requests[0][2])["session"]["instructions"] == "Mine."


@pytest.mark.parametrize("seconds", [9, 7201, 0, -1, 60.5, "60", None, True])
def test_lives_that_no_secret_has(seconds: Any) -> None:
    session = RealtimeSession(engine="ws://127.0.0.1:1/v1")
    with pytest.raises(ConfigError, match="seconds"):
        session.client_secret(seconds=seconds)


def test_a_session_that_is_none() -> None:
    session = RealtimeSession(engine="ws://127.0.0.1:1/v1")
    with pytest.raises(ConfigError, match="session"):
        session.client_secret(session="marin")  # type: ignore[arg-type]


def test_azure_has_them_under_its_own_path_and_header() -> None:
    with WebServer(grant) as server:
        engine = AzureEngine(f"http://{server.host}", api_key=KEY, deployment="mine")
        RealtimeSession(engine=engine).client_secret()
        ((path, headers, body),) = server.requests
        assert path == "/openai/v1/realtime/client_secrets"
        assert headers["Api-Key"] == KEY
        assert "Authorization" not in headers
        assert checked(body)["session"]["model"] == "mine"


def test_the_preview_api_has_none() -> None:
    session = RealtimeSession(engine=AzureEngine("res", api_key=KEY, api_version="2025-04-01-preview"))
    with pytest.raises(EngineError, match="preview"):
        session.client_secret()


@pytest.mark.parametrize("answer", [{}, {"value": 5, "expires_at": 1}, {"value": "ek_1", "expires_at": True}])
def test_an_answer_without_a_secret(answer: dict[str, Any]) -> None:
    with WebServer(lambda body: answer) as server:
        session = RealtimeSession(engine=f"ws://{server.host}/v1")
        with pytest.raises(EngineError, match="no ephemeral secret"):
            session.client_secret()


def test_a_server_that_refuses() -> None:
    refusal = b'{"error": {"message": "No such voice.", "code": "invalid_value"}}'
    with WebServer(lambda body: (400, {}, refusal)) as server:
        session = RealtimeSession(engine=f"ws://{server.host}/v1")
        with pytest.raises(RefusedError, match="No such voice") as caught:
            session.client_secret()
        assert caught.value.code == "invalid_value"


def test_it_is_shown_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    with WebServer(grant) as server:
        session = RealtimeSession(engine=f"ws://{server.host}/v1", api_key=KEY)
        secret = session.client_secret()
        shown = (
            repr(secret) + str(secret) + repr(session) + repr(vars(session)) + repr(session._secrets._made)
        )
        assert secret.value not in shown
        assert "expires_at" in repr(secret)
    assert secret.value not in caplog.text
    assert KEY not in caplog.text


def test_a_secret_opens_sessions_as_a_key_does_and_is_hidden_as_one() -> None:
    value = "ek_0123456789abcdef0123456789abcdef"
    engine = ScriptedEngine(on={"response.create": lambda command: text_response(f"It is {value}, {KEY}.")})
    with engine, RealtimeSession(engine=URLEngine(engine.url, api_key=KEY)) as session:
        assert session.ask("What is it?").text == "It is <hidden>, <hidden>."


@pytest.mark.speech
def test_the_offline_engine_makes_them_too() -> None:
    with RealtimeSession(engine="local", voice="alloy") as session:
        secret = session.client_secret()
        url = session.engine.start()  # type: ignore[attr-defined]
        with RealtimeSession(engine=url, api_key=secret.value) as other:
            assert other.ask("hello").text
        with pytest.raises(RefusedError):
            session.client_secret(session={"type": "realtime", "colour": "red"})


def test_they_live_on_the_io_thread() -> None:
    assert isinstance(RealtimeSession(engine="ws://127.0.0.1:1/v1")._secrets, ClientSecrets)
