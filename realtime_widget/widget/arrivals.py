"""When the microphone's chunks arrive: which are missing, and which come so late that they are of no use.

A cell that blocks the kernel holds back what the page sends; when it ends, all of it comes at once.
"""

from __future__ import annotations

from ..audio import SAMPLES_PER_MS

__all__ = ["Arrivals"]

MAX_LATE_MS = 30_000.0
CALM_CHUNKS = 25
"""So many chunks in a row that are late and yet come at the pace of speech: not they, a clock was wrong."""


class Arrivals:
    """Watches the chunks of one microphone; counts in samples at 24 kHz.

    Attributes:
        n_chunks: Chunks that came.
        lost_samples: Never came.
        stale_samples: Came too late.
    """

    def __init__(self) -> None:
        self.n_chunks = 0
        self.lost_samples = 0
        self.stale_samples = 0
        self._next_sample: int | None = None
        self._delays_ms: list[float] = []  # the least so far, by the count of samples and by the page's clock
        self._came_ms = 0.0
        self._n_calm = 0

    @property
    def missed_samples(self) -> int:
        """All that wasn't heard."""
        return self.lost_samples + self.stale_samples

    def pause(self) -> None:
        """Note that what is missing from here to the next chunk was held back, not lost."""
        self._next_sample = None
        self._delays_ms = []

    def take(
        self, seq: int, first_sample: int, captured_ms: float | None, n_samples: int, now_ms: float
    ) -> bool:
        """Note a chunk; return whether it is still worth hearing."""
        self.n_chunks += 1
        if not seq:
            self._delays_ms = []
        elif self._next_sample is not None:
            self.lost_samples += max(0, first_sample - self._next_sample)
        self._next_sample = first_sample + n_samples
        fresh = self._is_fresh(first_sample, captured_ms, n_samples, now_ms)
        self.stale_samples += 0 if fresh else n_samples
        return fresh

    def _is_fresh(self, first_sample: int, captured_ms: float | None, n_samples: int, now_ms: float) -> bool:
        by_count_ms = now_ms - first_sample / SAMPLES_PER_MS
        delays_ms = [by_count_ms, by_count_ms if captured_ms is None else now_ms - captured_ms]
        came_after_ms, self._came_ms = now_ms - self._came_ms, now_ms
        self._delays_ms = [
            min(before, now) for before, now in zip(self._delays_ms or delays_ms, delays_ms, strict=True)
        ]
        late_ms = min(now - least for now, least in zip(delays_ms, self._delays_ms, strict=True))
        if late_ms <= MAX_LATE_MS:
            self._n_calm = 0
            return True
        if came_after_ms < n_samples / SAMPLES_PER_MS / 2:
            self._n_calm = 0
            return False
        self._n_calm += 1
        if self._n_calm >= CALM_CHUNKS:
            self._delays_ms = delays_ms
        return True
