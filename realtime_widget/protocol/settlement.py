"""Which command an event answers: nothing on the wire says so when all went well.

A command is settled by the event that it brings about, or by an error that names it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from . import events as ev
from .commands import (
    ClearInput,
    Command,
    CommitInput,
    CreateItem,
    DeleteItem,
    RetrieveItem,
    TruncateItem,
    UpdateSession,
)

__all__ = ["Settlement"]

Key = tuple[str, str | None]

_KEYS: dict[type[Command], Callable[[Any], Key]] = {
    UpdateSession: lambda c: ("session", None),
    CommitInput: lambda c: ("commit", None),
    ClearInput: lambda c: ("clear", None),
    CreateItem: lambda c: ("create", c.item.id),
    DeleteItem: lambda c: ("delete", c.item_id),
    TruncateItem: lambda c: ("truncate", c.item_id),
    RetrieveItem: lambda c: ("retrieve", c.item_id),
}

_ANSWERS: dict[type[ev.Event], Callable[[Any], Key]] = {
    ev.SessionUpdated: lambda e: ("session", None),
    ev.InputAudioCommitted: lambda e: ("commit", None),
    ev.InputAudioCleared: lambda e: ("clear", None),
    ev.ConversationItemAdded: lambda e: ("create", e.item.id),
    ev.ConversationItemCreated: lambda e: ("create", e.item.id),
    ev.ConversationItemDone: lambda e: ("create", e.item.id),
    ev.ConversationItemDeleted: lambda e: ("delete", e.item_id),
    ev.ConversationItemTruncated: lambda e: ("truncate", e.item_id),
    ev.ConversationItemRetrieved: lambda e: ("retrieve", e.item.id),
}


class Settlement:
    """Commands that wait for their answer, by what will answer them."""

    def __init__(self) -> None:
        self._waiting: dict[Key, deque[Command]] = {}

    def sent(self, command: Command) -> None:
        """Note a command that was sent."""
        key = _KEYS.get(type(command))
        if key is not None:
            self._waiting.setdefault(key(command), deque()).append(command)

    def answered(self, event: ev.ServerEvent) -> Command | None:
        """Return the command that an event settles, or None."""
        key = _ANSWERS.get(type(event))  # type: ignore[arg-type]
        return self._take(key(event)) if key is not None else None

    def refused(self, error: ev.Error) -> Command | None:
        """Return the command that an error refuses, or None."""
        event_id = error.error.event_id
        for key, commands in self._waiting.items() if event_id is not None else ():
            for command in commands:
                if command.event_id == event_id:
                    commands.remove(command)
                    if not commands:
                        del self._waiting[key]
                    return command
        if event_id is None and (error.error.param or "").startswith("session"):
            return self._take(("session", None))  # some errors don't name the command
        return None

    @property
    def waiting(self) -> int:
        """How many commands wait."""
        return sum(len(commands) for commands in self._waiting.values())

    def only(self) -> Command | None:
        """Return the one command that waits, and forget it; None if there are several or none."""
        return self._take(next(iter(self._waiting))) if self.waiting == 1 else None

    def abandon(self) -> list[Command]:
        """Forget all waiting commands and return them: the connection is gone."""
        commands = [command for waiting in self._waiting.values() for command in waiting]
        self._waiting.clear()
        return commands

    def _take(self, key: Key) -> Command | None:
        commands = self._waiting.get(key)
        if not commands:
            return None
        command = commands.popleft()
        if not commands:
            del self._waiting[key]
        return command
