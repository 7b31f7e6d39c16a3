import math

import numpy as np
import pytest

from realtime_widget.audio import Resampler, resample
from realtime_widget.errors import ConfigError

PAIRS = [
    (48_000, 24_000),
    (44_100, 24_000),
    (24_000, 48_000),
    (24_000, 44_100),
    (16_000, 24_000),
    (24_000, 16_000),
    (22_050, 24_000),
    (8_000, 24_000),
    (24_000, 8_000),
    (11_025, 24_000),
    (96_000, 24_000),
    (44_099, 24_000),  # no small ratio
    (24_000, 22_051),
]


def tone(frequency, rate, seconds=0.5, level=0.5):
    return np.sin(2 * np.pi * frequency * np.arange(int(rate * seconds)) / rate) * level


def noise(n_samples, seed=1):
    return (np.random.default_rng(seed).normal(size=n_samples) * 6000).clip(-32768, 32767).astype(np.int16)


@pytest.mark.parametrize(("from_rate", "to_rate"), PAIRS)
def test_a_tone_stays_the_same_tone(from_rate, to_rate):
    output = resample(tone(1000, from_rate), from_rate, to_rate) / 32768
    expected = tone(1000, to_rate, seconds=1)[: len(output)]
    edge = to_rate // 50
    error = (output - expected)[edge:-edge]
    assert 10 * math.log10(0.125 / np.mean(error**2)) > 88  # int16 rounding alone leaves about 92


@pytest.mark.parametrize(("from_rate", "to_rate"), [pair for pair in PAIRS if pair[0] > pair[1]])
def test_what_the_lower_rate_cannot_hold_is_removed(from_rate, to_rate):
    for frequency in np.linspace(to_rate / 2, from_rate / 2, 7)[:-1]:
        # At full scale a rejection of 90 dB leaves no more than a step or two of int16.
        output = resample(tone(frequency + 1, from_rate, level=0.99), from_rate, to_rate)
        edge = to_rate // 50
        assert np.abs(output[edge:-edge]).max() <= 1, frequency


@pytest.mark.parametrize(("from_rate", "to_rate"), PAIRS)
@pytest.mark.parametrize("n_samples", [0, 1, 100, 4801])
def test_output_length(from_rate, to_rate, n_samples):
    output = resample(noise(n_samples), from_rate, to_rate)
    assert output.dtype == np.int16
    assert len(output) == -(-n_samples * to_rate // from_rate)


@pytest.mark.parametrize(("from_rate", "to_rate"), PAIRS)
def test_chunking_makes_no_difference(from_rate, to_rate):
    samples = noise(from_rate // 4)
    whole = resample(samples, from_rate, to_rate)
    for sizes in ([1, 2, 3, 500], [from_rate // 50], [0, 1000, 7], [len(samples)]):
        resampler = Resampler(from_rate, to_rate)
        pieces, start, turn = [], 0, 0
        while start < len(samples):
            size = sizes[turn % len(sizes)]
            pieces.append(resampler.process(samples[start : start + size]))
            start, turn = start + size, turn + 1
        assert np.array_equal(np.concatenate([*pieces, resampler.flush()]), whole)


@pytest.mark.parametrize(("from_rate", "to_rate"), PAIRS)
def test_a_constant_stays_constant_and_clipping_does_not_wrap(from_rate, to_rate):
    samples = np.full(from_rate // 10, 1000, np.int16)
    edge = to_rate // 50
    assert set(resample(samples, from_rate, to_rate)[edge:-edge].tolist()) == {1000}
    square = np.repeat([32767, -32768] * 20, from_rate // 400).astype(np.int16)
    output = resample(square, from_rate, to_rate)
    assert output.max() > 30_000
    assert output.min() < -30_000
    half = to_rate // 800
    assert output[half] > 20_000  # overshoot is clipped, not wrapped to the other sign


def test_little_is_held_back():
    resampler = Resampler(48_000, 24_000)
    produced = len(resampler.process(noise(48_000)))
    assert 24_000 - produced <= 24 * 6  # 6 ms


def test_flush_starts_anew():
    resampler = Resampler(44_100, 24_000)
    samples = noise(3000)
    first = np.concatenate([resampler.process(samples), resampler.flush()])
    assert len(resampler.flush()) == 0
    second = np.concatenate([resampler.process(samples), resampler.flush()])
    assert np.array_equal(first, second)


def test_equal_rates_pass_through():
    samples = noise(10)
    resampler = Resampler(24_000, 24_000)
    assert resampler.process(samples) is samples
    assert len(resampler.flush()) == 0
    assert resample(samples, 24_000, 24_000).tolist() == samples.tolist()


def test_floats_and_int16_agree():
    samples = noise(2000)
    assert np.array_equal(resample(samples / 32768, 48_000, 24_000), resample(samples, 48_000, 24_000))


def test_broken_floats_do_not_spread():
    samples = np.zeros(2000)
    samples[1000] = np.nan
    assert not resample(samples, 48_000, 24_000).any()


def test_channels_are_kept_apart():
    stereo = np.stack([noise(2000, 1), noise(2000, 2)], axis=1)
    output = resample(stereo, 48_000, 24_000)
    assert output.shape == (1000, 2)
    assert np.array_equal(output[:, 1], resample(stereo[:, 1], 48_000, 24_000))


@pytest.mark.parametrize("rate", [0, -1, 44.1, "24000", None, True])
def test_wrong_rates_are_refused(rate):
    with pytest.raises(ConfigError, match="sample rate"):
        Resampler(rate, 24_000)


def test_a_stream_is_mono():
    with pytest.raises(ConfigError, match="mono"):
        Resampler(48_000, 24_000).process(np.zeros((10, 2)))


def test_repr():
    assert repr(Resampler(48_000, 24_000)) == "Resampler(48000, 24000)"
