import asyncio
from typing import Any

import pytest

from realtime_widget.engines import AzureEngine, Endpoint, azure_by_url
from realtime_widget.errors import ConfigError, MissingKeyError

KEY = "0123456789abcdef-azure"
VERSION = "2025-04-01-preview"


def opened(engine: AzureEngine, model: str = "m") -> Endpoint:
    return asyncio.run(engine.open(model=model))


@pytest.mark.parametrize(
    ("resource", "url"),
    [
        ("res", "wss://res.openai.azure.com/openai/v1/realtime?model=m"),
        ("res.services.ai.azure.com", "wss://res.services.ai.azure.com/openai/v1/realtime?model=m"),
        ("https://res.openai.azure.com/", "wss://res.openai.azure.com/openai/v1/realtime?model=m"),
        ("wss://res.openai.azure.com/openai/v1", "wss://res.openai.azure.com/openai/v1/realtime?model=m"),
        ("https://res.openai.azure.com/openai", "wss://res.openai.azure.com/openai/v1/realtime?model=m"),
        ("https://h:8/openai/v1/realtime?model=d", "wss://h:8/openai/v1/realtime?model=d"),
        ("http://127.0.0.1:9", "ws://127.0.0.1:9/openai/v1/realtime?model=m"),
        ("https://gateway/team/a", "wss://gateway/team/a/openai/v1/realtime?model=m"),
        ("https://h/openai/v1?api-version=preview", "wss://h/openai/v1/realtime?api-version=preview&model=m"),
    ],
)
def test_the_api_proper(resource: str, url: str) -> None:
    engine = AzureEngine(resource, api_key=KEY)
    assert opened(engine) == Endpoint(url, {"api-key": KEY})
    assert (engine.kind, engine.dialect) == ("azure", "ga")


@pytest.mark.parametrize(
    ("resource", "url"),
    [
        ("res", f"wss://res.openai.azure.com/openai/realtime?api-version={VERSION}&deployment=m"),
        ("http://127.0.0.1:9/openai", f"ws://127.0.0.1:9/openai/realtime?api-version={VERSION}&deployment=m"),
        (
            "https://h/openai/realtime?deployment=d",
            f"wss://h/openai/realtime?api-version={VERSION}&deployment=d",
        ),
        ("https://h/voice-live", f"wss://h/voice-live/realtime?api-version={VERSION}&model=m"),
    ],
)
def test_the_preview_api(resource: str, url: str) -> None:
    engine = AzureEngine(resource, api_key=KEY, api_version=VERSION)
    assert opened(engine) == Endpoint(url, {"api-key": KEY})
    assert engine.dialect == "preview"


def test_the_deployment_may_have_another_name_than_the_model() -> None:
    assert opened(AzureEngine("res", api_key=KEY, deployment="mine")).url.endswith("?model=mine")
    preview = AzureEngine("res", api_key=KEY, deployment="mine", api_version=VERSION)
    assert opened(preview).url.endswith("&deployment=mine")


def test_sessions_of_other_kinds_and_secrets_have_their_addresses() -> None:
    endpoint = opened(AzureEngine("res", api_key=KEY))
    base = "res.openai.azure.com/openai/v1/realtime"
    assert endpoint.at("transcription").url == f"wss://{base}?intent=transcription"
    assert endpoint.at("translation").url == f"wss://{base}/translations?model=m"
    assert endpoint.http("/client_secrets").url == f"https://{base}/client_secrets"


def test_a_key_comes_from_the_environment_at_the_last_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = AzureEngine("res")
    monkeypatch.delenv("AZURE_OPENAI_API_KEY", raising=False)
    with pytest.raises(MissingKeyError, match="AZURE_OPENAI_API_KEY"):
        opened(engine)
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", f" {KEY}\n")
    assert opened(engine).headers == {"api-key": KEY}


def test_an_entra_token_is_a_bearer() -> None:
    async def token() -> str:
        return "ey.J.x"

    for source in ("ey.J.x", lambda: "ey.J.x", token):
        assert opened(AzureEngine("res", token=source)).headers == {"Authorization": "Bearer ey.J.x"}


@pytest.mark.parametrize("headers", [{"Api-Key": "k"}, {"authorization": "Bearer t"}])
def test_a_users_own_header_wins(headers: dict[str, str]) -> None:
    assert opened(AzureEngine("res", api_key=KEY, headers=headers)).headers == headers
    assert opened(AzureEngine("res", api_key=KEY, headers={"X": "y"})).headers == {"X": "y", "api-key": KEY}


def test_a_key_in_the_query_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    engine = AzureEngine("https://res.openai.azure.com/openai/v1?api-key=k")
    assert opened(engine).headers == {}
    assert opened(engine).url.endswith("?api-key=k&model=m")


@pytest.mark.parametrize(
    ("resource", "options", "message"),
    [
        ("", {}, "resource"),
        ("a b", {}, "resource"),
        (None, {}, "resource"),
        ("ftp://h", {}, "URL"),
        ("res", {"api_key": "a", "token": "b"}, "exclude each other"),
        ("res", {"api_version": "soon"}, "2025-04-01-preview"),
        ("res", {"api_version": ""}, "api_version"),
        ("res", {"deployment": " "}, "deployment"),
        ("https://h/openai/v1", {"api_version": VERSION}, "/openai/v1"),
        ("https://h/voice-live", {}, "api_version"),
        ("res", {"headers": {"a": 1}}, "header"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(resource: Any, options: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        AzureEngine(resource, **options)


def test_the_key_is_in_no_repr() -> None:
    engine = AzureEngine(f"https://me:{KEY}@res.openai.azure.com/?api-key={KEY}", api_key=KEY)
    assert KEY not in repr(engine) + engine.name + repr(opened(engine))


@pytest.mark.parametrize(
    ("url", "dialect"),
    [
        ("wss://res.openai.azure.com/openai/v1", "ga"),
        ("https://res.cognitiveservices.azure.com", "ga"),
        (f"wss://RES.openai.azure.com/openai/realtime?api-version={VERSION}&deployment=d", "preview"),
        (f"ws://127.0.0.1:9/openai/realtime?api-version={VERSION}&deployment=d", "preview"),
        (f"ws://127.0.0.1:9/voice-live/realtime?api-version={VERSION}&model=d", "preview"),
        ("wss://api.openai.com/v1", None),
        ("wss://notopenai.azure.com.example/openai/v1", None),
        ("ws://127.0.0.1:9/v1?deployment=d", None),
    ],
)
def test_urls_of_azure_are_known(url: str, dialect: str | None) -> None:
    engine = azure_by_url(url, api_key=KEY)
    assert (engine.dialect if engine else None) == dialect
    if engine:
        assert opened(engine).headers == {"api-key": KEY}


def test_the_environments_key_goes_to_azures_own_hosts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    theirs = azure_by_url("wss://res.openai.azure.com/openai/v1")
    other = azure_by_url(f"ws://127.0.0.1:9/openai/realtime?api-version={VERSION}&deployment=d")
    assert theirs is not None
    assert other is not None
    assert opened(theirs).headers == {"api-key": KEY}
    assert opened(other).headers == {}
