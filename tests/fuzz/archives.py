"""Saved conversations under attack: cut, flipped, mixed up, and made hostile with right checksums."""

import json
import random
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from realtime_widget.data import Conversation, StillData
from realtime_widget.data.archive import DamagedFileWarning, read_archive, write_archive
from realtime_widget.data.archive.parquet import write_rows
from realtime_widget.data.archive.writing import TABLES
from realtime_widget.data.turns import Turn, make_turn
from realtime_widget.errors import AudioError, FileFormatError
from tests.data.archive.made import conversation, members, packed
from tests.data.conversations import conversation as made_up

from .episodes import Failure

__all__ = ["archives"]

ODD = (
    None, 0, -1, 1, 2**31, 2**62, -(2**62), 0.5, float("nan"), float("inf"), -1e308, "",
    "<script>alert(1)</script>", "\0", "é" * 500, "-->", "=1+1", True, [], {}, "c1", "u1",
)  # fmt: skip


def archives(n: int, seed: int) -> str:
    """Read so many damaged files, and all that they hold; raise what escapes, with how to see it again."""
    n_read = 0
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "talk.rtw"
        bases = [conversation(), made_up(24), made_up(40, typed=True)]
        whole = []
        for base in bases:
            write_archive(base, path)
            whole.append(path.read_bytes())
        for number in range(n):
            dice = random.Random(f"{seed} {number}")
            place = dice.randrange(len(bases))
            data = dice.choice(_ATTACKS)(dice, whole[place], bases[place])
            try:
                n_read += _try(data, path)
            except Exception as error:
                raise Failure(f"archive {number} of seed {seed}: {error!r}") from error
    return f"{n_read} of {n} could be read, in part or whole"


def _try(data: bytes, path: Path) -> bool:
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DamagedFileWarning)
        try:
            read = read_archive(path)
        except FileFormatError:
            return False
    _use(read, path)
    return True


def _use(read: Conversation, path: Path) -> None:
    """Do with a conversation what people do."""
    assert [turn.turn for turn in read.turns] == list(range(len(read.turns)))
    data = StillData(read)
    for table in data.tables:
        assert len(table.df) == len(table.to_dicts()) == len(table)
        assert "<script" not in table._repr_html_()
        for suffix in ("csv", "json", "jsonl"):
            table.save(path.with_name(f"table.{suffix}"))
    for suffix in ("txt", "md", "srt", "vtt"):
        data.transcript.save(path.with_name(f"talk.{suffix}"))
    data.transcript.items()
    for sound in (read.recording, *(lambda turn=turn: turn.audio for turn in read.turns)):
        try:
            sound()
        except AudioError:
            read = replace(read, recording=Conversation(about=read.about).recording, turns=_silent(read))
            break
    write_archive(read, path)
    again = read_archive(path)
    assert (again.turns, again.tool_calls, again.events) == (read.turns, read.tool_calls, read.events)
    assert (again.usage, again.latency, again.about) == (read.usage, read.latency, read.about)


def _silent(read: Conversation) -> tuple[Turn, ...]:
    return tuple(make_turn(None, **_values(turn)) for turn in read.turns)


def _values(row: Any) -> dict[str, Any]:
    return {spec.name: getattr(row, spec.name) for spec in fields(row)}


# -- attacks -----------------------------------------------------------------------------------------------


def _noise(dice: random.Random, data: bytes, base: Conversation) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 8, 100))):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def _cut(dice: random.Random, data: bytes, base: Conversation) -> bytes:
    begin, end = sorted(dice.randrange(len(data) + 1) for _ in range(2))
    return dice.choice((data[:end], data[begin:], data[:begin] + data[end:], data[:end] + data[begin:]))


def _member(dice: random.Random, data: bytes, base: Conversation) -> bytes:
    content = members(data)
    for _ in range(dice.choice((1, 1, 3))):
        name = dice.choice(list(content))
        if content[name]:
            content[name] = dice.choice((_noise, _cut))(dice, content[name], base)
    return packed(content, base.about)


def _swapped(dice: random.Random, data: bytes, base: Conversation) -> bytes:
    content = members(data)
    one, other = dice.choices(list(content), k=2)
    content[one], content[other] = content[other], content[one]
    return packed(content, base.about)


def _manifest(dice: random.Random, data: bytes, base: Conversation) -> bytes:
    keys = ("format", "format_version", "about", "n_events_dropped", "damage", "members")
    about = _values(base.about)
    about["created_at"] = "2026-11-21T09:30:00+00:00"
    about[dice.choice(list(about))] = dice.choice(ODD)
    changes = {"about": about, dice.choice(keys): dice.choice(ODD)}
    return packed(members(data), base.about, **changes)


def _rows(dice: random.Random, data: bytes, base: Conversation) -> bytes:
    content = members(data)
    name, kind = dice.choice(list(TABLES.items()))
    given = list(base.turns if name == "transcript" else getattr(base, name)) or [base.turns[0]]
    rows = [_values(row) for row in given] if isinstance(given[0], kind) else []
    dice.shuffle(rows)
    rows += rows[: dice.randrange(3)]
    for _ in range(dice.choice((1, 5, 50)) if rows else 0):
        row = dice.choice(rows)
        key = dice.choice(list(row))
        like = type(row[key])
        odd = [value for value in ODD if type(value) is like] or [None]
        row[key] = dice.choice(odd)
    try:
        content[f"tables/{name}.parquet"] = write_rows(kind, [_Row(row) for row in rows])
    except (TypeError, ValueError, OverflowError):  # no file can hold that
        return data
    return packed(content, base.about)


class _Row:
    """Fields as attributes, of any kind."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


def _lines(dice: random.Random, data: bytes, base: Conversation) -> bytes:
    content = members(data)
    lines = [json.loads(line) for line in content["events.jsonl"].splitlines()]
    for _ in range(dice.choice((1, 5))):
        line = dice.choice(lines)
        line[dice.choice([*line, "new", "text"])] = dice.choice(ODD)
    content["events.jsonl"] = "\n".join(map(json.dumps, lines)).encode()
    return packed(content, base.about)


_ATTACKS: list[Callable[[random.Random, bytes, Conversation], bytes]] = [
    _noise, _cut, _member, _swapped, _manifest, _rows, _lines,
]  # fmt: skip
