"""When the server has none of the transcription model that was asked for: what to ask for instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .objects import ErrorDetail

__all__ = ["ALTERNATIVES", "Fallback"]

ALTERNATIVES = ("gpt-live-transcribe", "gpt-realtime-whisper", "gpt-4o-transcribe", "whisper-1")
"""Models to try, in this order; the last ones are what small servers and older resources have."""

_PLACE = "session.audio.input.transcription"


class Fallback:
    """Goes down from one transcription to a simpler one, and at last to none."""

    def __init__(self) -> None:
        self._tried: set[str] = set()

    def without(self, refused: Mapping[str, Any], error: ErrorDetail) -> Mapping[str, Any] | None:
        """Return the transcription to ask for instead of one that was refused; None for none at all."""
        if "delay" in refused and _is_about(error, "delay"):
            return {name: value for name, value in refused.items() if name != "delay"}
        self._tried.add(str(refused.get("model")))
        untried = [model for model in ALTERNATIVES if model not in self._tried]
        # Options belong to a model: the next one may refuse them.
        return {"model": untried[0]} if untried else None


def blames_transcription(error: ErrorDetail, transcription: Mapping[str, Any]) -> bool:
    """Tell whether an error is about the model of a transcription, or its `delay`.

    Other options are the user's own: what is wrong with them is for the user to hear.
    """
    param, message = error.param or "", (error.message or "").lower()
    if param.startswith(_PLACE):
        return param in (_PLACE, f"{_PLACE}.model", f"{_PLACE}.delay")
    if param:
        return False
    named = "transcription" in message or str(transcription.get("model")).lower() in message
    return named and ("model" in message or _is_about(error, "delay"))


def _is_about(error: ErrorDetail, option: str) -> bool:
    return (error.param or "").endswith(f".{option}") or f"'{option}'" in (error.message or "")
