"""The tool calls: one row a call, from the moment the model makes it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, ClassVar

from .columns import Column
from .display.html import Cell, Shown, clock, seconds
from .table import Table
from .transcript import Transcript

__all__ = ["ToolCall", "ToolCalls"]


MAX_DEPTH = 100
"""How deep arguments may nest; pydantic, pandas and json all walk over them."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call; `started_ms` is on the session's clock.

    Attributes:
        call_id: The call's id.
        name: The function's name.
        output: What the model was told; None while the call runs.
        error: What went wrong, or None.
        status: `running done failed cancelled timed_out`.
        started_ms: When it began.
        duration_ms: How long it took; None while it runs.
        response_id: The response that made the call.
        turn: Place of the assistant's turn that it belongs to; None until there is one.
        version: Version of the function that ran: 1, and one more each time its cell runs again.
        connection: Ordinal of the connection over which it came.
        traceback: Of an exception in the function, or None.
        arguments_text: The arguments as they came.
    """

    call_id: str
    name: str
    output: str | None
    error: str | None
    status: str
    started_ms: float | None
    duration_ms: float | None
    response_id: str | None
    turn: int | None
    version: int | None
    connection: int = 1
    traceback: str | None = field(default=None, repr=False)
    arguments_text: str = field(default="", repr=False)

    @property
    def arguments(self) -> dict[str, Any] | str:
        """The arguments by name; the raw text where that is no JSON object, or nests beyond reason."""
        return _decode(self.arguments_text)


def _decode(text: str) -> dict[str, Any] | str:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, dict) and not _is_deep(text, value) else text


def _is_deep(text: str, value: Any) -> bool:
    """Tell whether a value is so nested that what walks over it may break down."""
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return False
    level, depth = [value], 0
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)
                 if isinstance(inner, dict | list)]  # fmt: skip
    return bool(level)


def _json_text(call: ToolCall) -> str:
    """Return the arguments as JSON, whatever the model made of them."""
    return call.arguments_text if isinstance(call.arguments, dict) else json.dumps(call.arguments_text)


def _copied(value: Any) -> Any:
    """Return a JSON value that can be changed without harm to the other; decoding it anew takes longer."""
    if isinstance(value, dict):
        return {
            name: _copied(inner) if isinstance(inner, _NESTED) else inner for name, inner in value.items()
        }
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


_NESTED = (dict, list)


class ToolCalls(Table[ToolCall]):
    """Which functions the model called, with what, what came back and how long it took."""

    noun: ClassVar[str] = "call"
    moment: ClassVar[str | None] = "started_ms"
    spec: ClassVar[tuple[Column, ...]] = (
        Column("call_id", "string"),
        Column("name", "string", recurs=True),
        Column("arguments", "json", attrgetter("arguments"), _copied, _json_text),
        Column("output", "string"),
        Column("error", "string"),
        Column("status", "string", recurs=True),
        Column("started_ms", "float"),
        Column("duration_ms", "float"),
        Column("response_id", "string"),
        Column("turn", "int"),
        Column("version", "int"),
        Column("connection", "int"),
        Column("traceback", "string"),
    )
    shown: ClassVar[tuple[Shown, ...] | None] = (
        Shown("name", lambda call: Cell(call.name, "bad")),
        Shown("arguments", lambda call: Cell(call.arguments_text, "code")),
        Shown("output", lambda call: Cell(call.output, "code")),
        Shown("status", lambda call: Cell(call.status, "" if call.status == "done" else "bad")),
        Shown("error", lambda call: Cell(call.error, "words")),
        Shown("started", lambda call: Cell(clock(call.started_ms), "number")),
        Shown("took", lambda call: Cell(seconds(call.duration_ms), "number")),
        Shown("turn", attrgetter("turn")),
        Shown("version", attrgetter("version")),
    )

    def __init__(self, transcript: Transcript, lock: threading.RLock) -> None:
        super().__init__(lock)
        self.connection = 1
        self.on_change: Callable[[str], None] = lambda call_id: None
        self._transcript = transcript
        self._calls: dict[str, ToolCall] = {}
        self._rows: tuple[ToolCall, ...] = ()
        self._dirty = False
        self._new: set[str] = set()  # calls that are yet to be put to their turns

    # -- what the session tells --------------------------------------------------------------------------

    def started(
        self,
        call_id: str,
        name: str,
        arguments: str,
        response_id: str | None,
        version: int | None,
        t_ms: float,
    ) -> None:
        """Note that a call begins; `version` None where the function isn't known (yet)."""
        call = ToolCall(
            call_id=call_id,
            name=name,
            output=None,
            error=None,
            status="running",
            started_ms=t_ms,
            duration_ms=None,
            response_id=response_id,
            turn=None,
            version=version or None,
            connection=self.connection,
            arguments_text=arguments,
        )
        with self._lock:
            self._put(call)

    def finished(
        self,
        call_id: str,
        output: str | None,
        error: str | None,
        status: str,
        duration_ms: float | None,
        traceback: str | None = None,
    ) -> None:
        """Note how a call ended: `done failed cancelled timed_out`."""
        with self._lock:
            call = self._calls.get(call_id)
            if call is not None:
                self._put(
                    replace(
                        call,
                        output=output,
                        error=error,
                        status=status,
                        duration_ms=duration_ms,
                        traceback=traceback,
                    )
                )

    def answered(self, call_id: str, output: str, t_ms: float) -> None:
        """Note an output that someone sent by hand for a call which nothing here runs."""
        call = self._calls.get(call_id)
        if call is not None and call.status == "running":
            self.finished(call_id, output, None, "done", t_ms - (call.started_ms or t_ms))

    def abandoned(self, call_id: str) -> None:
        """Note that nobody waits for a call any more; how it ends, if it runs, is still noted."""
        call = self._calls.get(call_id)
        if call is not None and call.status == "running":
            self._put(replace(call, status="cancelled"))

    def restore(self, calls: Iterable[ToolCall]) -> None:
        """Take calls that were made at another time."""
        with self._lock:
            for call in calls:
                self._put(call)

    def _put(self, call: ToolCall) -> None:
        self._calls[call.call_id] = call
        self._new.add(call.call_id)
        self._dirty = True
        self.on_change(call.call_id)
        self._changed()

    # -- reading -----------------------------------------------------------------------------------------

    def row(self, call_id: str) -> ToolCall | None:
        """Return one call, or None."""
        with self._lock:
            call = self._calls.get(call_id)
            return None if call is None else self._placed(call, self._transcript.turn_of_call)

    def _placed(self, call: ToolCall, turns: Mapping[str, int]) -> ToolCall:
        turn = turns.get(call.call_id)
        if turn != call.turn:
            call = self._calls[call.call_id] = replace(call, turn=turn)
            self._dirty = True
        return call

    def _snapshot(self) -> tuple[ToolCall, ...]:
        turns = self._transcript.turn_of_call
        stale = self._new | self._transcript.take_moved_calls()
        self._new = set()
        for call_id in stale & self._calls.keys():
            self._placed(self._calls[call_id], turns)
        if self._dirty:
            self._rows = tuple(self._calls.values())
            self._dirty = False
        return self._rows
