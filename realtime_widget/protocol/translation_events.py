"""The words of a translation socket: the events and commands that no conversation has.

`session.created`, `session.updated`, `error` and `session.update` are those of every session. Fields have the
names of the wire; `elapsed_ms` counts the sound that was appended, in steps of 200 ms, and may be missing.
"""

from __future__ import annotations

from .commands import AppendInput, Command
from .events import Event
from .objects import Count, Index, Milliseconds

__all__ = [
    "TRANSLATION_EVENTS",
    "AppendSource",
    "CloseSession",
    "SessionClosed",
    "SourceWords",
    "TranslatedAudio",
    "TranslatedWords",
]


class SourceWords(Event, tag="session.input_transcript.delta", frozen=True):
    """A piece of what was said in the original; to be appended as it is, blanks included."""

    delta: str | None = None
    elapsed_ms: Milliseconds | None = None


class TranslatedWords(Event, tag="session.output_transcript.delta", frozen=True):
    """A piece of the translation in writing; to be appended as it is, blanks included."""

    delta: str | None = None
    elapsed_ms: Milliseconds | None = None


class TranslatedAudio(Event, tag="session.output_audio.delta", frozen=True):
    """A piece of the translation as sound, of any length."""

    delta: bytes | None = None
    elapsed_ms: Milliseconds | None = None
    sample_rate: Count | None = None
    channels: Index | None = None
    format: str | None = None


class SessionClosed(Event, tag="session.closed", frozen=True):
    """All that was said has been translated and sent; the socket can be closed."""


TRANSLATION_EVENTS: dict[str, type[Event]] = {
    str(kind.__struct_config__.tag): kind
    for kind in (SourceWords, TranslatedWords, TranslatedAudio, SessionClosed)
}
"""Wire name → struct, for the events that only translation sockets send."""


class AppendSource(AppendInput, tag="session.input_audio_buffer.append", frozen=True):
    """Add sound to be translated: 16-bit mono PCM at 24 kHz; silence too, since the model counts by it."""


class CloseSession(Command, tag="session.close", frozen=True):
    """Ask for the rest of the translation, and then for `session.closed`."""
