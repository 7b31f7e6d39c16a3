"""Sound as members: FLAC, or WAV for what FLAC can't hold."""

from __future__ import annotations

import io
import tempfile
import wave
from typing import Any

import numpy as np

from ...audio import Clip
from ...audio.codecs import encode
from ...errors import AudioError
from .limits import MAX_CLIP_SAMPLES

__all__ = ["read_sound", "room", "sound_file"]

BLOCK_FRAMES = 2**18
IN_MEMORY_SAMPLES = 2**25
"""What is longer (12 minutes of both sides) lies in a temporary file, not in the memory."""

Samples = np.ndarray[Any, np.dtype[np.int16]]


def sound_file(clip: Clip) -> tuple[str, bytes]:
    """Return a clip as a whole file that gives the same samples back, and its suffix."""
    try:
        return ".flac", encode(clip, ".flac")
    except AudioError:  # more than eight channels, a rate beyond 655 350 Hz
        return ".wav", clip.to_wav_bytes()


def read_sound(data: bytes, label: str) -> Clip:
    """Return the clip in a file's bytes; `label` is what an error calls it.

    Raises:
        AudioError: It is neither FLAC nor plain WAV, damaged, or longer than a file may hold.
    """
    try:
        # No other format is tried, though the library knows thirty: what isn't there can't be attacked.
        samples, rate = _flac(data) if data[:4] == b"fLaC" else _wav(data)
    except _TooLongError as error:
        raise AudioError(f"{label} is longer than twelve hours.") from error
    except (RuntimeError, ValueError, TypeError, EOFError, OSError, MemoryError, wave.Error) as error:
        raise AudioError(f"{label} can't be read as sound: {str(error).rstrip('.')}.") from error
    samples = samples[:, 0] if samples.shape[1] == 1 else samples
    samples.flags.writeable = False  # spares the clip a copy
    return Clip(samples, rate)


class _TooLongError(Exception):
    pass


def _flac(data: bytes) -> tuple[Samples, int]:
    import soundfile  # its errors are RuntimeErrors

    with soundfile.SoundFile(io.BytesIO(data)) as file:
        samples = room(file.frames, file.channels)
        n = 0
        while n < len(samples):
            block = file.read(out=samples[n : n + BLOCK_FRAMES], dtype="int16")
            if not len(block):
                break
            n += len(block)
        return (samples if n == len(samples) else samples[:n].copy()), int(file.samplerate)


def _wav(data: bytes) -> tuple[Samples, int]:
    with wave.open(io.BytesIO(data)) as file:
        channels = file.getnchannels()
        if file.getsampwidth() != 2:
            raise ValueError("its samples aren't of 16 bits")
        frames = file.readframes(len(data))
    whole = len(frames) // (2 * channels) * 2 * channels
    return np.frombuffer(frames[:whole], dtype="<i2").astype(np.int16).reshape(
        -1, channels
    ), file.getframerate()


def room(frames: int, channels: int) -> Samples:
    """Return silence to write to; it costs what is written, so a length that is a lie does no harm."""
    if not 0 <= frames * channels <= MAX_CLIP_SAMPLES:
        raise _TooLongError
    if frames * channels <= IN_MEMORY_SAMPLES:
        return np.zeros((frames, channels), dtype=np.int16)
    with tempfile.TemporaryFile(prefix="realtime-widget-") as file:
        return np.memmap(file, dtype=np.int16, mode="w+", shape=(frames, channels))
