import numpy as np

from realtime_widget.audio.envelope import envelope


def test_it_holds_every_extreme():
    samples = np.random.default_rng(1).integers(-32768, 32767, 10_007).astype(np.int16)
    lows, highs = envelope(samples, 100)
    assert len(lows) == len(highs) == 100
    assert lows.min() == samples.min() / 32768
    assert highs.max() == samples.max() / 32768
    assert (lows <= highs).all()
    assert lows.dtype == highs.dtype == np.float32


def test_each_column_is_an_equal_span():
    samples = np.repeat(np.arange(10, dtype=np.int16) * 1000, 50)
    lows, highs = envelope(samples, 10)
    assert np.array_equal(lows, highs)
    assert (lows * 32768).tolist() == (np.arange(10) * 1000).tolist()


def test_short_sound_has_no_more_columns_than_samples():
    lows, highs = envelope(np.array([5, -5], np.int16), 100)
    assert (len(lows), len(highs)) == (2, 2)
    assert [len(part) for part in envelope(np.zeros(0, np.int16), 100)] == [0, 0]
