"""What one session says of a conversation, written to the database: what is new, in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from ..data import About, Tables
from ..errors import StoreError
from . import schema
from .database import Database
from .differences import Changes, Differences
from .rows import clean

__all__ = ["Sitting"]


class Sitting:
    """Writes what changed since the last time; used by one thread at a time.

    Args:
        database: Where to.
        data: The session's tables.
        about: Tells what there is to know of the conversation now.
        is_over: Tells whether the session has ended.
        has_begun: Tells whether it has begun; nothing is written before.
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
        has_begun: Callable[[], bool] = lambda: True,
        audio: bool = True,
        known: Iterable[str] = (),
        resumes: bool = False,
    ) -> None:
        self._database = database
        self._about = about
        self._is_over = is_over
        self._has_begun = has_begun
        self._differences = Differences(data, audio=audio, known=known)
        self._resumes = resumes
        self._id = uuid.uuid4().hex
        self._number: int | None = None
        self._told: tuple[About, bool] | None = None

    def write(self) -> None:
        """Write what changed; nothing where nothing did, or nothing was said yet.

        Raises:
            StoreError: It couldn't be written; the next call tries again, with all that is missing.
        """
        if not self._has_begun():
            return
        about, over = self._about(), self._is_over()
        moment, changes = self._differences.find()
        if self._number is None and not (changes.rows or changes.sounds):
            return
        if not changes and not self._news(about, over):
            return
        with self._database.writing() as connection:
            number = self._conversation(connection, about, over, moment.end)
            self._apply(connection, {"conversation_id": about.id, "sitting": number}, changes)
        self._number = number
        self._differences.written(moment, changes)
        self._told = _without_time(about), over

    def _news(self, about: About, over: bool) -> bool:
        """Tell whether what there is to know changed; that time passes is none."""
        return self._told != (_without_time(about), over)

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

    def _apply(self, connection: Connection, place: Mapping[str, Any], changes: Changes) -> None:
        for name, keys in changes.gone.items():
            table, key_name = _TABLES[name]
            for key in keys:
                own = _cut(table, key_name, clean(key))
                connection.execute(delete(table).where(*_at(table, {**place, key_name: own})))
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


def _without_time(about: About) -> About:
    return replace(about, duration_ms=0.0)


def _put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    # Not an "upsert", of which each database has its own: nobody else writes rows of this sitting.
    key = {name: _cut(table, name, value) for name, value in key.items()}
    rest = {name: _cut(table, name, value) for name, value in values.items() if name not in key}
    if not connection.execute(update(table).where(*_at(table, key)).values(rest)).rowcount:
        connection.execute(insert(table).values(**key, **rest))


def _cut(table: Table, name: str, value: Any) -> Any:
    """Return a value as long as its column: an odd server's odd word must not keep what was said out."""
    length = getattr(table.c[name].type, "length", None)
    return value[:length] if isinstance(value, str) and length else value


def _at(table: Table, key: Mapping[str, Any]) -> list[Any]:
    return [table.c[name] == value for name, value in key.items()]
