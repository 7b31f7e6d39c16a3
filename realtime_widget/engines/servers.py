"""Engines that are only an address: OpenAI's service, and any server of the same protocol."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from ..errors import ConfigError, MissingKeyError
from .base import (
    Dialect,
    Endpoint,
    Engine,
    KeySource,
    bearer,
    check_headers,
    fetch_key,
    origin_of,
    websocket_url,
)

__all__ = ["OPENAI_BASE_URL", "OpenAIEngine", "URLEngine"]

OPENAI_BASE_URL = "https://api.openai.com/v1"


class OpenAIEngine(Engine):
    """OpenAI's own service; needs a key.

    Args:
        api_key: A key or an ephemeral secret (`ek_…`), or a function that returns one.
        base_url: Another address of the service, such as a region's.
        headers: Further headers: `OpenAI-Organization`, `OpenAI-Project`, `OpenAI-Safety-Identifier`.
    """

    kind = "openai"
    name = "OpenAI"

    def __init__(
        self,
        api_key: KeySource,
        *,
        base_url: str = OPENAI_BASE_URL,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._headers = check_headers(headers)

    async def open(self, *, model: str) -> Endpoint:
        """Return the service's address, with the key in the header and nowhere else."""
        key = await fetch_key(self._api_key)
        if not key:
            raise MissingKeyError(
                "No OpenAI API key was found.",
                remedy='Set the environment variable OPENAI_API_KEY, pass api_key="…" or api_key=a_function, '
                'or talk to the offline engine with engine="local".',
            )
        return Endpoint(websocket_url(self._base_url, model=model), bearer(self._headers, key))

    @property
    def key_origin(self) -> str | None:
        """Where the key comes from, in words."""
        return origin_of(self._api_key)

    def __repr__(self) -> str:
        return "OpenAIEngine()"


class URLEngine(Engine):
    """Any server of the same protocol, by its base URL; a key is sent only if one is given.

    Args:
        url: A `ws`, `wss`, `http` or `https` base URL.
        api_key: A key, or a function that returns one; goes into `Authorization` unless `headers` has that.
        headers: Further headers.
        dialect: `"preview"` for a server that takes only the shapes of the API's withdrawn beta.
    """

    kind = "url"

    def __init__(
        self,
        url: str,
        *,
        api_key: KeySource = None,
        headers: Mapping[str, str] | None = None,
        dialect: Dialect = "ga",
    ) -> None:
        websocket_url(url, model="x")  # a wrong URL should fail here, not at start
        if dialect not in ("ga", "preview"):
            raise ConfigError(f"dialect must be 'ga' or 'preview', not {dialect!r}.")
        self._url = url
        self._api_key = api_key
        self._headers = check_headers(headers)
        self.dialect = dialect
        self.name = urlsplit(url).hostname or "server"

    async def open(self, *, model: str) -> Endpoint:
        """Return the server's address."""
        headers = bearer(self._headers, await fetch_key(self._api_key))
        return Endpoint(websocket_url(self._url, model=model), headers)

    @property
    def key_origin(self) -> str | None:
        """Where the key comes from, in words; it may be among the headers, or be none."""
        return "headers=" if self._api_key is None else origin_of(self._api_key)

    def __repr__(self) -> str:
        return f"URLEngine({self.name!r})"
