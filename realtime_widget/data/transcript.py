"""The transcript: one row a turn, in conversation order, valid at any moment."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, ClassVar

from ..protocol.objects import Item
from ..protocol.wording import Segment
from .columns import Column
from .display.html import Cell, Shown, clock, seconds
from .export import save_transcript
from .table import Table
from .turns import Turn

__all__ = ["Transcript"]


def _said(turn: Turn) -> Cell:
    """Return the words; what of them nobody heard is struck out, and how a turn ended is said."""
    note = "" if turn.status == "completed" else turn.status.replace("_", " ")
    text, heard = turn.text.strip(), turn.heard_text.strip()
    if not text and not note and turn.audio_ms:
        note = "sound without words"
    if turn.interrupted and text.startswith(heard):
        return Cell(heard, "words", struck=text[len(heard) :].strip(), note=note)
    return Cell(text, "words", note=note)


def _as_dicts(segments: Iterable[Segment]) -> list[dict[str, Any]]:
    return [segment._asdict() for segment in segments]


class Transcript(Table[Turn]):
    """Who said what and when; times are ms on the session's clock.

    A turn is there from its first sound or word on, and grows. Words of the user may come late, or never;
    what arrives late still stands in its place.
    """

    noun: ClassVar[str] = "turn"
    moment: ClassVar[str | None] = "start_ms"
    spec: ClassVar[tuple[Column, ...]] = (
        Column("turn", "int"),
        Column("id", "string"),
        Column("role", "string", recurs=True),
        Column("text", "string"),
        Column("heard_text", "string"),
        Column("status", "string", recurs=True),
        Column("start_ms", "int"),
        Column("end_ms", "int"),
        Column("audio_ms", "int"),
        Column("heard_ms", "int"),
        Column("interrupted", "bool"),
        Column("response_id", "string"),
        Column("tool_calls", "strings"),
        Column("created_at", "time"),
        Column("uncertain", "bool"),
        Column("connection", "int"),
        Column("languages", "strings", lambda turn: turn.languages or None),
        Column("confidence", "float"),
        Column("segments", "segments", lambda turn: turn.segments or None, _as_dicts),
        Column("heard_ms_estimated", "bool"),
        Column("heard_text_estimated", "bool"),
    )
    shown: ClassVar[tuple[Shown, ...] | None] = (
        Shown("turn", attrgetter("turn")),
        Shown("role", lambda turn: Cell(turn.role, "bad" if turn.role == "assistant" else "")),
        Shown("text", lambda turn: _said(turn)),
        Shown("start", lambda turn: Cell(clock(turn.start_ms), "number")),
        Shown("sound", lambda turn: Cell(seconds(turn.audio_ms), "number")),
        Shown("calls", lambda turn: Cell(len(turn.tool_calls) or None, "number")),
    )

    # -- what the rest of the package reads --------------------------------------------------------------

    @property
    def turn_of_call(self) -> Mapping[str, int]:
        """The place of the turn that each call belongs to, by call id; to be read with the lock held."""
        raise NotImplementedError

    def take_moved_calls(self) -> set[str]:
        """Return the calls whose turn may have changed since the last time; with the lock held."""
        return set()

    def turn(self, item_id: str) -> Turn | None:
        """Return the turn of an item, or None."""
        raise NotImplementedError

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all turns, in order; the same object while the order stays."""
        raise NotImplementedError

    def some(self, item_ids: Iterable[str]) -> list[Turn]:
        """Return those of the items that are turns, in order."""
        turns = [turn for item_id in item_ids if (turn := self.turn(item_id)) is not None]
        return sorted(turns, key=lambda turn: turn.turn)

    # -- what people read --------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The conversation as plain text, a line a turn; turns without words are left out."""
        return "\n".join(f"{turn.role.capitalize()}: {turn.text}" for turn in self.rows() if turn.text)

    @property
    def last_response(self) -> str:
        """The assistant's last words so far; empty when it hasn't said anything."""
        answers = (turn.text for turn in reversed(self.rows()) if turn.role == "assistant" and turn.text)
        return next(answers, "")

    def save(self, path: str | os.PathLike[str], *, spreadsheet: bool = False) -> None:
        """Write the transcript in the format of the path's suffix.

        `.txt` and `.md` are to be read, `.srt` and `.vtt` are captions for the recording, `.json`, `.jsonl`,
        `.csv` and `.parquet` have every column.

        Args:
            path: Where to. An older file is replaced once the new one is whole.
            spreadsheet: Makes a `.csv` for Excel and the like: marked as UTF-8, and with an apostrophe before
                a text that they would run as a formula (one that begins with `=`, `+`, `-` or `@`). Without
                it every text is what was said, to the letter.

        Raises:
            ConfigError: Another suffix, or parquet without pyarrow.
            FileError: The file can't be written; an older one stays as it is.
        """
        save_transcript(path, self, spreadsheet=spreadsheet)

    def items(self) -> list[Item]:
        """Return the conversation as items of the API: what was heard, and calls with their outputs."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.text or "(no conversation yet)"

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return a dictionary for each turn; `tool_calls` is a list of call ids, `created_at` a datetime."""
        return [{**row, "tool_calls": list(row["tool_calls"])} for row in super().to_dicts()]
