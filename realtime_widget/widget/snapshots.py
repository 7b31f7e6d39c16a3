"""Pages that come late: the latest turns at once, then all older ones in batches, while people talk on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .patches import TurnPatches

__all__ = ["Snapshots"]

PACE_S = 0.03

Send = Callable[[dict[str, Any], list[bytes]], None]
Later = Callable[[float, Callable[[], None]], object]


class Snapshots:
    """Gives single pages what they lack; lives on the I/O thread.

    A batch is made when it is sent, so it is as new as the patches before it, and the patches behind it are
    newer: a page that takes messages as they come ends with exactly the conversation.
    """

    def __init__(self, patches: TurnPatches, send: Send, later: Later) -> None:
        self._patches = patches
        self._send = send
        self._later = later
        self._left: dict[str, list[str]] = {}  # by page: the turns that it still lacks
        self._going = False

    def send_to(self, page: str) -> None:
        """Begin to send a page everything; what it has is replaced."""
        if (patch := self._patches.take()) is not None:
            self._send(patch, [])
        message, left = self._patches.snapshot(page)
        self._send(message, [])
        self._left.pop(page, None)
        if left:
            self._left[page] = left
            self._go_on()

    def forget(self, page: str) -> None:
        """Send a page nothing more."""
        self._left.pop(page, None)

    def _go_on(self) -> None:
        if not self._going:
            self._going = True
            self._later(PACE_S, self._next)

    def _next(self) -> None:
        self._going = False
        if not self._left:
            return
        page, left = next(iter(self._left.items()))
        del self._left[page]  # to the end of the row: each page gets a batch in turn
        self._send(self._patches.older(page, left), [])
        if left:
            self._left[page] = left
        if self._left:
            self._go_on()
