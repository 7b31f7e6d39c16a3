"""What a session's tables hold that its store doesn't have yet, found at the cost of what is new."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import compress
from operator import is_not
from typing import Any

from ..data import Tables, ToolCall, Turn
from ..data.latency import LatencyRow
from ..data.usage import UsageRow
from ..errors import RealtimeError
from ..protocol.log import LogEntry
from . import schema
from .rows import clean, fold, to_row
from .sounds import Packed, pack

__all__ = ["Changes", "Differences", "Moment"]

log = logging.getLogger("realtime_widget.store")


@dataclass(frozen=True, slots=True)
class Moment:
    """The rows of a session as they are at one moment; `end` is the number of its next event."""

    turns: tuple[Turn, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    usage: tuple[UsageRow, ...] = ()
    latency: tuple[LatencyRow, ...] = ()
    end: int = 0


@dataclass(slots=True)
class Changes:
    """What the store doesn't have yet, by table: rows by key, and keys of rows that are gone."""

    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    gone: dict[str, set[str]] = field(default_factory=dict)
    sounds: dict[str, Packed] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.rows or self.gone or self.sounds or self.errors)


class Differences:
    """Compares a session's tables with what was written of them.

    Args:
        data: The tables.
        audio: Whether sound is kept.
        known: Ids of turns and calls that the store has from earlier sittings.
    """

    def __init__(self, data: Tables, *, audio: bool, known: Iterable[str]) -> None:
        self._data = data
        self._audio = audio
        self._known = frozenset(known)
        self._written = Moment()
        self._sounds: dict[str, int] = {}  # samples written, by turn

    def find(self) -> tuple[Moment, Changes]:
        """Return the tables as they are now, and what in them isn't written."""
        changes = Changes()
        now, entries = self._now()
        for name in _TABLES:
            self._compare(name, now, changes)
        if self._audio:
            for turn in now.turns:
                if turn.id in changes.rows.get("turns", ()):
                    self._add_sound(turn, changes)
        first = now.end - len(entries)
        changes.errors = [
            {
                "number": first + i,
                **{name: clean(getattr(entry, name)) for name in LogEntry.__struct_fields__},
            }
            for i, entry in enumerate(entries)
            if _is_trouble(entry)
        ]
        return now, changes

    def written(self, moment: Moment, changes: Changes) -> None:
        """Note that what was found is written."""
        self._written = moment
        self._sounds.update((turn_id, sound.n_samples) for turn_id, sound in changes.sounds.items())
        for turn_id in changes.gone.get("turns", ()):
            self._sounds.pop(turn_id, None)

    def _now(self) -> tuple[Moment, list[LogEntry]]:
        data = self._data
        with data.lock:
            end = data.events.end
            moment = Moment(
                data.transcript.rows(), data.tool_calls.rows(), data.usage.rows(), data.latency.rows(), end
            )
            return moment, data.events.between(self._written.end, end)

    def _compare(self, name: str, now: Moment, changes: Changes) -> None:
        before, key_of = self._written, _KEYS[name]
        rows, old = getattr(now, name), getattr(before, name)
        same = min(len(rows), len(old))
        # The tables give the same object for as long as a row stays what it is.
        places = [*compress(range(same), map(is_not, rows, old)), *range(same, len(rows))]
        changed = {key_of(now, rows[place]): place for place in places}
        gone: set[str] = set()
        if len(rows) < len(old) or any(
            key_of(now, rows[place]) != key_of(before, old[place]) for place in places if place < same
        ):
            gone = {key_of(before, row) for row in old} - {key_of(now, row) for row in rows}
        new = {
            key: _VALUES[name](rows[place], place)
            for key, place in changed.items()
            if key is not None and key not in self._known
        }
        if new:
            changes.rows[name] = new
        if gone := gone - self._known - {None}:
            changes.gone[name] = gone

    def _add_sound(self, turn: Turn, changes: Changes) -> None:
        if turn.audio_ms is None or (turn.status == "in_progress" and turn.end_ms is None):
            return  # it goes on: packing it again and again would cost more than the conversation
        try:
            clip = turn.audio
            if len(clip) and self._sounds.get(turn.id) != len(clip):
                changes.sounds[turn.id] = pack(clip)
        except (OSError, RealtimeError) as error:  # what was said is more than how it sounded
            log.warning("! the sound of a turn isn't stored: %s", type(error).__name__)


def _key_of_answer(moment: Moment, row: LatencyRow) -> str | None:
    return moment.turns[row.turn].id if row.turn < len(moment.turns) else None


_KEYS: dict[str, Callable[[Moment, Any], Any]] = {
    "turns": lambda moment, row: row.id,
    "tool_calls": lambda moment, row: row.call_id,
    "usage": lambda moment, row: row.response_id,
    "latency": _key_of_answer,
}
_TABLES = tuple(_KEYS)
_TROUBLE = frozenset({"error"})


def _is_trouble(entry: LogEntry) -> bool:
    return entry.direction == "local" or entry.type in _TROUBLE


def _of_turn(turn: Turn, position: int) -> dict[str, Any]:
    values = to_row(turn, schema.turns)
    values["more"].pop("turn")  # the position says it
    return {
        **values,
        "position": turn.turn,
        "folded": fold(values["text"]),
        "n_words": len(turn.text.split()),
    }


def _of_call(call: ToolCall, position: int) -> dict[str, Any]:
    values = to_row(call, schema.tool_calls)
    values["more"].pop("turn")  # the turn says it
    return {**values, "position": position}


def _of_bill(row: UsageRow, position: int) -> dict[str, Any]:
    return {**to_row(row, schema.usage), "position": position}


def _of_answer(row: LatencyRow, position: int) -> dict[str, Any]:
    values = to_row(row, schema.latency)
    values["more"].pop("turn")  # the turn's id says it
    return values


_VALUES: dict[str, Callable[[Any, int], dict[str, Any]]] = {
    "turns": _of_turn,
    "tool_calls": _of_call,
    "usage": _of_bill,
    "latency": _of_answer,
}
