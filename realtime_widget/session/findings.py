"""What an environment check finds: one line for each thing looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = ["GROUPS", "CheckLine", "Status"]

Status = Literal["ok", "note", "problem", "skipped", "pending"]
"""`note`: it works, with a limit that one should know; `skipped`: it couldn't be asked."""

GROUPS = {
    "page": "This page",
    "comm": "Between page and kernel",
    "engine": "Engine",
    "versions": "Versions",
}
"""The groups of lines, in the order in which they are shown."""

_MARKS: dict[Status, tuple[str, str]] = {
    "ok": ("✓", "OK"),
    "note": ("!", "Note"),
    "problem": ("✗", "Problem"),
    "skipped": ("–", "Not asked"),
    "pending": ("…", "Looking"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One thing that was looked at.

    Attributes:
        id: Names it, once in a check.
        group: `"page"`, `"comm"`, `"engine"` or `"versions"`.
        title: What was looked at.
        status: `"ok"`, `"note"`, `"problem"`, `"skipped"` or `"pending"`.
        found: What was found.
        remedy: What to do, where something should be done; else empty.
    """

    id: str
    group: str
    title: str
    status: Status
    found: str = ""
    remedy: str = ""

    @property
    def symbol(self) -> str:
        """One character for the status."""
        return _MARKS[self.status][0]

    @property
    def word(self) -> str:
        """The status in a word or two."""
        return _MARKS[self.status][1]

    def to_dict(self) -> dict[str, Any]:
        """Return the line as plain values."""
        return asdict(self)

    def __str__(self) -> str:
        text = f"{self.symbol} {self.title}: {self.found or self.word}"
        return f"{text}\n    → {self.remedy}" if self.remedy else text
