"""The sound of one content part: how much of it came, was played, and was heard when it was cut off."""

from __future__ import annotations

from dataclasses import dataclass

from ..audio import SAMPLES_PER_MS

__all__ = ["Cut", "PartPlayback"]

MAX_OUTPUT_MS = 1_000.0
"""Sound may take so long to a loudspeaker, by radio."""


@dataclass(slots=True)
class PartPlayback:
    """Playback of one part, in samples; times are ms on the session's clock.

    Attributes:
        start_ms: When it begins to sound: as a page says, else after what came before it.
        came_ms: When the first of it came.
        received_samples: What came to be played.
        dropped_samples: What came after it was silenced, and is played nowhere.
        played_samples: What a page has played so far.
        reported_ms: When a page last told that.
        complete: Nothing more will come.
        finished: It was heard to its end.
        played_out: A page said that it reached the end, perhaps before we know that it is one.
        stopped_ms: When it was silenced.
        guessed_samples: How much had been heard by then, by the clock and the last report.
        cut_samples: How much counts as heard by then.
        estimated: How much was heard is what the clock says, and no page.
        told: The server knows of the cut.
        for_page: A page was there to play it when it came.
        start_error_ms: How far off `start_ms` may be, as a page told it; None where none did.
    """

    item_id: str
    content_index: int
    start_ms: float
    came_ms: float
    received_samples: int = 0
    dropped_samples: int = 0
    played_samples: int = 0
    reported_ms: float | None = None
    complete: bool = False
    finished: bool = False
    played_out: bool = False
    stopped_ms: float | None = None
    guessed_samples: int = 0
    cut_samples: int | None = None
    estimated: bool = False
    told: bool = False
    for_page: bool = False
    start_error_ms: float | None = None

    @property
    def total_samples(self) -> int:
        """All its sound, also what came too late to be played."""
        return self.received_samples + self.dropped_samples

    @property
    def is_whole(self) -> bool:
        """Whether all its sound came to be played."""
        return self.complete and not self.dropped_samples

    @property
    def was_cut(self) -> bool:
        """Whether there is some of it that nobody heard."""
        if self.cut_samples is None:
            return False
        # What was cut before all of it had come has an end that nobody heard, if only because it never came.
        return self.cut_samples < self.total_samples or not self.complete

    def begun(self, start_ms: float, latest_ms: float, error_ms: float | None) -> None:
        """Take a page's word for when it began to sound; what is known better later counts from then on.

        Args:
            start_ms: What the page said.
            latest_ms: When by its count of samples the first of them was played, at the latest.
            error_ms: How far off `start_ms` may be; None where the page's clock isn't known.
        """
        before_ms = self.start_error_ms
        if error_ms is None:
            if self.reported_ms is not None:
                return
            # That clock may be wrong by hours; what has been played can't have begun later.
            latest_ms = max(self.came_ms, latest_ms)
            start_ms = min(max(start_ms, self.came_ms), latest_ms)
            error_ms = max(start_ms - self.came_ms, latest_ms - start_ms)
        elif self.reported_ms is None or (before_ms is not None and error_ms < before_ms / 2):
            # What is played reaches the loudspeaker a moment later.
            start_ms = max(self.came_ms, min(start_ms, latest_ms + MAX_OUTPUT_MS))
        else:
            return
        self.start_ms, self.start_error_ms = start_ms, error_ms

    @property
    def was_heard(self) -> bool:
        """Whether a page told that some of it sounded."""
        return self.reported_ms is not None and self.played_samples > 0

    def cut(self, heard_samples: int, *, estimated: bool) -> Cut | None:
        """Note how much was heard; return where that cuts it, or None if it was heard to its end."""
        self.estimated = estimated
        if self.is_whole and heard_samples >= self.received_samples:
            self.finished = True
            return None
        self.finished = False
        self.cut_samples = min(heard_samples, self.received_samples)
        return Cut(
            item_id=self.item_id,
            content_index=self.content_index,
            heard_ms=self.cut_samples // SAMPLES_PER_MS,
            received_ms=self.received_samples // SAMPLES_PER_MS,
            estimated=estimated,
            complete=self.is_whole,
        )


@dataclass(frozen=True, slots=True)
class Cut:
    """Where an interruption cut one part, in whole ms; neither beyond what was heard nor what had come.

    `estimated` when no page told how much was heard; `complete` when all its sound had come.
    """

    item_id: str
    content_index: int
    heard_ms: int
    received_ms: int
    estimated: bool
    complete: bool = True
