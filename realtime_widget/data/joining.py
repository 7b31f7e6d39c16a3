"""How rows of all tables hang together: by turn, item, response and call."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from ..protocol.log import LogEntry

if TYPE_CHECKING:
    from .tool_calls import ToolCall
    from .turns import Turn

__all__ = ["Joins"]


class Joins:
    """Which turns an item, a response or a call belongs to, at one moment.

    A response belongs to the turns that it made, and to those that the calls it made belong to.

    Args:
        turns: All turns.
        calls: All calls.
    """

    def __init__(self, turns: Iterable[Turn], calls: Iterable[ToolCall]) -> None:
        self._turns = tuple(turns)
        self._calls = tuple(calls)

    @cached_property
    def of_item(self) -> dict[str, int]:
        """The turn that an item is."""
        return {turn.id: turn.turn for turn in self._turns}

    @cached_property
    def of_call(self) -> dict[str, int]:
        """The turn that a call belongs to."""
        return {call_id: turn.turn for turn in self._turns for call_id in turn.tool_calls}

    @cached_property
    def of_response(self) -> dict[str, set[int]]:
        """The turns that belong to a response."""
        found: dict[str, set[int]] = {}
        for response_id, turn in chain(
            ((turn.response_id, turn.turn) for turn in self._turns),
            ((call.response_id, self.of_call.get(call.call_id)) for call in self._calls),
        ):
            if response_id is not None and turn is not None:
                found.setdefault(response_id, set()).add(turn)
        return found

    def __len__(self) -> int:
        return len(self._turns)

    def role(self, turn: int) -> str:
        """Return who speaks in a turn."""
        return self._turns[turn].role

    def start_ms(self, turns: Collection[int]) -> int | None:
        """Return when the first of some turns began."""
        starts = [start for turn in turns if (start := self._turns[turn].start_ms) is not None]
        return min(starts, default=None)

    def of_bill(self, billed_id: str) -> Collection[int]:
        """Return the turns of what a bill is for: a response, or a user's turn that was transcribed."""
        turn = self.of_item.get(billed_id)
        return self.of_response.get(billed_id, ()) if turn is None else (turn,)

    def of_event(self, entry: LogEntry) -> Collection[int]:
        """Return the turns of an event: that of its item, else its response's, else that of its call."""
        turn = self.of_item.get(entry.item_id or "")
        if turn is not None:
            return (turn,)
        if entry.response_id is not None:
            return self.of_response.get(entry.response_id, ())
        turn = self.of_call.get(_call_id(entry) or "")
        return () if turn is None else (turn,)


def _call_id(entry: LogEntry) -> str | None:
    if '"call_id"' not in entry.text:
        return None
    raw: dict[str, Any] = entry.raw
    item = raw.get("item")
    found = item.get("call_id") if isinstance(item, dict) else raw.get("call_id")
    return found if isinstance(found, str) else None
