"""Ids that a server uses again: some count from 1 on each connection, and the first `item_1` is a turn here.

From the second connection on, an id that an earlier one used gets a mark on its way in and loses it on its
way out. What was said before is told to a new connection under new ids, which here stay the old ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from .commands import Command
from .events import Event, ServerEvent
from .objects import Item, Response

__all__ = ["Generations"]

_ID_FIELDS = ("item_id", "previous_item_id", "response_id", "call_id")


class Generations:
    """Tells the ids of this connection from those of the connections before."""

    def __init__(self) -> None:
        self._count = 0
        self._taken: frozenset[str] = frozenset()
        self._own_ids: dict[str, str] = {}  # of what was told again, by the id on the wire
        self._wire_ids: dict[str, str] = {}

    @property
    def connection(self) -> int:
        """The connection's ordinal, from 1; 0 before the first."""
        return self._count

    @property
    def _mark(self) -> str:
        return f"~{self._count}"

    def next(self, taken: Iterable[str], *, again: bool = False) -> None:
        """Begin a connection; `taken` are all ids known so far. One that never came about doesn't count."""
        self._count += not again
        self._taken = frozenset(taken)
        self._own_ids.clear()
        self._wire_ids.clear()

    def retold(self, own_id: str, wire_id: str) -> None:
        """Note under which id an item of before is told to this connection."""
        self._own_ids[wire_id] = own_id
        self._wire_ids[own_id] = wire_id

    def is_echo(self, event: ServerEvent) -> bool:
        """Tell whether an event (as it came) only confirms what was told again; it tells us nothing."""
        if not self._own_ids:
            return False
        item = getattr(event, "item", None)
        return isinstance(item, Item) and item.id in self._own_ids

    def incoming(self, event: ServerEvent) -> ServerEvent:
        """Return an event whose ids can't be mistaken for those of an earlier connection."""
        if not self._taken or not isinstance(event, Event):
            return event
        changes = self._marked(event, _ID_FIELDS)
        if isinstance(item := getattr(event, "item", None), Item):
            changes["item"] = self._item(item)
        if isinstance(response := getattr(event, "response", None), Response):
            output = [self._item(item) for item in response.output or ()]
            changes["response"] = msgspec.structs.replace(
                response, **self._marked(response, ("id",)), output=output or response.output
            )
        return msgspec.structs.replace(event, **changes) if changes else event

    def outgoing(self, command: Command) -> Command:
        """Return a command with the ids that the server knows."""
        if not self._taken:
            return command
        changes = self._plain(command, _ID_FIELDS)
        if isinstance(item := getattr(command, "item", None), Item):
            changes["item"] = msgspec.structs.replace(item, **self._plain(item, ("id", "call_id")))
        return msgspec.structs.replace(command, **changes) if changes else command

    def _item(self, item: Item) -> Item:
        return msgspec.structs.replace(item, **self._marked(item, ("id", "call_id")))

    def _marked(self, struct: Any, names: Iterable[str]) -> dict[str, Any]:
        values = {name: getattr(struct, name, None) for name in names}
        known = {name: self._own_ids[value] for name, value in values.items() if value in self._own_ids}
        return known | {
            name: f"{value}{self._mark}" for name, value in values.items() if value in self._taken
        }

    def _plain(self, struct: Any, names: Iterable[str]) -> dict[str, Any]:
        values = {name: getattr(struct, name, None) for name in names}
        return {
            name: self._wire_ids.get(value) or value.removesuffix(self._mark)
            for name, value in values.items()
            if isinstance(value, str) and value.removesuffix(self._mark) in self._taken
        }
