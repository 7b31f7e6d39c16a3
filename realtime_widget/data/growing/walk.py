"""Which items are turns, in which order, and which calls belong to which turn.

A walk over the conversation that goes on from where something changed, so that a new turn costs the same in a
long conversation as in a short one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...protocol.conversation import Conversation
from ...protocol.items import ItemState

__all__ = ["Walk"]


class Walk:
    """The turns of a conversation, and their calls.

    A call belongs to the assistant's turn that its own response has already made, else to the assistant's
    next one: that is the answer which it was made for.

    Attributes:
        turns: Item ids of all turns, in order.
        calls: Call ids of each turn.
        turn_of: Place of each turn, by item id.
        turn_of_call: Place of the turn that a call belongs to, by call id.
        moved: Calls whose turn may be another one since somebody emptied this.
    """

    def __init__(self) -> None:
        self.turns: list[str] = []
        self.calls: list[list[str]] = []
        self.turn_of: dict[str, int] = {}
        self.turn_of_call: dict[str, int] = {}
        self.moved: set[str] = set()
        self._ids: list[str] = []
        self._facts: dict[str, tuple[int, Any]] = {}
        self._at: list[int] = []  # where each turn stands among all items
        self._led: list[int] = []  # how many of an answer's calls came before it
        self._pending: list[str] = []  # calls that still wait for the answer they were made for
        self._answer_response: str | None = None  # of the last assistant's turn

    def update(self, conversation: Conversation, dirty: Iterable[str]) -> int:
        """Follow the conversation after changes to items; return the first turn that may differ."""
        ids = list(conversation.order)
        known = len(self._ids)
        first = known if ids[:known] == self._ids else _first_difference(ids, self._ids)
        for item_id in dirty:
            index, fact = self._facts.get(item_id, (first, None))
            if index < first and fact != _fact(conversation.items.get(item_id)):
                first = index
        if first == known == len(ids):
            return len(self.turns)
        restart = self._rewind(first, conversation)
        begin = self._at[-1] + 1 if self._at else 0
        for index in range(begin, len(ids)):
            self._visit(index, ids[index], conversation.items.get(ids[index]))
        self._ids = ids
        return restart

    def _rewind(self, first: int, conversation: Conversation) -> int:
        # Back to right after the last answer before `first`: nothing from before it matters further on.
        while self.turns and not (self._at[-1] < first and self._led[-1] != _NOT_AN_ANSWER):
            self.turn_of.pop(self.turns.pop(), None)
            self._forget(self.calls.pop())
            self._at.pop()
            self._led.pop()
        for item_id in self._ids[self._at[-1] + 1 if self._at else 0 :]:
            self._facts.pop(item_id, None)
        self._forget(self._pending)
        self._pending = []
        self._answer_response = None
        if not self.turns:
            return 0
        self._answer_response = conversation.items[self.turns[-1]].response_id
        calls, led = self.calls[-1], self._led[-1]
        self._forget(calls[led:])
        self.calls[-1] = calls[:led]
        return len(self.turns) - 1

    def _forget(self, call_ids: list[str]) -> None:
        self.moved.update(call_ids)
        for call_id in call_ids:
            self.turn_of_call.pop(call_id, None)

    def _visit(self, index: int, item_id: str, state: ItemState | None) -> None:
        self._facts[item_id] = (index, _fact(state))
        if state is None or state.out_of_band or state.hidden:
            return
        if state.kind == "function_call" and state.call_id:
            self._visit_call(state, state.call_id)
        elif state.is_turn:
            self._visit_turn(index, item_id, state)

    def _visit_call(self, state: ItemState, call_id: str) -> None:
        if self._answer_response is None or self._answer_response != state.response_id:
            self._pending.append(call_id)
            return
        turn = next(i for i in reversed(range(len(self.turns))) if self._led[i] >= 0)
        self.calls[turn].append(call_id)
        self.turn_of_call[call_id] = turn
        self.moved.add(call_id)

    def _visit_turn(self, index: int, item_id: str, state: ItemState) -> None:
        turn = self.turn_of[item_id] = len(self.turns)
        calls: list[str] = []
        led = _NOT_AN_ANSWER
        if state.role == "assistant":
            calls, self._pending = self._pending, []
            led = len(calls)
            self._answer_response = state.response_id
        self.moved.update(calls)
        for call_id in calls:
            self.turn_of_call[call_id] = turn
        self.turns.append(item_id)
        self.calls.append(calls)
        self._at.append(index)
        self._led.append(led)


_NOT_AN_ANSWER = -1


def _fact(state: ItemState | None) -> Any:
    """Return all of an item that decides about turns and calls."""
    if state is None:
        return None
    return (state.hidden, state.out_of_band, state.kind, state.role, state.response_id, state.call_id)


def _first_difference(one: list[str], other: list[str]) -> int:
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
