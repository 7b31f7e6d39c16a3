"""What of the transcript the pages haven't seen yet, as messages: patches of turns, or all of them."""

from __future__ import annotations

from typing import Any

from ..data import SessionData
from . import messages
from .views import stand_in_view, turn_view

__all__ = ["TurnPatches"]


class TurnPatches:
    """Collects what changed until it is taken; lives on the I/O thread."""

    def __init__(self, data: SessionData) -> None:
        self._data = data
        self._dirty: set[str] = set()
        self._removed: set[str] = set()
        self._open_calls: dict[str, dict[str, Any] | None] = {}  # call → the stand-in turn that shows it
        self._shown: list[str] = []

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

    def take(self) -> dict[str, Any] | None:
        """Return what changed since the last time as one message, or None."""
        removed, self._removed = sorted(self._removed), set()
        stand_ins = self._show_calls(removed)
        order = [turn.id for turn in self._data.transcript]
        dirty, self._dirty = self._dirty, set()
        changed = [self._turn(turn) for turn in self._data.transcript if turn.id in dirty]
        order += [view["id"] for view in self._open_calls.values() if view]
        moved, self._shown = order != self._shown, order
        if not (changed or stand_ins or removed or moved):
            return None
        return messages.turns([*changed, *stand_ins], order=order if moved else None, removed=removed)

    def everything(self) -> dict[str, Any]:
        """Return all turns as one message that replaces what a page has."""
        turns = [self._turn(turn) for turn in self._data.transcript]
        turns += [view for view in self._open_calls.values() if view]
        self._shown = [turn["id"] for turn in turns]
        return messages.turns(turns, reset=True, removed=[])

    def _turn(self, turn: Any) -> dict[str, Any]:
        calls = [row for call_id in turn.tool_calls if (row := self._data.tool_calls.row(call_id))]
        return turn_view(turn, calls)

    def _show_calls(self, removed: list[str]) -> list[dict[str, Any]]:
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
            self._dirty.add(self._data.transcript[row.turn].id)
            if shown:
                removed.append(shown["id"])
                self._open_calls[call_id] = None
            if row.status != "running":
                del self._open_calls[call_id]
        return changed
