"""Which command an event answers: nothing on the wire says so when all went well.

A command is settled by the event that it brings about, or by an error that names it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from . import events as ev
from .commands import (
    CancelResponse,
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
    CancelResponse: lambda c: ("cancel", c.response_id),
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
    ev.ResponseDone: lambda e: ("cancel", e.response.id),
}

# Some errors name no command, but say by their code what kind of command they refuse.
_REFUSED_KINDS = {
    "response_cancel_not_active": "cancel",
    "input_audio_buffer_commit_empty": "commit",
    "item_create_duplicate_item_id": "create",
    "item_delete_invalid_item_id": "delete",
    "item_retrieve_invalid_item_id": "retrieve",
    "item_truncate_invalid_item_id": "truncate",
    "unsupported_content_type": "truncate",
    "cannot_update_voice": "session",
}


@dataclass(slots=True)
class _Waiting:
    command: Command
    place: int
    sent_ms: float


_UPDATE: Key = ("session", None)


class Settlement:
    """Commands that wait for their answer, by what will answer them."""

    def __init__(self) -> None:
        self._waiting: dict[Key, deque[_Waiting]] = {}
        self.followers: dict[str, list[str]] = {}  # of a configuration: the updates that are part of it
        self._count = 0
        self._answered_to = 0  # a server works in order: what was sent before an answered command is done
        self._manners: set[str] = set()  # the kinds of commands that this server does answer

    def sent(self, command: Command, now_ms: float = 0.0) -> None:
        """Note a command that was sent."""
        key = _KEYS.get(type(command))
        if key is not None:
            self._count += 1
            waiting = _Waiting(command, self._count, now_ms)
            self._waiting.setdefault(key(command), deque()).append(waiting)

    def answered(self, event: ev.ServerEvent) -> Command | None:
        """Return the command that an event settles, or None."""
        key = _ANSWERS.get(type(event))  # type: ignore[arg-type]
        if key is None:
            return None
        kind, name = key(event)
        if (kind, name) not in self._waiting and kind == "cancel":
            name = None  # a cancel that named no response
        self._manners.add(kind)
        return self._take((kind, name))

    def refused(self, error: ev.Error) -> Command | None:
        """Return the command that an error refuses, or None."""
        event_id = error.error.event_id
        if event_id is None:
            return self._refused_unnamed(error)
        for key, commands in self._waiting.items():
            for place, waiting in enumerate(commands):
                if waiting.command.event_id == event_id:
                    return self._take(key, place)
        return None

    def _refused_unnamed(self, error: ev.Error) -> Command | None:
        detail = error.error
        kind = _REFUSED_KINDS.get(detail.code or "") or _REFUSED_KINDS.get(detail.type or "")
        if kind is None and (detail.param or "").startswith("session"):
            kind = "session"
        oldest = [key for key in self._waiting if key[0] == kind]
        return self._take(min(oldest, key=lambda key: self._waiting[key][0].place)) if oldest else None

    @property
    def waiting(self) -> int:
        """How many commands wait, those that stop a response apart: their answer is the response's end."""
        return sum(len(commands) for key, commands in self._waiting.items() if key[0] != "cancel")

    def only(self) -> Command | None:
        """Return the one command that waits, and forget it; None if there are several or none."""
        keys = [key for key in self._waiting if key[0] != "cancel"]
        return self._take(keys[0]) if self.waiting == 1 else None

    def owed_since_ms(self) -> float | None:
        """Return since when the server owes an answer, None if it owes nothing.

        What it answers never, or has passed over, doesn't count: there are servers of few words.
        """
        return min((waiting.sent_ms for waiting in self._owed()), default=None)

    def _owed(self) -> Iterator[_Waiting]:
        for (kind, name), commands in self._waiting.items():
            if kind == "cancel":
                yield from commands if name else ()
            elif kind in self._manners:
                yield from (waiting for waiting in commands if waiting.place > self._answered_to)

    def abandon(self, *, but_updates: bool = False) -> list[Command]:
        """Forget all waiting commands and return them: the connection is gone.

        Updates may stay: the next connection is configured with what they changed.
        """
        updates = self._waiting.pop(_UPDATE, None) if but_updates else None
        commands = [waiting.command for queue in self._waiting.values() for waiting in queue]
        self._waiting.clear()
        if updates:
            self._waiting[_UPDATE] = updates
        self._manners.clear()
        return commands

    def _take(self, key: Key, place: int = 0) -> Command | None:
        commands = self._waiting.get(key)
        if not commands:
            return None
        waiting = commands[place]
        del commands[place]
        if not commands:
            del self._waiting[key]
        if key[0] != "cancel":
            self._answered_to = max(self._answered_to, waiting.place)
        return waiting.command
