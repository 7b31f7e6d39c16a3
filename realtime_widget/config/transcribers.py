"""What the transcription models can do: for one field that a model lacks, a server refuses everything.

Source: the API's guide to transcription sessions and the behaviour of the live service.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Transcriber", "transcriber"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcriber:
    """What one model can do; the defaults are those of a model that nobody knows.

    Attributes:
        live: Writes while one speaks, before the turn is committed.
        server_vad: Whether the server can find its turns; where not, each one is committed from this side.
            None where nobody knows.
        languages: How languages are hinted at: `"list"` (`languages`), `"one"` (`language`), or `"any"`.
        keywords: Takes literal terms to expect.
        prompt: Takes a text to go by.
        delay: Can be told to wait for more sound before it writes.
    """

    live: bool = False
    server_vad: bool | None = None
    languages: str = "any"
    keywords: bool = True
    prompt: bool = True
    delay: bool = True


_KNOWN = {
    "gpt-live-transcribe": Transcriber(live=True, server_vad=False, languages="list"),
    "gpt-realtime-whisper": Transcriber(
        live=True, server_vad=False, languages="one", keywords=False, prompt=False
    ),
    # A server takes turn detection for this one, and then writes nothing down.
    "gpt-transcribe": Transcriber(server_vad=False, languages="list", delay=False),
    "gpt-4o-transcribe-diarize": Transcriber(
        server_vad=True, languages="one", keywords=False, prompt=False, delay=False
    ),
    "gpt-4o-transcribe": Transcriber(server_vad=True, languages="one", keywords=False, delay=False),
    "gpt-4o-mini-transcribe": Transcriber(server_vad=True, languages="one", keywords=False, delay=False),
    "whisper-1": Transcriber(server_vad=True, languages="one", keywords=False, delay=False),
}
_UNKNOWN = Transcriber()


def transcriber(model: str) -> Transcriber:
    """Return what a model can do: by its name, or that of which it is a dated snapshot."""
    for name in sorted(_KNOWN, key=len, reverse=True):
        if model == name or model.startswith(f"{name}-"):
            return _KNOWN[name]
    return _UNKNOWN


def models_with(ability: str) -> str:
    """Return the known models that have an ability, for a message."""
    return ", ".join(name for name, known in _KNOWN.items() if getattr(known, ability))
