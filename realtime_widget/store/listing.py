"""What is in a store, as tables: its conversations, and what a search finds in them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from ..data.columns import Column
from ..data.table import Table
from . import schema
from .database import Database
from .rows import fold

__all__ = ["Conversations", "Found", "Hit", "Hits", "search"]

FIRST_WORDS = 80
SNIPPET = 40
"""How many characters of a turn are shown on either side of what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A conversation in a store.

    Attributes:
        id: Its id, for `store.load` and `resume=`.
        kind: `realtime`, `transcription` or `translation`.
        title: What its panel was headed with.
        engine: Who answered last.
        model: The model that did.
        created_at: When it began, in UTC.
        updated_at: When something was written last.
        ended_at: When it ended; None while it goes on, or where its kernel was gone before.
        duration_ms: How long it lasted, all sessions together.
        n_turns: How many turns it has.
        n_words: How many words were said in them.
        n_tool_calls: How many calls were made.
        cost_usd: What it cost, as far as prices are known.
        first_words: The first that was said in it.
        metadata: What was noted about it.
    """

    id: str
    kind: str
    title: str
    engine: str
    model: str
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    duration_ms: float
    n_turns: int
    n_words: int
    n_tool_calls: int
    cost_usd: float
    first_words: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A turn in which something was found.

    Attributes:
        conversation_id: The conversation.
        turn: The turn's place in it, as in `store.load(conversation_id).turns`.
        role: Who said it.
        text: All its words.
        snippet: What was found, with the words around it.
        created_at: When it was said, in UTC.
        title: The conversation's title.
    """

    conversation_id: str
    turn: int
    role: str
    text: str
    snippet: str
    created_at: datetime
    title: str


class Conversations(Table[Found]):
    """The conversations of a store, the newest first; read anew each time."""

    noun: ClassVar[str] = "conversation"
    spec: ClassVar[tuple[Column, ...]] = (
        *(Column(name, "string") for name in ("id", "kind", "title", "engine", "model")),
        *(Column(name, "time") for name in ("created_at", "updated_at", "ended_at")),
        Column("duration_ms", "float"),
        *(Column(name, "int") for name in ("n_turns", "n_words", "n_tool_calls")),
        Column("cost_usd", "float"),
        Column("first_words", "string"),
        Column("metadata", "json"),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(threading.RLock())
        self._database = database

    def _snapshot(self) -> tuple[Found, ...]:
        with self._database.reading() as connection:
            return tuple(_found(dict(row)) for row in connection.execute(_all_conversations()).mappings())


class Hits(Table[Hit]):
    """The turns that a search found: conversation by conversation, the newest first, each in its order."""

    noun: ClassVar[str] = "hit"
    spec: ClassVar[tuple[Column, ...]] = (
        Column("conversation_id", "string"),
        Column("turn", "int"),
        *(Column(name, "string") for name in ("role", "text", "snippet")),
        Column("created_at", "time"),
        Column("title", "string"),
    )

    def __init__(self, rows: tuple[Hit, ...]) -> None:
        super().__init__(threading.RLock())
        self._rows = rows

    def _snapshot(self) -> tuple[Hit, ...]:
        return self._rows


def _all_conversations() -> Select[Any]:
    conversations, turns = schema.conversations, schema.turns

    def of(table: Any, what: ColumnElement[Any]) -> Any:
        own = select(what).where(table.c.conversation_id == conversations.c.id)
        return own.correlate(conversations)

    first = of(turns, turns.c.text).where(turns.c.folded != "").order_by(turns.c.sitting, turns.c.position)
    return select(
        conversations,
        of(schema.sittings, func.sum(schema.sittings.c.duration_ms)).label("duration_ms"),
        of(turns, func.count()).label("n_turns"),
        of(turns, func.sum(turns.c.n_words)).label("n_words"),
        of(schema.tool_calls, func.count()).label("n_tool_calls"),
        of(schema.usage, func.sum(schema.usage.c.cost_usd)).label("cost_usd"),
        first.limit(1).label("first_words"),
    ).order_by(conversations.c.created_at.desc(), conversations.c.id)


def _found(row: Mapping[str, Any]) -> Found:
    return Found(
        **{
            name: row[name]
            for name in (
                "id", "kind", "title", "engine", "model", "created_at", "updated_at", "ended_at", "metadata",
            )
        },
        duration_ms=float(row["duration_ms"] or 0.0),
        n_turns=int(row["n_turns"]),
        n_words=int(row["n_words"] or 0),
        n_tool_calls=int(row["n_tool_calls"]),
        cost_usd=float(row["cost_usd"] or 0.0),
        first_words=_short(" ".join((row["first_words"] or "").split())),
    )  # fmt: skip


def _short(words: str) -> str:
    return words if len(words) <= FIRST_WORDS else f"{words[:FIRST_WORDS].rstrip()}…"


# -- search --------------------------------------------------------------------------------------------------


def search(
    database: Database, sought: list[str], *, role: str | None, since: datetime | None, limit: int | None
) -> Hits:
    """Return the turns in which all that is sought occurs; each of it is folded already."""
    turns, conversations = schema.turns, schema.conversations
    earlier = turns.alias()
    place = (
        select(func.count())
        .select_from(earlier)
        .where(
            earlier.c.conversation_id == turns.c.conversation_id,
            or_(
                earlier.c.sitting < turns.c.sitting,
                and_(earlier.c.sitting == turns.c.sitting, earlier.c.position < turns.c.position),
            ),
        )
        .scalar_subquery()
    )
    query = (
        select(
            turns.c.conversation_id, turns.c.role, turns.c.text, turns.c.created_at, conversations.c.title,
            place.label("turn"),
        )
        .join(conversations, conversations.c.id == turns.c.conversation_id)
        .where(*(turns.c.folded.contains(each, autoescape=True) for each in sought))
        .order_by(conversations.c.created_at.desc(), conversations.c.id, turns.c.sitting, turns.c.position)
        .limit(limit)
    )  # fmt: skip
    if role is not None:
        query = query.where(turns.c.role == role)
    if since is not None:
        query = query.where(turns.c.created_at >= since)
    with database.reading() as connection:
        rows = connection.execute(query).mappings().all()
    return Hits(tuple(Hit(**row, snippet=snippet(row["text"], sought)) for row in rows))


def snippet(text: str, sought: list[str]) -> str:
    """Return the words of a text around the first of what was sought in it."""
    words = " ".join(text.split())
    begin, end = _span(words, sought)
    begin, end = max(0, begin - SNIPPET), min(len(words), end + SNIPPET)
    if begin and (space := words.find(" ", begin, begin + SNIPPET // 2)) >= 0:
        begin = space + 1
    if end < len(words) and (space := words.rfind(" ", end - SNIPPET // 2, end)) >= 0:
        end = space
    return f"{'…' if begin else ''}{words[begin:end].strip()}{'…' if end < len(words) else ''}"


def _span(words: str, sought: list[str]) -> tuple[int, int]:
    """Return where the first of what is sought stands, in the text as it was said."""
    folded, origin = "", []
    for place, character in enumerate(words):
        piece = fold(character) if not character.isspace() else " "
        folded += piece
        origin += [place] * len(piece)
    found = [(place, len(each)) for each in sought if (place := folded.find(each)) >= 0]
    if not found:  # letters that only together make another
        return 0, 0
    place, n = min(found)
    return origin[place], origin[place + n - 1] + 1
