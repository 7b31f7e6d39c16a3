"""The answer's sound on its way to the page: collected into pieces that are worth a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import messages

__all__ = ["VoiceOut"]

MIN_BYTES = (
    4_800  # 100 ms: smaller pieces cost more than they bring, and the server drops over 1000 messages/s
)
Send = Callable[[dict[str, Any], list[bytes]], None]
Key = tuple[str, int]


class VoiceOut:
    """Collects, numbers and sends sound for one page; lives on the I/O thread."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._pending: dict[Key, bytearray] = {}
        self._seq = 0

    def add(self, page: str, item_id: str, content_index: int, pcm: bytes) -> None:
        """Take a piece of sound; the first of a part leaves at once, so that the voice begins early."""
        key = (item_id, content_index)
        first = key not in self._pending
        pending = self._pending.setdefault(key, bytearray())
        pending += pcm
        if first or len(pending) >= MIN_BYTES:
            self._flush(page, key)

    def end(self, page: str, item_id: str, content_index: int) -> None:
        """Send the rest of a part and say that it is whole."""
        key = (item_id, content_index)
        if key in self._pending:
            self._flush(page, key)
            del self._pending[key]
        self._send(messages.audio_end(page, item_id, content_index), [])

    def clear(self) -> None:
        """Forget what waits."""
        self._pending.clear()

    def _flush(self, page: str, key: Key) -> None:
        pending = self._pending[key]
        if pending:
            self._send(messages.audio(page, *key, self._seq), [bytes(pending)])
            self._seq += 1
            pending.clear()
