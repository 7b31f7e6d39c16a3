"""The record of all events and commands, as a table."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from ..protocol.log import LogEntry
from .columns import Column, Frames
from .event_log import EventLog
from .table import Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Events"]


def _decode(entry: LogEntry) -> dict[str, Any]:
    return entry.raw


def _itself(entry: LogEntry) -> LogEntry:
    return entry


def _json_text(entry: LogEntry) -> str:
    """Return an event as JSON; one whose text was cut is JSON, too."""
    try:
        _check.decode(entry.text)
    except msgspec.DecodeError:
        return msgspec.json.encode(entry.raw).decode()
    return entry.text


_check = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Events(Table[LogEntry]):
    """Every event (`in`, from the server) and command (`out`), in order; sound is replaced by its length.

    Rows with the direction `local` tell what happened to the session itself, such as `connection.lost`.

    A row's `raw` is the whole event as a dictionary, decoded when it is read: text takes a tenth of the room.
    Of a very long session (half a million rows) the oldest are dropped; `n_dropped` says how many.
    """

    noun: ClassVar[str] = "event"
    spec: ClassVar[tuple[Column, ...]] = (
        Column("t_ms", "float"),
        Column("direction", "string", recurs=True),
        Column("type", "string", recurs=True),
        Column("event_id", "string"),
        Column("item_id", "string", recurs=True),
        Column("response_id", "string", recurs=True),
        Column("n_bytes", "int"),
        Column("raw", "json", _itself, _decode, _json_text),
        Column("connection", "int"),
    )

    def __init__(self, lock: threading.RLock, *, n_dropped: int = 0) -> None:
        super().__init__(lock)
        self._log = EventLog(n_dropped)
        self._rows: tuple[LogEntry, ...] = ()
        self._first = n_dropped  # the number of the first of those rows

    def append(self, entries: list[LogEntry]) -> None:
        """Take new entries; called with the lock held."""
        self._log.extend(entries)
        self._changed()

    @property
    def n_dropped(self) -> int:
        """How many of the oldest rows were dropped to bound the memory."""
        return self._log.first

    @property
    def end(self) -> int:
        """The number that the next row gets, counted from the first event of the session."""
        return self._log.end

    def between(self, number: int, end: int) -> list[LogEntry]:
        """Return the rows from a number on, up to another one, as far as they are kept."""
        with self._lock:
            return self._log.between(number, end)

    def _snapshot(self) -> tuple[LogEntry, ...]:
        log = self._log
        if log.first > self._first:
            self._rows = self._rows[log.first - self._first :]
            self._first = log.first
            self._frames = Frames(self.spec)
        known = self._first + len(self._rows)
        if known < log.end:
            self._rows = (*self._rows, *log.since(known))
        return self._rows

    def __len__(self) -> int:
        return self._log.end - self._log.first

    def _count(self, n: int) -> str:
        dropped = f", {self.n_dropped} older ones dropped" if self.n_dropped else ""
        return super()._count(n) + dropped

    @property
    def df(self) -> pd.DataFrame:
        """A dataframe, one row an event."""
        with self._lock:
            rows, frames = self._snapshot(), self._frames  # of the same moment: what is dropped ends both
        return frames.frame(rows, append_only=True)
