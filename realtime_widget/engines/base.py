"""What an engine is: something that says where to connect, and with which headers."""

from __future__ import annotations

import abc
import asyncio
import inspect
import os
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import SplitResult, parse_qs, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from ..config import SessionKind
from ..errors import ConfigError

__all__ = [
    "Dialect",
    "Endpoint",
    "Engine",
    "EnvironmentKey",
    "KeySource",
    "SessionKind",
    "bearer",
    "check_headers",
    "fetch_key",
    "origin_of",
    "read_key",
    "split_url",
    "websocket_url",
]

KeySource = str | Callable[[], str | Awaitable[str | None] | None] | None
"""An API key, or a function (a coroutine function too) that returns one when it is needed."""


@dataclass(frozen=True, slots=True)
class EnvironmentKey:
    """A key in an environment variable, read anew each time."""

    variable: str

    def __call__(self) -> str | None:
        """Return the key, or None."""
        return os.environ.get(self.variable)


Dialect = Literal["ga", "preview"]
"""Which shapes the server takes: those of the API, or the flat ones of its withdrawn beta."""

_DECIDES_MODEL = {"model", "intent", "call_id"}  # the API takes exactly one of them
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect; `headers` may hold a key, so they are in no repr."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        parts = urlsplit(self.url)  # user names, keys and tokens travel in URLs too
        return f"Endpoint('{parts.scheme}://{parts.hostname}{parts.path}')"

    def at(self, kind: SessionKind) -> Endpoint:
        """Return where sessions of another kind are opened, given where conversations are."""
        if kind == "transcription":
            kept = [(name, value) for name, value in self._query() if name not in _DECIDES_MODEL]
            return self._moved(query=[*kept, ("intent", "transcription")])
        return self if kind == "realtime" else self._moved(path="/translations")

    def http(self, path: str) -> Endpoint:
        """Return where to post requests that go with the socket, such as `/client_secrets`."""
        parts = urlsplit(self.url)
        kept = [(name, value) for name, value in self._query() if name not in _DECIDES_MODEL]
        headers = dict(self.headers)
        user, at, host = parts.netloc.rpartition("@")
        if at:  # a socket's client makes a header of it by itself
            token = b64encode(unquote(user).encode()).decode()
            headers = {"Authorization": f"Basic {token}", **headers}
        scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
        return Endpoint(urlunsplit((scheme, host, parts.path + path, urlencode(kept), "")), headers)

    def _query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.url).query, keep_blank_values=True)

    def _moved(self, *, path: str = "", query: list[tuple[str, str]] | None = None) -> Endpoint:
        parts = urlsplit(self.url)
        text = parts.query if query is None else urlencode(query)
        return Endpoint(urlunsplit((parts.scheme, parts.netloc, parts.path + path, text, "")), self.headers)


class Engine(abc.ABC):
    """Who answers.

    Attributes:
        kind: `"openai"`, `"azure"`, `"local"` or `"url"`.
        name: How people see it named.
        note: A sentence about it for the panel, or None.
        dialect: Which shapes the server takes: `"ga"`, those of the API, or `"preview"`, those of its beta.
    """

    kind: str = "url"
    name: str = "engine"
    note: str | None = None
    dialect: Dialect = "ga"

    @abc.abstractmethod
    async def open(self, *, model: str) -> Endpoint:
        """Make the engine ready and return where to connect; called before every connection.

        Raises:
            EngineError: It can't be made ready; the message says what to do.
        """

    async def close(self) -> None:
        """Let go of what `open` took; total and idempotent."""
        return

    @property
    def key_origin(self) -> str | None:
        """Where the key comes from, in words; None where none is needed."""
        return None

    def __getstate__(self) -> object:
        raise TypeError("An engine may hold a key, so it can't be pickled or copied; make another one.")


def websocket_url(base: str, *, model: str) -> str:
    """Return the socket's address for a `ws`, `wss`, `http` or `https` base URL, with or without `/realtime`.

    Raises:
        ConfigError: Not such a URL.
    """
    parts = split_url(base)
    path = parts.path.rstrip("/").removesuffix("/translations")
    if not path.endswith("/realtime"):
        path += "/realtime"
    query = parts.query
    if not _DECIDES_MODEL & set(parse_qs(query, keep_blank_values=True)):
        query = "&".join(filter(None, (query, urlencode({"model": model}))))
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def split_url(base: str) -> SplitResult:
    """Return the parts of an address, its scheme `ws` or `wss`.

    Raises:
        ConfigError: Not a `ws`, `wss`, `http` or `https` URL.
    """
    schemes = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
    try:
        parts = urlsplit(base)
        if parts.hostname and (parts.port is None or parts.port > 0):  # a wrong port raises
            return parts._replace(scheme=schemes[parts.scheme])
    except (ValueError, KeyError):
        pass
    raise ConfigError(
        f"engine={base!r} is neither a known engine nor a URL.",
        remedy='Use "auto", "openai", "local", or a base URL such as "ws://127.0.0.1:8000/v1".',
    )


def check_headers(headers: Any) -> dict[str, str]:
    """Return further HTTP headers as a dictionary of one's own.

    Raises:
        ConfigError: They aren't names and values; no value is quoted, for it may be a key.
    """
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise ConfigError(
            'headers must be a mapping of names to values, such as {"OpenAI-Project": "proj_…"}.'
        )
    for name, value in headers.items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name) or not isinstance(value, str):
            raise ConfigError(f"The header {name!r} must be a header's name, and its value a string.")
    return dict(headers)


def bearer(headers: Mapping[str, str], key: str | None) -> dict[str, str]:
    """Return headers with a key in them; one that the user set wins, in whatever case it is written."""
    named = {name.lower() for name in headers}
    return (
        dict(headers)
        if key is None or "authorization" in named
        else {**headers, "Authorization": f"Bearer {key}"}
    )


def origin_of(source: KeySource) -> str:
    """Return in words where a key comes from; never the key."""
    if isinstance(source, EnvironmentKey):
        return f"the environment variable {source.variable}"
    return "a function given as api_key=" if callable(source) else "api_key="


async def fetch_key(source: KeySource) -> str | None:
    """Return the key itself, of a function too: that may block, as those that renew a token do.

    Raises:
        ConfigError: It can't be a key; the message doesn't quote it.
    """
    if not callable(source):
        return read_key(source)
    key = await asyncio.to_thread(source)
    return read_key(await key if inspect.isawaitable(key) else key)


def read_key(source: KeySource) -> str | None:
    """Return the key itself, stripped; None where there is none.

    Raises:
        ConfigError: It can't be a key; the message doesn't quote it.
    """
    key = source() if callable(source) else source
    key = key.strip() if isinstance(key, str) else ""
    if not (key.isascii() and key.isprintable()) or " " in key:
        # Checked here, since whoever refuses it as a header would quote it.
        raise ConfigError(
            "The API key has characters that no key has, such as a line break in its middle.",
            remedy="Copy it again.",
        )
    return key or None
