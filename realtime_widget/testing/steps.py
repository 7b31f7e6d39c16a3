"""The steps of a script, as values: expect this, send that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .builders import Event

__all__ = [
    "Command", "Drop", "Events", "Expect", "Pause", "Refuse", "Script", "Send", "Step",
    "drop", "expect", "flatten", "pause", "refuse", "reply", "send",
]  # fmt: skip

Command = dict[str, Any]
"""A command as the engine got it; its audio is replaced by the number of its bytes."""

Events = Event | Iterable[Event] | Callable[[Command], "Event | Iterable[Event]"]
"""An event, several, or a function of the command that was expected last."""


@dataclass(frozen=True, slots=True)
class Expect:
    """Wait for a command of a type; `where` narrows it down, unless `answered` the script itself answers."""

    type: str
    where: Mapping[str, Any] | Callable[[Command], bool] | None = None
    answered: bool = True

    def matches(self, command: Command) -> bool:
        """Tell whether this is the command."""
        if command.get("type") != self.type:
            return False
        if self.where is None:
            return True
        return bool(self.where(command)) if callable(self.where) else contains(command, self.where)

    def __str__(self) -> str:
        return f"expect({self.type!r})" if self.where is None else f"expect({self.type!r}, {self.where!r})"


@dataclass(frozen=True, slots=True)
class Send:
    """Send events."""

    events: tuple[Events, ...] = field(repr=False)

    def build(self, command: Command) -> list[Event]:
        """Return the events, given the command that was expected last."""
        return [event for entry in self.events for event in resolve(entry, command)]

    def __str__(self) -> str:
        return f"send(<{len(self.events)}>)"


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for a while."""

    seconds: float

    def __str__(self) -> str:
        return f"pause({self.seconds:g})"


@dataclass(frozen=True, slots=True)
class Drop:
    """Close the connection; code 1006 cuts it without a word."""

    code: int = 1001
    reason: str = ""

    def __str__(self) -> str:
        return f"drop({self.code})"


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer the connection itself with an HTTP status."""

    status: int
    body: str

    def __str__(self) -> str:
        return f"refuse({self.status})"


Step = Expect | Send | Pause | Drop | Refuse
Script = Iterable[Any]
"""Steps, and lists of steps."""


def expect(
    type: str,
    where: Mapping[str, Any] | Callable[[Command], bool] | None = None,
    /,
    *,
    answered: bool = True,
    **fields: Any,
) -> Expect:
    """Wait for the next command of this type; others are collected meanwhile.

    Args:
        type: The command's type, such as `"response.create"`.
        where: Fields that it must have, mappings inside to any depth, or a predicate.
        answered: Whether the engine gives its usual answer (`session.updated`, `conversation.item.added`, …).
        **fields: Fields that it must have, as keywords.
    """
    if not fields:
        return Expect(type, where, answered)
    if callable(where):
        raise TypeError("expect() takes a predicate or fields, not both")
    return Expect(type, {**(where or {}), **fields}, answered)


def send(*events: Events) -> Send:
    """Send events: single ones, lists of them, or functions of the command that was expected last."""
    return Send(events)


def reply(*events: Events) -> list[Step]:
    """Wait for a `response.create`, then send events: `reply(text_response("hi"))`."""
    return [Expect("response.create"), Send(events)]


def pause(seconds: float) -> Pause:
    """Do nothing for a while."""
    return Pause(seconds)


def drop(code: int = 1001, reason: str = "") -> Drop:
    """Close the connection with a code; 1006 cuts it without a closing frame."""
    return Drop(code, reason)


def refuse(status: int = 401, body: str | Mapping[str, Any] = "") -> Refuse:
    """Refuse the connection with an HTTP status; only as the first step of a script."""
    if isinstance(body, str):
        return Refuse(status, body)
    import json

    return Refuse(status, json.dumps(dict(body)))


def flatten(script: Script) -> list[Step]:
    """Return a script's steps, lists of steps among them dissolved."""
    steps: list[Step] = []
    for entry in script:
        if isinstance(entry, Expect | Send | Pause | Drop | Refuse):
            steps.append(entry)
        elif isinstance(entry, list | tuple):
            steps += flatten(entry)
        else:
            raise TypeError(f"{entry!r} is no step; use expect, send, reply, pause, drop or refuse")
    if any(isinstance(step, Refuse) for step in steps[1:]):
        raise ValueError("refuse() must be the first step of a script: later the connection is already made")
    return steps


def contains(value: Any, wanted: Any) -> bool:
    """Tell whether `value` has all that `wanted` has; mappings are compared key by key."""
    if isinstance(wanted, Mapping):
        return isinstance(value, Mapping) and all(
            key in value and contains(value[key], entry) for key, entry in wanted.items()
        )
    return bool(value == wanted)


def resolve(entry: Events | None, command: Command) -> list[Event]:
    """Return the events that an entry stands for."""
    found = entry(command) if callable(entry) else entry
    if found is None:
        return []
    return [found] if isinstance(found, dict) else [event for one in found for event in resolve(one, command)]
