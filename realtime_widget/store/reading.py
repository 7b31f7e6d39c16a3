"""A conversation read from a store: all its sittings, one after the other, as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection, Table, select

from ..audio import Clip
from ..data import About, Conversation, ToolCall, Turn
from ..data.latency import LatencyRow
from ..data.turns import make_turn
from ..data.usage import UsageRow
from ..errors import StoreError
from ..protocol.history import cut_words
from ..protocol.log import LogEntry
from . import schema
from .database import Database
from .rows import from_row
from .sounds import recording_of, unpack

Row = Mapping[str, Any]

__all__ = ["read_conversation"]

_SPANS = frozenset({"tool_ms", "tool_wait_ms", "voice_to_voice_ms"})
"""Columns of `latency` that end like moments and are none."""


def read_conversation(database: Database, conversation_id: str) -> Conversation:
    """Return a conversation; its sound is read when it is asked for.

    What a later sitting said follows what an earlier one said, on one clock and with connections counted on.
    A turn that was never finished, since the kernel was gone, is `incomplete`.
    """
    with database.reading() as connection:
        found = _Rows.of(connection, conversation_id)
    return _Joined(database, found).conversation()


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the database has of a conversation."""

    about: Row
    sittings: Sequence[Row]
    turns: Sequence[Row]
    calls: Sequence[Row]
    usage: Sequence[Row]
    latency: Sequence[Row]
    errors: Sequence[Row]
    sounds: frozenset[tuple[int, str]]

    @classmethod
    def of(cls, connection: Connection, conversation_id: str) -> _Rows:
        conversations, audio = schema.conversations, schema.audio
        of_it = select(conversations).where(conversations.c.id == conversation_id)

        def rows(table: Table, *order: str) -> Sequence[Row]:
            query = select(table).where(table.c.conversation_id == conversation_id)
            found = connection.execute(query.order_by(*(table.c[name] for name in order)))
            return [dict(row) for row in found.mappings()]

        of_sound = select(audio.c.sitting, audio.c.turn_id).where(audio.c.conversation_id == conversation_id)
        return cls(
            about=dict(connection.execute(of_it).mappings().one()),
            sittings=rows(schema.sittings, "number"),
            turns=rows(schema.turns, "sitting", "position", "created_at"),
            calls=rows(schema.tool_calls, "sitting", "position"),
            usage=rows(schema.usage, "sitting", "position"),
            latency=rows(schema.latency, "sitting"),
            errors=rows(schema.errors, "sitting", "number"),
            sounds=frozenset((row.sitting, row.turn_id) for row in connection.execute(of_sound)),
        )


class _Joined:
    """Makes one conversation of several sittings: ids that differ, one clock, connections counted on."""

    def __init__(self, database: Database, rows: _Rows) -> None:
        self._database = database
        self._rows = rows
        self._start_ms: dict[int, float] = {}
        self._connections: dict[int, int] = {}
        self._end_ms = 0.0
        self._measure()
        self._places = {(row["sitting"], row["id"]): place for place, row in enumerate(rows.turns)}
        self._names: dict[str, dict[tuple[int, str], str]] = {"turn": {}, "response": {}, "call": {}}
        self._taken: dict[str, dict[str, tuple[int, str]]] = {"turn": {}, "response": {}, "call": {}}

    def _measure(self) -> None:
        n_connections = 0
        for sitting in self._rows.sittings:
            number = sitting["number"]
            own = [row for row in self._rows.turns if row["sitting"] == number]
            self._start_ms[number], self._connections[number] = self._end_ms, n_connections
            ends = [row["end_ms"] or row["start_ms"] or 0 for row in own]
            self._end_ms += max([sitting["duration_ms"], *ends])
            n_connections += max((row["connection"] for row in own), default=0)

    def conversation(self) -> Conversation:
        rows = self._rows
        turns = tuple(self._turn(place, row) for place, row in enumerate(rows.turns))
        of_call = {call_id: turn.turn for turn in turns for call_id in turn.tool_calls}
        calls = tuple(self._call(row, of_call) for row in rows.calls)
        answers = [
            self._answer(row, place)
            for row in rows.latency
            if (place := self._places.get((row["sitting"], row["turn_id"]))) is not None
        ]
        return Conversation(
            about=self._about(),
            turns=turns,
            tool_calls=calls,
            events=tuple(self._event(row) for row in rows.errors),
            n_events_dropped=max(0, sum(row["n_events"] for row in rows.sittings) - len(rows.errors)),
            usage=tuple(self._bill(row) for row in rows.usage),
            latency=tuple(sorted(answers, key=lambda answer: answer.turn)),
            recording=recording_of(turns),
        )

    def _about(self) -> About:
        row = self._rows.about
        given = {each.name: row[each.name] for each in fields(About) if each.name in row}
        return About(**given, duration_ms=self._end_ms)

    # -- names, clock, connections -----------------------------------------------------------------------

    def _name(self, kind: str, sitting: int, own: str) -> str:
        """Return an id as it is, unless another sitting has the same one: servers may count from one."""
        name = self._names[kind].get((sitting, own))
        if name is None:
            name = own
            while self._taken[kind].setdefault(name, (sitting, own)) != (sitting, own):
                name = f"{own}~{sitting}" if name == own else f"{name}~"
            self._names[kind][sitting, own] = name
        return name

    def _response(self, row: Row) -> str | None:
        own = row["response_id"]
        return None if own is None else self._name("response", row["sitting"], own)

    def _connection(self, row: Row) -> int:
        own: int = row["connection"] or 0
        return own + self._connections[row["sitting"]] if own else 0

    def _later(self, row: Row, names: Sequence[str]) -> dict[str, Any]:
        shift = self._start_ms[row["sitting"]]
        return {name: None if row[name] is None else type(row[name])(row[name] + shift) for name in names}

    # -- rows --------------------------------------------------------------------------------------------

    def _turn(self, place: int, row: Row) -> Turn:
        sitting, own = row["sitting"], row["id"]
        turn = from_row(
            row,
            Turn,
            turn=place,
            id=self._name("turn", sitting, own),
            tool_calls=tuple(self._name("call", sitting, call_id) for call_id in row["tool_calls"]),
            response_id=self._response(row),
            connection=self._connection(row),
            **self._later(row, ("start_ms", "end_ms")),
        )
        if turn.status == "in_progress":
            turn = _broken_off(turn)
        if (sitting, own) not in self._rows.sounds:
            return turn
        values = {name: getattr(turn, name) for name in Turn.__dataclass_fields__}
        return make_turn(self._sound(sitting, own), **values)

    def _sound(self, sitting: int, turn_id: str) -> Callable[[], Clip]:
        database, table = self._database, schema.audio
        conversation_id = self._rows.about["id"]
        query = select(table.c.data).where(
            table.c.conversation_id == conversation_id, table.c.sitting == sitting, table.c.turn_id == turn_id
        )

        def read() -> Clip:
            with database.reading() as connection:
                data = connection.scalar(query)
            if data is None:
                raise StoreError("The sound is gone: its conversation was deleted from the store.")
            return unpack(data)

        return read

    def _call(self, row: Row, of_call: Mapping[str, int]) -> ToolCall:
        call_id = self._name("call", row["sitting"], row["call_id"])
        status = "cancelled" if row["status"] == "running" else row["status"]
        return from_row(
            row,
            ToolCall,
            call_id=call_id,
            status=status,
            turn=of_call.get(call_id),
            response_id=self._response(row),
            connection=self._connection(row),
            **self._later(row, ("started_ms",)),
        )

    def _bill(self, row: Row) -> UsageRow:
        # Of a transcription it is the turn that is named here.
        kind = "turn" if (row["sitting"], row["response_id"]) in self._places else "response"
        name = self._name(kind, row["sitting"], row["response_id"])
        return from_row(row, UsageRow, response_id=name, connection=self._connection(row))

    def _answer(self, row: Row, place: int) -> LatencyRow:
        names = [each.name for each in fields(LatencyRow) if each.name.endswith("_ms")]
        whole = {**(row["more"] or {}), **row}
        moments = [
            name for name in names if name in whole and name not in _SPANS and not name.endswith("_error_ms")
        ]
        return from_row(
            row,
            LatencyRow,
            turn=place,
            response_id=self._response(row),
            connection=self._connection(row),
            **self._later(whole, moments),
        )

    def _event(self, row: Row) -> LogEntry:
        values = {name: row[name] for name in LogEntry.__struct_fields__ if name in row}
        values.update(self._later(row, ("t_ms",)), connection=self._connection(row))
        return LogEntry(**values)


def _broken_off(turn: Turn) -> Turn:
    """Return a turn that its kernel didn't see the end of: of an answer counts what was heard by then."""
    turn = replace(turn, status="incomplete", end_ms=turn.end_ms or turn.start_ms)
    if turn.role != "assistant" or not turn.audio_ms or turn.heard_ms is None:
        return turn
    if turn.interrupted or turn.heard_ms >= turn.audio_ms:
        return turn
    heard = cut_words(turn.text, turn.heard_ms / turn.audio_ms)
    return replace(turn, interrupted=True, heard_text=heard, heard_text_estimated=True)
