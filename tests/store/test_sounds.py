"""Sound, packed and unpacked."""

from typing import Any

import numpy as np
import pytest

from realtime_widget import AudioError, Clip
from realtime_widget.store import sounds
from realtime_widget.store.sounds import pack, recording_of, unpack

from .writing import made_up


@pytest.mark.parametrize("n", [1, 7, 4096, 100_003])
def test_every_sample_is_the_same_again(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = np.random.default_rng(n).integers(-32768, 32768, n).astype(np.int16)
    packed = pack(Clip(samples))
    assert (packed.coding, packed.sample_rate, packed.n_samples) == ("flac", 24_000, n)
    assert np.array_equal(unpack(packed.data).samples, samples)

    def unable(*args: Any) -> bytes:
        raise AudioError("no soundfile")

    monkeypatch.setattr(sounds, "encode", unable)
    plain = pack(Clip(samples))
    assert plain.coding == "wav" and np.array_equal(unpack(plain.data).samples, samples)


def test_a_conversation_without_sound_has_an_empty_recording() -> None:
    clip = recording_of(made_up(4).turns)()
    assert clip.samples.shape == (0, 2) and clip.rate == 24_000
