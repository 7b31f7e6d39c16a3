"""Reading and writing sound files.

Plain WAV goes by the standard library, everything else by `soundfile`, which is imported when it is needed.
"""

from __future__ import annotations

import io
import os
import re
import wave
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np

from ..errors import AudioError, ConfigError
from .pcm import AnyArray

if TYPE_CHECKING:
    from .clip import Clip

StrPath: TypeAlias = str | os.PathLike[str]

# suffix -> soundfile's container and coding
FORMATS: dict[str, tuple[str, str]] = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".ogg": ("OGG", "VORBIS"),
    ".opus": ("OGG", "OPUS"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
}

_NEVER_EMPTY = (".flac", ".opus", ".mp3")  # the library makes files of it that it can't read
_INSTALL = "Install it: pip install soundfile. WAV files need nothing."
_BLOCK_SAMPLES = 24_000
SMALL = 0.9  # of 0 (best) to 1; speech in stereo takes 5 MB for 10 minutes then, not 9


def read(path: StrPath) -> tuple[AnyArray, int]:
    """Read a sound file and return its samples, `(n,)` or `(n, channels)`, and rate.

    Raises AudioError, naming the path, when it is missing or is no audio.
    """
    try:
        data = Path(path).expanduser().read_bytes()
    except OSError as error:
        raise AudioError(f"Can't read {os.fspath(path)}: {error.strerror or error}.") from error
    return decode(data, os.fspath(path))


def decode(data: bytes, name: str = "these bytes") -> tuple[AnyArray, int]:
    """Decode a whole sound file and return its samples and rate; `name` is what an error calls it."""
    if not data:
        raise AudioError(f"Can't read {name} as audio: it is empty.")
    if is_wav(data):
        try:
            return _read_wave(data)
        except (wave.Error, EOFError, KeyError):
            pass  # other codings than plain PCM, such as floats: soundfile knows them
    return _read_soundfile(data, name)


def is_wav(data: bytes) -> bool:
    """Tell whether these bytes begin as a WAV file does."""
    return data[:4] == b"RIFF" and data[8:12] == b"WAVE"


def is_sound_file(data: bytes) -> bool:
    """Tell whether these bytes begin as one of the known sound files does, rather than being bare PCM."""
    return is_wav(data) or data[:4] in (b"fLaC", b"OggS", b"FORM", b"RF64", b"caff") or data[:3] == b"ID3"


def write(path: StrPath, clip: Clip) -> None:
    """Write a clip in the format of the path's suffix."""
    target = Path(path).expanduser()
    suffix = target.suffix.lower()
    if suffix not in FORMATS:
        raise ConfigError(
            f"Can't tell a sound format from {target.name!r}.",
            remedy=f"Use one of the suffixes {', '.join(FORMATS)}.",
        )
    if not len(clip) and suffix in _NEVER_EMPTY:
        raise AudioError(
            f"There is no sound to save in {target.name!r}.", remedy="Only .wav and .ogg hold an empty clip."
        )
    # Encoded in memory first, so that a failure leaves no half file and an older one in place.
    data = clip.to_wav_bytes() if suffix == ".wav" else encode(clip, suffix)
    try:
        target.write_bytes(data)
    except OSError as error:
        missing = not target.parent.exists()
        reason = f"there is no folder {target.parent}" if missing else error.strerror or error
        remedy = "Make it first, or save somewhere else." if missing else None
        raise AudioError(f"Can't write {target}: {reason}.", remedy=remedy) from error


def _read_wave(data: bytes) -> tuple[AnyArray, int]:
    with wave.open(io.BytesIO(data)) as file:
        channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
        frames = file.readframes(file.getnframes())
    # A cut-off recording, or a header written before the length was known, still yields its whole frames.
    frames = frames[: len(frames) - len(frames) % (width * channels)]
    samples = _WAVE_TYPES[width](frames)
    return (samples if channels == 1 else samples.reshape(-1, channels)), rate


def _int24(frames: bytes) -> AnyArray:
    """Widen 24-bit samples to int32 at full scale: their three bytes are the upper ones."""
    wide = np.zeros((len(frames) // 3, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(frames, np.uint8).reshape(-1, 3)
    return wide.view("<i4").reshape(-1).astype(np.int32, copy=False)


_WAVE_TYPES: dict[int, Any] = {
    1: lambda frames: np.frombuffer(frames, np.uint8),
    2: lambda frames: np.frombuffer(frames, "<i2").astype(np.int16, copy=False),
    3: _int24,
    4: lambda frames: np.frombuffer(frames, "<i4").astype(np.int32, copy=False),
}


def _read_soundfile(data: bytes, name: str) -> tuple[AnyArray, int]:
    soundfile = _import_soundfile(f"Reading {name}")
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    except (soundfile.SoundFileError, RuntimeError, TypeError) as error:
        raise AudioError(f"Can't read {name} as audio: {_reason(error)}.") from error
    return samples, int(rate)


def encode(clip: Clip, suffix: str, *, small: bool = False) -> bytes:
    """Return a clip as a whole file of a format that `soundfile` knows, such as `.opus`.

    Args:
        clip: What to encode.
        suffix: One of `FORMATS`.
        small: Whether size matters more than the last bit of quality.

    Raises:
        AudioError: There is no soundfile, or the format can't hold the clip.
    """
    soundfile = _import_soundfile(f"Writing {suffix} files")
    container, coding = FORMATS[suffix]
    buffer: BinaryIO = io.BytesIO()
    options = {"compression_level": SMALL} if small and _has_levels(soundfile) else {}
    try:
        with soundfile.SoundFile(
            buffer, "w", samplerate=clip.rate, channels=clip.channels, format=container, subtype=coding,
            **options,
        ) as file:  # fmt: skip
            # In blocks, because the Vorbis encoder overflows its stack on long ones.
            for start in range(0, len(clip), _BLOCK_SAMPLES):
                file.write(clip.samples[start : start + _BLOCK_SAMPLES])
    except (soundfile.SoundFileError, RuntimeError) as error:
        call = "to_mono()" if clip.channels > 2 else "resample(24_000)"
        raise AudioError(
            f"{suffix} can't hold {clip!r}: {_reason(error)}.",
            remedy=f"Try clip.{call}.save('clip{suffix}').",
        ) from error
    buffer.seek(0)
    return buffer.read()


def _reason(error: Exception) -> str:
    """Return what libsndfile found, without the address of a buffer that nobody knows."""
    return re.sub(r"^Error opening <.*?>: (Error : )?", "", str(error)).rstrip(".")


def _has_levels(soundfile: ModuleType) -> bool:
    return tuple(map(int, soundfile.__version__.split(".")[:2])) >= (0, 13)


def _import_soundfile(purpose: str) -> ModuleType:
    try:
        import soundfile
    except (ImportError, OSError) as error:  # OSError: the package is there but its C library isn't
        raise AudioError(f"{purpose} needs the package soundfile.", remedy=_INSTALL) from error
    module: ModuleType = soundfile
    return module
