"""The answer's sound on its way to the page: collected into pieces worth a message, no more than it can use.

A server may send minutes of sound at once. The page gets as much as it plays within two minutes; the rest
waits here until the page reports that it has played. So a page that hangs is not flooded, an interruption
finds little to take back, and Jupyter's limit of messages isn't reached.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from . import messages

__all__ = ["VoiceOut"]

MIN_BYTES = (
    4_800  # 100 ms: smaller pieces cost more than they bring, and the server drops over 1000 messages/s
)
SMALL_BYTES = 960  # 20 ms
LARGE_BYTES = 24_000  # 500 ms: for what isn't wanted soon
SOON_BYTES = 48_000
WINDOW_BYTES = 5_760_000  # 2 minutes
MAX_QUEUED_BYTES = 28_800_000  # 10 minutes
SLOT_S = 0.1
SLOT_MESSAGES = 30
Send = Callable[[dict[str, Any], list[bytes]], None]
Later = Callable[[float, Callable[[], None]], object]
Key = tuple[str, int]


class Played(Protocol):
    """What a page reports of a part."""

    @property
    def item_id(self) -> str: ...
    @property
    def content_index(self) -> int: ...
    @property
    def played_samples(self) -> int: ...
    @property
    def finished(self) -> bool: ...


class _Part:
    """Sound of one part that waits."""

    __slots__ = ("begun", "ended", "n_bytes", "page", "pieces")

    def __init__(self, page: str) -> None:
        self.page = page
        self.pieces: deque[bytes] = deque()
        self.n_bytes = 0
        self.begun = False
        self.ended = False

    def take(self, limit_bytes: int) -> bytes:
        taken: list[bytes] = []
        n_bytes = 0
        while self.pieces and n_bytes < limit_bytes:
            taken.append(self.pieces.popleft())
            n_bytes += len(taken[-1])
        self.n_bytes -= n_bytes
        return b"".join(taken)


class VoiceOut:
    """Collects, numbers, paces and sends sound for one page; lives on the I/O thread.

    Attributes:
        queued_bytes: Waits here.
        unplayed_bytes: Was sent, and isn't played as far as the page has told.
        dropped_bytes: Was dropped, since the page had not played for ten minutes.
        reported_s: When the page last told what it played (`time.monotonic`), or None.
    """

    def __init__(self, send: Send, later: Later) -> None:
        self._send = send
        self._later = later
        self._parts: dict[Key, _Part] = {}
        self._sent: dict[Key, list[int]] = {}  # how many bytes of each part the page has, and has played
        self._seq = 0
        self._credit = SLOT_MESSAGES
        self._ticking = False
        self.queued_bytes = 0
        self.unplayed_bytes = 0
        self.dropped_bytes = 0
        self.reported_s: float | None = None

    def add(self, page: str, item_id: str, content_index: int, pcm: bytes) -> None:
        """Take a piece of sound; the first of a part leaves at once, so that the voice begins early."""
        part = self._parts.setdefault((item_id, content_index), _Part(page))
        part.pieces.append(pcm)
        part.n_bytes += len(pcm)
        self.queued_bytes += len(pcm)
        if not part.begun or part.n_bytes >= self._worth_bytes:
            self._pump()
        if self.queued_bytes > MAX_QUEUED_BYTES:
            self._drop()

    def end(self, page: str, item_id: str, content_index: int) -> None:
        """Send the rest of a part and say that it is whole."""
        self._parts.setdefault((item_id, content_index), _Part(page)).ended = True
        self._pump()

    def played(self, items: Iterable[Played]) -> None:
        """Learn from a page's report how much it has played, and send what there is room for now."""
        self.reported_s = time.monotonic()
        for item in items:
            key = (item.item_id, item.content_index)
            if key in self._sent:
                self._count_played(key, 2 * item.played_samples, finished=item.finished)
        self._pump()

    def clear(self) -> None:
        """Forget what waits, and what the page has: it falls silent."""
        self._parts.clear()
        self._sent.clear()
        self.queued_bytes = self.unplayed_bytes = 0

    # -- sending -----------------------------------------------------------------------------------------

    @property
    def _worth_bytes(self) -> int:
        if self.unplayed_bytes >= SOON_BYTES:
            return LARGE_BYTES
        # A voice that has just begun must not run dry while a piece is collected.
        return min(MIN_BYTES, max(SMALL_BYTES, self.unplayed_bytes // 2))

    def _pump(self) -> None:
        for key, part in list(self._parts.items()):
            while part.pieces and (part.ended or not part.begun or part.n_bytes >= self._worth_bytes):
                if self.unplayed_bytes >= WINDOW_BYTES or not self._may_send():
                    return
                self._flush(key, part)
            if part.ended and not part.pieces:
                if not self._may_send():
                    return
                del self._parts[key]
                self._send(messages.audio_end(part.page, *key), [])

    def _flush(self, key: Key, part: _Part) -> None:
        part.begun = True
        pcm = part.take(self._worth_bytes)
        self.queued_bytes -= len(pcm)
        self.unplayed_bytes += len(pcm)
        self._sent.setdefault(key, [0, 0])[0] += len(pcm)
        self._send(messages.audio(part.page, *key, self._seq), [pcm])
        self._seq += 1

    def _may_send(self) -> bool:
        if not self._ticking:
            self._ticking = True
            self._later(SLOT_S, self._tick)
        self._credit -= self._credit > -1
        return self._credit >= 0

    def _tick(self) -> None:
        self._ticking = False
        self._credit = SLOT_MESSAGES
        self._pump()

    # -- bounds ------------------------------------------------------------------------------------------

    def _count_played(self, key: Key, n_bytes: int, *, finished: bool) -> None:
        # Parts play one after the other: those before this one are over, whatever was told of them.
        for earlier in list(self._sent):
            if earlier == key:
                break
            sent, before = self._sent.pop(earlier)
            self.unplayed_bytes -= sent - before
        sent, before = self._sent[key]
        now = sent if finished else min(max(n_bytes, before), sent)
        self._sent[key][1] = now
        self.unplayed_bytes -= now - before

    def _drop(self) -> None:
        for part in self._parts.values():
            while part.pieces and self.queued_bytes > MAX_QUEUED_BYTES:
                n_bytes = len(part.pieces.popleft())
                part.n_bytes -= n_bytes
                self.queued_bytes -= n_bytes
                self.dropped_bytes += n_bytes
