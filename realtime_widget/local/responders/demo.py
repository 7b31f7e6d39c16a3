"""Answer as a demo: small talk, and calls of the session's tools. It is no language model and says so."""

from __future__ import annotations

from collections.abc import AsyncIterator

from realtime_widget.local.responders.base import Request, ToolCall

__all__ = ["DemoResponder"]


class DemoResponder:
    """Answer deterministically, from the conversation alone."""

    note = "A demo voice on this machine; no language model."

    async def respond(self, request: Request) -> AsyncIterator[str | ToolCall]:
        """Answer one request."""
        yield f"You said: {request.text}. I am a demo voice and no language model."
