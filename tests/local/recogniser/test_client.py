import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from functools import lru_cache

import numpy as np
import pytest

from realtime_widget.errors import EngineError
from realtime_widget.local.phrases import sayable
from realtime_widget.local.recogniser import PocketsphinxTranscriber
from realtime_widget.local.speaker import EspeakSpeaker
from realtime_widget.local.stages import Transcriber, Transcription

pytestmark = pytest.mark.speech

TOOLS = [
    {
        "type": "function",
        "name": "rows",
        "description": "Number of rows for a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "enum": ["Berlin", "Paris", "Zürich"]}},
            "required": ["city"],
        },
    },
    {
        "type": "function",
        "name": "deploy",
        "description": "Deploy a model to a cluster.",
        "parameters": {
            "type": "object",
            "properties": {
                "model": {"enum": ["GPT-4", "llama"]},
                "cluster": {"enum": ["kubernetes", "nomad"]},
            },
            "required": ["model", "cluster"],
        },
    },
]
SAYABLE = sayable(TOOLS)


@lru_cache
def speech(text: str) -> bytes:
    """Return a sentence as a turn has it: with silence before and after, and a little noise."""

    async def pcm() -> bytes:
        speaker = EspeakSpeaker()
        try:
            return b"".join([chunk.pcm async for chunk in speaker.speak(text, voice="alloy")])
        finally:
            await speaker.close()

    said = np.frombuffer(asyncio.run(pcm()), "<i2")
    silent = np.zeros(7200)
    noise = np.random.default_rng(0).normal(0, 15, len(said) + 2 * len(silent))
    return (np.concatenate([silent, said, silent]) + noise).astype("<i2").tobytes()


def run(scenario: Callable[[PocketsphinxTranscriber], Awaitable[None]]) -> None:
    async def whole() -> None:
        transcriber = PocketsphinxTranscriber()
        try:
            await scenario(transcriber)
        finally:
            await transcriber.close()
        assert transcriber.pid is None

    asyncio.run(whole())


async def heard(transcriber: PocketsphinxTranscriber, text: str) -> Transcription:
    stream = transcriber.stream(sayable=SAYABLE)
    stream.feed(speech(text))
    return await stream.finish()


def test_suggestions_and_others_of_their_kind_are_understood() -> None:
    sentences = [
        *SAYABLE.suggestions[:4],
        "How many rows for Zürich",
        "Deploy llama to kubernetes",
        "What is the number of rows for Paris",
        "Tell me a joke",
    ]
    for sentence in sentences:
        speech(sentence)

    async def scenario(transcriber: PocketsphinxTranscriber) -> None:
        assert isinstance(transcriber, Transcriber)
        for sentence in sentences:
            result = await heard(transcriber, sentence)
            assert (result.text, result.uncertain) == (sentence, False)
            assert result.confidence is not None
            assert " ".join(word for word, _, _ in result.words).lower() == sentence.lower()
            starts = [start for _, start, _ in result.words]
            assert starts == sorted(starts)
            assert 100 < starts[0] < 700

    run(scenario)


def test_other_sentences_are_uncertain() -> None:
    sentences = ["The quick brown fox jumps over the lazy dog", "My sister bought a new car yesterday"]
    for sentence in sentences:
        speech(sentence)

    async def scenario(transcriber: PocketsphinxTranscriber) -> None:
        for sentence in sentences:
            result = await heard(transcriber, sentence)
            assert result.uncertain
            assert result.text

    run(scenario)


def test_nothing_said_is_no_text() -> None:
    async def scenario(transcriber: PocketsphinxTranscriber) -> None:
        noise = np.random.default_rng(0).normal(0, 20, 48_000).astype("<i2").tobytes()
        for pcm in (b"", b"\0", bytes(48_000), noise):
            stream = transcriber.stream(sayable=SAYABLE)
            stream.feed(pcm)
            result = await stream.finish()
            assert (result.text, result.uncertain) == ("", False)

    run(scenario)


def test_partials_grow_and_cutting_changes_nothing() -> None:
    pcm = speech("How many rows for Berlin")

    async def scenario(transcriber: PocketsphinxTranscriber) -> None:
        await transcriber.prepare(SAYABLE)
        stream = transcriber.stream(sayable=SAYABLE)
        partials = []
        for start in range(0, len(pcm), 3001):
            stream.feed(pcm[start : start + 3001])
            await asyncio.sleep(0.01)
            partials.append(stream.partial())
        first = await stream.finish()
        assert partials[0] is None
        assert any(partial and partial.startswith("How many") for partial in partials)
        again = await heard(transcriber, "How many rows for Berlin")
        assert first.text == again.text
        for one, other in zip(first.words, again.words, strict=True):
            assert one[1:] == pytest.approx(other[1:], abs=20)
        assert first.confidence == pytest.approx(again.confidence, abs=0.02)

    run(scenario)


def test_utterances_at_once_and_cancelled_ones_keep_apart() -> None:
    speech("How many rows for Berlin")
    speech("Tell me a joke")

    async def scenario(transcriber: PocketsphinxTranscriber) -> None:
        cancelled = transcriber.stream(sayable=SAYABLE)
        cancelled.feed(speech("Tell me a joke"))
        cancelled.cancel()
        both = await asyncio.gather(
            heard(transcriber, "How many rows for Berlin"), heard(transcriber, "Tell me a joke")
        )
        assert [result.text for result in both] == ["How many rows for Berlin", "Tell me a joke"]

    run(scenario)


def test_a_crash_is_an_error_and_the_next_use_starts_again() -> None:
    speech("Tell me a joke")

    async def scenario(transcriber: PocketsphinxTranscriber) -> None:
        await transcriber.prepare(SAYABLE)
        stream = transcriber.stream(sayable=SAYABLE)
        stream.feed(speech("Tell me a joke"))
        pid = transcriber.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(EngineError, match="ended"):
            await stream.finish()
        assert (await heard(transcriber, "Tell me a joke")).text == "Tell me a joke"
        assert transcriber.pid != pid

    run(scenario)


def test_closing_ends_an_utterance_with_an_error() -> None:
    async def scenario(transcriber: PocketsphinxTranscriber) -> None:
        await transcriber.prepare(SAYABLE)
        stream = transcriber.stream(sayable=SAYABLE)
        await transcriber.close()
        with pytest.raises(EngineError, match="closed"):
            await stream.finish()

    run(scenario)
