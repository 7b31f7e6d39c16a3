"""What of the transcript the pages haven't seen yet, as messages: patches of turns for all, batches for one.

Every page knows the ids of all turns in their order, and has the turns themselves or will get them: so a page
that came late may be given the latest turns first, and a patch costs what changed, however long the
conversation is. Patches are numbered; a page that missed one asks for everything again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..data import SessionData
from . import messages
from .views import stand_in_view, turn_view

__all__ = ["TurnPatches"]

MAX_TURNS = 200
MAX_CHARACTERS = 200_000


class TurnPatches:
    """Collects what changed until it is taken; lives on the I/O thread.

    Args:
        data: Whose transcript and calls are shown.
        max_turns: How many turns one message may hold.

    Attributes:
        shown: The ids of all turns in order, as the pages were told.
    """

    def __init__(self, data: SessionData, *, max_turns: int = MAX_TURNS) -> None:
        self._data = data
        self._max_turns = max_turns
        self._dirty: set[str] = set()
        self._removed: set[str] = set()
        self._open_calls: dict[str, dict[str, Any] | None] = {}  # call → the stand-in turn that shows it
        self._seen: tuple[str, ...] = ()  # of the transcript's own, when the order was last compared
        self._revision = 0
        self.shown: list[str] = []

    def item_changed(self, item_id: str) -> None:
        """Note that an item came or changed."""
        self._dirty.add(item_id)

    def item_removed(self, item_id: str) -> None:
        """Note that an item is gone."""
        self._dirty.discard(item_id)
        self._removed.add(item_id)

    def call_began(self, call_id: str) -> None:
        """Note that a call runs; until it ends, its turn is shown anew whenever something is taken."""
        self._open_calls[call_id] = None

    @property
    def waiting(self) -> bool:
        """Whether more has changed than one patch could hold."""
        return bool(self._dirty)

    def take(self) -> dict[str, Any] | None:
        """Return what changed since the last time as one message, or None; of very much, the latest turns."""
        if not (self._dirty or self._removed or self._open_calls):
            return None
        removed, self._removed = self._removed, set()
        stand_ins = self._show_calls(removed)
        order = self._moves()
        removed.difference_update(self.shown)  # gone, and there again
        changed = self._latest(self._take_dirty())
        if not (changed or stand_ins or removed or order):
            return None
        self._revision += 1
        return messages.turns(
            [*changed, *stand_ins], revision=self._revision, order=order, removed=sorted(removed)
        )

    def snapshot(self, page: str) -> tuple[dict[str, Any], list[str]]:
        """Return what replaces all that a page has: the latest turns and the order of all.

        With it come the ids of those that the page still needs, in order. Everything that changed must have
        been taken before, for the order that the patches go on from is the same for all pages.
        """
        left = list(self.shown)
        turns = self._batch(left)
        message = messages.snapshot(page, turns, revision=self._revision, order=self.shown, n_left=len(left))
        return message, left

    def older(self, page: str, left: list[str]) -> dict[str, Any]:
        """Return the next turns that a page still needs, as they are now, and take them off its list."""
        turns = self._batch(left)
        return messages.snapshot(page, turns, revision=self._revision, order=None, n_left=len(left))

    def _batch(self, left: list[str]) -> list[dict[str, Any]]:
        """Return as many of the last of some turns as one message may hold."""
        candidates, stand_ins = left[-self._max_turns :], self._stand_ins()
        found = {turn.id: turn for turn in self._data.transcript.some(candidates)}
        batch: list[dict[str, Any]] = []
        n_characters = 0
        while candidates and n_characters < MAX_CHARACTERS:
            turn_id = candidates.pop()
            left.pop()
            turn = found.get(turn_id)
            view = stand_ins.get(turn_id) if turn is None else self._turn(turn)
            if view is not None:
                batch.append(view)
                n_characters += _n_characters(view)
        return batch[::-1]

    def _stand_ins(self) -> dict[str, dict[str, Any]]:
        return {view["id"]: view for view in self._open_calls.values() if view}

    def _take_dirty(self) -> list[str]:
        """Return the turns that changed; when they are too many for a message, the latest of them."""
        if len(self._dirty) <= self._max_turns:
            changed, self._dirty = [*self._dirty], set()
            return changed
        ordered = [item_id for item_id in self.shown if item_id in self._dirty]
        changed = ordered[-self._max_turns :]
        self._dirty = set(ordered[: -self._max_turns])
        return changed

    def _latest(self, item_ids: list[str]) -> list[dict[str, Any]]:
        views: list[dict[str, Any]] = []
        n_characters = 0
        for turn in reversed(self._data.transcript.some(item_ids)):
            if n_characters >= MAX_CHARACTERS:
                self._dirty.add(turn.id)
                continue
            views.append(self._turn(turn))
            n_characters += _n_characters(views[-1])
        return views[::-1]

    def _moves(self) -> dict[str, Any] | None:
        """Return how the order of the shown turns changed since the last time."""
        ids, stand_ins = self._data.transcript.ids, self._stand_ins()
        n_turns = len(self._seen)
        if ids is self._seen and self.shown[n_turns:] == [*stand_ins]:
            return None
        before, self.shown = self.shown, [*ids, *stand_ins]
        self._seen = ids
        splice = _splice(before, self.shown)
        if splice is not None:
            self._dirty.update(splice["ids"])  # whoever is told of a turn's place needs the turn
        return splice

    def _turn(self, turn: Any) -> dict[str, Any]:
        calls = [row for call_id in turn.tool_calls if (row := self._data.tool_calls.row(call_id))]
        return turn_view(turn, calls)

    def _show_calls(self, removed: set[str]) -> list[dict[str, Any]]:
        """Show calls in place: within their turn, or in a stand-in until that turn exists."""
        changed = []
        for call_id, shown in list(self._open_calls.items()):
            row = self._data.tool_calls.row(call_id)
            if row is None:
                continue
            if row.turn is None:
                view = stand_in_view(f"call:{call_id}", row)
                if view != shown:
                    self._open_calls[call_id] = view
                    changed.append(view)
                continue
            self._dirty.add(self._data.transcript.ids[row.turn])
            if shown:
                removed.add(shown["id"])
                self._open_calls[call_id] = None
            if row.status != "running":
                del self._open_calls[call_id]
        return changed


def _n_characters(view: dict[str, Any]) -> int:
    calls = sum(len(call["arguments"]) + len(call["output"] or "") for call in view["calls"])
    return 200 + 2 * len(view["text"]) + calls


def _splice(before: Sequence[str], after: Sequence[str]) -> dict[str, Any] | None:
    """Return the change from one list to another: where, how many ids go, and which come there."""
    at = _n_common(before, after)
    if at == len(before) == len(after):
        return None
    shorter = min(len(before), len(after)) - at
    end = 0
    while end < shorter and before[-1 - end] == after[-1 - end]:
        end += 1
    return {"at": at, "cut": len(before) - at - end, "ids": list(after[at : len(after) - end])}


def _n_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many entries two lists begin with in common, by halving: whole slices compare fast."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
