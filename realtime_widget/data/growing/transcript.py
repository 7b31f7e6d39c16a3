"""A transcript that grows while people talk, made from the protocol's items."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from ...protocol.history import retell
from ...protocol.objects import Item
from ...protocol.protocol import RealtimeProtocol
from ..transcript import Transcript
from ..turns import Turn
from .building import TurnBuilder
from .walk import Walk

__all__ = ["GrowingTranscript"]


class GrowingTranscript(Transcript):
    """The turns of a running session; what changed is built when somebody reads."""

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
        self._playing: dict[str, float] = {}  # turns that change by time alone, and from when on
        self._at_ms = 0.0  # the time at which those were made

    # -- what the data layer calls, with the lock held ---------------------------------------------------

    def mark(self, item_ids: Iterable[str]) -> None:
        """Note that items changed."""
        self._dirty.update(item_ids)
        self._changed()

    @property
    def turn_of_call(self) -> Mapping[str, int]:
        """The place of the turn that each call belongs to, by call id; to be read with the lock held."""
        return self.walk.turn_of_call

    def take_moved_calls(self) -> set[str]:
        """Return the calls whose turn may have changed since the last time; with the lock held."""
        walk = self.walk
        moved, walk.moved = walk.moved, set()
        return moved

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
        changed, self._dirty = self._dirty, set()
        dirty = changed | self._heard_more()
        if not dirty:
            return
        first = self._walk.update(self._protocol.conversation, changed) if changed else len(self._turns)
        n = len(self._walk.turns)
        if first < len(self._turns) or n != len(self._turns):
            self._rows = self._ids = None
            for turn in self._turns[first:]:
                if turn.id not in self._walk.turn_of:
                    self._known.pop(turn.id, None)
                    self._playing.pop(turn.id, None)
            del self._turns[first:]
        for item_id in dirty:
            place = self._walk.turn_of.get(item_id)
            if place is not None and place < first:
                self._turns[place] = self._build(place, item_id)
        for place in range(first, n):
            item_id = self._walk.turns[place]
            self._turns.append(self._build(place, item_id, reuse=item_id not in dirty))

    def _heard_more(self) -> set[str]:
        """Return the turns of which more was heard since the last look."""
        now_ms = self._protocol.now_ms
        if now_ms == self._at_ms:
            return set()
        self._at_ms = now_ms
        return {item_id for item_id, from_ms in self._playing.items() if from_ms < now_ms}

    def _build(self, place: int, item_id: str, *, reuse: bool = False) -> Turn:
        known, calls = self._known.get(item_id), tuple(self._walk.calls[place])
        if reuse and known is not None and known.turn == place and known.tool_calls == calls:
            return known
        state = self._protocol.conversation.items[item_id]
        turn = self._builder.build(state, place, calls)
        from_ms = self._builder.changes_from_ms(state)
        if from_ms is None:
            self._playing.pop(item_id, None)
        else:
            self._playing[item_id] = from_ms
        self._known[item_id] = turn
        self._rows = None
        return turn

    def items(self) -> list[Item]:
        """Return the conversation as items of the API: what was heard, and calls with their outputs."""
        with self._lock:
            return [told.item for told in retell(self._protocol.conversation, fold=False)]
