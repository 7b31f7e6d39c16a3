"""The record of all events and commands, as a table."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from ..protocol.log import LogEntry
from .columns import Column
from .table import Table

__all__ = ["Events", "RawEvent"]


class RawEvent(Mapping[str, Any]):
    """A whole event as a mapping, decoded when it is read: its text takes a tenth of the room."""

    __slots__ = ("_entry",)

    def __init__(self, entry: LogEntry) -> None:
        self._entry = entry

    def __getitem__(self, key: str) -> Any:
        return self._entry.raw[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entry.raw)

    def __len__(self) -> int:
        return len(self._entry.raw)

    def __eq__(self, other: object) -> bool:
        return dict(self) == dict(other) if isinstance(other, Mapping) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._entry.raw)

    def toDict(self) -> dict[str, Any]:
        """Return a dictionary; pandas asks for this when it writes JSON."""
        return self._entry.raw


class Events(Table[LogEntry]):
    """Every event (`in`, from the server) and command (`out`), in order; sound is replaced by its length.

    A row's `raw` is the whole event as a dictionary. In the dataframe it is a mapping that is read like one.
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
        Column("raw", "object", RawEvent),
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

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return a dictionary for each event; `raw` is one too."""
        return [{**row, "raw": dict(row["raw"])} for row in super().to_dicts()]
