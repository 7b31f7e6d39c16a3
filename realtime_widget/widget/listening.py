"""The microphone of the page that owns it: what came of it, what is missing, and that it comes in time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..audio import SAMPLES_PER_MS
from ..protocol.input_audio import Captured
from . import messages
from .arrivals import MAX_LATE_MS, Arrivals
from .routing import hurry, relax

if TYPE_CHECKING:
    from .link import PageLink

__all__ = ["Listening"]

NOTICED_LOSS_SAMPLES = 2_400  # 100 ms: shorter gaps nobody hears
HURRY_S = 2.0  # so long after the last chunk threads still take turns quickly


class Listening:
    """Takes chunks and hands them to the session; lives on the I/O thread.

    Attributes:
        arrivals: Counts what came and what didn't.
    """

    def __init__(self, link: PageLink) -> None:
        self._link = link
        self.arrivals = Arrivals()
        self._hurry_until_s: float | None = None

    def take(self, message: messages.Audio, pcm: bytes) -> None:
        """Take a chunk; one of a page that doesn't own the microphone is dropped."""
        link, arrivals = self._link, self.arrivals
        if message.page != link.owner or len(pcm) % 2:
            return
        self._hurry()
        if message.resumed:
            arrivals.pause()
        missed = arrivals.missed_samples
        fresh = arrivals.take(
            message.seq, message.first_sample, message.captured_ms, len(pcm) // 2, time.monotonic() * 1000
        )
        if arrivals.missed_samples > missed and arrivals.missed_samples >= NOTICED_LOSS_SAMPLES:
            lost_s = arrivals.missed_samples / SAMPLES_PER_MS / 1000
            link.notice = (
                f"{lost_s:.1f} s of the microphone's sound were lost: the page or the kernel was busy."
            )
            link.publish([])
        if fresh:
            link.core.microphone(pcm, self._captured(message, len(pcm) // 2))

    def _captured(self, message: messages.Audio, n_samples: int) -> Captured | None:
        """Return when a chunk ended, as far as the page's clock is known."""
        clock = self._link.presence.clock_of(message.page)
        if clock is None or message.captured_ms is None:
            return None
        now_ms = time.monotonic() * 1000
        moment = clock.kernel(message.captured_ms + n_samples / SAMPLES_PER_MS, now_ms)
        if moment is None or not -moment.error_ms <= now_ms - moment.ms <= MAX_LATE_MS:
            return None  # a page that counts its time otherwise
        return Captured(moment.since_ms(self._link.core.begin_s), moment.error_ms)

    def pause(self) -> None:
        """Note that what is missing from here to the next chunk was held back, not lost."""
        self.arrivals.pause()

    def close(self) -> None:
        """Need nothing any more."""
        relax(self)

    def _hurry(self) -> None:
        begun, self._hurry_until_s = self._hurry_until_s, time.monotonic() + HURRY_S
        if begun is None:
            hurry(self)
            self._link.io.later(HURRY_S, self._calm_down)

    def _calm_down(self) -> None:
        left_s = (self._hurry_until_s or 0.0) - time.monotonic()
        if left_s > 0:
            self._link.io.later(left_s, self._calm_down)
        else:
            self._hurry_until_s = None
            relax(self)
