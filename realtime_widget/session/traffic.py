"""What passed over a session's connections, counted where it passes."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Traffic"]


@dataclass(slots=True)
class Traffic:
    """Counters that only grow, over all connections of a session; written on the I/O thread only.

    Attributes:
        sent_frames: Frames written to a socket.
        sent_bytes: Their bytes, with those of the socket's protocol.
        received_events: Messages that came.
        received_bytes: Their characters, which are nearly all one byte.
        dropped_audio_bytes: The user's sound (16-bit mono, 24 kHz) that gave way to newer.
        gaps: How many runs of sound that was.
        invalid_frames: Messages that were no events.
        last_close: Code and reason of the last connection's end.
    """

    sent_frames: int = 0
    sent_bytes: int = 0
    received_events: int = 0
    received_bytes: int = 0
    dropped_audio_bytes: int = 0
    gaps: int = 0
    invalid_frames: int = 0
    last_close: tuple[int | None, str] | None = None
