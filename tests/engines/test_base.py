import asyncio
import threading
from typing import Any

import pytest

from realtime_widget.engines import (
    Endpoint,
    KeySource,
    SessionKind,
    URLEngine,
    check_headers,
    read_key,
    websocket_url,
)
from realtime_widget.engines.base import bearer, fetch_key
from realtime_widget.errors import ConfigError

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


def test_keys_in_urls_are_in_no_repr() -> None:
    endpoint = Endpoint(f"wss://me:{KEY}@h:8/v1/realtime?api-key={KEY}")
    assert repr(endpoint) == "Endpoint('wss://h/v1/realtime')"


@pytest.mark.parametrize(
    ("url", "kind", "moved"),
    [
        ("wss://h/v1/realtime?model=m", "realtime", "wss://h/v1/realtime?model=m"),
        ("wss://h/v1/realtime?model=m", "transcription", "wss://h/v1/realtime?intent=transcription"),
        (
            "wss://h/openai/realtime?api-version=1&deployment=d",
            "transcription",
            "wss://h/openai/realtime?api-version=1&deployment=d&intent=transcription",
        ),
        (
            "wss://h/v1/realtime?intent=transcription",
            "transcription",
            "wss://h/v1/realtime?intent=transcription",
        ),
        ("wss://h/v1/realtime?model=m", "translation", "wss://h/v1/realtime/translations?model=m"),
    ],
)
def test_the_other_kinds_of_session_have_places_of_their_own(url: str, kind: SessionKind, moved: str) -> None:
    endpoint = Endpoint(url, {"A": "b"}).at(kind)
    assert (endpoint.url, endpoint.headers) == (moved, {"A": "b"})


def test_requests_go_beside_the_socket() -> None:
    endpoint = Endpoint("wss://h:8/v1/realtime?model=m&api-key=k", {"Authorization": "Bearer x"})
    posted = endpoint.http("/client_secrets")
    assert posted.url == "https://h:8/v1/realtime/client_secrets?api-key=k"
    assert posted.headers == {"Authorization": "Bearer x"}
    assert Endpoint("ws://h/realtime?model=m").http("/x").url == "http://h/realtime/x"


def test_a_name_in_the_url_becomes_a_header_of_a_request() -> None:
    posted = Endpoint("ws://me:a%20b@h/v1/realtime?model=m").http("/client_secrets")
    assert posted.url == "http://h/v1/realtime/client_secrets"
    assert posted.headers == {"Authorization": "Basic bWU6YSBi"}


def test_translations_may_be_named_in_the_base_url() -> None:
    assert websocket_url("wss://h/v1/realtime/translations", model="m") == "wss://h/v1/realtime?model=m"


@pytest.mark.parametrize("headers", [{"a b": "c"}, {"a\r\nb": "c"}, {"A": 5}, {"": "x"}, "A: b", 5, {1: "x"}])
def test_headers_are_names_and_values(headers: Any) -> None:
    with pytest.raises(ConfigError, match="header"):
        check_headers(headers)


def test_a_wrong_header_is_refused_without_its_value() -> None:
    with pytest.raises(ConfigError) as caught:
        check_headers({"a:b": KEY})
    assert KEY not in str(caught.value)


def test_a_users_own_authorization_wins() -> None:
    assert bearer({"authorization": "mine"}, KEY) == {"authorization": "mine"}
    assert bearer({"A": "b"}, None) == {"A": "b"}


def test_keys_may_come_from_coroutines_and_from_functions_that_block() -> None:
    async def vault() -> str:
        await asyncio.sleep(0)
        return f" {KEY}\n"

    async def both() -> list[str | None]:
        here = threading.current_thread()
        return [await fetch_key(vault), await fetch_key(lambda: str(threading.current_thread() is here))]

    assert asyncio.run(both()) == [KEY, "False"]
