"""The face of a conversation's data: five tables and a recording, whether people still talk or not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from ..audio import Clip, Recording
from ..protocol.changes import Change
from ..protocol.log import LogEntry
from .display.live import Schedule
from .events import Events
from .joining import Joins
from .latency import Latency
from .recording import marked
from .table import Table
from .tool_calls import ToolCalls
from .transcript import Transcript
from .turns import Turn
from .usage import UsageTable

__all__ = ["Tables"]


class Tables:
    """What everyone reads from who shows, saves, stores or counts a conversation.

    Attributes:
        lock: Who holds it sees all tables at one moment; to be held briefly, the session waits meanwhile.
        free: Whether the engine costs nothing.
    """

    lock: threading.RLock
    free: bool = False
    transcript: Transcript
    tool_calls: ToolCalls
    events: Events
    usage: UsageTable
    latency: Latency

    @property
    def tables(self) -> tuple[Table[Any], ...]:
        """All tables."""
        return (self.transcript, self.tool_calls, self.events, self.usage, self.latency)

    def join(self) -> None:
        """Let all tables know one another, so that rows can be chosen by the turns they belong to."""
        for table in self.tables:
            table.joins = self._joins

    def _joins(self) -> Joins:
        with self.lock:
            return Joins(self.transcript.rows(), self.tool_calls.rows())

    @property
    def schedule(self) -> Schedule | None:
        """How to paint live displays later: `schedule(delay_s, function)`; without it they don't follow."""
        return self.transcript.schedule

    @schedule.setter
    def schedule(self, schedule: Schedule | None) -> None:
        for table in self.tables:
            table.schedule = schedule

    def take(self, entries: list[LogEntry], changes: list[Change]) -> None:
        """Note what happened, with the lock held; what is over takes nothing more."""

    def touch(self, item_ids: Iterable[str]) -> None:
        """Note that a page reported how much of some items was heard."""

    def turn(self, item_id: str) -> Turn | None:
        """Return the turn that an item is, or None."""
        return self.transcript.turn(item_id)

    def follow_voice(self) -> None:
        """Let live displays follow the voice that sounds: time alone lets more of it be heard."""

    @property
    def n_sound_bytes(self) -> int:
        """How much sound is in memory, in bytes; callable without the lock."""
        return 0

    @property
    def n_sound_file_bytes(self) -> int:
        """How much sound is in a temporary file, in bytes; callable without the lock."""
        return 0

    def take_recording(self) -> Callable[[], Clip]:
        """Return what makes the recording as of now; taking it is cheap, making it may not be."""
        raise NotImplementedError

    @property
    def recording(self) -> Recording:
        """The conversation as it sounded: 2 channels (user, assistant), 24 kHz, on the session's clock.

        Made when it is read, 10 MB for 100 s. What an interruption cut off is silent here, and whole in the
        turn's `audio`. It knows its turns: `recording.turn(3)`.
        """
        with self.lock:
            make, turns = self.take_recording(), self.transcript.rows()
        return marked(make, turns)()
