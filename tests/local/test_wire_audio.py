import numpy as np
import pytest

from realtime_widget.local.wire_audio import Decoder, Encoder, decode_g711, encode_g711, wire_bytes_per_ms

TONE = np.rint(8000 * np.sin(2 * np.pi * 440 * np.arange(24_000) / 24_000)).astype("<i2")


@pytest.mark.parametrize("law", ["u", "a"])
def test_g711_round_trip(law: str) -> None:
    codes = bytes(range(256))
    samples = decode_g711(codes, law)
    assert np.array_equal(decode_g711(encode_g711(samples, law), law), samples)
    every = np.arange(-32_768, 32_768).astype(np.int16)
    error = np.abs(decode_g711(encode_g711(every, law), law).astype(int) - every)
    assert np.all(error <= np.maximum(np.abs(every.astype(int)) / 16, 16))


def test_g711_known_values() -> None:
    # ITU-T G.711, tables 1a to 2b, scaled to 16 bits
    assert decode_g711(bytes([0x00, 0x80, 0xFF, 0x8F]), "u").tolist() == [-32124, 32124, 0, 16764]
    assert decode_g711(bytes([0x55, 0xD5, 0x2A, 0xAA]), "a").tolist() == [-8, 8, -32256, 32256]


@pytest.mark.parametrize("kind", ["audio/pcm", "audio/pcmu", "audio/pcma"])
@pytest.mark.parametrize("size", [160, 333, 100_000])
def test_streams_round_trip_however_they_are_cut(kind: str, size: int) -> None:
    audio = {"type": kind}
    encoder, decoder = Encoder(audio), Decoder(audio)
    pcm = TONE.tobytes()
    size -= size % 2
    wire = b"".join(encoder.encode(pcm[i : i + size]) for i in range(0, len(pcm), size)) + encoder.flush()
    assert len(wire) == 1000 * wire_bytes_per_ms(audio)
    odd = size + 1
    heard = b"".join(decoder.decode(wire[i : i + odd]) for i in range(0, len(wire), odd)) + decoder.flush()
    samples = np.frombuffer(heard, "<i2").astype(float)
    assert len(samples) == len(TONE)
    middle = slice(2000, -2000)
    noise = samples[middle] - TONE[middle]
    assert np.sqrt(np.mean(noise**2)) < 0.02 * 8000


def test_an_odd_byte_waits() -> None:
    decoder = Decoder({"type": "audio/pcm"})
    assert [decoder.decode(piece) for piece in (b"a", b"bc", b"d")] == [b"", b"ab", b"cd"]
