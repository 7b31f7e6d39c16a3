"""Give the Realtime voices a face in espeak-ng."""

from __future__ import annotations

from dataclasses import dataclass

WORDS_PER_MINUTE = 165
RATE_RANGE = (80, 450)
"""What espeak-ng accepts, in words per minute."""
SPEED_RANGE = (0.25, 1.5)


@dataclass(frozen=True, slots=True)
class EspeakVoice:
    """Describe one voice: espeak-ng's name, pitch and pitch range (0 to 99), words per minute."""

    name: str
    pitch: int = 50
    pitch_range: int = 50
    words_per_minute: int = WORDS_PER_MINUTE


VOICES: dict[str, EspeakVoice] = {
    "marin": EspeakVoice("en-us+f3", pitch=52, pitch_range=55),
    "cedar": EspeakVoice("en-us+m3", pitch=38, pitch_range=50, words_per_minute=160),
    "alloy": EspeakVoice("en-us", pitch=50, pitch_range=45),
    "ash": EspeakVoice("en-us+m1", pitch=32, pitch_range=40, words_per_minute=170),
    "ballad": EspeakVoice("en+m7", pitch=45, pitch_range=70, words_per_minute=150),
    "coral": EspeakVoice("en-us+f2", pitch=62, pitch_range=65, words_per_minute=172),
    "echo": EspeakVoice("en+m2", pitch=42, pitch_range=35),
    "sage": EspeakVoice("en-us+f4", pitch=42, pitch_range=40, words_per_minute=155),
    "shimmer": EspeakVoice("en+f1", pitch=70, pitch_range=60, words_per_minute=168),
    "verse": EspeakVoice("en+m4", pitch=55, pitch_range=65, words_per_minute=178),
}
"""The Realtime API's voice names, each to be told from the others by ear."""


def find_voice(name: str) -> EspeakVoice:
    """Return the voice of that name; any other name is taken as one of espeak-ng itself ("de", "fr+f2")."""
    return VOICES.get(name) or EspeakVoice(name)


def words_per_minute(voice: EspeakVoice, speed: float) -> int:
    """Return the rate for a speed of 0.25 to 1.5, within what espeak-ng can do (0.25 isn't quite)."""
    low, high = RATE_RANGE
    slow, fast = SPEED_RANGE
    return round(min(max(voice.words_per_minute * min(max(speed, slow), fast), low), high))
