"""Speak with espeak-ng, which runs in a child process (its licence and its global state stay there)."""

from __future__ import annotations

from realtime_widget.local.speaker.client import EspeakSpeaker
from realtime_widget.local.speaker.voices import VOICES, EspeakVoice

__all__ = ["VOICES", "EspeakSpeaker", "EspeakVoice"]
