"""A conversation from a file, or what of it can be saved."""

from __future__ import annotations

import contextlib
import hashlib
import os
import warnings
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from ...audio import Clip
from ...errors import AudioError, FileError, FileFormatError
from ...protocol.log import LogEntry
from ..conversation import About, Conversation, no_sound
from ..turns import Sound, Turn
from ..usage import UsageRow
from .limits import MAX_EVENTS_BYTES, MAX_FILE_BYTES, MAX_MANIFEST_BYTES, MAX_TABLE_BYTES
from .lines import read_events
from .manifest import MANIFEST, Manifest, read_manifest
from .mending import moved_calls, moved_latency, turns_in_order, unique
from .parquet import BadTableError, Rows, read_rows
from .remaking import remade
from .sounds import read_sound
from .unpacking import Archive, BadMemberError
from .writing import EVENTS, RECORDING, TABLES, turn_sound

__all__ = ["DamagedFileWarning", "read_archive"]

SOUND_SUFFIXES = (".flac", ".wav")
TOLD_PLACES = 10


class DamagedFileWarning(UserWarning):
    """Something of a file couldn't be read; the message says what."""


def read_archive(path: str | os.PathLike[str]) -> Conversation:
    """Return the conversation in a file that `write_archive` wrote.

    The file may be moved, deleted or written anew afterwards. Sound is decoded when somebody asks for it. Of
    a damaged file what can be read comes back; `damage` says what is missing, and so does a
    DamagedFileWarning.

    Raises:
        FileError: The file can't be read.
        FileFormatError: It is no conversation, of a later version, or nothing in it can be read.
    """
    source = Path(path).expanduser()
    try:
        with source.open("rb") as file:
            archive = Archive(file)
        reader = _Reader(archive, source.name)
        conversation = reader.conversation()
    except OSError as error:
        if isinstance(error, FileFormatError):
            raise FileFormatError(f"Can't load {source}: {error.message}", remedy=error.remedy) from error
        raise FileError(f"Can't read {source}: {error.strerror or error}.") from error
    except BadMemberError as error:
        raise FileFormatError(f"Can't load {source}: {error}.") from error
    if reader.notes:
        told = f"{source.name} is damaged; the rest of it was read. {' '.join(reader.notes)}"
        warnings.warn(told, DamagedFileWarning, stacklevel=2)
    return conversation


@dataclass
class _Reader:
    """Reads one archive; `notes` gathers what is missing."""

    archive: Archive
    name: str
    notes: list[str] = field(default_factory=list)
    sums: dict[str, str] | None = None  # None where no manifest tells them
    n_tables: int = 0

    def conversation(self) -> Conversation:
        """Return what can be read."""
        manifest = self._manifest()
        rows = {name: self._rows(name, kind) for name, kind in TABLES.items()}
        if not self.n_tables:
            raise FileFormatError("nothing of the conversation in it can be read.")
        turns, numbers = self._turns(rows["transcript"])
        plain = {name: [values for _, values in found] for name, found in rows.items()}
        calls = moved_calls(plain["tool_calls"], numbers)
        latency = moved_latency(plain["latency"], numbers)
        usage = unique((UsageRow(**values) for values in plain["usage"]), lambda row: row.response_id)
        self._count("tool_calls", len(plain["tool_calls"]) - len(calls))
        self._count("latency", len(plain["latency"]) - len(latency))
        self._count("usage", len(plain["usage"]) - len(usage))
        events = self._events()
        recording = self._recording(turns)
        return Conversation(
            about=manifest.about,
            turns=turns,
            tool_calls=calls,
            events=events,
            n_events_dropped=manifest.n_events_dropped,
            usage=tuple(usage),
            latency=latency,
            recording=recording,
            damage=tuple(dict.fromkeys((*manifest.damage, *self.notes))),
        )

    def _manifest(self) -> Manifest:
        manifest = None
        if MANIFEST in self.archive.entries:
            with contextlib.suppress(BadMemberError):
                manifest = read_manifest(self.archive.read(MANIFEST, MAX_MANIFEST_BYTES))
        if manifest is None:
            if not self.archive.entries:
                raise FileFormatError("it is no conversation that session.save(…) wrote.")
            self.notes.append("Its title, settings and metadata are lost.")
            manifest = Manifest(About(id=""))
        else:
            self.sums = dict(manifest.sums)
        if manifest.about.id:
            return manifest
        return replace(manifest, about=replace(manifest.about, id=self._made_up_id()))

    def _made_up_id(self) -> str:
        # The same for the same file, so that a store knows it again.
        told = sorted((entry.name, entry.crc) for entry in self.archive.entries.values())
        return hashlib.sha256(repr(told).encode()).hexdigest()[:32]

    # -- members -----------------------------------------------------------------------------------------

    def _expected(self, name: str) -> bool:
        return name in self.sums if self.sums is not None else name in self.archive.entries

    def _check(self, name: str, max_bytes: int) -> None:
        """Raise BadMemberError unless a member is exactly what was written: no library sees it otherwise."""
        told = self.archive.sha256(name, max_bytes)
        if self.sums is not None and self.sums.get(name) != told:
            raise BadMemberError("its checksum is wrong")

    def _rows(self, name: str, kind: type[Any]) -> Rows:
        member = f"tables/{name}.parquet"
        if not self._expected(member):
            if self.sums is None:
                self.notes.append(f"The table {name} is missing.")
            return []
        try:
            self._check(member, MAX_TABLE_BYTES)
            rows, n_rows = read_rows(kind, self.archive.read(member, MAX_TABLE_BYTES))
        except (BadMemberError, BadTableError) as error:
            self.notes.append(f"The table {name} is missing: {error}.")
            return []
        self.n_tables += 1
        self._count(name, n_rows - len(rows))
        return rows

    def _count(self, name: str, n_lost: int) -> None:
        if n_lost:
            self.notes.append(f"{n_lost} row{'' if n_lost == 1 else 's'} of {name} couldn't be read.")

    def _events(self) -> tuple[LogEntry, ...]:
        if not self._expected(EVENTS):
            if self.sums is None:
                self.notes.append("The events are missing.")
            return ()
        try:
            self._check(EVENTS, MAX_EVENTS_BYTES)
            entries, n_bad = read_events(self.archive.pieces(EVENTS, MAX_EVENTS_BYTES))
        except BadMemberError as error:
            self.notes.append(f"The events are missing: {error}.")
            return ()
        self._count("events", n_bad)
        return tuple(entries)

    # -- sound -------------------------------------------------------------------------------------------

    def _turns(self, rows: Rows) -> tuple[tuple[Turn, ...], dict[int, int]]:
        silent: list[int] = []
        lengths = {place: values["audio_ms"] for place, values in rows}

        def sound(place: int) -> Sound | None:
            found, is_lost = self._sound(turn_sound(place), f"The sound of turn {place}")
            # Without a manifest only the length tells whether there should be sound.
            if is_lost or (found is None and self.sums is None and lengths[place]):
                silent.append(place)
            return found

        turns, numbers = turns_in_order(rows, sound)
        self._count("transcript", len(rows) - len(turns))
        if silent:
            told = ", ".join(map(str, silent[:TOLD_PLACES])) + (", …" if len(silent) > TOLD_PLACES else "")
            noun = "turn" if len(silent) == 1 else f"{len(silent)} turns:"
            self.notes.append(f"The sound is missing of {noun} {told}.")
        return turns, dict(numbers)

    def _recording(self, turns: tuple[Turn, ...]) -> Sound:
        found, is_lost = self._sound(RECORDING, "The recording", channels=2)
        if not is_lost and (found is not None or self.sums is not None):
            return found or no_sound
        self.notes.append("The recording is missing, and made anew of the sounds of the turns.")
        return partial(remade, turns)

    def _sound(self, stem: str, label: str, *, channels: int | None = None) -> tuple[Sound | None, bool]:
        """Return what decodes a sound, and whether one is lost."""
        for name in (stem + suffix for suffix in SOUND_SUFFIXES):
            if not self._expected(name):
                continue
            try:
                self._check(name, MAX_FILE_BYTES)
            except BadMemberError:
                return None, True
            return partial(_decode, self.archive, name, f"{label} in {self.name}", channels), False
        return None, False


def _decode(archive: Archive, name: str, label: str, channels: int | None) -> Clip:
    clip = read_sound(archive.read(name, MAX_FILE_BYTES), label)
    if channels is not None and clip.channels != channels:
        raise AudioError(f"{label} has {clip.channels} channels instead of {channels}.")
    return clip
