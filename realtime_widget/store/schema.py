"""The tables of a store, as the newest version of the schema has them; `migrations` makes them.

A conversation is held in one *sitting*, or in several where it was resumed: what one session said of it.
Ids of turns, calls and responses are unique within a sitting, and times are on its clock. Every table but the
first goes with its conversation when that is deleted.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

__all__ = [
    "OF_SITTINGS", "Moment", "audio", "conversations", "errors", "latency", "metadata", "sittings",
    "tool_calls", "turns", "usage",
]  # fmt: skip


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; with its time zone also from databases that know none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return it for the database."""
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return it as Python has it."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData()

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("title", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Column("engine_kind", String(32), nullable=False),
    Column("model", Text, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("version", String(64), nullable=False),
    Index("ix_conversations_created_at", "created_at"),
)


def _conversation() -> Column[Any]:
    return Column(
        "conversation_id", String(64), ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )


def _sitting() -> Column[Any]:
    return Column("sitting", Integer, primary_key=True, autoincrement=False)


sittings = Table(
    "sittings",
    metadata,
    _conversation(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", String(64), nullable=False, unique=True),
    Column("engine", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("duration_ms", Double, nullable=False),
    Column("n_events", BigInteger, nullable=False),
)

turns = Table(
    "turns",
    metadata,
    _conversation(),
    _sitting(),
    Column("id", String(255), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("role", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("heard_text", Text, nullable=False),
    Column("status", String(32), nullable=False),
    Column("start_ms", BigInteger),
    Column("end_ms", BigInteger),
    Column("audio_ms", BigInteger),
    Column("heard_ms", BigInteger),
    Column("interrupted", Boolean, nullable=False),
    Column("tool_calls", JSON, nullable=False),
    Column("response_id", String(255)),
    Column("created_at", Moment, nullable=False),
    Column("connection", Integer, nullable=False),
    Column("more", JSON, nullable=False),
    Column("folded", Text, nullable=False),
    Column("n_words", Integer, nullable=False),
    Index("ix_turns_created_at", "created_at"),
)

tool_calls = Table(
    "tool_calls",
    metadata,
    _conversation(),
    _sitting(),
    Column("call_id", String(255), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("arguments_text", Text, nullable=False),
    Column("output", Text),
    Column("error", Text),
    Column("status", String(32), nullable=False),
    Column("started_ms", Double),
    Column("duration_ms", Double),
    Column("response_id", String(255)),
    Column("connection", Integer, nullable=False),
    Column("more", JSON, nullable=False),
)

usage = Table(
    "usage",
    metadata,
    _conversation(),
    _sitting(),
    Column("response_id", String(255), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("model", Text),
    Column("input_text_tokens", BigInteger),
    Column("input_audio_tokens", BigInteger),
    Column("input_image_tokens", BigInteger),
    Column("cached_text_tokens", BigInteger),
    Column("cached_audio_tokens", BigInteger),
    Column("cached_image_tokens", BigInteger),
    Column("output_text_tokens", BigInteger),
    Column("output_audio_tokens", BigInteger),
    Column("seconds", Double),
    Column("cost_usd", Double),
    Column("connection", Integer),
    Column("input_tokens", BigInteger),
    Column("output_tokens", BigInteger),
    Column("more", JSON, nullable=False),
)

latency = Table(
    "latency",
    metadata,
    _conversation(),
    _sitting(),
    Column("turn_id", String(255), primary_key=True),
    Column("response_id", String(255)),
    Column("speech_end_ms", Double),
    Column("committed_ms", Double),
    Column("created_ms", Double),
    Column("first_token_ms", Double),
    Column("first_audio_ms", Double),
    Column("first_heard_ms", Double),
    Column("done_ms", Double),
    Column("tool_ms", Double),
    Column("voice_to_voice_ms", Double),
    Column("first_text_ms", Double),
    Column("begun_ms", Double),
    Column("tool_wait_ms", Double),
    Column("speech_end_error_ms", Double),
    Column("first_heard_error_ms", Double),
    Column("connection", Integer, nullable=False),
    Column("more", JSON, nullable=False),
)

# Of the record of events what tells of trouble: whole, it would be many times as big as all the rest.
errors = Table(
    "errors",
    metadata,
    _conversation(),
    _sitting(),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("t_ms", Double, nullable=False),
    Column("direction", String(16), nullable=False),
    Column("type", Text, nullable=False),
    Column("event_id", Text),
    Column("item_id", Text),
    Column("response_id", Text),
    Column("n_bytes", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("connection", Integer, nullable=False),
)

audio = Table(
    "audio",
    metadata,
    Column("conversation_id", String(64), primary_key=True),
    Column("sitting", Integer, primary_key=True, autoincrement=False),
    Column("turn_id", String(255), primary_key=True),
    Column("coding", String(16), nullable=False),
    Column("sample_rate", Integer, nullable=False),
    Column("n_samples", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    ForeignKeyConstraint(
        ["conversation_id", "sitting", "turn_id"],
        ["turns.conversation_id", "turns.sitting", "turns.id"],
        ondelete="CASCADE",
    ),
)

OF_SITTINGS = (audio, turns, tool_calls, usage, latency, errors)
"""What a sitting's rows are in; what refers to others comes first."""
