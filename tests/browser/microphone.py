"""What the fake microphone hears."""

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt


def write_microphone(
    path: Path,
    speech: npt.NDArray[np.int16],
    sample_rate: int,
    *,
    before_ms: int = 1_500,
    after_ms: int = 60_000,
) -> Path:
    """Write speech between silences as the WAV of a fake microphone; gives the path.

    Chromium starts the file when the device is opened and loops it, so the silence after the speech outlasts
    the test. A little noise stands for a room: digital silence is nothing that a microphone gives.

    Args:
        path: Where to write.
        speech: int16, one channel.
        sample_rate: Of the speech, in Hz.
        before_ms: Silence first, time for the conversation to start.
        after_ms: Silence afterwards.
    """
    room = np.random.default_rng(0)

    def silence(ms: int) -> npt.NDArray[np.int16]:
        return room.integers(-8, 9, sample_rate * ms // 1000, dtype=np.int16)

    samples = np.concatenate([silence(before_ms), speech.astype(np.int16), silence(after_ms)])
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, sample_rate, 0, "NONE", ""))
        out.writeframes(samples.astype("<i2").tobytes())
    return path
