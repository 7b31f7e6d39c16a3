"""The transcript: one row a turn, in conversation order, valid at any moment."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from typing import Any, ClassVar

from ..protocol.history import retell
from ..protocol.objects import Item
from ..protocol.protocol import RealtimeProtocol
from .building import TurnBuilder
from .columns import Column
from .export import save_transcript
from .table import Table
from .turns import Turn
from .walk import Walk

__all__ = ["Transcript"]


class Transcript(Table[Turn]):
    """Who said what and when; times are ms on the session's clock.

    A turn is there from its first sound or word on, and grows. Words of the user may come late, or never;
    what arrives late still stands in its place.
    """

    noun: ClassVar[str] = "turn"
    spec: ClassVar[tuple[Column, ...]] = (
        Column("turn", "int"),
        Column("id", "string"),
        Column("role", "string"),
        Column("text", "string"),
        Column("heard_text", "string"),
        Column("status", "string"),
        Column("start_ms", "int"),
        Column("end_ms", "int"),
        Column("audio_ms", "int"),
        Column("heard_ms", "int"),
        Column("interrupted", "bool"),
        Column("response_id", "string"),
        Column("tool_calls", "object"),
        Column("created_at", "time"),
        Column("uncertain", "bool"),
        Column("connection", "int"),
        Column("languages", "object", lambda turn: turn.languages or None),
        Column("confidence", "float"),
        Column("segments", "object", lambda turn: [s._asdict() for s in turn.segments] or None),
        Column("heard_ms_estimated", "bool"),
        Column("heard_text_estimated", "bool"),
    )

    def __init__(self, protocol: RealtimeProtocol, lock: threading.RLock) -> None:
        super().__init__(lock)
        self._protocol = protocol
        self._builder = TurnBuilder(protocol, lock)
        self._walk = Walk()
        self._turns: list[Turn] = []
        self._known: dict[str, Turn] = {}
        self._rows: tuple[Turn, ...] | None = ()
        self._ids: tuple[str, ...] | None = ()
        self._dirty: set[str] = set()
        self._unsettled: set[str] = set()

    # -- what the data layer calls, with the lock held ---------------------------------------------------

    def mark(self, item_ids: Iterable[str]) -> None:
        """Note that items changed."""
        self._dirty.update(item_ids)
        self._changed()

    @property
    def walk(self) -> Walk:
        """The order of turns and calls, brought up to date."""
        self._refresh()
        return self._walk

    def turn(self, item_id: str) -> Turn | None:
        """Return the turn of an item, or None."""
        with self._lock:
            self._refresh()
            return self._known.get(item_id)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all turns, in order; the same object while the order stays."""
        with self._lock:
            self._refresh()
            if self._ids is None:
                self._ids = tuple(self._walk.turns)
            return self._ids

    def some(self, item_ids: Iterable[str]) -> list[Turn]:
        """Return those of the items that are turns, in order."""
        with self._lock:
            self._refresh()
            turns = [turn for item_id in item_ids if (turn := self._known.get(item_id)) is not None]
        return sorted(turns, key=lambda turn: turn.turn)

    def _snapshot(self) -> tuple[Turn, ...]:
        self._refresh()
        if self._rows is None:
            self._rows = tuple(self._turns)
        return self._rows

    def _refresh(self) -> None:
        if not self._dirty and not self._unsettled:
            return
        changed, self._dirty = self._dirty, set()
        first = self._walk.update(self._protocol.conversation, changed) if changed else len(self._turns)
        dirty = changed | self._unsettled  # of what still plays, more was heard by now
        n = len(self._walk.turns)
        if first < len(self._turns) or n != len(self._turns):
            self._rows = self._ids = None
            for turn in self._turns[first:]:
                if turn.id not in self._walk.turn_of:
                    self._known.pop(turn.id, None)
                    self._unsettled.discard(turn.id)
            del self._turns[first:]
        for item_id in dirty:
            place = self._walk.turn_of.get(item_id)
            if place is not None and place < first:
                self._turns[place] = self._build(place, item_id)
        for place in range(first, n):
            item_id = self._walk.turns[place]
            self._turns.append(self._build(place, item_id, reuse=item_id not in dirty))

    def _build(self, place: int, item_id: str, *, reuse: bool = False) -> Turn:
        known, calls = self._known.get(item_id), tuple(self._walk.calls[place])
        if reuse and known is not None and known.turn == place and known.tool_calls == calls:
            return known
        state = self._protocol.conversation.items[item_id]
        turn = self._builder.build(state, place, calls)
        settled = self._builder.is_settled(state)
        (self._unsettled.discard if settled else self._unsettled.add)(item_id)
        self._known[item_id] = turn
        self._rows = None
        return turn

    # -- what people read --------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The conversation as plain text, a line a turn; turns without words are left out."""
        return "\n".join(f"{turn.role.capitalize()}: {turn.text}" for turn in self.rows() if turn.text)

    @property
    def last_response(self) -> str:
        """The assistant's last words so far; empty when it hasn't said anything."""
        answers = (turn.text for turn in reversed(self.rows()) if turn.role == "assistant" and turn.text)
        return next(answers, "")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the transcript in the format of the path's suffix: txt, md, json, csv, srt or parquet.

        Raises:
            ConfigError: Another suffix, or parquet without pyarrow.
        """
        save_transcript(path, self)

    def items(self) -> list[Item]:
        """Return the conversation as items of the API: what was heard, and calls with their outputs."""
        with self._lock:
            return [told.item for told in retell(self._protocol.conversation, fold=False)]

    def __str__(self) -> str:
        return self.text or "(no conversation yet)"

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return a dictionary for each turn; `tool_calls` is a list of call ids, `created_at` a datetime."""
        return [{**row, "tool_calls": list(row["tool_calls"])} for row in super().to_dicts()]
