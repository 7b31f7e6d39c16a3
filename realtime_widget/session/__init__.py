"""The session: the only place with threads, an event loop and sockets."""

from .session import RealtimeSession

__all__ = ["RealtimeSession"]
