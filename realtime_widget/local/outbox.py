"""Events on their way to the client, in order, with a limit on how far they may fall behind."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

__all__ = ["Outbox"]

ROOM = 64
"""Frames that may wait before speech is held back."""
MOST = 20_000
"""Frames after which a client that doesn't read is given up."""


class Outbox:
    """A queue with one sender."""

    def __init__(self, *, room: int = ROOM, most: int = MOST) -> None:
        self._frames: deque[str] = deque()
        self._room = room
        self._most = most
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._closed = False

    def put(self, frame: str) -> None:
        """Queue a frame; when far too many wait, the queue closes."""
        if self._closed:
            return
        self._frames.append(frame)
        self._filled.set()
        if len(self._frames) >= self._room:
            self._drained.clear()
        if len(self._frames) > self._most:
            self.close()

    async def has_room(self) -> None:
        """Wait until few enough frames wait."""
        await self._drained.wait()

    def close(self) -> None:
        """Send what is queued and then end; further frames are dropped."""
        self._closed = True
        self._filled.set()
        self._drained.set()

    async def run(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Send frame after frame until closed."""
        while True:
            while self._frames:
                await send(self._frames.popleft())
                if len(self._frames) < self._room:
                    self._drained.set()
            if self._closed:
                return
            self._filled.clear()
            await self._filled.wait()
