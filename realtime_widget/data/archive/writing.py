"""A conversation to a file."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

from ...audio import Clip
from ...errors import ConfigError
from ..conversation import Conversation
from ..files import replacing
from ..latency import LatencyRow
from ..tool_calls import ToolCall
from ..turns import Turn
from ..usage import UsageRow
from .limits import MAX_CLIP_SAMPLES, MAX_EVENTS_BYTES, MAX_ROWS, MAX_TABLE_BYTES, MAX_VALUES
from .lines import event_lines, newest
from .manifest import MANIFEST, manifest_bytes
from .packing import Packer
from .parquet import write_rows
from .sounds import sound_file

__all__ = ["EVENTS", "RECORDING", "SUFFIX", "TABLES", "turn_sound", "write_archive"]

SUFFIX = ".rtw"
EVENTS = "events.jsonl"
RECORDING = "audio/recording"
TABLES: dict[str, type[Any]] = {
    "transcript": Turn,
    "tool_calls": ToolCall,
    "usage": UsageRow,
    "latency": LatencyRow,
}


def turn_sound(place: int) -> str:
    """Return the name of a turn's sound, without its suffix."""
    return f"audio/turn-{place:04}"


def write_archive(conversation: Conversation, path: str | os.PathLike[str], *, audio: bool = True) -> None:
    """Write a conversation to a file, in place of an older one once it is whole.

    Args:
        conversation: What to write.
        path: Where to; its suffix is `.rtw`.
        audio: Whether the sound goes along.

    Raises:
        ConfigError: Another suffix, a library is missing, or more than a file may hold.
        FileError: The file can't be written; an older one stays as it is.
    """
    target = Path(path).expanduser()
    if target.suffix.lower() != SUFFIX:
        raise ConfigError(
            f"A whole conversation can't be saved as {target.name!r}.",
            remedy=f"Use the suffix {SUFFIX}; transcript.save(…) and recording.save(…) write other formats.",
        )
    if importlib.util.find_spec("pyarrow") is None:
        raise ConfigError(
            "Saving a conversation needs pyarrow.", remedy='Install it: pip install "realtime-widget[data]"'
        )
    with Packer() as packer, replacing(target) as file:
        n_left_out = _add(packer, conversation, audio=audio)
        manifest = manifest_bytes(
            conversation.about,
            packer.members,
            n_events_dropped=conversation.n_events_dropped + n_left_out,
            damage=conversation.damage,
        )
        packer.write(file, MANIFEST, manifest)


def _add(packer: Packer, conversation: Conversation, *, audio: bool) -> int:
    # What matters most comes first: a file that is cut off loses its end.
    for name, rows in (
        ("transcript", conversation.turns),
        ("tool_calls", conversation.tool_calls),
        ("usage", conversation.usage),
        ("latency", conversation.latency),
    ):
        packer.add(f"tables/{name}.parquet", [_table(name, rows)], deflate=True)
    events = newest(conversation.events, MAX_EVENTS_BYTES)
    packer.add(EVENTS, event_lines(events), deflate=True)
    if audio:
        for place, turn in enumerate(conversation.turns):
            _add_sound(packer, turn_sound(place), turn.audio)
        _add_sound(packer, RECORDING, conversation.recording())
    return len(conversation.events) - len(events)


def _table(name: str, rows: tuple[Any, ...]) -> bytes:
    if len(rows) > MAX_ROWS:
        raise ConfigError(f"One file holds at most {MAX_ROWS} rows of {name}.")
    if sum(len(turn.logprobs) for turn in rows if isinstance(turn, Turn)) > MAX_VALUES:
        raise ConfigError(f"One file holds at most {MAX_VALUES} log-probabilities.")
    try:
        data = write_rows(TABLES[name], rows)
    except (OverflowError, TypeError, ValueError) as error:  # a number that a server made up
        raise ConfigError(f"A row of {name} can't be saved: {error}.") from error
    if len(data) > MAX_TABLE_BYTES:
        raise ConfigError(f"One file holds at most {MAX_TABLE_BYTES // 2**20} MB of {name}.")
    return data


def _add_sound(packer: Packer, name: str, clip: Clip) -> None:
    if not len(clip):
        return
    if len(clip) * clip.channels > MAX_CLIP_SAMPLES:
        raise ConfigError(f"{clip!r} is longer than a file can hold.", remedy="Save without it: audio=False.")
    suffix, data = sound_file(clip)
    packer.add(name + suffix, [data], deflate=False)
