"""Transcripts as files, by suffix."""

from __future__ import annotations

import csv
import html
import importlib.util
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    from .transcript import Transcript
    from .turns import Turn

__all__ = ["save_transcript"]

SHORTEST_CAPTION_MS = 500


def save_transcript(path: str | os.PathLike[str], transcript: Transcript) -> None:
    """Write a transcript in the format of the path's suffix.

    Raises:
        ConfigError: Another suffix (names the valid ones), or parquet without pyarrow.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix == ".parquet":
        _save_parquet(target, transcript)
        return
    write = _WRITERS.get(suffix)
    if write is None:
        valid = ", ".join([*_WRITERS, ".parquet"])
        raise ConfigError(
            f"A transcript can't be saved as {target.name!r}.", remedy=f"Use one of these suffixes: {valid}."
        )
    target.write_text(write(transcript), encoding="utf-8", newline="")


def _txt(transcript: Transcript) -> str:
    return transcript.text + "\n" if transcript.text else ""


def _md(transcript: Transcript) -> str:
    lines = []
    for turn in transcript.rows():
        if turn.text:
            cut = " *(interrupted)*" if turn.interrupted else ""
            words = html.escape(" ".join(turn.text.split()), quote=False)
            lines.append(f"**{turn.role.capitalize()}** ({_clock(turn.start_ms or 0)}): {words}{cut}\n")
    return "\n".join(lines)


def _json(transcript: Transcript) -> str:
    rows = [{**row, "created_at": row["created_at"].isoformat()} for row in transcript.to_dicts()]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def _csv(transcript: Transcript) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, transcript.columns, lineterminator="\n")
    writer.writeheader()
    for row in transcript.to_dicts():
        flat = {name: " ".join(row[name] or ()) for name in ("tool_calls", "languages")}
        segments = json.dumps(row["segments"], ensure_ascii=False) if row["segments"] else ""
        writer.writerow({**row, **flat, "segments": segments, "created_at": row["created_at"].isoformat()})
    return file.getvalue()


def _srt(transcript: Transcript) -> str:
    captions: list[str] = []
    for turn in transcript.rows():
        # A caption stands for what sounded, and neither an empty line nor an arrow may break the format.
        words = " ".join(turn.heard_text.split()).replace("-->", "→")
        if words:
            lines = (str(len(captions) + 1), _caption_times(turn), f"{turn.role.capitalize()}: {words}\n")
            captions.append("\n".join(lines))
    return "\n".join(captions)


def _caption_times(turn: Turn) -> str:
    start_ms = turn.start_ms or 0
    end_ms = max(turn.end_ms or 0, start_ms + SHORTEST_CAPTION_MS)
    return f"{_srt_clock(start_ms)} --> {_srt_clock(end_ms)}"


def _srt_clock(ms: int) -> str:
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},{ms:03}"


def _clock(ms: int) -> str:
    return f"{ms // 60_000}:{ms // 1000 % 60:02}"


def _save_parquet(target: Path, transcript: Transcript) -> None:
    if importlib.util.find_spec("pyarrow") is None:
        raise ConfigError("Saving as parquet needs pyarrow.", remedy="Install it: pip install pyarrow")
    frame = transcript.df
    for name in ("tool_calls", "languages"):
        frame[name] = frame[name].map(lambda value: None if value is None else list(value))
    frame.to_parquet(target, index=False)


_WRITERS: dict[str, Callable[[Transcript], str]] = {
    ".txt": _txt,
    ".md": _md,
    ".json": _json,
    ".csv": _csv,
    ".srt": _srt,
}
