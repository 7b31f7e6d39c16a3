"""PCM arithmetic: units, sample formats and levels.

The wire carries 16-bit little-endian mono PCM at `SAMPLE_RATE`. Arrays are `(n,)` for mono, else
`(n, channels)`. There is one converter per pair of units, so no other module multiplies by 48 in passing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import AudioError, ConfigError

SAMPLE_RATE = 24_000
"""Samples per second on the wire."""

BYTES_PER_SAMPLE = 2
"""Bytes of one sample of one channel on the wire."""

SAMPLES_PER_MS = SAMPLE_RATE // 1000
BYTES_PER_MS = SAMPLES_PER_MS * BYTES_PER_SAMPLE
"""Of the wire's sound, where a position is no whole number and the converters below would round it."""

FULL_SCALE = 32_768
"""The int16 value that a float of 1.0 stands for."""

SILENCE_DBFS = -120.0
"""The level reported for digital silence, finite so that it can be shown, averaged and sent as JSON."""

Int16Array: TypeAlias = npt.NDArray[np.int16]
Float32Array: TypeAlias = npt.NDArray[np.float32]
AnyArray: TypeAlias = npt.NDArray[Any]


def ms_to_samples(ms: float, rate: int = SAMPLE_RATE) -> int:
    """Convert a duration to the nearest number of samples."""
    return round(ms * rate / 1000)


def samples_to_ms(samples: int, rate: int = SAMPLE_RATE) -> int:
    """Convert a number of samples to whole milliseconds, rounded down.

    Down, because the API refuses a position that lies past the end of an item's audio.
    """
    return samples * 1000 // rate


def ms_to_bytes(ms: float, rate: int = SAMPLE_RATE, channels: int = 1) -> int:
    """Convert a duration to the bytes of its PCM, always whole samples."""
    return ms_to_samples(ms, rate) * BYTES_PER_SAMPLE * channels


def bytes_to_ms(n_bytes: int, rate: int = SAMPLE_RATE, channels: int = 1) -> int:
    """Convert a number of PCM bytes to whole milliseconds, rounded down."""
    return samples_to_ms(bytes_to_samples(n_bytes, channels), rate)


def bytes_to_samples(n_bytes: int, channels: int = 1) -> int:
    """Convert a number of PCM bytes to whole samples (per channel), rounded down."""
    return n_bytes // (BYTES_PER_SAMPLE * channels)


def samples_to_bytes(samples: int, channels: int = 1) -> int:
    """Convert a number of samples (per channel) to the bytes of their PCM."""
    return samples * BYTES_PER_SAMPLE * channels


def checked_rate(rate: object) -> int:
    """Return a sample rate as a plain int, or raise ConfigError when it is none."""
    if isinstance(rate, bool) or not isinstance(rate, int | np.integer) or rate <= 0:
        raise ConfigError(
            f"A sample rate must be a positive whole number, got {rate!r}.",
            remedy="Give samples per second, e.g. rate=24_000.",
        )
    return int(rate)


def silence(ms: float, rate: int = SAMPLE_RATE) -> bytes:
    """Make mono PCM of silence."""
    return bytes(ms_to_bytes(ms, rate))


def pcm_to_samples(pcm: bytes | bytearray | memoryview) -> Int16Array:
    """View little-endian PCM as int16 samples without copying.

    Read-only for `bytes`. An odd last byte, half a sample, is left out: the caller carries it over.
    """
    samples = np.frombuffer(pcm, dtype="<i2", count=memoryview(pcm).nbytes // BYTES_PER_SAMPLE)
    return samples.astype(np.int16, copy=False)


def samples_to_pcm(samples: AnyArray) -> bytes:
    """Make little-endian PCM of samples of any kind; several channels come out interleaved."""
    return to_int16(samples).astype("<i2", copy=False).tobytes()


def to_int16(samples: AnyArray) -> Int16Array:
    """Convert samples of any kind to int16, without copying what is int16 already.

    Floats run from -1 to 1 and are clipped there; NaN becomes silence. int32, uint16 and uint8 are taken at
    their full scale, as in WAV files. int64 and uint64 are what Python lists of numbers become, so they must
    hold int16 values.
    """
    samples = np.asarray(samples)
    if samples.dtype == np.int16:
        return samples
    convert = _TO_INT16.get(_kind(samples))
    if convert is None:
        raise AudioError(
            f"Samples of type {samples.dtype} are no audio.", remedy="Pass int16, or floats from -1 to 1."
        )
    return convert(samples)


def to_float(samples: AnyArray) -> Float32Array:
    """Convert samples of any kind to float32 from -1 to 1; floats are not clipped."""
    samples = np.asarray(samples)
    if samples.dtype.kind == "f":
        return samples.astype(np.float32, copy=False)
    if samples.dtype == np.int32:
        return (samples / 2.0**31).astype(np.float32)
    return to_int16(samples).astype(np.float32) / np.float32(FULL_SCALE)


def to_mono(samples: AnyArray) -> AnyArray:
    """Average the channels of `(n, channels)` samples, keeping their type; mono passes through."""
    samples = np.asarray(samples)
    if samples.ndim == 1:
        return samples
    if samples.shape[1] == 1:
        return samples[:, 0]
    mean: AnyArray = samples.mean(axis=1)
    return (np.rint(mean) if samples.dtype.kind in "iu" else mean).astype(samples.dtype, copy=False)


def level_dbfs(samples: AnyArray) -> float:
    """Measure the RMS level in dB below full scale (a full-scale square wave), `SILENCE_DBFS` at least."""
    values = to_float(samples)
    if not values.size:
        return SILENCE_DBFS
    power = float(np.mean(np.square(values, dtype=np.float64)))
    return max(SILENCE_DBFS, 10 * math.log10(power)) if power > 0 else SILENCE_DBFS


def peak(samples: AnyArray) -> float:
    """Measure the greatest magnitude, from 0 to 1 of full scale."""
    values = to_float(samples)
    return float(np.max(np.abs(values))) if values.size else 0.0


def _kind(samples: AnyArray) -> str:
    """Name a sample type for the table: all float widths are one kind."""
    return "float" if samples.dtype.kind == "f" else samples.dtype.name


def _from_float(samples: AnyArray) -> Int16Array:
    scaled = np.clip(samples.astype(np.float64) * FULL_SCALE, -FULL_SCALE, FULL_SCALE - 1)
    return np.rint(np.nan_to_num(scaled)).astype(np.int16)


def _from_wide(samples: AnyArray) -> Int16Array:
    if samples.size and (samples.min() < -FULL_SCALE or samples.max() >= FULL_SCALE):
        raise AudioError(
            f"These {samples.dtype} samples reach beyond 16 bits.",
            remedy="Convert them first, to int32 at full scale or to floats from -1 to 1.",
        )
    return samples.astype(np.int16)


_TO_INT16: dict[str, Callable[[AnyArray], Int16Array]] = {
    "float": _from_float,
    "int16": lambda samples: samples.astype(np.int16),  # the other byte order
    "int32": lambda samples: (samples >> 16).astype(np.int16),
    "uint16": lambda samples: (samples.astype(np.int32) - FULL_SCALE).astype(np.int16),
    "uint8": lambda samples: (samples.astype(np.int16) - 128) * np.int16(256),
    "int8": lambda samples: samples.astype(np.int16) * np.int16(256),
    "int64": _from_wide,
    "uint64": _from_wide,
}
