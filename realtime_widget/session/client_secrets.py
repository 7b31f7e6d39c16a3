"""Ephemeral secrets: keys for others, such as a page, that open sessions like this one and soon expire."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from ..config.checks import check_whole
from ..engines import Endpoint
from ..errors import ConfigError, EngineError
from .connecting import open_engine
from .posting import post_json

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = ["ClientSecret", "ClientSecrets"]

MARGIN_S = 30.0
MIN_LIFE_S, MAX_LIFE_S = 10, 7200


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A key that opens sessions until it expires; sessions that are open outlive it.

    Attributes:
        value: The key (`ek_…`); in no repr, for it opens sessions at your expense.
        expires_at: When it expires, Unix seconds.
    """

    value: str = field(repr=False)
    expires_at: float


@dataclass(frozen=True, slots=True)
class _Made:
    secret: ClientSecret
    until_s: float  # on the monotonic clock, for this machine's may differ from the server's
    request: str = field(repr=False)

    @property
    def left_s(self) -> float:
        return min(self.until_s - time.monotonic(), self.secret.expires_at - time.time())


class ClientSecrets:
    """Makes the secrets of one session; lives on the I/O thread."""

    def __init__(self, core: SessionCore, timeout_s: float) -> None:
        self._core = core
        self._timeout_s = timeout_s
        self._made: _Made | None = None
        self._making = asyncio.Lock()  # two who ask at once get the same

    async def get(self, seconds: int, session: Mapping[str, Any] | None) -> ClientSecret:
        """Return a secret with more than 30 s left: the last one, if it was made for the same."""
        check_whole("seconds", seconds, MIN_LIFE_S, MAX_LIFE_S)
        if session is not None and not isinstance(session, Mapping):
            raise ConfigError(
                "session must be a session object of the API (a mapping), or None for this one."
            )
        if self._core.engine.dialect == "preview":
            raise EngineError(
                f"{self._core.engine.name} makes no ephemeral secrets: its preview API has none.",
                remedy="Use the API proper: leave api_version out.",
                code="not_supported",
            )
        async with self._making:
            return await self._get(seconds, session)

    async def _get(self, seconds: int, session: Mapping[str, Any] | None) -> ClientSecret:
        endpoint = await open_engine(self._core, self._timeout_s)
        body = {
            "expires_after": {"anchor": "created_at", "seconds": seconds},
            "session": self._session(endpoint) if session is None else dict(session),
        }
        request = json.dumps([endpoint.url, body], sort_keys=True)
        if self._made is None or self._made.request != request or self._made.left_s <= MARGIN_S:
            asked_s = time.monotonic()
            answer = await post_json(endpoint.http("/client_secrets"), body, timeout_s=self._timeout_s)
            secret = _secret(answer)
            self._made = _Made(secret, asked_s + seconds, request)
        return self._made.secret

    def _session(self, endpoint: Endpoint) -> dict[str, Any]:
        """Return this session's configuration as a request wants it: with its model."""
        config = self._core.protocol.config.with_tools(self._core.registry.wire_tools())
        wire: dict[str, Any] = _without_defaults(config.to_wire())
        if config.kind == "transcription":
            return wire  # the model is where the sound is configured
        named = parse_qs(urlsplit(endpoint.url).query).get("model")  # a deployment, where models go by those
        return {**wire, "model": named[0] if named else config.model}


def _without_defaults(wire: Any) -> Any:
    # A null changes what is; where nothing is yet, it is the default of all but turn detection.
    if not isinstance(wire, dict):
        return wire
    kept = {name: _without_defaults(value) for name, value in wire.items()}
    return {name: value for name, value in kept.items() if value is not None or name == "turn_detection"}


def _secret(answer: Mapping[str, Any]) -> ClientSecret:
    value, expires_at = answer.get("value"), answer.get("expires_at")
    if not isinstance(value, str) or isinstance(expires_at, bool) or not isinstance(expires_at, int | float):
        raise EngineError(
            "The server answered, but with no ephemeral secret.",
            remedy="Check that the address is that of a server of the Realtime API.",
            code="no_secret",
        )
    return ClientSecret(value, expires_at)
