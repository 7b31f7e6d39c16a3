"""A whole conversation as one value: what was said, done, used and heard, and under which settings.

Files, stores, reports and the offline player all take a conversation from here, and give one back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..audio import Clip
from ..protocol.log import LogEntry
from .latency import LatencyRow
from .tool_calls import ToolCall
from .turns import Turn
from .usage import UsageRow

if TYPE_CHECKING:
    from .tables import Tables

__all__ = ["About", "Conversation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What there is to know of a conversation besides what was said; no key and no header is in it.

    Attributes:
        id: Its id, a UUID as 32 hexadecimal digits.
        kind: `realtime`, `transcription` or `translation`.
        title: What the panel was headed with.
        engine: Who answered, as people see it named.
        engine_kind: `openai`, `azure`, `local` or `url`.
        model: The model's id.
        settings: The configuration that was in force, as plain JSON values.
        metadata: What the user noted about it, plain JSON values by name.
        created_at: When it began, in UTC.
        duration_ms: How long it lasted on the session's clock.
        version: The version of this package that made it.
    """

    id: str
    kind: str = "realtime"
    title: str = ""
    engine: str = ""
    engine_kind: str = ""
    model: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    duration_ms: float = 0.0
    version: str = ""


def no_sound() -> Clip:
    """Return the recording of a conversation without sound."""
    import numpy as np

    return Clip(np.zeros((0, 2), dtype=np.int16))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conversation:
    """A conversation as it was at one moment; nothing in it changes any more.

    Attributes:
        about: What there is to know besides.
        turns: The rows of `transcript`; each has its own sound.
        tool_calls: The rows of `tool_calls`.
        events: The rows of `events` that were kept.
        n_events_dropped: How many older events weren't.
        usage: The rows of `usage`.
        latency: The rows of `latency`.
        recording: Makes the sound of both sides on one clock: user, assistant.
        damage: What was lost of it in a file, in sentences; empty where nothing was.
    """

    about: About
    turns: tuple[Turn, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    events: Sequence[LogEntry] = ()
    n_events_dropped: int = 0
    usage: tuple[UsageRow, ...] = ()
    latency: tuple[LatencyRow, ...] = ()
    recording: Callable[[], Clip] = field(default=no_sound, repr=False)
    damage: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: Tables, about: About) -> Conversation:
        """Return what a session holds at this moment, all of the same moment."""
        with data.lock:
            return cls(
                about=about,
                turns=data.transcript.rows(),
                tool_calls=data.tool_calls.rows(),
                events=data.events.rows(),
                n_events_dropped=data.events.n_dropped,
                usage=data.usage.rows(),
                latency=data.latency.rows(),
                recording=data.take_recording(),
            )
