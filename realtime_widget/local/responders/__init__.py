"""What answers: the demo, a Python function, or any OpenAI-compatible chat endpoint."""

from __future__ import annotations

from realtime_widget.local.responders.base import Request, Responder, ToolCall

__all__ = ["Request", "Responder", "ToolCall"]
