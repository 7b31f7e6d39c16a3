"""Azure OpenAI: the service's API under other addresses, with other names for the key and the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlencode, urlunsplit

from ..errors import ConfigError, MissingKeyError
from .base import (
    Endpoint,
    Engine,
    EnvironmentKey,
    KeySource,
    bearer,
    check_headers,
    fetch_key,
    origin_of,
    split_url,
)

__all__ = ["AzureEngine", "azure_by_url"]

_HOSTS = (
    ".openai.azure.com",
    ".openai.azure.us",
    ".openai.azure.cn",
    ".cognitiveservices.azure.com",
    ".cognitiveservices.azure.us",
    ".cognitiveservices.azure.cn",
    ".services.ai.azure.com",
)
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
_VERSIONS = ("v1", "preview", "latest")  # names that the API proper takes
_VOICE_LIVE = "/voice-live"
_MODEL_NAMES = ("deployment", "model")


class AzureEngine(Engine):
    """A deployment in Azure OpenAI.

    Args:
        resource: The resource's name, or its endpoint (`https://….openai.azure.com`, with or without a path
            such as `/openai/v1`).
        api_key: A key, or a function that returns one; goes into the header `api-key`. Without it and without
            `token` the environment's `AZURE_OPENAI_API_KEY`.
        token: A Microsoft Entra token, or a function that returns one (as `get_bearer_token_provider` of
            azure-identity does, for the scope `https://cognitiveservices.azure.com/.default`).
        deployment: The deployment's name; without it the session's `model` is taken for that.
        api_version: Such as `"2025-04-01-preview"`: then the preview API is spoken, with its older shapes.
            Without it the API proper, which has no versions.
        headers: Further headers.

    Raises:
        ConfigError: Neither a resource nor an endpoint, or options that exclude each other.
    """

    kind = "azure"

    def __init__(
        self,
        resource: str,
        *,
        api_key: KeySource = None,
        token: KeySource = None,
        deployment: str | None = None,
        api_version: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if api_key is not None and token is not None:
            raise ConfigError("api_key and token exclude each other.", remedy="Pass one of them.")
        _check_name("deployment", deployment)
        _check_name("api_version", api_version)
        self._parts = _endpoint(resource)
        self._query = {name: values[-1] for name, values in parse_qs(self._parts.query).items()}
        if api_version is not None:
            self._query["api-version"] = api_version
        self._path = _socket_path(self._parts.path, self._query.get("api-version"))
        # In a URL the deployment goes by either name.
        named = [self._query.pop(name, None) for name in _MODEL_NAMES]
        self._deployment = deployment or next(filter(None, named), None)
        self._api_key, self._token = _environment_key if api_key is None else api_key, token
        self._headers = check_headers(headers)
        self.dialect = "ga" if self._path.endswith("/v1/realtime") else "preview"
        self.name = f"Azure ({(self._parts.hostname or '').partition('.')[0]})"

    async def open(self, *, model: str) -> Endpoint:
        """Return the deployment's address; the key is in a header and nowhere else."""
        query = dict(self._query)
        if not {"intent", "call_id"} & set(query):
            name = "deployment" if self._path.endswith("/openai/realtime") else "model"
            query[name] = self._deployment or model
        url = urlunsplit((self._parts.scheme, self._parts.netloc, self._path, urlencode(query), ""))
        return Endpoint(url, await self._authorised())

    async def _authorised(self) -> dict[str, str]:
        named = {name.lower() for name in self._headers}
        if named & {"api-key", "authorization"} or "api-key" in self._query:
            return dict(self._headers)
        key = await fetch_key(self._api_key if self._token is None else self._token)
        if key is None and _is_azure_host(self._parts.hostname):  # what stands in for Azure may want none
            raise MissingKeyError(
                "No key for Azure OpenAI was found.",
                remedy="Set the environment variable AZURE_OPENAI_API_KEY, or pass a key where the engine is "
                'named: AzureEngine(…, api_key="…"), or token= with a function that returns an Entra token.',
            )
        if key is None:
            return dict(self._headers)
        return {**self._headers, "api-key": key} if self._token is None else bearer(self._headers, key)

    @property
    def key_origin(self) -> str | None:
        """Where the key comes from, in words."""
        named = {name.lower() for name in self._headers}
        if named & {"api-key", "authorization"}:
            return "headers="
        if "api-key" in self._query:
            return "the address"
        return origin_of(self._api_key) if self._token is None else "token="

    def __repr__(self) -> str:
        return f"AzureEngine({self._parts.hostname!r})"


def azure_by_url(
    url: str, *, api_key: KeySource = None, headers: Mapping[str, str] | None = None
) -> AzureEngine | None:
    """Return the engine for a URL of Azure's, by its host or by the preview API's query; None for any other.

    The environment's key goes to Azure's own hosts alone.
    """
    parts = split_url(url)
    if _is_azure_host(parts.hostname):
        return AzureEngine(url, api_key=api_key, headers=headers)
    query, path = parse_qs(parts.query), parts.path.rstrip("/").removesuffix("/realtime")
    if "api-version" in query and ("deployment" in query or path.endswith(_VOICE_LIVE)):
        return AzureEngine(url, api_key="" if api_key is None else api_key, headers=headers)
    return None


def _check_name(option: str, value: Any) -> None:
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise ConfigError(f"{option} must be a string that isn't empty, not {value!r}.")


_environment_key = EnvironmentKey("AZURE_OPENAI_API_KEY")


def _is_azure_host(host: str | None) -> bool:
    return (host or "").lower().endswith(_HOSTS)


def _endpoint(resource: Any) -> SplitResult:
    """Return the parts of an endpoint, or of that of a resource named alone."""
    if isinstance(resource, str) and "://" not in resource:
        host = resource if "." in resource else f"{resource}.openai.azure.com"
        if _HOST.fullmatch(host):
            return split_url(f"https://{host}")
    elif isinstance(resource, str):
        return split_url(resource)
    raise ConfigError(
        "An AzureEngine needs the name of a resource or its endpoint.",
        remedy='Pass "my-resource" or "https://my-resource.openai.azure.com".',
    )


def _socket_path(given: str, version: str | None) -> str:
    base = given.rstrip("/").removesuffix("/realtime")
    if not base.endswith(("/openai", "/openai/v1", _VOICE_LIVE)):
        base += "/openai"
    dated = version is not None and _DATED.fullmatch(version) is not None
    if version is not None and not (dated or version in _VERSIONS):
        raise ConfigError(f"api_version must be such as '2025-04-01-preview', not {version!r}.")
    if base.endswith("/v1") and dated:
        raise ConfigError(
            f"The path /openai/v1 has no api_version={version!r}.",
            remedy="Leave out either: the version, or the path to speak the preview API.",
        )
    if base.endswith(_VOICE_LIVE) and version is None:
        raise ConfigError("Voice Live needs an api_version=, such as '2025-10-01'.")
    if base.endswith("/openai") and not dated:
        base += "/v1"
    return f"{base}/realtime"
