"""Audio of the wire, PCM at 24 kHz or G.711 at 8 kHz, and of the engine, 16-bit PCM at 24 kHz."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from realtime_widget.audio import Resampler

__all__ = ["BYTES_PER_MS", "Decoder", "Encoder", "decode_g711", "encode_g711", "wire_bytes_per_ms"]

BYTES_PER_MS = 48
"""Of the engine's own audio."""
SAMPLE_RATE = 24_000
G711_RATE = 8_000
_BIAS = 0x84

Int16Array = npt.NDArray[np.int16]


def wire_bytes_per_ms(audio_format: Mapping[str, Any]) -> int:
    """Return how many bytes a millisecond takes in a format of the API."""
    return BYTES_PER_MS if audio_format["type"] == "audio/pcm" else 8


class Decoder:
    """Turn wire bytes into PCM, chunk by chunk; an odd byte waits for its other half."""

    def __init__(self, audio_format: Mapping[str, Any]) -> None:
        self._law = _law(audio_format)
        self._resampler = Resampler(G711_RATE, SAMPLE_RATE) if self._law else None
        self._rest = b""

    def decode(self, data: bytes) -> bytes:
        """Return what can be decoded so far."""
        if self._resampler is None:
            data = self._rest + data if self._rest else data
            whole = len(data) & ~1
            self._rest = data[whole:]
            return data[:whole]
        return _pcm(self._resampler.process(decode_g711(data, self._law)))

    def flush(self) -> bytes:
        """Return the rest; the next chunk begins a new stream."""
        self._rest = b""
        return _pcm(self._resampler.flush()) if self._resampler else b""


class Encoder:
    """Turn PCM into wire bytes, chunk by chunk."""

    def __init__(self, audio_format: Mapping[str, Any]) -> None:
        self._law = _law(audio_format)
        self._resampler = Resampler(SAMPLE_RATE, G711_RATE) if self._law else None

    def encode(self, pcm: bytes) -> bytes:
        """Return what can be encoded so far."""
        if self._resampler is None:
            return pcm
        return encode_g711(self._resampler.process(np.frombuffer(pcm, "<i2")), self._law)

    def flush(self) -> bytes:
        """Return the rest."""
        return encode_g711(self._resampler.flush(), self._law) if self._resampler else b""


def _law(audio_format: Mapping[str, Any]) -> str:
    return {"audio/pcmu": "u", "audio/pcma": "a"}.get(audio_format["type"], "")


def _pcm(samples: Int16Array) -> bytes:
    return samples.astype("<i2", copy=False).tobytes()


def decode_g711(data: bytes, law: str) -> Int16Array:
    """Return the samples of G.711 bytes; `law` is "u" or "a"."""
    table: Int16Array = _tables(law)[0]
    return table[np.frombuffer(data, np.uint8)]


def encode_g711(samples: Int16Array, law: str) -> bytes:
    """Return G.711 bytes; `law` is "u" or "a"."""
    table = _tables(law)[1]
    return bytes(table[samples.astype(np.int32) + 32_768].tobytes())


@lru_cache(maxsize=2)
def _tables(law: str) -> tuple[Int16Array, npt.NDArray[np.uint8]]:
    """Return the 256 samples of the codes, and the code of each of the 65,536 samples (ITU-T G.711)."""
    codes = np.arange(256)
    samples = _mu_samples(codes) if law == "u" else _a_samples(codes)
    # The nearest code of every sample: the standard's decision values lie halfway between its levels.
    order = np.argsort(samples, kind="stable")
    levels = samples[order].astype(np.int32)
    halves = (levels[1:] + levels[:-1]) / 2
    nearest = np.searchsorted(halves, np.arange(-32_768, 32_768), side="left")
    return samples, order[nearest].astype(np.uint8)


def _mu_samples(codes: npt.NDArray[Any]) -> Int16Array:
    inverted = ~codes & 0xFF
    exponent, mantissa = inverted >> 4 & 7, inverted & 15
    magnitude = ((mantissa << 3) + _BIAS << exponent) - _BIAS
    return np.where(inverted & 0x80, -magnitude, magnitude).astype(np.int16)


def _a_samples(codes: npt.NDArray[Any]) -> Int16Array:
    toggled = codes ^ 0x55
    exponent, mantissa = toggled >> 4 & 7, toggled & 15
    first = (mantissa << 4) + 8
    magnitude = np.where(exponent == 0, first, (first + 0x100) << np.maximum(exponent - 1, 0))
    return np.where(toggled & 0x80, magnitude, -magnitude).astype(np.int16)
