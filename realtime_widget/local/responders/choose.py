"""From what a user gives as `responder` to the object that answers."""

from __future__ import annotations

from typing import Any

from realtime_widget.errors import ConfigError
from realtime_widget.local.responders.base import Responder
from realtime_widget.local.responders.demo import DemoResponder

__all__ = ["choose_responder", "describe_responder"]

DEMO_NOTE = "A demo voice on this machine; no language model."


def choose_responder(value: Any) -> Responder:
    """Return the responder for an object, a function, a URL, or None (the demo).

    Raises:
        ConfigError: None of these.
    """
    if value is None:
        return DemoResponder()
    if isinstance(value, str) and "://" in value:
        from realtime_widget.local.responders.chat import ChatResponder

        return ChatResponder(value)
    if isinstance(value, Responder) and not isinstance(value, type):
        return value
    if callable(value) and not isinstance(value, type):
        from realtime_widget.local.responders.function import FunctionResponder

        return FunctionResponder(value)
    raise ConfigError(
        f"responder must be a Responder, a function, or the URL of a chat endpoint such as "
        f"'http://127.0.0.1:11434/v1', not {value!r}."
    )


def describe_responder(responder: Responder) -> str:
    """Return a sentence about what answers, for the panel."""
    note = getattr(responder, "note", None)
    return (
        note if isinstance(note, str) else f"Speech on this machine; answers by {type(responder).__name__}."
    )
