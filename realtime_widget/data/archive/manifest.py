"""The first member: what the file is, what the conversation was about, and the checksums of the rest."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import fields as fields_of_class
from datetime import UTC, datetime
from typing import Any

from ...errors import ConfigError, FileFormatError
from ..conversation import About
from .limits import MAX_MANIFEST_BYTES, MAX_MS, MAX_NUMBER
from .packing import Packed

__all__ = ["FORMAT", "FORMAT_VERSION", "MANIFEST", "Manifest", "manifest_bytes", "read_manifest"]

FORMAT = "realtime-widget"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
LONGEST_WORD = 10_000
MAX_NOTES = 100


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest tells.

    Attributes:
        about: What there is to know of the conversation.
        sums: The SHA-256 of each member, by name.
        n_events_dropped: How many older events aren't in the file.
        damage: What was missing already when the file was written.
    """

    about: About
    sums: Mapping[str, str] = field(default_factory=dict)
    n_events_dropped: int = 0
    damage: tuple[str, ...] = ()


def manifest_bytes(
    about: About, members: Sequence[Packed], *, n_events_dropped: int, damage: Sequence[str]
) -> bytes:
    """Return the content of `manifest.json`."""
    told = {spec.name: getattr(about, spec.name) for spec in fields_of_class(about)}
    told["duration_ms"] = float(about.duration_ms)
    told["created_at"] = about.created_at.isoformat() if about.created_at is not None else None
    manifest = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "about": told,
        "n_events_dropped": n_events_dropped,
        "damage": list(damage),
        "members": {member.name: {"bytes": member.n_bytes, "sha256": member.sha256} for member in members},
    }
    try:
        data = json.dumps(manifest, indent=1, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(
            f"The metadata of this conversation can't be saved: {error}.",
            remedy="Keep plain JSON values in session.metadata.",
        ) from error
    if len(data) > MAX_MANIFEST_BYTES:
        raise ConfigError(
            f"The settings and metadata of this conversation are more than {MAX_MANIFEST_BYTES // 2**20} MB.",
            remedy="Keep less in session.metadata.",
        )
    return data


def read_manifest(data: bytes) -> Manifest | None:
    """Return what a manifest tells, or None where that can't be read.

    Raises:
        FileFormatError: It is another format, or a later version of this one.
    """
    try:
        read = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    if read.get("format") != FORMAT:
        raise FileFormatError("It is a file of something else, not a conversation.")
    version = read.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise FileFormatError(
            f"It was written in version {version} of the format; this package knows up to {FORMAT_VERSION}.",
            remedy="Update: pip install --upgrade realtime-widget.",
        )
    members = read.get("members")
    sums = {
        name: entry["sha256"]
        for name, entry in (members.items() if isinstance(members, dict) else ())
        if isinstance(entry, dict) and isinstance(entry.get("sha256"), str)
    }
    damage = read.get("damage")
    notes = (
        [note[:LONGEST_WORD] for note in damage if isinstance(note, str)] if isinstance(damage, list) else []
    )
    return Manifest(
        _about(read.get("about")), sums, _count(read.get("n_events_dropped")), tuple(notes[:MAX_NOTES])
    )


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value <= MAX_NUMBER else 0


def _about(told: Any) -> About:
    told = told if isinstance(told, dict) else {}
    known: dict[str, Any] = {}
    for spec in fields_of_class(About):
        check = _CHECKS.get(str(spec.type), _word)
        value = check(told.get(spec.name))
        if value is not None:
            known[spec.name] = value
    return About(**{"id": "", **known})


def _word(value: Any) -> str | None:
    return value[:LONGEST_WORD] if isinstance(value, str) else None


def _mapping(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _ms(value: Any) -> float | None:
    if type(value) not in (int, float) or not math.isfinite(value) or not 0 <= value <= MAX_MS:
        return None
    return float(value)


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


_CHECKS = {"Mapping[str, Any]": _mapping, "float": _ms, "datetime | None": _moment}
