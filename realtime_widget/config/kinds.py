"""The kinds of sessions that the API has."""

from __future__ import annotations

from typing import Literal

__all__ = ["SessionKind"]

SessionKind = Literal["realtime", "transcription", "translation"]
