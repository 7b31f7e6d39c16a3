"""What the core hands out: frames to send, records of all that passed, changes; and the time it was told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import msgspec

from .changes import Change, CommandSettled
from .codec import command_of, encode
from .commands import (
    AppendInput,
    CancelResponse,
    ClearInput,
    Command,
    CommitInput,
    CreateItem,
    UpdateSession,
)
from .events import ServerEvent
from .generations import Generations
from .log import LogEntry, log_command, log_local
from .objects import ErrorDetail, Item
from .settlement import Settlement

__all__ = ["Outbox"]


_KEPT_OTHERWISE = (AppendInput, CommitInput, ClearInput, CancelResponse)
"""What a mapping may be of which the next connection is told anyway, or which means nothing to it."""


class Outbox:
    """Frames, records and changes since the last drain.

    Args:
        encode: Makes the text of a command, in the shapes that the server takes.

    Attributes:
        now_ms: The time on the session's clock.
        wall_s: The time of day, Unix seconds.
        settlement: The commands that wait for their answer.
        generations: Tells the ids of this connection from those of earlier ones.
    """

    def __init__(self, encode: Callable[[Command], str] = encode) -> None:
        self._encode = encode
        self.now_ms = 0.0
        self.wall_s = 0.0
        self.settlement = Settlement()
        self.generations = Generations()
        self.suspended = False  # between two connections nothing is sent
        self._configuring = False  # the next one has got its configuration and not acknowledged it yet
        self._raw: deque[Command] = deque(maxlen=64)
        self._held: list[dict[str, Any]] = []  # mappings for the next connection
        self.frames: list[str] = []
        self.records: list[LogEntry] = []
        self.changes: list[Change] = []
        self._ids = count(1)

    def new_id(self, kind: str = "") -> str:
        """Return an id of our own that no other command or item has."""
        return f"rtw_{kind}{next(self._ids)}"

    def send(self, command: Command, *, always: bool = False) -> str:
        """Send a command; return the id under which it will be settled.

        Between two connections nobody takes it, unless it is to go out `always`: the next one is told what
        follows from it.
        """
        if command.event_id is None and not isinstance(command, AppendInput):
            command = msgspec.structs.replace(command, event_id=self.new_id())
        updates = isinstance(command, UpdateSession)
        if self.suspended and not (always or (updates and self._configuring)):
            if updates:  # the next connection's configuration settles it
                self.settlement.sent(command, self.now_ms)
            return command.event_id or ""
        self.settlement.sent(command, self.now_ms)
        self._emit(self._encode(self.generations.outgoing(command)), command)
        return command.event_id or ""

    def send_raw(self, command: Mapping[str, Any]) -> Command | None:
        """Send a mapping as it is; return it as a command, if it is one that we know."""
        raw = dict(command)
        text = encode(raw)
        known = command_of(raw)
        if self.suspended:
            if not isinstance(known, _KEPT_OTHERWISE):
                self._held.append(raw)
            return known
        if known is not None:
            self.settlement.sent(known, self.now_ms)
            self._raw.append(known)
        self._emit(text, raw)
        return known

    def send_held(self) -> None:
        """Send the mappings that were handed in between two connections."""
        held, self._held = self._held, []
        for raw in held:
            self.send_raw(raw)

    def is_raw(self, command: Command) -> bool:
        """Tell whether a command was sent as a mapping, so that nobody waits for what becomes of it."""
        return any(each is command for each in self._raw)

    def new_item_id(self) -> str:
        """Return an id for an item of ours, at most 32 characters."""
        return f"{self.new_id('item_')}_{int(self.wall_s * 1000) % 10**10:x}"

    def settled(self, event_id: str, error: ErrorDetail | None, event: ServerEvent | None = None) -> None:
        """Tell that a command was carried out or refused; with a configuration, what it took over."""
        for settled_id in (event_id, *self.settlement.followers.pop(event_id, ())):
            self.changes.append(CommandSettled(settled_id, error, event))

    def configure(self, session: dict[str, Any]) -> str:
        """Send a connection its first configuration; its answer settles all that waited for another's."""
        waiting: list[str] = []
        for command in self.settlement.abandon():
            waiting += [command.event_id or "", *self.settlement.followers.pop(command.event_id or "", ())]
        event_id = self.send(UpdateSession(session=session), always=True)
        self._configuring = True
        self.settlement.followers[event_id] = waiting
        return event_id

    def abandon(self, *, but_updates: bool) -> None:
        """Tell whoever waits for a command that its answer won't come: the connection is gone."""
        self._configuring = False
        if not but_updates:
            self._held.clear()
        for command in self.settlement.abandon(but_updates=but_updates):
            if command.event_id is not None:
                self.changes.append(CommandSettled(command.event_id, ErrorDetail(code="connection_lost")))

    def tell_again(self, item: Item, wire_id: str) -> None:
        """Create an item that is part of the conversation already; nobody waits for it."""
        if not self.suspended:
            command = CreateItem(
                event_id=self.new_id("told_"), item=msgspec.structs.replace(item, id=wire_id)
            )
            self._emit(self._encode(command), command)

    def note(self, kind: str, **details: Any) -> None:
        """Record something that happened to the session itself."""
        self.records.append(log_local(self.now_ms, kind, details, self.generations.connection))

    def item_command(self, item: Item, previous_item_id: str | None = None) -> CreateItem:
        """Return the command that adds an item, with an id of our own (at most 32 characters)."""
        named = msgspec.structs.replace(item, id=item.id or self.new_item_id())
        return CreateItem(event_id=self.new_id(), item=named, previous_item_id=previous_item_id)

    def drain_frames(self) -> list[str]:
        """Return the frames since the last call."""
        drained, self.frames = self.frames, []
        return drained

    def drain_records(self) -> list[LogEntry]:
        """Return the records since the last call."""
        drained, self.records = self.records, []
        return drained

    def drain_changes(self) -> list[Change]:
        """Return the changes since the last call."""
        drained, self.changes = self.changes, []
        return drained

    def _emit(self, text: str, command: Command | dict[str, Any]) -> None:
        self.frames.append(text)
        self.records.append(log_command(self.now_ms, text, command, self.generations.connection))
