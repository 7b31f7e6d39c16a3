"""How much a file of a conversation may hold; what is written keeps to it, what is read is held to it.

A day of talking without a pause stays far below. What exceeds a limit was made to fill a memory or a disk.
"""

from __future__ import annotations

__all__ = [
    "MAX_CLIP_SAMPLES",
    "MAX_EVENTS_BYTES",
    "MAX_FILE_BYTES",
    "MAX_LINES",
    "MAX_LINE_BYTES",
    "MAX_MANIFEST_BYTES",
    "MAX_MEMBERS",
    "MAX_MS",
    "MAX_NUMBER",
    "MAX_ROWS",
    "MAX_TABLE_BYTES",
    "MAX_VALUES",
]

MAX_FILE_BYTES = 2**32 - 2**24
"""Of the whole file: what a zip of the plain kind can count, with room for its directory."""

MAX_MEMBERS = 65_000
"""Files in the zip, also what the plain kind can count."""

MAX_MANIFEST_BYTES = 16 * 2**20
MAX_TABLE_BYTES = 128 * 2**20
"""Of one table."""

MAX_ROWS = 250_000
MAX_VALUES = 1_000_000
"""Of one column, counting what lists hold."""

MAX_EVENTS_BYTES = 256 * 2**20
"""Of all events, unpacked; the oldest are left out beyond it."""

MAX_LINE_BYTES = 16 * 2**20
MAX_LINES = 1_000_000
MAX_CLIP_SAMPLES = 12 * 3600 * 24_000 * 2
"""Of one sound, all channels counted: twelve hours of both sides."""

MAX_MS = 1e12
"""Farther from the start of a conversation (30 years) nothing happens in it."""

MAX_NUMBER = 2**53
