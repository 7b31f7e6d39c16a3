"""Who answers: the interface of an engine, and the engines that are only an address.

The offline engine, which really runs a server, is `realtime_widget.local.LocalEngine`.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit, urlunsplit

from .errors import ConfigError, MissingKeyError

__all__ = ["Endpoint", "Engine", "KeySource", "OpenAIEngine", "URLEngine", "websocket_url"]

KeySource = str | Callable[[], str | None] | None
"""An API key, or a function that returns one when it is needed."""

OPENAI_BASE_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect; `headers` may hold a key, so they are in no repr."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        parts = urlsplit(self.url)  # user names, keys and tokens travel in URLs too
        return f"Endpoint('{parts.scheme}://{parts.hostname}{parts.path}')"


class Engine(abc.ABC):
    """Who answers.

    Attributes:
        kind: `"openai"`, `"local"` or `"url"`.
        name: How people see it named.
        note: A sentence about it for the panel, or None.
    """

    kind: str = "url"
    name: str = "engine"
    note: str | None = None

    @abc.abstractmethod
    async def open(self, *, model: str) -> Endpoint:
        """Make the engine ready and return where to connect; called before every connection.

        Raises:
            EngineError: It can't be made ready; the message says what to do.
        """

    async def close(self) -> None:
        """Let go of what `open` took; total and idempotent."""
        return

    def __getstate__(self) -> object:
        raise TypeError("An engine may hold a key, so it can't be pickled or copied; make another one.")


def websocket_url(base: str, *, model: str) -> str:
    """Return the socket's address for a `ws`, `wss`, `http` or `https` base URL, with or without `/realtime`.

    Raises:
        ConfigError: Not such a URL.
    """
    parts, scheme = _split(base)
    if scheme is None:
        raise ConfigError(
            f"engine={base!r} is neither a known engine nor a URL.",
            remedy='Use "auto", "openai", "local", or a base URL such as "ws://127.0.0.1:8000/v1".',
        )
    path = parts.path.rstrip("/")
    if not path.endswith("/realtime"):
        path += "/realtime"
    query = parts.query
    if not _DECIDES_MODEL & set(parse_qs(query, keep_blank_values=True)):
        query = "&".join(filter(None, (query, urlencode({"model": model}))))
    return urlunsplit((scheme, parts.netloc, path, query, ""))


_DECIDES_MODEL = {"model", "intent", "call_id"}  # the API takes exactly one of them


def _split(base: str) -> tuple[SplitResult, str | None]:
    try:
        parts = urlsplit(base)
        valid = parts.hostname and (parts.port is None or parts.port > 0)  # a wrong port raises
    except ValueError:
        return urlsplit(""), None
    schemes = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
    return parts, schemes.get(parts.scheme) if valid else None


class OpenAIEngine(Engine):
    """OpenAI's own service; needs a key."""

    kind = "openai"
    name = "OpenAI"

    def __init__(self, api_key: KeySource, *, base_url: str = OPENAI_BASE_URL) -> None:
        self._api_key = api_key
        self._base_url = base_url

    async def open(self, *, model: str) -> Endpoint:
        """Return the service's address, with the key in the header and nowhere else."""
        key = read_key(self._api_key)
        if not key:
            raise MissingKeyError(
                "No OpenAI API key was found.",
                remedy='Set the environment variable OPENAI_API_KEY, pass api_key="…" or api_key=a_function, '
                'or talk to the offline engine with engine="local".',
            )
        return Endpoint(websocket_url(self._base_url, model=model), {"Authorization": f"Bearer {key}"})

    def __repr__(self) -> str:
        return "OpenAIEngine()"


class URLEngine(Engine):
    """Any server of the same protocol, by its base URL; a key is sent only if one is given."""

    kind = "url"

    def __init__(
        self, url: str, *, api_key: KeySource = None, headers: Mapping[str, str] | None = None
    ) -> None:
        websocket_url(url, model="x")  # a wrong URL should fail here, not at start
        self._url = url
        self._api_key = api_key
        self._headers = dict(headers or {})
        self.name = urlsplit(url).hostname or "server"

    async def open(self, *, model: str) -> Endpoint:
        """Return the server's address."""
        headers = dict(self._headers)
        if key := read_key(self._api_key):
            headers.setdefault("Authorization", f"Bearer {key}")
        return Endpoint(websocket_url(self._url, model=model), headers)

    def __repr__(self) -> str:
        return f"URLEngine({self.name!r})"


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
