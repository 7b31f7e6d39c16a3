"""The record of all events and commands, as a table."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

from ..protocol.log import LogEntry
from .columns import Column, Frames
from .display.html import Cell, Shown
from .event_log import Entries, EventLog, json_text
from .joining import Joins
from .table import Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Events"]


def _decode(entry: LogEntry) -> dict[str, Any]:
    return entry.raw


def _itself(entry: LogEntry) -> LogEntry:
    return entry


def _gist(entry: LogEntry) -> str | None:
    """Return what an event is about, in the words that are in it."""
    raw = entry.raw
    for name in ("delta", "transcript", "text", "arguments", "audio"):
        if isinstance(raw.get(name), str):
            return str(raw[name])
    inner: Any = next((raw[n] for n in ("error", "item", "response") if isinstance(raw.get(n), dict)), {})
    said = [inner.get(name) for name in ("message", "type", "role", "name", "status")]
    return " ".join(word for word in said if isinstance(word, str)) or None


class Events(Table[LogEntry]):
    """Every event (`in`, from the server) and command (`out`), in order; sound is replaced by its length.

    Rows with the direction `local` tell what happened to the session itself, such as `connection.opened`,
    `connection.lost`, `connection.rollover` (a planned change) and `connection.closed` (an end on purpose).

    A row's `raw` is the whole event as a dictionary, decoded anew when it is read, in the dataframe too: what
    nobody looks at takes some twenty bytes.
    Of a very long session (half a million rows) the oldest are dropped; `n_dropped` says how many.
    """

    noun: ClassVar[str] = "event"
    moment: ClassVar[str | None] = "t_ms"
    spec: ClassVar[tuple[Column, ...]] = (
        Column("t_ms", "float"),
        Column("direction", "string", recurs=True),
        Column("type", "string", recurs=True),
        Column("event_id", "string"),
        Column("item_id", "string", recurs=True),
        Column("response_id", "string", recurs=True),
        Column("n_bytes", "int"),
        Column("raw", "json", _itself, _decode, json_text),
        Column("connection", "int"),
    )
    shown: ClassVar[tuple[Shown, ...] | None] = (
        Shown("t_ms", lambda entry: Cell(f"{entry.t_ms:.0f}", "number")),
        Shown("direction", attrgetter("direction")),
        Shown("type", attrgetter("type")),
        Shown("says", lambda entry: Cell(_gist(entry), "words")),
        Shown("n_bytes", attrgetter("n_bytes")),
    )

    def __init__(self, lock: threading.RLock, *, n_dropped: int = 0) -> None:
        super().__init__(lock)
        self._log = EventLog(n_dropped)
        self._frames = Frames(_WITHOUT_RAW)
        self._rows: Entries | None = None

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

    def rows(self) -> Entries:  # type: ignore[override]  # reads as a tuple does, and isn't unpacked
        """Return all rows as they are now; each is unpacked when it is looked at."""
        with self._lock:
            return self._snapshot()

    def _snapshot(self) -> Entries:  # type: ignore[override]
        known = self._rows
        if known is None or (known.first, known.end) != (self._log.first, self._log.end):
            self._rows = known = self._log.snapshot()
        return known

    def __len__(self) -> int:
        return self._log.end - self._log.first

    def _count(self, n: int) -> str:
        dropped = f", {self.n_dropped} older ones dropped" if self.n_dropped else ""
        return super()._count(n) + dropped

    def turns_of(self, row: LogEntry, joins: Joins) -> Collection[int]:
        """Return the turns that an event belongs to: that of its item, else those of its response."""
        return joins.of_event(row)

    @property
    def df(self) -> pd.DataFrame:
        """A dataframe, one row an event; `raw` decodes each when it is looked at."""
        rows = self.rows()
        return self._with_raw(self._frames.grown(rows, rows.first), rows)

    def frame_of(self, rows: Sequence[LogEntry]) -> pd.DataFrame:
        """Return a dataframe of some events."""
        return self._with_raw(Frames(_WITHOUT_RAW).frame(rows), rows)

    def _with_raw(self, frame: pd.DataFrame, rows: Sequence[LogEntry]) -> pd.DataFrame:
        import pandas as pd

        from .raw import RawArray

        frame.insert(self.columns.index("raw"), "raw", pd.Series(RawArray([rows]), copy=False))
        return frame


_WITHOUT_RAW = [column for column in Events.spec if column.name != "raw"]
