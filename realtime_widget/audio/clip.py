"""`Clip`: a piece of audio as a value, to play in a cell, slice, compute with and save."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import AudioError, ConfigError
from . import codecs
from .codecs import StrPath
from .pcm import (
    BYTES_PER_SAMPLE,
    SAMPLE_RATE,
    AnyArray,
    Float32Array,
    Int16Array,
    checked_rate,
    level_dbfs,
    ms_to_samples,
    pcm_to_samples,
    peak,
    samples_to_pcm,
    to_float,
    to_int16,
    to_mono,
)
from .player import CHANNEL_WORDS, Lane, describe, plain_lanes, player
from .resample import resample

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..data.pictures.picture import Picture


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Clip:
    """Hold a piece of audio: int16 samples, read-only, and their rate.

    Samples of other types are converted (floats run from -1 to 1). `clip[500:1500]` is the second that begins
    after 500 ms, `clip[-1000:]` the last second; `a + b` joins two. A notebook shows a clip as a player, and
    `np.asarray(clip)` are its samples.
    """

    samples: Int16Array
    """`(n,)` for one channel, `(n, channels)` for more; a recording's channels are user, assistant."""

    rate: int = SAMPLE_RATE
    """Samples per second."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", checked_rate(self.rate))
        object.__setattr__(self, "samples", _frozen(self.samples))

    @classmethod
    def load(cls, path: StrPath) -> Clip:
        """Read a sound file: WAV, and with `soundfile` also FLAC, OGG, MP3 and more.

        Raises AudioError, naming the path, when the file is missing or is no audio.
        """
        samples, rate = codecs.read(path)
        return cls(samples, rate)

    @classmethod
    def from_pcm(
        cls, pcm: bytes | bytearray | memoryview, rate: int = SAMPLE_RATE, *, channels: int = 1
    ) -> Clip:
        """Wrap little-endian 16-bit PCM, interleaved when it has several channels."""
        n_bytes = memoryview(pcm).nbytes
        if n_bytes % (BYTES_PER_SAMPLE * channels):
            raise AudioError(f"{n_bytes} bytes are not whole 16-bit samples of {channels} channel(s).")
        samples = pcm_to_samples(pcm)
        return cls(samples if channels == 1 else samples.reshape(-1, channels), rate)

    @classmethod
    def silence(cls, ms: float, rate: int = SAMPLE_RATE, *, channels: int = 1) -> Clip:
        """Return so much silence, to put between two clips."""
        n_samples = ms_to_samples(ms, checked_rate(rate))
        return cls(np.zeros(n_samples if channels == 1 else (n_samples, channels), np.int16), rate)

    @property
    def channels(self) -> int:
        """The number of channels."""
        return 1 if self.samples.ndim == 1 else int(self.samples.shape[1])

    @property
    def duration_ms(self) -> float:
        """The exact length in milliseconds."""
        return len(self.samples) * 1000 / self.rate

    @property
    def level_dbfs(self) -> float:
        """How loud it is: the RMS level in dB below full scale, -120 for silence."""
        return level_dbfs(self.samples)

    @property
    def peak(self) -> float:
        """Its greatest magnitude, from 0 to 1 of full scale."""
        return peak(self.samples)

    def to_float(self) -> Float32Array:
        """Return the samples as float32 from -1 to 1, in the same shape."""
        return to_float(self.samples)

    def to_mono(self) -> Clip:
        """Return the average of the channels."""
        return self if self.samples.ndim == 1 else Clip(to_mono(self.samples), self.rate)

    def channel(self, index: int) -> Clip:
        """Return one channel alone, e.g. 0 for the user's side of a recording."""
        if not -self.channels <= index < self.channels:
            raise IndexError(f"channel {index} of {self.channels}")
        return Clip(self.samples if self.samples.ndim == 1 else self.samples[:, index], self.rate)

    def resample(self, rate: int) -> Clip:
        """Return the same sound at another rate."""
        return self if rate == self.rate else Clip(resample(self.samples, self.rate, rate), rate)

    def to_pcm(self) -> bytes:
        """Return little-endian 16-bit PCM at this clip's own rate, channels interleaved."""
        return samples_to_pcm(self.samples)

    def to_wav_bytes(self) -> bytes:
        """Return the clip as a whole WAV file."""
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(self.channels)
            file.setsampwidth(BYTES_PER_SAMPLE)
            file.setframerate(self.rate)
            file.writeframes(self.to_pcm())
        return buffer.getvalue()

    def save(self, path: StrPath) -> None:
        """Write a sound file in the format of the path's suffix: wav, flac, ogg, opus or mp3.

        All but wav need `soundfile`. Raises ConfigError for other suffixes.
        """
        codecs.write(path, self)

    def plot(self, ax: Any = None, *, theme: str = "auto") -> Picture | Axes:
        """Draw the waveform, one lane a channel; of a recording with its turns.

        Args:
            ax: Axes of matplotlib to draw into, which are returned; without them there is a picture, a figure
                that a cell shows.
            theme: `"light"`, `"dark"`, or `"auto"`: as matplotlib is set.

        Raises:
            ConfigError: There is no matplotlib: `pip install "realtime-widget[data]"`.
        """
        from ..data.pictures.waveform import waveform

        return waveform(self, ax, theme=theme)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> AnyArray:
        """Return the samples, for whatever in numpy takes an array."""
        if dtype is None or np.dtype(dtype) == self.samples.dtype:
            return self.samples.copy() if copy else self.samples
        if copy is False:
            raise ValueError(f"A clip's samples are int16; as {dtype} they are a copy.")
        return self.samples.astype(dtype)

    def __len__(self) -> int:
        """Count the samples of one channel."""
        return len(self.samples)

    def __getitem__(self, span: slice) -> Clip:
        """Cut out a span given in milliseconds; negative ones count from the end, as in a list."""
        return Clip(self.samples[span_in_samples(span, self.rate)], self.rate)

    def __add__(self, other: Clip) -> Clip:
        """Join two clips of the same rate and channels."""
        if not isinstance(other, Clip):
            return NotImplemented
        if (self.rate, self.channels) != (other.rate, other.channels):
            raise ConfigError(
                f"These clips differ: {self!r} and {other!r}.",
                remedy="Bring them together with .resample(rate) or .to_mono() first.",
            )
        return Clip(np.concatenate([self.samples, other.samples]), self.rate)

    def __eq__(self, other: object) -> bool:
        """Compare rate and samples."""
        if not isinstance(other, Clip):
            return NotImplemented
        return self.rate == other.rate and np.array_equal(self.samples, other.samples)

    def __hash__(self) -> int:
        """Hash what is cheap to hash; equal clips agree in it."""
        return hash((self.rate, self.samples.shape))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle through the constructor, because numpy forgets that an array is read-only."""
        return (Clip, (self.samples, self.rate))

    def __repr__(self) -> str:
        """Show length, rate and channels."""
        channels = CHANNEL_WORDS.get(self.channels, f"{self.channels} channels")
        return f"Clip({self.duration_ms / 1000:.2f} s, {self.rate} Hz, {channels})"

    def _repr_html_(self) -> str:
        """Show a player that carries its audio; of what is too long for one, how to make it shorter."""
        return player(self, self._label, self._lanes)

    @property
    def _label(self) -> str:
        return describe(self)

    @property
    def _lanes(self) -> tuple[Lane, ...]:
        return plain_lanes(self.channels)


def span_in_samples(span: object, rate: int) -> slice:
    """Return a span given in milliseconds as one of samples; TypeError if it is none."""
    if not isinstance(span, slice) or span.step is not None:
        raise TypeError("A clip is cut by a span of milliseconds: clip[500:1500], clip[:1000], clip[-1000:].")
    start, stop = (None if ms is None else ms_to_samples(ms, rate) for ms in (span.start, span.stop))
    return slice(start, stop)


def _frozen(samples: AnyArray) -> Int16Array:
    """Bring samples to read-only int16, copying only what someone else could still write to."""
    samples = np.asarray(samples)
    if samples.ndim not in (1, 2) or (samples.ndim == 2 and samples.shape[1] == 0):
        raise AudioError(
            f"Samples of shape {samples.shape} are no audio.", remedy="Pass (n,) or (n, channels)."
        )
    converted = to_int16(samples)
    if converted.flags.writeable:
        converted = converted.copy() if np.shares_memory(converted, samples) else converted
        converted.flags.writeable = False
    return converted
