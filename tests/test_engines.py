import asyncio
import copy
import pickle

import pytest

from realtime_widget.engines import Endpoint, KeySource, OpenAIEngine, URLEngine, read_key, websocket_url
from realtime_widget.errors import ConfigError, MissingKeyError

KEY = "sk-very-secret"


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("ws://127.0.0.1:9/v1", "ws://127.0.0.1:9/v1/realtime?model=m"),
        ("http://127.0.0.1:9/v1/", "ws://127.0.0.1:9/v1/realtime?model=m"),
        ("https://h/openai/v1/realtime", "wss://h/openai/v1/realtime?model=m"),
        ("WSS://h", "wss://h/realtime?model=m"),
        ("wss://[::1]:8000/v1", "wss://[::1]:8000/v1/realtime?model=m"),
        ("wss://h/v1?api-version=1", "wss://h/v1/realtime?api-version=1&model=m"),
        ("wss://h/v1?model=theirs", "wss://h/v1/realtime?model=theirs"),
        ("wss://h/v1/realtime?call_id=rtc_1", "wss://h/v1/realtime?call_id=rtc_1"),
        ("wss://h/v1?intent=transcription#x", "wss://h/v1/realtime?intent=transcription"),
    ],
)
def test_any_base_url_leads_to_the_socket(base: str, url: str) -> None:
    assert websocket_url(base, model="m") == url


def test_models_are_quoted() -> None:
    assert websocket_url("ws://h/v1", model="a b&c").endswith("?model=a+b%26c")


@pytest.mark.parametrize(
    "base",
    ["", "opnai", "localhost:8000", "ftp://h/v1", "ws://", "ws://:80", "ws://h:99999", "ws://[x", "ws://h:x"],
)
def test_what_is_no_url_says_what_to_use(base: str) -> None:
    with pytest.raises(ConfigError, match='"auto", "openai", "local"'):
        websocket_url(base, model="m")
    with pytest.raises(ConfigError):
        URLEngine(base)


@pytest.mark.parametrize(
    ("source", "key"),
    [
        (KEY, KEY),
        (f"  {KEY}\n", KEY),
        (lambda: KEY, KEY),
        (None, None),
        ("", None),
        (" ", None),
        (lambda: None, None),
    ],
)
def test_a_key_comes_from_a_string_or_a_function(source: KeySource, key: str | None) -> None:
    assert read_key(source) == key


@pytest.mark.parametrize("key", ["sk-a\nX: y", "sk-a\tb", "sk-ä", "sk a"])
def test_what_cannot_be_a_key_is_refused_without_quoting_it(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_key(key)
    assert key not in str(caught.value)
    assert "sk" not in str(caught.value)


def test_openai_needs_a_key() -> None:
    with pytest.raises(MissingKeyError, match="OPENAI_API_KEY"):
        asyncio.run(OpenAIEngine(None).open(model="m"))


def test_the_key_is_in_the_header_and_in_nothing_else() -> None:
    for engine in (OpenAIEngine(lambda: KEY), URLEngine("ws://h/v1", api_key=KEY)):
        endpoint = asyncio.run(engine.open(model="m"))
        assert endpoint.headers == {"Authorization": f"Bearer {KEY}"}
        assert KEY not in endpoint.url
        assert KEY not in repr(endpoint) + repr(engine) + str(vars(engine).get("name"))
    assert asyncio.run(OpenAIEngine(KEY).open(model="m")).url == "wss://api.openai.com/v1/realtime?model=m"


def test_keys_in_urls_are_in_no_repr() -> None:
    endpoint = Endpoint(f"wss://me:{KEY}@h:8/v1/realtime?api-key={KEY}")
    assert repr(endpoint) == "Endpoint('wss://h/v1/realtime')"
    assert KEY not in repr(URLEngine(f"wss://me:{KEY}@h/v1?api-key={KEY}"))


def test_a_server_by_url_gets_only_what_it_is_given() -> None:
    engine = URLEngine("ws://127.0.0.1:9/v1", headers={"api-key": "k"})
    endpoint = asyncio.run(engine.open(model="m"))
    assert (endpoint.headers, engine.name, engine.kind) == ({"api-key": "k"}, "127.0.0.1", "url")
    mine = URLEngine("ws://h/v1", api_key=KEY, headers={"Authorization": "mine"})
    assert asyncio.run(mine.open(model="m")).headers == {"Authorization": "mine"}
    asyncio.run(engine.close())
    asyncio.run(engine.close())


def test_an_engine_is_not_pickled_for_it_may_hold_a_key() -> None:
    for engine in (OpenAIEngine("sk-very-secret"), URLEngine("ws://h/v1", api_key="sk-very-secret")):
        with pytest.raises(TypeError, match="key"):
            pickle.dumps(engine)
        with pytest.raises(TypeError, match="key"):
            copy.copy(engine)
