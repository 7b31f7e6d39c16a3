"""From `engine=` to the object that answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..engines import (
    Engine,
    EnvironmentKey,
    KeySource,
    OpenAIEngine,
    URLEngine,
    azure_by_url,
    check_headers,
    read_key,
)
from ..errors import ConfigError, EngineError

__all__ = ["resolve_engine"]


environment_key = EnvironmentKey("OPENAI_API_KEY")
"""The key of the environment, read anew each time."""


def resolve_engine(spec: Any, api_key: KeySource, headers: Mapping[str, str] | None = None) -> Engine:
    """Return the engine for a name, a URL or an `Engine`.

    Raises:
        ConfigError: Neither of these.
        EngineError: The offline engine isn't installed.
    """
    check_headers(headers)
    if isinstance(spec, Engine):
        if api_key is not None or headers:
            raise ConfigError(
                "An Engine object brings its own key and headers.",
                remedy=f"Give api_key= and headers= to {type(spec).__name__}(…), not to the session.",
            )
        return spec
    if spec == "openai":
        return OpenAIEngine(api_key if api_key is not None else environment_key, headers=headers)
    if spec == "auto":
        source: KeySource = api_key if api_key is not None else environment_key
        if callable(api_key) or read_key(source):
            return OpenAIEngine(source, headers=headers)
        return _local_engine()
    if spec == "local":
        return _local_engine()
    if isinstance(spec, str) and "://" in spec:
        azure = azure_by_url(spec, api_key=api_key, headers=headers)
        return azure or URLEngine(spec, api_key=api_key, headers=headers)
    raise ConfigError(
        f"engine must be 'auto', 'openai', 'local', a URL such as 'ws://127.0.0.1:8000/v1', or an Engine, "
        f"not {spec!r}."
    )


def _local_engine() -> Engine:
    try:
        from ..local import LocalEngine
    except ImportError as error:
        raise EngineError(
            f"The offline engine isn't installed ({error.name} is missing).",
            remedy='Install it with: pip install "realtime-widget[local]". '
            "To talk with OpenAI instead, set OPENAI_API_KEY or pass api_key=.",
            code="engine_missing",
        ) from error
    return LocalEngine.shared()
