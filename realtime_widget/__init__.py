"""Talk with a voice model in a Jupyter notebook, and read the conversation as data in the next cell.

from realtime_widget import RealtimeSession

session = RealtimeSession()
session                       # in a notebook: the panel
session.transcript.df         # what was said, at any moment
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .audio import Clip
    from .config import Microphone, SemanticVAD, ServerVAD
    from .data import FrozenConversation, PriceTable, Turn
    from .data.archive import DamagedFileWarning
    from .engines import AzureEngine, Engine
    from .errors import (
        AudioError,
        AuthenticationError,
        ConfigError,
        EngineError,
        FileError,
        FileFormatError,
        MissingKeyError,
        NotConnectedError,
        RealtimeError,
        RefusedError,
        ResponseError,
        SessionClosedError,
        SessionError,
        StoreError,
        ToolArgumentsError,
        ToolError,
        WaitTimeoutError,
    )
    from .local import LocalEngine
    from .session import ClientSecret, RealtimeSession, TranscriptionSession, TranslationSession
    from .store import Store
    from .tools import Tool, tool
    from .widget import RealtimeWidget
    from .widget.checks import check

__version__ = "0.1.0"

# Public name → where it lives. Nothing is imported before it is asked for, so that the import takes no time.
_HOMES = {
    "AudioError": "errors",
    "AuthenticationError": "errors",
    "AzureEngine": "engines",
    "ClientSecret": "session",
    "Clip": "audio",
    "ConfigError": "errors",
    "DamagedFileWarning": "data.archive",
    "Engine": "engines",
    "EngineError": "errors",
    "FileError": "errors",
    "FileFormatError": "errors",
    "FrozenConversation": "data",
    "LocalEngine": "local",
    "Microphone": "config",
    "MissingKeyError": "errors",
    "NotConnectedError": "errors",
    "PriceTable": "data",
    "RealtimeError": "errors",
    "RealtimeSession": "session",
    "RealtimeWidget": "widget",
    "RefusedError": "errors",
    "ResponseError": "errors",
    "SemanticVAD": "config",
    "ServerVAD": "config",
    "SessionClosedError": "errors",
    "SessionError": "errors",
    "Store": "store",
    "StoreError": "errors",
    "Tool": "tools",
    "ToolArgumentsError": "errors",
    "ToolError": "errors",
    "TranscriptionSession": "session",
    "TranslationSession": "session",
    "Turn": "data",
    "WaitTimeoutError": "errors",
    "check": "widget.checks",
    "tool": "tools",
}

__all__ = [
    "AudioError",
    "AuthenticationError",
    "AzureEngine",
    "ClientSecret",
    "Clip",
    "ConfigError",
    "DamagedFileWarning",
    "Engine",
    "EngineError",
    "FileError",
    "FileFormatError",
    "FrozenConversation",
    "LocalEngine",
    "Microphone",
    "MissingKeyError",
    "NotConnectedError",
    "PriceTable",
    "RealtimeError",
    "RealtimeSession",
    "RealtimeWidget",
    "RefusedError",
    "ResponseError",
    "SemanticVAD",
    "ServerVAD",
    "SessionClosedError",
    "SessionError",
    "Store",
    "StoreError",
    "Tool",
    "ToolArgumentsError",
    "ToolError",
    "TranscriptionSession",
    "TranslationSession",
    "Turn",
    "WaitTimeoutError",
    "__version__",
    "check",
    "tool",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": f"{__name__}.server_extension"}]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
