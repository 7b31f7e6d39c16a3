"""A socket that hands each message over where it is parsed.

The library's `recv` puts a queue, a task switch and another turn of the event loop between the bytes and
whoever reads them. At the pace of speech that is a good part of what a message costs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode

__all__ = ["DirectSocket"]

_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class DirectSocket(ClientConnection):
    """A client's connection whose messages go to a function; what comes before there is one waits for it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._early: list[str] = []
        self._parts: list[bytes] = []
        self._take: Callable[[str], None] = self._early.append

    def hand_to(self, take: Callable[[str], None]) -> None:
        """Call a function with every message from now on, in order; it must not raise."""
        self._take = take
        early, self._early = self._early, []
        for text in early:
            take(text)

    def process_event(self, event: Any) -> None:
        """Take what the library parsed; runs on the event loop, in no task."""
        if not isinstance(event, Frame) or event.opcode not in _DATA:
            super().process_event(event)
        elif event.fin and not self._parts:
            self._take(str(event.data, "utf-8", "replace"))
        else:
            self._parts.append(bytes(event.data))
            if event.fin:
                data, self._parts = b"".join(self._parts), []
                self._take(data.decode(errors="replace"))
