"""Answer offline: a server of the same protocol on loopback, with speech parts that need no network."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from realtime_widget.local.engine import LocalEngine
    from realtime_widget.local.generation import Pace
    from realtime_widget.local.responders.base import Request, Responder, ToolCall
    from realtime_widget.local.responders.chat import ChatResponder
    from realtime_widget.local.responders.demo import DemoResponder
    from realtime_widget.local.responders.function import FunctionResponder
    from realtime_widget.local.server import Server
    from realtime_widget.local.speech import speak
    from realtime_widget.local.stages import Speaker, SpeechChunk, Transcriber, Transcription

__all__ = [
    "ChatResponder",
    "DemoResponder",
    "FunctionResponder",
    "LocalEngine",
    "Pace",
    "Request",
    "Responder",
    "Server",
    "Speaker",
    "SpeechChunk",
    "ToolCall",
    "Transcriber",
    "Transcription",
    "speak",
]

_MODULES = {
    "ChatResponder": "responders.chat",
    "DemoResponder": "responders.demo",
    "FunctionResponder": "responders.function",
    "LocalEngine": "engine",
    "Pace": "generation",
    "Request": "responders.base",
    "Responder": "responders.base",
    "Server": "server",
    "Speaker": "stages",
    "SpeechChunk": "stages",
    "ToolCall": "responders.base",
    "Transcriber": "stages",
    "Transcription": "stages",
    "speak": "speech",
}


def __getattr__(name: str) -> Any:
    # Lazily, so that the child processes, which import this package too, load no more than they use.
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
