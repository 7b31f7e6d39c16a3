"""The first schema: conversations, sittings, turns, tool calls, usage, latency, errors, audio."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("title", "engine")),
        sa.Column("engine_kind", sa.String(32), nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("settings", "metadata")),
        *(sa.Column(name, MOMENT, nullable=False) for name in ("created_at", "updated_at")),
        sa.Column("ended_at", MOMENT),
        sa.Column("version", sa.String(64), nullable=False),
    )
    op.create_index("ix_conversations_created_at", "conversations", ["created_at"])
    op.create_table(
        "sittings",
        _conversation(),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("engine", "model")),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("duration_ms", sa.Double, nullable=False),
        sa.Column("n_events", sa.BigInteger, nullable=False),
    )
    _turns()
    _tool_calls()
    _usage()
    _latency()
    _errors()
    _audio()


def _conversation() -> sa.Column[str]:
    parent = sa.ForeignKey("conversations.id", ondelete="CASCADE")
    return sa.Column("conversation_id", sa.String(64), parent, primary_key=True)


def _sitting() -> sa.Column[int]:
    return sa.Column("sitting", sa.Integer, primary_key=True, autoincrement=False)


def _turns() -> None:
    op.create_table(
        "turns",
        _conversation(),
        _sitting(),
        sa.Column("id", sa.String(255), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("text", "heard_text")),
        sa.Column("status", sa.String(32), nullable=False),
        *(sa.Column(name, sa.BigInteger) for name in ("start_ms", "end_ms", "audio_ms", "heard_ms")),
        sa.Column("interrupted", sa.Boolean, nullable=False),
        sa.Column("tool_calls", sa.JSON, nullable=False),
        sa.Column("response_id", sa.String(255)),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("connection", sa.Integer, nullable=False),
        sa.Column("more", sa.JSON, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("n_words", sa.Integer, nullable=False),
    )
    op.create_index("ix_turns_created_at", "turns", ["created_at"])


def _tool_calls() -> None:
    op.create_table(
        "tool_calls",
        _conversation(),
        _sitting(),
        sa.Column("call_id", sa.String(255), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("name", "arguments_text")),
        *(sa.Column(name, sa.Text) for name in ("output", "error")),
        sa.Column("status", sa.String(32), nullable=False),
        *(sa.Column(name, sa.Double) for name in ("started_ms", "duration_ms")),
        sa.Column("response_id", sa.String(255)),
        sa.Column("connection", sa.Integer, nullable=False),
        sa.Column("more", sa.JSON, nullable=False),
    )


def _usage() -> None:
    tokens = (
        "input_text_tokens", "input_audio_tokens", "input_image_tokens", "cached_text_tokens",
        "cached_audio_tokens", "cached_image_tokens", "output_text_tokens", "output_audio_tokens",
    )  # fmt: skip
    op.create_table(
        "usage",
        _conversation(),
        _sitting(),
        sa.Column("response_id", sa.String(255), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("model", sa.Text),
        *(sa.Column(name, sa.BigInteger) for name in tokens),
        *(sa.Column(name, sa.Double) for name in ("seconds", "cost_usd")),
        sa.Column("connection", sa.Integer),
        *(sa.Column(name, sa.BigInteger) for name in ("input_tokens", "output_tokens")),
        sa.Column("more", sa.JSON, nullable=False),
    )


def _latency() -> None:
    moments = (
        "speech_end_ms", "committed_ms", "created_ms", "first_token_ms", "first_audio_ms", "first_heard_ms",
        "done_ms", "tool_ms", "voice_to_voice_ms", "first_text_ms", "begun_ms", "tool_wait_ms",
        "speech_end_error_ms", "first_heard_error_ms",
    )  # fmt: skip
    op.create_table(
        "latency",
        _conversation(),
        _sitting(),
        sa.Column("turn_id", sa.String(255), primary_key=True),
        sa.Column("response_id", sa.String(255)),
        *(sa.Column(name, sa.Double) for name in moments),
        sa.Column("connection", sa.Integer, nullable=False),
        sa.Column("more", sa.JSON, nullable=False),
    )


def _errors() -> None:
    op.create_table(
        "errors",
        _conversation(),
        _sitting(),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("t_ms", sa.Double, nullable=False),
        sa.Column("direction", sa.String(16), nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("event_id", "item_id", "response_id")),
        sa.Column("n_bytes", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("connection", sa.Integer, nullable=False),
    )


def _audio() -> None:
    op.create_table(
        "audio",
        sa.Column("conversation_id", sa.String(64), primary_key=True),
        _sitting(),
        sa.Column("turn_id", sa.String(255), primary_key=True),
        sa.Column("coding", sa.String(16), nullable=False),
        sa.Column("sample_rate", sa.Integer, nullable=False),
        sa.Column("n_samples", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id", "sitting", "turn_id"],
            ["turns.conversation_id", "turns.sitting", "turns.id"],
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Take them away again."""
    for name in ("audio", "errors", "latency", "usage", "tool_calls", "turns", "sittings", "conversations"):
        op.drop_table(name)
