"""Who answers.

The offline engine, which really runs a server, is `realtime_widget.local.LocalEngine`.
"""

from .azure import AzureEngine, azure_by_url
from .base import (
    Dialect,
    Endpoint,
    Engine,
    EnvironmentKey,
    KeySource,
    SessionKind,
    check_headers,
    read_key,
    websocket_url,
)
from .servers import OpenAIEngine, URLEngine

__all__ = [
    "AzureEngine",
    "Dialect",
    "Endpoint",
    "Engine",
    "EnvironmentKey",
    "KeySource",
    "OpenAIEngine",
    "SessionKind",
    "URLEngine",
    "azure_by_url",
    "check_headers",
    "read_key",
    "websocket_url",
]
