import asyncio

import pytest

from realtime_widget.errors import EngineError
from realtime_widget.local.parts import Lazy
from realtime_widget.local.phrases import Sayable, sayable
from realtime_widget.local.recognition import Recognition
from realtime_widget.local.stages import Transcription


class Scripted:
    """A transcriber whose one stream plays guesses."""

    def __init__(self, *guesses: str | None) -> None:
        self.guesses = list(guesses)
        self.fed: list[bytes] = []
        self.cancelled = False
        self.gate = asyncio.Event()

    async def open(self) -> None:
        await self.gate.wait()

    async def close(self) -> None: ...

    def stream(self, *, sayable: Sayable) -> "Scripted":
        return self

    def feed(self, pcm: bytes) -> None:
        self.fed.append(pcm)

    def partial(self) -> str | None:
        return self.guesses.pop(0) if self.guesses else None

    async def finish(self) -> Transcription:
        return Transcription("the end")

    def cancel(self) -> None:
        self.cancelled = True


def test_audio_waits_for_the_transcriber() -> None:
    async def scenario() -> None:
        transcriber = Scripted()
        recognition = Recognition(Lazy(transcriber), sayable(()))
        recognition.feed(b"a")
        recognition.feed(b"b")
        assert (transcriber.fed, recognition.partial()) == ([], None)
        transcriber.gate.set()
        assert await recognition.finish() == Transcription("the end")
        assert transcriber.fed == [b"a", b"b"]

    asyncio.run(scenario())


def test_deltas_are_words_that_two_guesses_agree_on() -> None:
    async def scenario() -> None:
        guesses = (
            "what",
            "what is",
            "what is the whether",
            "what is the weather",
            None,
            "what is the weather in",
        )
        transcriber = Scripted(*guesses)
        transcriber.gate.set()
        lazy = Lazy(transcriber)
        await lazy.get()
        recognition = Recognition(lazy, sayable(()))
        recognition.feed(b"x")
        assert [recognition.delta() for _ in guesses] == ["", "what", " is", " the", "", ""]
        assert recognition.last_delta("what is the weather in Rome") == " weather in Rome"
        assert recognition.last_delta("something else") == ""

    asyncio.run(scenario())


def test_cancel_reaches_the_stream() -> None:
    async def scenario() -> None:
        transcriber = Scripted()
        transcriber.gate.set()
        lazy = Lazy(transcriber)
        await lazy.get()
        recognition = Recognition(lazy, sayable(()))
        recognition.cancel()
        recognition.feed(b"x")
        recognition.cancel()
        assert transcriber.cancelled

    asyncio.run(scenario())


def test_a_transcriber_that_never_answers_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck(Scripted):
        async def finish(self) -> Transcription:
            await asyncio.Event().wait()
            return Transcription("")

    async def scenario() -> None:
        monkeypatch.setattr("realtime_widget.local.recognition.FINISH_TIMEOUT_S", 0.01)
        transcriber = Stuck()
        transcriber.gate.set()
        with pytest.raises(EngineError, match="no text"):
            await Recognition(Lazy(transcriber), sayable(())).finish()
        assert transcriber.cancelled

    asyncio.run(scenario())
