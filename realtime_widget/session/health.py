"""How a session fares: counters of what waits, what passed and what was lost, for whoever wants to look."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from ..audio import BYTES_PER_MS

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = [
    "CallbackHealth",
    "ClockHealth",
    "Downlink",
    "Health",
    "LoopLag",
    "PageHealth",
    "Uplink",
    "take_health",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """What goes to the server.

    Attributes:
        queued_bytes: Waits, because the server doesn't read.
        queued_audio_ms: How much of it is the user's sound.
        sent_frames: Commands sent.
        sent_bytes: Bytes sent.
        dropped_audio_ms: The user's sound that never left: the oldest gives way when the server doesn't
            read, or when a connection is missing for long.
        gaps: How many runs of sound were dropped because the server didn't read.
    """

    queued_bytes: int
    queued_audio_ms: float
    sent_frames: int
    sent_bytes: int
    dropped_audio_ms: float
    gaps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Downlink:
    """What comes from the server.

    Attributes:
        events: Messages that came.
        bytes: Their size.
        invalid_frames: Messages that were no events.
        dropped_rows: The oldest rows that `session.events` no longer has.
    """

    events: int
    bytes: int
    invalid_frames: int
    dropped_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockHealth:
    """How well the clock of the page is known, by which the times of `session.latency` are told.

    Attributes:
        offset_ms: The kernel's steady clock minus the page's; each begins anywhere.
        error_ms: How far off that may be: half of what a message takes to the page and back, at best.
        round_trip_ms: The shortest time that a message took to the page and back lately.
        exchanges: From how many such messages it is known.
        age_s: How old the last of them is.
    """

    offset_ms: float
    error_ms: float
    round_trip_ms: float
    exchanges: int
    age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PageHealth:
    """What goes to and comes from the notebook page that plays and listens.

    Attributes:
        pages: How many pages show the session, as far as is known.
        route: By which way the kernel hears the page: `"subshell"` and `"control"` work while a cell runs,
            `"main"` waits for its end; None before a page came.
        queued_audio_ms: Of the answer, waits here until the page has played more of what it has.
        unplayed_audio_ms: Of the answer, is in the page or on its way there.
        dropped_audio_ms: Of the answer, was dropped because the page didn't play.
        report_age_s: How long ago the page last told what it played; None if it never did.
        microphone_lost_ms: The user's sound that was lost between the page and here.
        microphone_stale_ms: The user's sound that came so late that it was dropped.
        clock: How well its clock is known; None while it isn't.
    """

    pages: int = 0
    route: str | None = None
    queued_audio_ms: float = 0.0
    unplayed_audio_ms: float = 0.0
    dropped_audio_ms: float = 0.0
    report_age_s: float | None = None
    microphone_lost_ms: float = 0.0
    microphone_stale_ms: float = 0.0
    clock: ClockHealth | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackHealth:
    """The user's callbacks.

    Attributes:
        queued: Calls that wait.
        dropped: Calls for sound and raw events that gave way since the callbacks were too slow.
        running: Which runs now, with its seconds so far; None if none does.
        slow: The longest time, in seconds, of each callback that ever took more than one.
    """

    queued: int
    dropped: int
    running: tuple[str, float] | None
    slow: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A session at one moment; prints as one line for each part, `to_dict()` gives plain values.

    Attributes:
        status: As the session's own.
        connection: Ordinal of the connection, from 1; 0 before the first.
        connected_s: Seconds since the session was started; 0 when it isn't on.
        reconnects: How often a lost connection was replaced.
        last_close: Code and reason with which the last connection ended, or None.
        tools_running: Calls of tools in progress.
        loop_lag_ms: How late the I/O thread was at its last look: a busy cell holds it up.
        max_loop_lag_ms: The most that it ever was.
        record_bytes: Sound that is kept in memory.
        record_file_bytes: Older sound, which is in a temporary file.
    """

    status: str
    connection: int
    connected_s: float
    reconnects: int
    last_close: tuple[int | None, str] | None
    uplink: Uplink
    downlink: Downlink
    page: PageHealth
    callbacks: CallbackHealth
    tools_running: int
    loop_lag_ms: float
    max_loop_lag_ms: float
    record_bytes: int
    record_file_bytes: int

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, the parts as dictionaries."""
        return asdict(self)

    def __repr__(self) -> str:
        lines = [f"{field.name}: {_shown(getattr(self, field.name))}" for field in fields(self)]
        return "Health(\n  " + "\n  ".join(lines) + "\n)"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.1f}"
    if isinstance(value, Uplink | Downlink | PageHealth | CallbackHealth):
        return ", ".join(f"{field.name} {_shown(getattr(value, field.name))}" for field in fields(value))
    if isinstance(value, ClockHealth):
        return f"± {value.error_ms:.1f} ms"
    return repr(value) if isinstance(value, tuple | dict) else str(value)


class LoopLag:
    """How late the I/O thread comes to what it should do by the clock."""

    def __init__(self) -> None:
        self.last_ms = 0.0
        self.max_ms = 0.0

    def note(self, late_s: float) -> None:
        """Note by how much it was late just now."""
        self.last_ms = max(0.0, late_s * 1000)
        self.max_ms = max(self.max_ms, self.last_ms)


def take_health(core: SessionCore) -> Health:
    """Return how a session fares; callable from any thread, and waits for nobody."""
    traffic, connection, lifecycle = core.traffic, core.connection, core.lifecycle
    queue = connection.queue if connection is not None else None
    dropped_ms = traffic.dropped_audio_bytes / BYTES_PER_MS + core.protocol.input_audio.lost_ms
    dispatcher = core.callbacks.dispatcher
    return Health(
        status=core.status,
        connection=core.protocol.conversation.connection if traffic.sent_frames else 0,
        connected_s=core.elapsed_s,
        reconnects=lifecycle.reconnects,
        last_close=traffic.last_close,
        uplink=Uplink(
            queued_bytes=queue.n_bytes if queue is not None else 0,
            queued_audio_ms=queue.n_audio_bytes / BYTES_PER_MS if queue is not None else 0.0,
            sent_frames=traffic.sent_frames,
            sent_bytes=traffic.sent_bytes,
            dropped_audio_ms=dropped_ms,
            gaps=traffic.gaps,
        ),
        downlink=Downlink(
            events=traffic.received_events,
            bytes=traffic.received_bytes,
            invalid_frames=traffic.invalid_frames,
            dropped_rows=core.data.events.n_dropped,
        ),
        page=_page(core),
        callbacks=CallbackHealth(
            queued=dispatcher.n_waiting,
            dropped=dispatcher.n_dropped,
            running=dispatcher.running,
            slow=dict(dispatcher.slow),
        ),
        tools_running=len(core.tools),
        loop_lag_ms=core.lag.last_ms,
        max_loop_lag_ms=core.lag.max_ms,
        record_bytes=core.data.n_sound_bytes,
        record_file_bytes=core.data.n_sound_file_bytes,
    )


def _page(core: SessionCore) -> PageHealth:
    told = (getattr(view, "health", None) for view in core.views)  # a view of a script has no page
    return next((page for page in told if isinstance(page, PageHealth)), PageHealth())
