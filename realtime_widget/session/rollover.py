"""When to change connections by plan: a server ends each session after its time, mostly 60 minutes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .settling import is_idle, transcripts_awaited

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = ["Rollover"]

LIFE_S = 3_600.0
QUIET_SHARE = 11 / 12
LAST_SHARE = 39 / 40
RETRY_S = 10.0


class Rollover:
    """Finds a quiet point ahead of the end of the server's session; just before the end any point will do."""

    def __init__(self, core: SessionCore, *, after_s: float | None = None) -> None:
        """Make one that changes after `after_s` seconds, at the latest ahead of the server's own limit."""
        self._core = core
        self.after_s = after_s
        self._begin_s = 0.0
        self._life_s = LIFE_S
        self._not_before_s = 0.0

    def began(self, expires_at: float | None) -> None:
        """Note that a server's session began, and when it says that it will end (Unix seconds)."""
        left_s = (expires_at or 0.0) - time.time()
        self._life_s = left_s if 0 < left_s < LIFE_S else LIFE_S
        self._begin_s = time.monotonic()
        self._not_before_s = 0.0

    def postpone(self) -> None:
        """Don't try again at once."""
        self._not_before_s = time.monotonic() + min(RETRY_S, self._life_s / 60)

    @property
    def is_due(self) -> bool:
        """Whether to change now."""
        return time.monotonic() >= self._not_before_s and self.is_time

    @property
    def is_time(self) -> bool:
        """Whether the session is old enough, and nobody speaks or waits."""
        age_s = time.monotonic() - self._begin_s
        quiet_s = min(self._life_s * QUIET_SHARE, self.after_s or self._life_s)
        if age_s < quiet_s:
            return False
        return age_s >= self._life_s * LAST_SHARE or self._is_quiet()

    def _is_quiet(self) -> bool:
        core = self._core
        playing = core.protocol.playback.is_playing(core.now_ms)
        return is_idle(core) and not (core.talking or playing or transcripts_awaited(core))
