"""Events as JSON Lines, and back.

An event's own JSON stands in its line as it came, so that any tool reads it and nothing of it changes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from ...protocol.log import LogEntry
from ..words import plain
from .limits import MAX_LINE_BYTES, MAX_LINES, MAX_MS, MAX_NUMBER

__all__ = ["event_lines", "newest", "read_events"]

PIECE_LINES = 256
LONGEST_HEAD = 512
"""Bytes of a line besides its event, for any ids that a server gives."""


def _line_type() -> Any:
    known = [(f.name, f.type) if f.required else (f.name, f.type, f.default) for f in _FIELDS]
    more = [
        ("text", str | msgspec.UnsetType, msgspec.UNSET),
        ("event", msgspec.Raw | msgspec.UnsetType, msgspec.UNSET),
    ]
    return msgspec.defstruct("Line", [*known, *more], frozen=True)


_FIELDS = [field for field in msgspec.structs.fields(LogEntry) if field.name != "text"]
_NAMES = [field.name for field in _FIELDS]
_FLOATS = [place for place, field in enumerate(_FIELDS) if field.type is float]
_known = attrgetter(*_NAMES)
_Line = _line_type()
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Line).decode


def event_lines(entries: Sequence[LogEntry]) -> Iterator[bytes]:
    """Yield the lines of a file, some at a time."""
    for begin in range(0, len(entries), PIECE_LINES):
        yield b"".join(_line(entry) + b"\n" for entry in entries[begin : begin + PIECE_LINES])


def newest(entries: Sequence[LogEntry], max_bytes: int) -> Sequence[LogEntry]:
    """Return as many of the last entries as surely fit."""
    room = max_bytes
    for place in range(len(entries) - 1, -1, -1):
        text = entries[place].text
        # What is written as it is takes its length; of the rest, at worst, every character becomes six.
        room -= LONGEST_HEAD + (len(text) if text[:1] == "{" and text.isascii() else 6 * len(text))
        if room < 0:
            return _fitting(entries, max_bytes)
    return entries


def _fitting(entries: Sequence[LogEntry], max_bytes: int) -> Sequence[LogEntry]:
    room = max_bytes
    for place in range(len(entries) - 1, -1, -1):
        room -= len(_line(entries[place])) + 1
        if room < 0:
            return entries[place + 1 :]
    return entries


def _line(entry: LogEntry) -> bytes:
    known = list(_known(entry))
    for place in _FLOATS:
        known[place] = float(known[place])  # 0 and 0.0 are one value and two texts
    try:
        return bytes(_encode(_Line(*known, *_words(entry.text))))
    except UnicodeEncodeError:
        return bytes(_encode(_Line(*plain(known), *_words(plain(entry.text)))))


def _words(text: str) -> tuple[Any, Any]:
    """Return an event's text, or the event in its place."""
    # Only an object on one line, from its first character to its last, comes back as it went.
    if text[:1] == "{" and text[-1:] == "}" and "\n" not in text and "\r" not in text:
        try:
            msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            return text, msgspec.UNSET
        return msgspec.UNSET, msgspec.Raw(text.encode())
    return text, msgspec.UNSET


def read_events(pieces: Iterable[bytes]) -> tuple[list[LogEntry], int]:
    """Return the entries in the pieces of a file, and how many lines were none."""
    entries: list[LogEntry] = []
    n_bad = 0
    for number, line in enumerate(_lines(pieces)):
        if number == MAX_LINES:
            n_bad += 1
            break
        entry = None if len(line) > MAX_LINE_BYTES else _entry(line)
        if entry is None:
            n_bad += 1
        else:
            entries.append(entry)
    return entries, n_bad


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    skipping = False
    for piece in pieces:
        *whole, rest_of_piece = piece.split(b"\n")
        for line in whole:
            line, rest = rest + line, b""
            if line and not skipping:
                yield line
            skipping = False
        rest = b"" if skipping else rest + rest_of_piece
        if len(rest) > MAX_LINE_BYTES:  # it is told once, and the rest of it is skipped
            yield rest
            rest, skipping = b"", True
    if rest:
        yield rest


def _text(line: Any) -> str:
    if line.text is not msgspec.UNSET:
        return str(line.text)
    return "" if line.event is msgspec.UNSET else bytes(line.event).decode()


def _entry(line: bytes) -> LogEntry | None:
    try:
        read = _decode(line)
        text = _text(read)
        entry = LogEntry(**{name: getattr(read, name) for name in _NAMES}, text=text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    numbers = (entry.n_bytes, entry.connection)
    sound = math.isfinite(entry.t_ms) and abs(entry.t_ms) <= MAX_MS
    return entry if sound and all(0 <= number <= MAX_NUMBER for number in numbers) else None
