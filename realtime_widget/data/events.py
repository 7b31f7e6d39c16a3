"""The record of all events and commands, as a table."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, ClassVar

from ..protocol.log import LogEntry
from .columns import Column
from .table import Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Events"]


def _whole(entry: LogEntry) -> LogEntry:
    return entry


class Events(Table[LogEntry]):
    """Every event (`in`, from the server) and command (`out`), in order; sound is replaced by its length.

    A row's `raw` is the whole event as a dictionary, decoded when it is read: text takes a tenth of the room.
    """

    noun: ClassVar[str] = "event"
    append_only: ClassVar[bool] = True
    spec: ClassVar[tuple[Column, ...]] = (
        Column("t_ms", "float"),
        Column("direction", "string"),
        Column("type", "string"),
        Column("event_id", "string"),
        Column("item_id", "string"),
        Column("response_id", "string"),
        Column("n_bytes", "int"),
        Column("raw", "object", _whole),
    )

    def __init__(self, lock: threading.RLock) -> None:
        super().__init__(lock)
        self._entries: list[LogEntry] = []
        self._rows: tuple[LogEntry, ...] = ()

    def append(self, entries: list[LogEntry]) -> None:
        """Take new entries; called with the lock held."""
        self._entries += entries
        self._changed()

    def _snapshot(self) -> tuple[LogEntry, ...]:
        if len(self._rows) != len(self._entries):
            self._rows = tuple(self._entries)
        return self._rows

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def df(self) -> pd.DataFrame:
        """A dataframe, one row an event."""
        frame = super().df
        frame["raw"] = frame["raw"].map(lambda entry: entry.raw)
        return frame

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return a dictionary for each event; `raw` is one too."""
        return [{**row, "raw": row["raw"].raw} for row in super().to_dicts()]
