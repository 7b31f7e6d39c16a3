"""What of the transcript the pages haven't seen yet, as messages: patches of turns for all, batches for one.

Every page knows the ids of all turns in their order, and has the turns themselves or will get them: so a page
that came late may be given the latest turns first, and a patch costs what changed, however long the
conversation is. Patches are numbered; a page that missed one asks for everything again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..data import Tables, ToolCall
from . import messages
from .views import stand_in_view, turn_view

__all__ = ["TurnPatches"]

MAX_TURNS = 200
MAX_CHARACTERS = 200_000


class _OpenCall:
    """A call that may still change, as it was last looked at."""

    __slots__ = ("row", "stand_in")

    def __init__(self) -> None:
        self.row: ToolCall | None = None
        self.stand_in: dict[str, Any] | None = None  # the turn that shows it until it has one


class TurnPatches:
    """Collects what changed until it is taken; lives on the I/O thread.

    Args:
        data: Whose transcript and calls are shown.
        max_turns: How many turns one message may hold.

    Attributes:
        shown: The ids of all turns in order, as the pages were told.
    """

    def __init__(self, data: Tables, *, max_turns: int = MAX_TURNS) -> None:
        self._data = data
        self._max_turns = max_turns
        self._dirty: set[str] = set()
        self._gone = False
        self._open_calls: dict[str, _OpenCall] = {}
        # What was said before, no page has been told of in a patch: each gets it when it comes.
        self._seen = data.transcript.ids
        self._revision = 0
        self.shown: list[str] = [*self._seen]

    def item_changed(self, item_id: str) -> None:
        """Note that an item came or changed."""
        self._dirty.add(item_id)

    def item_removed(self, item_id: str) -> None:
        """Note that an item is gone."""
        self._dirty.discard(item_id)
        self._gone = True

    def call_began(self, call_id: str) -> None:
        """Note that a call runs; until it ends, it is looked at whenever something is taken."""
        self._open_calls[call_id] = _OpenCall()

    @property
    def waiting(self) -> bool:
        """Whether more has changed than one patch could hold."""
        return bool(self._dirty)

    def take(self) -> dict[str, Any] | None:
        """Return what changed since the last time as one message, or None; of very much, the latest turns."""
        if not (self._dirty or self._gone or self._open_calls):
            return None
        self._gone = False
        stand_ins = self._show_calls()
        order, removed = self._moves()
        changed = self._latest(self._take_dirty())
        if not (changed or stand_ins or order):
            return None
        self._revision += 1
        turns = [*changed, *stand_ins]
        return messages.turns(turns, revision=self._revision, order=order, removed=removed)

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
        shown = set(self.shown)
        left[:] = [turn_id for turn_id in left if turn_id in shown]
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
        return {call.stand_in["id"]: call.stand_in for call in self._open_calls.values() if call.stand_in}

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

    def _moves(self) -> tuple[dict[str, Any] | None, list[str]]:
        """Return how the order of the shown turns changed since the last time, and which are gone."""
        ids, stand_ins = self._data.transcript.ids, self._stand_ins()
        if ids is self._seen and self.shown[len(ids) :] == [*stand_ins]:
            return None, []
        before, self.shown = self.shown, [*ids, *stand_ins]
        self._seen = ids
        splice = _splice(before, self.shown)
        if splice is None:
            return None, []
        come = set(splice["ids"])
        self._dirty |= come  # whoever is told of a turn's place needs the turn
        gone = before[splice["at"] : splice["at"] + splice["cut"]]
        return splice, [turn_id for turn_id in gone if turn_id not in come]

    def _turn(self, turn: Any) -> dict[str, Any]:
        calls = [row for call_id in turn.tool_calls if (row := self._data.tool_calls.row(call_id))]
        return turn_view(turn, calls)

    def _show_calls(self) -> list[dict[str, Any]]:
        """Show calls in place: within their turn, or in a stand-in until that turn exists."""
        changed = []
        for call_id, call in list(self._open_calls.items()):
            row = self._data.tool_calls.row(call_id)
            if row is None:
                del self._open_calls[call_id]  # taken back
                continue
            if row is call.row:
                continue
            call.row = row
            if row.turn is None:
                call.stand_in = stand_in_view(f"call:{call_id}", row)
                changed.append(call.stand_in)
                continue
            self._dirty.add(self._data.transcript.ids[row.turn])
            call.stand_in = None
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
