"""Tables as files, by suffix; a file is there whole, or the older one still is."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config.checks import check_bool
from ..errors import ConfigError
from .captions import srt, vtt
from .files import write_file

if TYPE_CHECKING:
    from .rows import Rows
    from .transcript import Transcript

__all__ = ["save_table", "save_transcript"]

MARKED = re.compile(r"([\\`*_\[\]~|$])")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
BYTE_ORDER_MARK = "\ufeff"


def save_table(path: str | os.PathLike[str], table: Rows[Any], *, spreadsheet: bool = False) -> None:
    """Write a table in the format of the path's suffix: csv, json, jsonl or parquet.

    Raises:
        ConfigError: Another suffix (names the valid ones), or parquet without pyarrow.
        FileError: The file can't be written.
    """
    _save(path, table, _OF_TABLES, spreadsheet)


def save_transcript(
    path: str | os.PathLike[str], transcript: Transcript, *, spreadsheet: bool = False
) -> None:
    """Write a transcript in the format of the path's suffix; raises as `save_table` does."""
    _save(path, transcript, _OF_TRANSCRIPTS, spreadsheet)


def _save(
    path: str | os.PathLike[str],
    table: Any,
    writers: dict[str, Callable[[Any], str | bytes]],
    spreadsheet: bool,
) -> None:
    check_bool("spreadsheet", spreadsheet)
    target = Path(path)
    suffix = target.suffix.lower()
    write = writers.get(suffix)
    if write is None:
        what = type(table).__name__.removeprefix("Growing").removeprefix("Still")
        raise ConfigError(
            f"{what} can't be saved as {target.name!r}.",
            remedy=f"Use one of these suffixes: {', '.join(writers)}.",
        )
    if spreadsheet and suffix != ".csv":
        raise ConfigError(f"spreadsheet=True is for .csv, not {suffix}.", remedy="Leave it out.")
    write_file(target, _spreadsheet(table) if spreadsheet else write(table))


# -- any table ---------------------------------------------------------------------------------------------


def _json(table: Rows[Any]) -> str:
    return json.dumps(table.to_dicts(), ensure_ascii=False, indent=2, default=_moment) + "\n"


def _jsonl(table: Rows[Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False, default=_moment) + "\n" for row in table.to_dicts())


def _moment(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else list(value)


def _csv(table: Rows[Any], guard: Callable[[str], str] = str) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(table.columns)
    cells = [_CELLS.get(column.kind, _as_it_is) for column in table.spec]
    for row in table.to_dicts():
        values = [cell(value) for cell, value in zip(cells, row.values(), strict=True)]
        writer.writerow([guard(value) if isinstance(value, str) else value for value in values])
    return file.getvalue()


def _spreadsheet(table: Rows[Any]) -> str:
    # Excel takes a file for one of its country's own letters unless it begins with this mark.
    return BYTE_ORDER_MARK + _csv(table, _harmless)


def _harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe makes it text."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def _as_it_is(value: Any) -> Any:
    return value


def _nested(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)


_CELLS: dict[str, Callable[[Any], Any]] = {
    "strings": lambda value: " ".join(value or ()),
    "segments": _nested,
    "json": _nested,
    "time": lambda value: "" if value is None else value.isoformat(),
}


def _parquet(table: Rows[Any]) -> bytes:
    arrow = table.to_arrow()
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(arrow, file)
    return file.getvalue()


# -- transcripts -------------------------------------------------------------------------------------------


def _txt(transcript: Transcript) -> str:
    return transcript.text + "\n" if transcript.text else ""


def _md(transcript: Transcript) -> str:
    lines = []
    for turn in transcript.rows():
        if turn.text:
            cut = " *(interrupted)*" if turn.interrupted else ""
            lines.append(
                f"**{turn.role.capitalize()}** ({_clock(turn.start_ms or 0)}): {_marked(turn.text)}{cut}\n"
            )
    return "\n".join(lines)


def _marked(text: str) -> str:
    """Return text that Markdown shows as it is: no emphasis, no link, no picture, no HTML."""
    return MARKED.sub(r"\\\1", html.escape(" ".join(text.split()), quote=False))


def _clock(ms: int) -> str:
    return f"{ms // 60_000}:{ms // 1000 % 60:02}"


_OF_TABLES: dict[str, Callable[[Any], str | bytes]] = {
    ".csv": _csv,
    ".json": _json,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
}
_OF_TRANSCRIPTS: dict[str, Callable[[Any], str | bytes]] = {
    ".txt": _txt,
    ".md": _md,
    ".json": _json,
    ".jsonl": _jsonl,
    ".csv": _csv,
    ".srt": lambda transcript: srt(transcript.rows()),
    ".vtt": lambda transcript: vtt(transcript.rows()),
    ".parquet": _parquet,
}
