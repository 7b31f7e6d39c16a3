"""PCM arithmetic, resampling, sound files and `Clip`. Pure values: no threads, no event loop, no sockets."""

from .clip import Clip
from .files import AudioSource, load_audio, to_wire
from .pcm import (
    BYTES_PER_MS,
    BYTES_PER_SAMPLE,
    SAMPLE_RATE,
    SAMPLES_PER_MS,
    SILENCE_DBFS,
    bytes_to_ms,
    bytes_to_samples,
    level_dbfs,
    ms_to_bytes,
    ms_to_samples,
    pcm_to_samples,
    peak,
    samples_to_bytes,
    samples_to_ms,
    samples_to_pcm,
    silence,
    to_float,
    to_int16,
    to_mono,
)
from .recording import Mark, Recording
from .resample import Resampler, resample

__all__ = [
    "BYTES_PER_MS",
    "BYTES_PER_SAMPLE",
    "SAMPLES_PER_MS",
    "SAMPLE_RATE",
    "SILENCE_DBFS",
    "AudioSource",
    "Clip",
    "Mark",
    "Recording",
    "Resampler",
    "bytes_to_ms",
    "bytes_to_samples",
    "level_dbfs",
    "load_audio",
    "ms_to_bytes",
    "ms_to_samples",
    "pcm_to_samples",
    "peak",
    "resample",
    "samples_to_bytes",
    "samples_to_ms",
    "samples_to_pcm",
    "silence",
    "to_float",
    "to_int16",
    "to_mono",
    "to_wire",
]
