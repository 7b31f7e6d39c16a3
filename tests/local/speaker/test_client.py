import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from realtime_widget.errors import EngineError
from realtime_widget.local.speaker import EspeakSpeaker
from realtime_widget.local.stages import Speaker, SpeechChunk

pytestmark = pytest.mark.speech

RATE = 24_000


def run(scenario: Callable[[EspeakSpeaker], Awaitable[None]]) -> None:
    async def whole() -> None:
        speaker = EspeakSpeaker()
        try:
            await scenario(speaker)
        finally:
            await speaker.close()
        assert speaker.pid is None

    asyncio.run(whole())


async def spoken(
    speaker: EspeakSpeaker, text: str, *, voice: str = "alloy", speed: float = 1.0
) -> list[SpeechChunk]:
    return [chunk async for chunk in speaker.speak(text, voice=voice, speed=speed)]


def seconds(chunks: list[SpeechChunk]) -> float:
    return sum(len(chunk.pcm) for chunk in chunks) / 2 / RATE


def test_speech_comes_in_words_that_make_the_text() -> None:
    async def scenario(speaker: EspeakSpeaker) -> None:
        assert isinstance(speaker, Speaker)
        text = "There are twelve rows for Berlin. Anything else?"
        chunks = await spoken(speaker, text)
        assert "".join(chunk.text for chunk in chunks) == text
        assert [chunk.text for chunk in chunks if chunk.text][:3] == ["There are ", "twelve ", "rows "]
        assert all(len(chunk.pcm) <= RATE * 2 // 5 and len(chunk.pcm) % 2 == 0 for chunk in chunks)
        assert 2 < seconds(chunks) < 6
        samples = np.frombuffer(b"".join(chunk.pcm for chunk in chunks), "<i2")
        assert np.abs(samples.astype(int)).max() > 3000

    run(scenario)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "😀",
        "Zürich ¿qué? <b>x & y</b> C++ 1,234,567",
        "a\nb\n\nc.  ",
        "x" * 900,
        "nul\0nul",
        "e\u0301 \ud800!",
    ],
)
def test_any_text_is_spoken_whole(text: str) -> None:
    async def scenario(speaker: EspeakSpeaker) -> None:
        chunks = await spoken(speaker, text)
        assert "".join(chunk.text for chunk in chunks) == text.encode("utf-8", "replace").decode()

    run(scenario)


def test_voices_and_speeds_sound_different() -> None:
    async def scenario(speaker: EspeakSpeaker) -> None:
        marin, cedar = [await spoken(speaker, "Hello there", voice=voice) for voice in ("marin", "cedar")]
        assert [chunk.pcm for chunk in marin] != [chunk.pcm for chunk in cedar]
        slow, fast = [await spoken(speaker, "Hello there", speed=speed) for speed in (0.5, 1.5)]
        assert seconds(slow) > 1.5 * seconds(fast)
        assert seconds(await spoken(speaker, "Guten Tag", voice="de")) > 0.3

    run(scenario)


def test_an_unknown_voice_is_refused_with_the_names() -> None:
    async def scenario(speaker: EspeakSpeaker) -> None:
        with pytest.raises(EngineError, match=r"nobody.*marin"):
            await spoken(speaker, "hello", voice="nobody")
        assert await spoken(speaker, "hello")

    run(scenario)


def test_closing_the_iterator_aborts_and_the_next_text_is_spoken() -> None:
    async def scenario(speaker: EspeakSpeaker) -> None:
        speech = speaker.speak("A very long story. " * 200, voice="alloy")
        await anext(speech)
        await speech.aclose()
        chunks = await spoken(speaker, "short")
        assert "".join(chunk.text for chunk in chunks) == "short"

    run(scenario)


def test_texts_asked_for_at_once_come_whole() -> None:
    async def scenario(speaker: EspeakSpeaker) -> None:
        texts = [f"This is sentence {index}. And more." for index in range(5)]
        results = await asyncio.gather(*(spoken(speaker, text) for text in texts))
        assert ["".join(chunk.text for chunk in chunks) for chunks in results] == texts

    run(scenario)


def test_a_crash_is_an_error_and_the_next_use_starts_again() -> None:
    async def scenario(speaker: EspeakSpeaker) -> None:
        speech = speaker.speak("One. " * 4000, voice="alloy")  # far more than may be ready before the crash
        await anext(speech)
        first = speaker.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        with pytest.raises(EngineError, match="ended"):
            async for _ in speech:
                pass
        assert await spoken(speaker, "again")
        assert speaker.pid != first

    run(scenario)


def test_words_have_phonemes() -> None:
    async def scenario(speaker: EspeakSpeaker) -> None:
        kubernetes, zurich, gdp = await speaker.phonemes(["kubernetes", "Zürich", "GDP"])
        assert "b" in kubernetes
        assert "ʃ" in zurich
        assert gdp.count("d") == 2

    run(scenario)


def test_closing_twice_and_before_opening_is_fine() -> None:
    async def scenario(speaker: EspeakSpeaker) -> None:
        await speaker.close()
        await speaker.open()
        await speaker.open()
        await speaker.close()

    run(scenario)
