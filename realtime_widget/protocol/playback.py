"""What was heard: per content part, how much audio came and how much of it was played.

The page plays and reports exact samples. Where it doesn't, or no page plays (a script), the clock tells. In a
script what a finished response sent counts as heard, unless it is interrupted before its time was over.
All positions are samples at 24 kHz.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..audio import SAMPLES_PER_MS
from .sounding import Cut, PartPlayback

__all__ = ["Cut", "PartPlayback", "PlaybackTracker"]

STALE_MS = 3_000
MAX_OPEN = 64
"""Of a script that asks faster than anybody listens, what came before these was heard."""

Key = tuple[str, int]


class PlaybackTracker:
    """Bookkeeping of all parts in the order in which they play; lives on past `response.done`."""

    def __init__(self) -> None:
        self._parts: dict[Key, PartPlayback] = {}
        self._open: dict[Key, PartPlayback] = {}  # what an interruption now would cut
        self._end_ms = 0.0
        self._free_ms = 0.0  # when a page was last through with a part
        self.has_player = False

    def __iter__(self) -> Iterator[PartPlayback]:
        return iter(self._parts.values())

    def get(self, item_id: str, content_index: int = 0) -> PartPlayback | None:
        """Return one part's bookkeeping, or None."""
        return self._parts.get((item_id, content_index))

    @property
    def end_ms(self) -> float:
        """When the last part ends on the session's clock, as far as is known."""
        return self._end_ms

    # -- what comes --------------------------------------------------------------------------------------

    def received(
        self,
        item_id: str,
        content_index: int,
        n_samples: int,
        now_ms: float,
        *,
        floor_ms: float = 0.0,
        silenced: bool = False,
    ) -> bool:
        """Note that audio of a part came; return whether it is to be played.

        A part begins at `floor_ms` at the earliest. `silenced` when its response was interrupted.
        """
        key = (item_id, content_index)
        part = self._parts.get(key)
        if part is None:
            # Parts play one after the other, so a part begins when the one before it ends.
            start_ms = max(now_ms, floor_ms, self._end_ms)
            part = self._parts[key] = PartPlayback(item_id, content_index, start_ms, now_ms)
            part.for_page = self.has_player
            if silenced:
                part.stopped_ms, part.cut_samples = now_ms, 0
            else:
                self._open[key] = part
                self._forget_oldest()
        if silenced or part.stopped_ms is not None:
            part.dropped_samples += n_samples
            return False
        part.received_samples += n_samples
        self._end_ms = max(self._end_ms, part.start_ms + part.received_samples / SAMPLES_PER_MS)
        return True

    def completed(self, item_id: str, content_index: int | None = None) -> None:
        """Note that no more audio will come for a part (None: for all parts of an item)."""
        if content_index is None:
            for _, index in [key for key in self._parts if key[0] == item_id]:
                self.completed(item_id, index)
            return
        key = (item_id, content_index)
        part = self._parts.get(key)
        if part is None or part.complete:
            return
        part.complete = True
        if part.cut_samples is not None or part.dropped_samples:
            return
        if not self.has_player and part.stopped_ms is None:
            part.finished = True  # heard, as long as nobody interrupts it
        elif part.played_out and part.played_samples >= part.received_samples:
            self._finish(key, part)

    def _forget_oldest(self) -> None:
        if not self.has_player:
            while len(self._open) > MAX_OPEN and next(iter(self._open.values())).finished:
                del self._open[next(iter(self._open))]

    # -- what is heard -----------------------------------------------------------------------------------

    def report(
        self,
        item_id: str,
        content_index: int,
        played_samples: int,
        now_ms: float,
        *,
        start_ms: float | None = None,
        error_ms: float | None = None,
        finished: bool = False,
    ) -> None:
        """Take a page's report: `played_samples` so far, when it began, whether it played to its end.

        `error_ms` tells how far off the beginning may be; None where the page's clock isn't known.
        """
        key = (item_id, content_index)
        part = self._parts.get(key)
        if part is None or part.finished:
            return
        played_samples = min(max(part.played_samples, played_samples), part.received_samples)
        if part.cut_samples is not None:
            if part.estimated and not part.told:
                part.played_samples = part.cut_samples = played_samples
                part.estimated = False
            return
        if start_ms is not None:
            part.begun(start_ms, now_ms - played_samples / SAMPLES_PER_MS, error_ms)
        part.reported_ms = now_ms
        part.played_samples = played_samples
        part.played_out = part.played_out or finished
        if finished and part.is_whole:
            self._finish(key, part)

    def heard_samples(self, part: PartPlayback, now_ms: float) -> tuple[int, bool]:
        """Return how much of a part was heard by now, and whether that is an estimate."""
        if part.cut_samples is not None:
            return part.cut_samples, part.estimated
        if part.finished:
            return part.received_samples, part.estimated
        if part.reported_ms is not None:
            return part.played_samples, False
        until_ms = now_ms if part.stopped_ms is None else part.stopped_ms
        elapsed = int(max(0.0, until_ms - part.start_ms) * SAMPLES_PER_MS)
        return min(elapsed, part.received_samples), True

    def is_playing(self, now_ms: float) -> bool:
        """Tell whether something is audible now, or still waits to be."""
        if not self.has_player:
            return now_ms < self._end_ms and any(not part.finished for part in self._open.values())
        # A page that vanished without a word would otherwise play for ever.
        return any(now_ms < self._silent_after_ms(part) for part in self._open.values())

    def _silent_after_ms(self, part: PartPlayback) -> float:
        end_ms = part.start_ms + part.received_samples / SAMPLES_PER_MS
        return max(end_ms, part.reported_ms or 0.0, self._end_ms) + STALE_MS

    def _finish(self, key: Key, part: PartPlayback) -> None:
        part.finished = True
        part.played_samples = part.received_samples
        self._free_ms = max(self._free_ms, part.reported_ms or 0.0)
        self._end_ms = max(self._end_ms, part.start_ms + part.received_samples / SAMPLES_PER_MS)
        self._open.pop(key, None)

    # -- what is interrupted -----------------------------------------------------------------------------

    def stop(
        self, now_ms: float, was_heard: Callable[[PartPlayback], bool] = lambda part: False
    ) -> list[PartPlayback]:
        """Silence all that plays or waits; return it in playing order, to be `cut` when more is known.

        Where no page plays, finished parts of which `was_heard` is true, or whose time is over, stay whole.
        """
        parts = list(self._open.values())
        if not self.has_player:
            parts = [part for part in parts if not (part.finished and was_heard(part))]
        stopped = []
        for part, begin_ms in self._clock(parts):
            elapsed = int(max(0.0, now_ms - begin_ms) * SAMPLES_PER_MS)
            if part.finished and elapsed >= part.received_samples:
                continue
            part.finished = False
            part.stopped_ms = now_ms
            part.guessed_samples = min(elapsed, part.received_samples)
            stopped.append(part)
        if stopped or self.has_player:
            self._end_ms = min(self._end_ms, now_ms)
        self._open.clear()
        return stopped

    def _clock(self, parts: Iterable[PartPlayback]) -> Iterator[tuple[PartPlayback, float]]:
        """Yield parts with the time at which each begins, by the clock and the last reports."""
        free_ms = self._free_ms
        for part in parts:
            begin_ms = max(part.came_ms, free_ms)
            if part.reported_ms is not None:
                reached_ms = part.reported_ms - part.played_samples / SAMPLES_PER_MS
                begin_ms = reached_ms if part.played_samples else max(begin_ms, reached_ms)
            free_ms = max(free_ms, begin_ms + part.received_samples / SAMPLES_PER_MS)
            yield part, begin_ms

    def cut(self, parts: Iterable[PartPlayback], *, answered: bool | None = None) -> list[Cut]:
        """Return where stopped parts were cut, in playing order; what was heard to its end isn't.

        `answered` when a page has told about all of them, so that what it left out was not heard; False when
        it hasn't and the clock must tell; None to go by the reports that came since the stop.
        """
        cuts = []
        for part in parts:
            if part.finished or part.cut_samples is not None or part.stopped_ms is None:
                continue
            since = part.reported_ms is not None and part.reported_ms >= part.stopped_ms
            exact = since if answered is None else answered
            heard = part.played_samples if exact else max(part.played_samples, part.guessed_samples)
            if (cut := part.cut(heard, estimated=not exact)) is not None:
                cuts.append(cut)
        return cuts

    def attach(self, attached: bool, now_ms: float) -> list[Cut]:
        """Note that a page began, or ceased, to play; what a page that left hadn't played wasn't heard."""
        cuts: list[Cut] = []
        if self.has_player and not attached:
            for part in self.stop(now_ms):
                cuts += self.cut([part], answered=part.reported_ms is not None)
        elif attached and not self.has_player:
            self._open = {key: part for key, part in self._open.items() if not part.finished}
        self.has_player = attached
        return cuts

    def forget(self, item_id: str) -> None:
        """Drop the bookkeeping of an item that is gone."""
        for key in [key for key in self._parts if key[0] == item_id]:
            self._open.pop(key, None)
            del self._parts[key]
