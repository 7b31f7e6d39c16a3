"""What was heard: per content part, how much audio came and how much of it was played.

The page plays and reports exact samples. Where no page plays (a script), what a finished response sent counts
as heard, and of a running one as much as fits into the time since it began.
All positions are samples at 24 kHz.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Cut", "PartPlayback", "PlaybackTracker"]

SAMPLES_PER_MS = 24
STALE_MS = 3_000
Key = tuple[str, int]


@dataclass(slots=True)
class PartPlayback:
    """Playback of one part: samples received, samples played, and where it was cut."""

    item_id: str
    content_index: int
    start_ms: float
    received_samples: int = 0
    played_samples: int = 0
    reported_ms: float | None = None
    complete: bool = False
    finished: bool = False
    played_out: bool = False  # a page said that it reached the end, perhaps before we know that it is one
    cut_samples: int | None = None
    estimated: bool = False

    @property
    def received_ms(self) -> int:
        """Whole milliseconds of audio received."""
        return self.received_samples // SAMPLES_PER_MS

    def cut(self) -> Cut:
        """Return where it was cut."""
        return Cut(
            item_id=self.item_id,
            content_index=self.content_index,
            heard_ms=(self.cut_samples or 0) // SAMPLES_PER_MS,
            received_ms=self.received_ms,
            estimated=self.estimated,
            complete=self.complete,
        )


@dataclass(frozen=True, slots=True)
class Cut:
    """Where an interruption cut one part.

    `estimated` when no page told how much was heard; `complete` when all its sound had come.
    """

    item_id: str
    content_index: int
    heard_ms: int
    received_ms: int
    estimated: bool
    complete: bool = True


class PlaybackTracker:
    """Bookkeeping of all parts in the order in which they play; lives on past `response.done`."""

    def __init__(self) -> None:
        self._parts: dict[Key, PartPlayback] = {}
        self._open: dict[Key, PartPlayback] = {}
        self._end_ms = 0.0
        self.has_player = False

    def __iter__(self) -> Iterator[PartPlayback]:
        return iter(self._parts.values())

    def get(self, item_id: str, content_index: int = 0) -> PartPlayback | None:
        """Return one part's bookkeeping, or None."""
        return self._parts.get((item_id, content_index))

    def received(self, item_id: str, content_index: int, n_samples: int, now_ms: float) -> None:
        """Note that audio of a part came."""
        key = (item_id, content_index)
        part = self._parts.get(key)
        if part is None:
            # Parts play one after the other, so a part begins when the one before it ends.
            start_ms = max(now_ms, self._end_ms)
            part = self._parts[key] = self._open[key] = PartPlayback(item_id, content_index, start_ms)
        part.received_samples += n_samples
        self._end_ms = max(self._end_ms, part.start_ms + part.received_samples / SAMPLES_PER_MS)

    def completed(self, item_id: str, content_index: int | None = None) -> None:
        """Note that no more audio will come for a part (None: for all parts of an item)."""
        for key, part in list(self._open.items()):
            if key[0] == item_id and content_index in (None, key[1]):
                part.complete = True
                if not self.has_player or (part.played_out and part.played_samples >= part.received_samples):
                    self._finish(key, part)

    def report(
        self,
        item_id: str,
        content_index: int,
        played_samples: int,
        now_ms: float,
        *,
        start_ms: float | None = None,
        finished: bool = False,
    ) -> None:
        """Take a page's report: `played_samples` so far, when it began, whether it played to its end."""
        key = (item_id, content_index)
        part = self._parts.get(key)
        if part is None or part.finished or part.cut_samples is not None:
            return
        if start_ms is not None and part.reported_ms is None:
            part.start_ms = min(start_ms, now_ms)  # a page's clock may be wrong
        part.reported_ms = now_ms
        part.played_samples = min(max(part.played_samples, played_samples), part.received_samples)
        part.played_out = part.played_out or finished
        if finished and part.complete:
            self._finish(key, part)

    def heard_samples(self, part: PartPlayback, now_ms: float) -> tuple[int, bool]:
        """Return how much of a part was heard by now, and whether that is an estimate."""
        if part.cut_samples is not None:
            return part.cut_samples, part.estimated
        if part.finished:
            return part.received_samples, False
        if part.reported_ms is not None:
            return part.played_samples, False
        elapsed = int(max(0.0, now_ms - part.start_ms) * SAMPLES_PER_MS)
        return min(elapsed, part.received_samples), True

    def interrupt(self, now_ms: float) -> list[Cut]:
        """Stop everything that isn't heard to its end, and say where each part was cut, in playing order."""
        cuts = []
        for position, part in enumerate(self._open.values()):
            heard, part.estimated = self.heard_samples(part, now_ms)
            if position and self.has_player and part.reported_ms is None:
                heard = 0  # it waited behind a part that was still playing
            if part.complete and heard >= part.received_samples:
                part.finished = True
                continue
            part.cut_samples = heard
            cuts.append(part.cut())
        self._open.clear()
        self._end_ms = now_ms
        return cuts

    def is_playing(self, now_ms: float) -> bool:
        """Tell whether something is audible now, or still waits to be."""
        if not self.has_player:
            return bool(self._open) and now_ms < self._end_ms
        # A page that vanished without a word would otherwise play for ever.
        return any(now_ms < self._silent_after_ms(part) for part in self._open.values())

    def _silent_after_ms(self, part: PartPlayback) -> float:
        end_ms = part.start_ms + part.received_samples / SAMPLES_PER_MS
        return max(end_ms, part.reported_ms or 0.0, self._end_ms) + STALE_MS

    @property
    def end_ms(self) -> float:
        """When the last part ends on the session's clock, as far as is known."""
        return self._end_ms

    def attach(self, attached: bool, now_ms: float) -> None:
        """Note that a page began, or ceased, to play; what a page that left hadn't played wasn't heard."""
        if self.has_player and not attached:
            for part in self._open.values():
                part.cut_samples, part.estimated = self.heard_samples(part, now_ms)
            self._open.clear()
            self._end_ms = now_ms
        self.has_player = attached

    def forget(self, item_id: str) -> None:
        """Drop the bookkeeping of an item that is gone."""
        for key in [key for key in self._parts if key[0] == item_id]:
            self._open.pop(key, None)
            del self._parts[key]

    def _finish(self, key: Key, part: PartPlayback) -> None:
        part.finished = True
        part.played_samples = part.received_samples
        self._end_ms = max(self._end_ms, part.start_ms + part.received_samples / SAMPLES_PER_MS)
        self._open.pop(key, None)
