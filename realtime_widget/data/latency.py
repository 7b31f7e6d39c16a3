"""Where the time of each answer went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .columns import Column
from .table import Table

__all__ = ["Latency", "LatencyRow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyRow:
    """One answer of the assistant; moments are ms on the session's clock, None where there was none (yet).

    Attributes:
        turn: Place of the assistant's turn.
        response_id: The response that made it.
        speech_end_ms: When the user fell silent; None where the user typed, or the assistant just went on.
        committed_ms: When the engine took the user's turn as complete.
        created_ms: When the response began.
        first_token_ms: When its first word or sound came.
        first_audio_ms: When its first sound came.
        first_heard_ms: When its first sound was played; None where nothing plays sound.
        done_ms: When the response was complete.
        tool_ms: How long the turn's calls took together.
        voice_to_voice_ms: From the end of the user's speech to the first sound heard (or come, where nothing
            plays).
        connection: Ordinal of the connection over which it came.
    """

    turn: int
    response_id: str | None
    speech_end_ms: float | None = None
    committed_ms: float | None = None
    created_ms: float | None = None
    first_token_ms: float | None = None
    first_audio_ms: float | None = None
    first_heard_ms: float | None = None
    done_ms: float | None = None
    tool_ms: float = 0.0
    voice_to_voice_ms: float | None = None
    connection: int = 1


class Latency(Table[LatencyRow]):
    """How long each answer took, and where the time went."""

    noun: ClassVar[str] = "answer"
    spec: ClassVar[tuple[Column, ...]] = (
        Column("turn", "int"),
        Column("response_id", "string"),
        *(
            Column(name, "float")
            for name in (
                "speech_end_ms",
                "committed_ms",
                "created_ms",
                "first_token_ms",
                "first_audio_ms",
                "first_heard_ms",
                "done_ms",
                "tool_ms",
                "voice_to_voice_ms",
            )
        ),
        Column("connection", "int"),
    )
