"""Sound as members: FLAC, or WAV for what FLAC can't hold."""

from __future__ import annotations

import io

import numpy as np

from ...audio import Clip
from ...audio.codecs import encode
from ...errors import AudioError
from .limits import MAX_CLIP_SAMPLES

__all__ = ["read_sound", "sound_file"]

BLOCK_FRAMES = 2**18


def sound_file(clip: Clip) -> tuple[str, bytes]:
    """Return a clip as a whole file that gives the same samples back, and its suffix."""
    try:
        return ".flac", encode(clip, ".flac")
    except AudioError:  # more than eight channels, a rate beyond 655 350 Hz
        return ".wav", clip.to_wav_bytes()


def read_sound(data: bytes, name: str) -> Clip:
    """Return the clip in a file's bytes.

    Raises:
        AudioError: It is no sound, or longer than a file may hold.
    """
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if file.frames * file.channels > MAX_CLIP_SAMPLES:
                raise AudioError(f"{name} is longer than twelve hours.")
            # Room that isn't written to costs nothing, so a length that is a lie does no harm.
            samples = np.empty((max(0, file.frames), file.channels), dtype=np.int16)
            n = 0
            while n < len(samples):
                block = file.read(out=samples[n : n + BLOCK_FRAMES], dtype="int16")
                if not len(block):
                    break
                n += len(block)
            rate = file.samplerate
    except AudioError:
        raise
    except (soundfile.SoundFileError, RuntimeError, ValueError, TypeError, MemoryError) as error:
        raise AudioError(f"{name} can't be read as sound: {str(error).rstrip('.')}.") from error
    samples = samples[:n] if n == len(samples) else samples[:n].copy()
    samples = samples[:, 0] if samples.shape[1] == 1 else samples
    samples.flags.writeable = False  # spares the clip a copy
    return Clip(samples, rate)
