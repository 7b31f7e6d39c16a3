import numpy as np
import pytest

from realtime_widget.audio import pcm
from realtime_widget.errors import AudioError


def test_ms_and_samples():
    assert pcm.ms_to_samples(20) == 480
    assert pcm.ms_to_samples(0.02) == 0
    assert pcm.ms_to_samples(10, rate=44_100) == 441
    assert pcm.samples_to_ms(480) == 20


def test_ms_are_rounded_down_so_that_a_position_never_lies_past_the_end():
    assert pcm.samples_to_ms(479) == 19
    assert pcm.bytes_to_ms(48 * 1000 - 2) == 999
    assert pcm.bytes_to_ms(1) == 0


def test_ms_and_bytes():
    assert pcm.ms_to_bytes(100) == 4800
    assert pcm.ms_to_bytes(100, channels=2) == 9600
    assert pcm.ms_to_bytes(0.1, rate=22_050) % 2 == 0
    assert pcm.bytes_to_ms(4800) == 100
    assert pcm.bytes_to_ms(9600, channels=2) == 100


def test_samples_and_bytes():
    assert pcm.bytes_to_samples(5) == 2
    assert pcm.samples_to_bytes(3, channels=2) == 12


def test_silence():
    assert pcm.silence(20) == bytes(960)
    assert pcm.silence(0) == b""


def test_pcm_is_viewed_not_copied():
    data = b"\x01\x00\xff\xff\x00\x80"
    samples = pcm.pcm_to_samples(data)
    assert samples.dtype == np.int16
    assert samples.tolist() == [1, -1, -32768]
    assert not samples.flags.writeable
    assert np.shares_memory(samples, np.frombuffer(data, np.uint8))


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_an_odd_byte_is_left_for_the_next_chunk(kind):
    assert pcm.pcm_to_samples(kind(b"\x01\x00\x07")).tolist() == [1]
    assert pcm.pcm_to_samples(kind(b"")).tolist() == []


def test_samples_to_pcm_is_little_endian_and_interleaved():
    assert pcm.samples_to_pcm(np.array([1, -2], np.int16)) == b"\x01\x00\xfe\xff"
    assert pcm.samples_to_pcm(np.array([[1, 2], [3, 4]], np.int16)) == b"\x01\x00\x02\x00\x03\x00\x04\x00"


def test_pcm_round_trip():
    samples = np.arange(-32768, 32768, 7, dtype=np.int16)
    assert np.array_equal(pcm.pcm_to_samples(pcm.samples_to_pcm(samples)), samples)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_are_clipped(dtype):
    values = np.array([0, 0.5, -0.5, 1, -1, 3, -3, np.nan, np.inf, -np.inf], dtype)
    expected = [0, 16384, -16384, 32767, -32768, 32767, -32768, 0, 32767, -32768]
    assert pcm.to_int16(values).tolist() == expected


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        (np.int32, [2**31 - 1, -(2**31), 1 << 16], [32767, -32768, 1]),
        (np.uint16, [0, 32768, 65535], [-32768, 0, 32767]),
        (np.uint8, [0, 128, 255], [-32768, 0, 32512]),
        (np.int8, [-128, 0, 127], [-32768, 0, 32512]),
        (np.int64, [5, -32768, 32767], [5, -32768, 32767]),
        (np.uint64, [5, 32767], [5, 32767]),
        (">i2", [5, -6], [5, -6]),
    ],
)
def test_integers(dtype, values, expected):
    samples = pcm.to_int16(np.array(values, dtype))
    assert samples.dtype == np.int16
    assert samples.dtype.isnative
    assert samples.tolist() == expected


def test_int16_is_not_copied():
    samples = np.zeros(4, np.int16)
    assert pcm.to_int16(samples) is samples


def test_wide_integers_beyond_16_bits_are_refused():
    with pytest.raises(AudioError, match="beyond 16 bits"):
        pcm.to_int16(np.array([40_000]))


@pytest.mark.parametrize("samples", [np.array([True]), np.array([1j]), np.array(["a"])])
def test_other_types_are_refused(samples):
    with pytest.raises(AudioError, match="no audio"):
        pcm.to_int16(samples)


def test_to_float():
    floats = pcm.to_float(np.array([0, 16384, -32768], np.int16))
    assert floats.dtype == np.float32
    assert floats.tolist() == [0, 0.5, -1]
    assert pcm.to_float(np.array([2.0])).tolist() == [2.0]
    assert pcm.to_float(np.array([2**30], np.int32)).tolist() == [0.5]


def test_int16_survives_float():
    samples = np.arange(-32768, 32768, dtype=np.int32).astype(np.int16)
    assert np.array_equal(pcm.to_int16(pcm.to_float(samples)), samples)


def test_to_mono():
    stereo = np.array([[32767, 32767], [100, 201], [-5, 5]], np.int16)
    mono = pcm.to_mono(stereo)
    assert mono.dtype == np.int16
    assert mono.tolist() == [32767, 150, 0]
    assert pcm.to_mono(np.array([[0.5, -0.5]])).tolist() == [0.0]
    assert pcm.to_mono(np.zeros((3, 1), np.int16)).shape == (3,)
    flat = np.zeros(3)
    assert pcm.to_mono(flat) is flat


def test_levels():
    assert pcm.level_dbfs(np.full(100, -32768, np.int16)) == pytest.approx(0)
    sine = np.sin(np.arange(24_000) * 2 * np.pi * 440 / 24_000)
    assert pcm.level_dbfs(sine) == pytest.approx(-3.01, abs=0.01)
    assert pcm.peak(sine / 2) == pytest.approx(0.5, abs=1e-3)
    assert pcm.peak(np.array([-32768, 5], np.int16)) == 1.0


@pytest.mark.parametrize("samples", [np.zeros(0, np.int16), np.zeros(9, np.int16)])
def test_silence_has_a_finite_level(samples):
    assert pcm.level_dbfs(samples) == pcm.SILENCE_DBFS
    assert pcm.peak(samples) == 0.0
