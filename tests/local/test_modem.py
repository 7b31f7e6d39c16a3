import asyncio

import numpy as np
import pytest

from realtime_widget.audio import resample
from realtime_widget.local.modem import (
    ModemSpeaker,
    ModemTranscriber,
    decode,
    decode_heard,
    encode,
    encode_pieces,
)
from realtime_widget.local.stages import Speaker, Transcriber

TEXTS = ["Hello world", "What is the weather in Zürich?", "a", " two  spaces\n", "日本 😀", "x" * 200]


def padded(samples: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros(1234, np.int16), samples, np.zeros(777, np.int16)])


def through(samples: np.ndarray, rate: int) -> np.ndarray:
    return resample(resample(samples, 24_000, rate), rate, 24_000)


def mulaw(samples: np.ndarray) -> np.ndarray:
    steps = np.round(np.sign(samples) * np.log1p(255 * np.abs(samples / 32768)) / np.log(256) * 127) / 127
    return np.rint(np.sign(steps) * (256 ** np.abs(steps) - 1) / 255 * 32767).astype(np.int16)


def noisy(samples: np.ndarray, snr_db: float) -> np.ndarray:
    sigma = np.std(samples.astype(float)) * 10 ** (-snr_db / 20)
    noise = np.random.default_rng(0).normal(0, sigma, len(samples))
    return np.clip(samples + noise, -32768, 32767).astype(np.int16)


PATHS = {
    "straight": lambda samples: samples,
    "padded": padded,
    "16 kHz": lambda samples: through(padded(samples), 16_000),
    "44.1 kHz": lambda samples: through(padded(samples), 44_100),
    "48 kHz": lambda samples: through(samples, 48_000),
    "telephone": lambda samples: resample(mulaw(resample(padded(samples), 24_000, 8_000)), 8_000, 24_000),
    "quiet": lambda samples: (samples * 0.05).astype(np.int16),
    "loud": lambda samples: np.clip(samples.astype(int) * 10, -32768, 32767).astype(np.int16),
    "noise": lambda samples: noisy(padded(samples), 20),
    "much noise": lambda samples: noisy(padded(samples), 5),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("text", TEXTS)
def test_text_survives(path: str, text: str) -> None:
    assert decode(PATHS[path](encode(text))) == text


def test_bursts_follow_each_other() -> None:
    assert decode(np.concatenate([encode("one "), np.zeros(5000, np.int16), encode("two")])) == "one two"


def test_a_cut_burst_is_told() -> None:
    pieces = list(encode_pieces("one two three"))
    cut = np.concatenate([samples for samples, _ in pieces])[
        : sum(len(samples) for samples, _ in pieces[:3]) + 900
    ]
    heard = decode_heard(cut)
    assert heard is not None
    assert (heard.text, heard.complete) == ("one two ", False)
    assert decode(cut) is None


def test_damage_is_told() -> None:
    samples = encode("one two three").copy()
    samples[9000:10_500] = 0
    assert decode(samples) is None


@pytest.mark.parametrize("length", [0, 1, 10, 50_000])
def test_silence_and_noise_say_nothing(length: int) -> None:
    assert decode(np.zeros(length, np.int16)) is None
    assert decode(np.random.default_rng(0).normal(0, 3000, length).astype(np.int16)) is None


def test_the_pair_is_a_speaker_and_a_transcriber() -> None:
    async def scenario() -> None:
        speaker, transcriber = ModemSpeaker(), ModemTranscriber()
        assert isinstance(speaker, Speaker)
        assert isinstance(transcriber, Transcriber)
        chunks = [chunk async for chunk in speaker.speak("hello there you", voice="marin")]
        assert "".join(chunk.text for chunk in chunks) == "hello there you"
        stream = transcriber.stream()
        assert stream.partial() is None
        pcm = b"".join(chunk.pcm for chunk in chunks)
        for start in range(0, len(pcm), 999):
            stream.feed(pcm[start : start + 999])
            if start == 999 * 40:
                assert stream.partial() == "hello "
        heard = await stream.finish()
        assert (heard.text, heard.uncertain) == ("hello there you", False)

    asyncio.run(scenario())


def test_a_stream_without_a_burst_is_empty() -> None:
    async def scenario() -> None:
        stream = ModemTranscriber().stream()
        stream.feed(bytes(4800))
        assert (await stream.finish()).text == ""
        stream.feed(encode("half of it").tobytes()[:40_000])
        assert (await stream.finish()).uncertain
        assert [chunk async for chunk in ModemSpeaker().speak("")] == []

    asyncio.run(scenario())
