"""What one session says of a conversation, written to the database: what is new, in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from ..data import About, Tables, ToolCall, Turn
from ..data.latency import LatencyRow
from ..data.usage import UsageRow
from ..errors import StoreError
from ..protocol.log import LogEntry
from . import schema
from .database import Database
from .rows import clean, fold, to_row
from .sounds import Packed, pack

__all__ = ["Sitting"]


@dataclass(slots=True)
class _Moment:
    """The rows of a session as they are at one moment."""

    turns: tuple[Turn, ...]
    calls: tuple[ToolCall, ...]
    usage: tuple[UsageRow, ...]
    latency: tuple[LatencyRow, ...]
    errors: list[tuple[int, LogEntry]]
    n_events: int


@dataclass(slots=True)
class _Changes:
    """What the database doesn't have yet, by table: rows by key, and keys of rows that are gone."""

    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    gone: dict[str, set[str]] = field(default_factory=dict)
    sounds: dict[str, Packed] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)


class Sitting:
    """Writes what changed since the last time; used by one thread at a time.

    Args:
        database: Where to.
        data: The session's tables.
        about: Tells what there is to know of the conversation now.
        is_over: Tells whether the session has ended.
        audio: Whether sound is kept.
        known: Ids of turns and calls that are in the database already, from earlier sittings.
        resumes: Whether the conversation is there already.
    """

    def __init__(
        self,
        database: Database,
        data: Tables,
        about: Callable[[], About],
        *,
        is_over: Callable[[], bool],
        audio: bool = True,
        known: Iterable[str] = (),
        resumes: bool = False,
    ) -> None:
        self._database = database
        self._data = data
        self._about = about
        self._is_over = is_over
        self._audio = audio
        self._known = frozenset(known)
        self._resumes = resumes
        self._id = uuid.uuid4().hex
        self._number: int | None = None
        self._written: dict[str, dict[str, Any]] = {name: {} for name in _TABLES}
        self._sounds: dict[str, int] = {}  # samples written, by turn
        self._next_event = 0
        self._told: tuple[About, bool] | None = None

    def write(self) -> None:
        """Write what changed; nothing where nothing did, or nothing was said yet.

        Raises:
            StoreError: It couldn't be written; the next call tries again, with all that is missing.
        """
        about, over = self._about(), self._is_over()
        moment = self._now()
        rows = self._rows(moment)
        changes = self._changes(moment, rows)
        if self._number is None and not any(rows.values()):
            return
        if not (changes.rows or changes.gone or changes.sounds or changes.errors or self._news(about, over)):
            return
        with self._database.writing() as connection:
            number = self._conversation(connection, about, over, moment.n_events)
            self._apply(connection, {"conversation_id": about.id, "sitting": number}, changes)
        self._number = number
        self._written = rows
        self._sounds.update((turn_id, sound.n_samples) for turn_id, sound in changes.sounds.items())
        for turn_id in changes.gone.get("turns", ()):
            self._sounds.pop(turn_id, None)
        self._next_event = moment.n_events
        self._told = _without_time(about), over

    def _news(self, about: About, over: bool) -> bool:
        """Tell whether what there is to know changed; that time passes is none."""
        return self._told != (_without_time(about), over)

    # -- what changed ------------------------------------------------------------------------------------

    def _now(self) -> _Moment:
        data = self._data
        with data.lock:
            end = data.events.end
            entries = data.events.between(self._next_event, end)
            first = end - len(entries)
            return _Moment(
                turns=data.transcript.rows(),
                calls=data.tool_calls.rows(),
                usage=data.usage.rows(),
                latency=data.latency.rows(),
                errors=[(first + i, entry) for i, entry in enumerate(entries) if _is_trouble(entry)],
                n_events=end,
            )

    def _rows(self, moment: _Moment) -> dict[str, dict[str, Any]]:
        """Return the rows of each table by their keys, without those of earlier sittings."""
        turn_ids = [turn.id for turn in moment.turns]
        of_latency = {turn_ids[row.turn]: row for row in moment.latency if row.turn < len(turn_ids)}
        found: dict[str, dict[str, Any]] = {
            "turns": {turn.id: turn for turn in moment.turns},
            "tool_calls": {call.call_id: call for call in moment.calls},
            "usage": {row.response_id: row for row in moment.usage},
            "latency": of_latency,
        }
        if not self._known:
            return found
        return {
            name: {key: row for key, row in rows.items() if key not in self._known}
            for name, rows in found.items()
        }

    def _changes(self, moment: _Moment, rows: Mapping[str, dict[str, Any]]) -> _Changes:
        changes = _Changes()
        for name, current in rows.items():
            written = self._written[name]
            # The tables give the same object for as long as a row stays what it is.
            new = {
                key: _VALUES[name](row, position)
                for position, (key, row) in enumerate(current.items())
                if written.get(key) is not row
            }
            gone = written.keys() - current.keys()
            if new:
                changes.rows[name] = new
            if gone:
                changes.gone[name] = gone
        if self._audio:
            for turn_id in changes.rows.get("turns", ()):
                self._add_sound(changes, rows["turns"][turn_id])
        changes.errors = [
            {"number": number, **{name: clean(getattr(entry, name)) for name in LogEntry.__struct_fields__}}
            for number, entry in moment.errors
        ]
        return changes

    def _add_sound(self, changes: _Changes, turn: Turn) -> None:
        if turn.audio_ms is None or (turn.status == "in_progress" and turn.end_ms is None):
            return  # it goes on: packing it again and again would cost more than the conversation
        clip = turn.audio
        if len(clip) and self._sounds.get(turn.id) != len(clip):
            changes.sounds[turn.id] = pack(clip)

    # -- writing -----------------------------------------------------------------------------------------

    def _conversation(self, connection: Connection, about: About, over: bool, n_events: int) -> int:
        """Write what there is to know of the conversation, and return this sitting's number."""
        now = datetime.now(UTC)
        row = {
            "kind": about.kind,
            "title": clean(about.title),
            "engine": clean(about.engine),
            "engine_kind": about.engine_kind,
            "model": clean(about.model),
            "settings": clean(about.settings),
            "metadata": clean(about.metadata),
            "updated_at": now,
            "ended_at": now if over else None,
            "version": about.version,
        }
        begin = about.created_at or now - timedelta(milliseconds=about.duration_ms)
        table = schema.conversations
        if not connection.execute(update(table).where(table.c.id == about.id).values(row)).rowcount:
            if self._number is not None or self._resumes:
                raise StoreError(
                    "The conversation was deleted from the store.",
                    remedy="What is said from now on isn't kept there; make a new session to store it.",
                    code="store_deleted",
                )
            connection.execute(insert(table).values(id=about.id, created_at=begin, **row))
        return self._sitting(
            connection,
            about.id,
            began_at=begin,
            ended_at=row["ended_at"],
            duration_ms=about.duration_ms,
            engine=row["engine"],
            model=row["model"],
            n_events=n_events,
        )

    def _sitting(self, connection: Connection, conversation_id: str, **row: Any) -> int:
        table = schema.sittings
        mine = table.c.id == self._id
        # Looked up: what seemed to fail may have been committed.
        number = connection.scalar(select(table.c.number).where(mine))
        if number is not None:
            connection.execute(update(table).where(mine).values(row))
            return int(number)
        # The conversation's row is locked by now, so nobody else takes the same number.
        taken = select(func.max(table.c.number)).where(table.c.conversation_id == conversation_id)
        number = (connection.scalar(taken) or 0) + 1
        row.update(conversation_id=conversation_id, number=number, id=self._id)
        connection.execute(insert(table).values(row))
        return number

    def _apply(self, connection: Connection, place: Mapping[str, Any], changes: _Changes) -> None:
        for name, keys in changes.gone.items():
            table, key_name = _TABLES[name]
            for key in keys:
                connection.execute(delete(table).where(*_at(table, {**place, key_name: clean(key)})))
        for name, rows in changes.rows.items():
            table, key_name = _TABLES[name]
            for key, values in rows.items():
                _put(connection, table, {**place, key_name: clean(key)}, values)
        for turn_id, sound in changes.sounds.items():
            values = {name: getattr(sound, name) for name in ("coding", "sample_rate", "n_samples", "data")}
            _put(connection, schema.audio, {**place, "turn_id": clean(turn_id)}, values)
        for row in changes.errors:
            _put(connection, schema.errors, {**place, "number": row["number"]}, row)


_TABLES = {
    "turns": (schema.turns, "id"),
    "tool_calls": (schema.tool_calls, "call_id"),
    "usage": (schema.usage, "response_id"),
    "latency": (schema.latency, "turn_id"),
}
_TROUBLE = frozenset({"error"})


def _is_trouble(entry: LogEntry) -> bool:
    return entry.direction == "local" or entry.type in _TROUBLE


def _without_time(about: About) -> About:
    return replace(about, duration_ms=0.0)


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


def _put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    # Not an "upsert", of which each database has its own: nobody else writes rows of this sitting.
    rest = {name: value for name, value in values.items() if name not in key}
    if not connection.execute(update(table).where(*_at(table, key)).values(rest)).rowcount:
        connection.execute(insert(table).values(**key, **rest))


def _at(table: Table, key: Mapping[str, Any]) -> list[Any]:
    return [table.c[name] == value for name, value in key.items()]
