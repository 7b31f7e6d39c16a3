"""Audio from whatever a caller has: paths, bytes, arrays and clips."""

from __future__ import annotations

import os
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import AudioError, ConfigError
from . import codecs
from .clip import Clip
from .pcm import SAMPLE_RATE, AnyArray

AudioSource: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | npt.NDArray[Any] | Clip
"""What `load_audio` takes: a path, PCM or a whole sound file as bytes, an array, or a clip."""

MAX_CHANNELS = 32  # more is an array lying on its side
LOUDEST_FLOAT = 8.0  # floats beyond it are int16 values that were never scaled, not clipped audio


def load_audio(source: AudioSource | object, rate: int | None = None) -> Clip:
    """Bring audio of any kind to a Clip.

    Args:
        source: A path; bytes of a sound file or of 16-bit little-endian mono PCM; an array, `(n,)` or
            `(n, channels)`; a Clip.
        rate: Samples per second of an array or of PCM. Files and clips know their own, which counts.

    Raises:
        ConfigError: The kind of source isn't known, or its rate is missing.
        AudioError: The file is missing or broken, or the array holds no audio.
    """
    if isinstance(source, Clip):
        return source
    if isinstance(source, str | os.PathLike):
        return Clip.load(source)
    if isinstance(source, bytes | bytearray | memoryview):
        return _from_bytes(bytes(source), rate)
    if isinstance(source, np.ndarray | list | tuple) or hasattr(source, "__array__"):
        return _from_array(_as_array(source), rate)
    raise ConfigError(
        f"Can't take {type(source).__name__} as audio.", remedy="Pass a path, bytes, a numpy array or a Clip."
    )


def to_wire(source: AudioSource | object, rate: int | None = None) -> bytes:
    """Bring audio of any kind to what the wire carries: 16-bit little-endian mono PCM at 24 kHz."""
    return load_audio(source, rate).to_mono().resample(SAMPLE_RATE).to_pcm()


def _from_bytes(data: bytes, rate: int | None) -> Clip:
    if codecs.is_sound_file(data):
        return Clip(*codecs.decode(data))
    return Clip.from_pcm(data, _known(rate, "Bare PCM bytes don't tell their sample rate.", "pcm"))


def _as_array(source: object) -> AnyArray:
    try:
        if isinstance(source, list | tuple) and any(isinstance(entry, Clip) for entry in source):
            raise TypeError("it holds clips")
        return np.asarray(source)
    except (TypeError, ValueError) as error:
        raise AudioError(
            f"Can't make an array of audio of this {type(source).__name__}: {error}.",
            remedy="Pass numbers, (n,) or (n, channels); join several clips with +.",
        ) from error


def _from_array(samples: AnyArray, rate: int | None) -> Clip:
    rate = _known(rate, "An array doesn't tell its sample rate.", "x")
    if samples.ndim == 2 and samples.shape[1] > MAX_CHANNELS:
        raise AudioError(
            f"An array of shape {samples.shape} would be {samples.shape[1]} channels.",
            remedy="Pass (n, channels), e.g. x.T.",
        )
    if samples.dtype.kind == "f" and samples.size and np.nanmax(np.abs(samples), initial=0) > LOUDEST_FLOAT:
        raise AudioError(
            "Floats run from -1 to 1 as audio, and these go far beyond.",
            remedy="Pass x / 32768 or x.astype('int16') if they are 16-bit values.",
        )
    return Clip(samples, rate)


def _known(rate: int | None, problem: str, name: str) -> int:
    if rate is None:
        raise ConfigError(
            problem,
            remedy=f"Pass rate=, e.g. send_audio({name}, rate=16_000); audio_in= takes ({name}, 16_000).",
        )
    return rate
