"""What a session hears: the values of `audio_in=`, checked when they are given."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from ..audio import Clip, bytes_to_ms, ms_to_bytes, to_wire
from ..audio.pcm import checked_rate
from ..config import Microphone
from ..errors import AudioError, ConfigError, RealtimeError
from .reader import CHUNK_MS, Reader

__all__ = ["MICROPHONE", "AudioIn", "PcmSound", "Sound", "checked_source"]

Kind = Literal["microphone", "stream", "kernel"]

VALID = (
    'Pass "microphone", Microphone(…), a sound file\'s path, a Clip, bytes, an array with its rate as in '
    "(x, 16_000), an iterator of these, another session, or an ipywebrtc stream."
)


class Sound(Protocol):
    """Sound that is made or read in the kernel; for the I/O thread."""

    @property
    def live(self) -> bool:
        """Whether it goes on by itself, heard or not."""

    @property
    def pause_ms(self) -> float:
        """After how much silence nobody need wait for more of it."""

    async def open(self) -> None:
        """Begin, or go on after `close`."""

    async def take(self, limit_s: float | None = None) -> bytes | None:
        """Return the next piece of 24 kHz mono PCM; empty if none came in time, None at the end."""

    def close(self) -> None:
        """Give nothing any more; idempotent."""


@dataclass(frozen=True, eq=False)
class AudioIn:
    """A source of sound: a page's microphone, a stream of a page, or something in the kernel."""

    kind: Kind
    label: str
    """What people call it, as in "Sound comes from speech.wav"."""
    given: Any
    sound: Callable[[], Sound] | None = None
    """Makes or returns the sound of a source in the kernel."""

    @property
    def model_id(self) -> str | None:
        """The id by which a page finds the stream's model."""
        return self.given.model_id if self.kind == "stream" else None

    @property
    def for_core(self) -> AudioIn:
        """The same without hold on another session: two that hear one another must be able to end."""
        return replace(self, given=None) if _is_session(self.given) else self


def _is_session(given: Any) -> bool:
    from .core import SessionCore

    return isinstance(getattr(given, "_core", None), SessionCore)


class PcmSound:
    """Sound that is known as a whole; each opening plays it from its beginning."""

    live = False
    pause_ms = float("inf")

    def __init__(self, pcm: bytes) -> None:
        self._pcm = pcm
        self._place = 0

    async def open(self) -> None:
        """Go back to the beginning."""
        self._place = 0

    async def take(self, limit_s: float | None = None) -> bytes | None:
        """Return the next 100 ms; None at the end."""
        begin = self._place
        self._place += ms_to_bytes(CHUNK_MS)
        return self._pcm[begin : self._place] or None

    def close(self) -> None:
        """Do nothing: nobody asks for more."""


MICROPHONE = AudioIn("microphone", "the microphone", "microphone")


def checked_source(given: Any, owner: Any = None) -> AudioIn:
    """Return the source that a user means; what can be read is read here.

    Args:
        given: A value of `audio_in=`.
        owner: The session that is to hear it, if that exists already.

    Raises:
        ConfigError, AudioError: No source of sound, not readable, or its sample rate is missing.
    """
    for make in (_microphone, _stream, _session):
        if (found := make(given, owner)) is not None:
            return found
    source, rate = _pair(given)
    try:
        return _sound(source, rate)
    except RealtimeError as error:
        raise type(error)(f"audio_in: {error.message}", remedy=error.remedy or VALID) from error


# -- what a page hears -------------------------------------------------------------------------------------


def _microphone(given: Any, owner: Any) -> AudioIn | None:
    if isinstance(given, Microphone):
        return AudioIn("microphone", MICROPHONE.label, given)
    return MICROPHONE if isinstance(given, str) and given == "microphone" else None


def _stream(given: Any, owner: Any) -> AudioIn | None:
    """Know ipywebrtc's streams by their looks: neither it nor ipywidgets need be installed."""
    kind = type(given)
    if any(base.__name__ == "MediaStream" for base in kind.__mro__) and hasattr(given, "model_id"):
        return AudioIn("stream", kind.__name__, given)
    if hasattr(given, "_model_module") and hasattr(given, "model_id"):
        wrapped = {"Audio": "AudioStream(audio=…)", "Video": "VideoStream(video=…)"}.get(kind.__name__)
        hint = f"Wrap it: ipywebrtc.{wrapped}." if wrapped else "Pass one of ipywebrtc's streams."
        raise ConfigError(f"audio_in: the widget {kind.__name__} is no stream of sound.", remedy=hint)
    return None


# -- what is made in the kernel ----------------------------------------------------------------------------


def _session(given: Any, owner: Any) -> AudioIn | None:
    from .tap import VoiceTap

    if not _is_session(given):
        return None
    core = given._core
    config = core.protocol.config
    if given is owner:
        raise ConfigError("audio_in: a session can't hear itself.", remedy="Pass another session.")
    if config.kind == "transcription" or (config.kind == "realtime" and config.output == "text"):
        raise ConfigError(
            f"audio_in: the {type(given).__name__} never says anything aloud.",
            remedy='Pass a RealtimeSession with output="audio", or a TranslationSession.',
        )
    return AudioIn("kernel", f"the session “{given.title}”", given, lambda: VoiceTap(core))


def _pair(given: Any) -> tuple[Any, int | None]:
    """Take a source and its rate apart."""
    is_pair = isinstance(given, tuple) and len(given) == 2 and not isinstance(given[0], Real)
    if not is_pair or isinstance(given[1], str | bytes | os.PathLike | np.ndarray | Clip):
        return given, None
    if isinstance(given[1], bool) or not isinstance(given[1], Integral):
        raise ConfigError(f"audio_in: the sample rate must be a whole number, not {given[1]!r}.")
    return given[0], checked_rate(int(given[1]))


def _sound(source: Any, rate: int | None) -> AudioIn:
    if isinstance(source, str | os.PathLike):
        return _file(source)
    if isinstance(source, bytes | bytearray | memoryview | Clip | np.ndarray) or hasattr(source, "__array__"):
        return _whole(source, to_wire(source, rate))
    if isinstance(source, Sequence):
        if all(isinstance(piece, Real) for piece in source):
            return _whole(source, to_wire(source, rate))
        return _whole(source, b"".join(to_wire(piece, rate) for piece in source))
    if isinstance(source, Iterator) or hasattr(source, "__anext__"):
        reader = Reader(source, rate)
        return AudioIn("kernel", _name(source), source, lambda: reader)
    if isinstance(source, AsyncIterable):
        return AudioIn("kernel", _name(source), source, lambda: Reader(aiter(source), rate))
    if isinstance(source, Iterable) and not isinstance(source, Mapping | Set):
        return AudioIn("kernel", _name(source), source, lambda: Reader(iter(source), rate))
    if callable(source):
        name = getattr(source, "__name__", "f")
        raise ConfigError(f"{name} is a function, not sound.", remedy=f"Call it: audio_in={name}().")
    raise ConfigError(f"Can't take {type(source).__name__} as audio.", remedy=VALID)


def _file(source: str | os.PathLike[str]) -> AudioIn:
    name = os.fspath(source)
    try:
        pcm = to_wire(source)
    except AudioError as error:
        if os.path.exists(os.path.expanduser(name)):
            raise
        raise AudioError(error.message, remedy=f"Check the path. {VALID}") from None
    return _filled(AudioIn("kernel", Path(name).name, source, lambda: PcmSound(pcm)), pcm)


_WORDS = {np.ndarray: "an array", Clip: "a clip", bytes: "bytes"}


def _whole(source: Any, pcm: bytes) -> AudioIn:
    label = f"{_WORDS.get(type(source), 'sound')} of {bytes_to_ms(len(pcm)) / 1000:.1f} s"
    return _filled(AudioIn("kernel", label, source, lambda: PcmSound(pcm)), pcm)


def _filled(found: AudioIn, pcm: bytes) -> AudioIn:
    if not pcm:
        raise AudioError(f"There is no sound in {found.label}.")
    return found


def _name(source: Any) -> str:
    name = getattr(source, "__name__", None)
    return f"{name}()" if isinstance(name, str) else f"a {type(source).__name__}"
