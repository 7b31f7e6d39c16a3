"""From `engine=` to the object that answers."""

from typing import Any

import pytest

from realtime_widget.engines import AzureEngine, Endpoint, Engine, OpenAIEngine, URLEngine
from realtime_widget.errors import ConfigError
from realtime_widget.session.resolve import resolve_engine

from .helpers import run

KEY = "sk-test-0123456789"


class Own(Engine):
    """An engine of the user's own."""

    async def open(self, *, model: str) -> Endpoint:
        return Endpoint("ws://h")


def test_an_engine_is_itself() -> None:
    own = Own()
    assert resolve_engine(own, None) is own


def test_auto_is_openai_where_a_key_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(resolve_engine("auto", KEY), OpenAIEngine)
    assert isinstance(resolve_engine("auto", lambda: KEY), OpenAIEngine)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert isinstance(resolve_engine("auto", None), OpenAIEngine)


@pytest.mark.parametrize("key", [None, "", "  "])
def test_auto_is_the_offline_engine_without_a_key(key: Any) -> None:
    assert resolve_engine("auto", key).kind == "local"


def test_the_offline_engine_is_shared() -> None:
    assert resolve_engine("local", None) is resolve_engine("local", KEY)


def test_the_environment_is_read_when_the_key_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = resolve_engine("openai", None)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert run(engine.open(model="m")).headers == {"Authorization": f"Bearer {KEY}"}


def test_the_environments_key_goes_to_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    engine = resolve_engine("ws://127.0.0.1:1/v1", None, {"X-Mine": "1"})
    assert isinstance(engine, URLEngine)
    assert run(engine.open(model="m")).headers == {"X-Mine": "1"}


def test_further_headers_go_to_openai_too() -> None:
    for spec in ("openai", "auto"):
        engine = resolve_engine(spec, KEY, {"OpenAI-Project": "p"})
        headers = {"OpenAI-Project": "p", "Authorization": f"Bearer {KEY}"}
        assert run(engine.open(model="m")).headers == headers


def test_a_url_of_azure_leads_to_azure() -> None:
    engine = resolve_engine("wss://res.openai.azure.com/openai/v1", KEY, {"X-Mine": "1"})
    assert isinstance(engine, AzureEngine)
    assert run(engine.open(model="m")).headers == {"X-Mine": "1", "api-key": KEY}


@pytest.mark.parametrize("spec", ["local", "ws://h/v1", Own()])
def test_headers_that_are_none_are_refused_at_once(spec: Any) -> None:
    with pytest.raises(ConfigError, match="header"):
        resolve_engine(spec, None, "X-Mine: 1")  # type: ignore[arg-type]


@pytest.mark.parametrize("spec", ["", "openAI", "localhost:8000", 5, None, object(), "ftp://h"])
def test_anything_else_names_what_there_is(spec: Any) -> None:
    with pytest.raises(ConfigError, match=r"'openai', 'local'|\"openai\", \"local\""):
        resolve_engine(spec, None)


@pytest.mark.parametrize("option", [{"api_key": KEY}, {"headers": {"X-Team": "a"}}])
def test_an_engine_object_brings_its_own_key(option: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="brings its own key"):
        resolve_engine(URLEngine("ws://127.0.0.1:1/v1"), option.get("api_key"), option.get("headers"))
