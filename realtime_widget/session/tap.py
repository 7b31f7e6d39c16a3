"""The voice of one session as the sound of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..audio import ms_to_bytes
from ..protocol.changes import AudioReceived, Change

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = ["VoiceTap"]

PIECE_MS = 60


class VoiceTap:
    """What a session says, as it would be heard: at the pace of speech, and cut off where it is interrupted.

    A view of the session that speaks; lives on the I/O thread. Between two answers there is silence.
    """

    has_player = False  # it plays by the clock, as the session assumes of itself
    live = True
    pause_ms = 0.0

    def __init__(self, core: SessionCore) -> None:
        self._core = core
        self._waiting = bytearray()
        self._speaking: set[str] = set()  # the items whose sound waits, or came last
        self._cut: set[str] = set()

    async def open(self) -> None:
        """Begin to listen."""
        if self not in self._core.views:
            self._core.views.append(self)

    def close(self) -> None:
        """Listen no more; idempotent."""
        if self in self._core.views:
            self._core.views.remove(self)
        self._waiting.clear()

    async def take(self, limit_s: float | None = None) -> bytes:
        """Return the next piece of the voice; empty while it is silent."""
        size = ms_to_bytes(PIECE_MS)
        piece = bytes(self._waiting[:size])
        del self._waiting[:size]
        return piece

    def publish(self, changes: list[Change]) -> None:
        """Take what the session says."""
        for change in changes:
            if isinstance(change, AudioReceived) and change.item_id not in self._cut:
                if not self._waiting:
                    self._speaking.clear()
                self._speaking.add(change.item_id)
                self._waiting += change.pcm

    def silence(self, clear_id: int) -> None:
        """Fall silent, also with what still comes of the answer that is cut off."""
        self._cut |= self._speaking
        self._waiting.clear()
