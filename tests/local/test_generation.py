import asyncio

import pytest

from realtime_widget.errors import EngineError
from realtime_widget.local.generation import Pace, Sentences, failure
from realtime_widget.local.modem import ModemSpeaker

from .support import Script, modem_parts, talk


@pytest.mark.parametrize(
    ("pieces", "sentences"),
    [
        (["Hello. How are", " you? "], ["Hello. ", "How are you? "]),
        (["It is 3.5 ", "m. ok"], ["It is 3.5 m. ", "ok"]),
        (["He said \u201cno.\u201d ", "Then he left."], ["He said \u201cno.\u201d ", "Then he left."]),
        (["one\n", "two"], ["one\n", "two"]),
        (["temperature: 21, sky: clear"], ["temperature: 21, sky: clear"]),
        ([""], []),
    ],
)
def test_sentences_lose_nothing(pieces: list[str], sentences: list[str]) -> None:
    cutter = Sentences()
    found = [sentence for piece in pieces for sentence in cutter.feed(piece)]
    assert [*found, *filter(None, [cutter.flush()])] == sentences
    assert "".join(sentences) == "".join(pieces)


def test_pace_sends_a_burst_and_then_keeps_its_speed() -> None:
    pace = Pace(burst_ms=400, speed=4)
    assert pace.delay_s(400, 0) == 0
    assert pace.delay_s(4400, 0) == 1
    assert pace.delay_s(4400, 0.75) == 0.25
    assert pace.delay_s(4400, 5) == 0


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (EngineError("No voice.", remedy="Get one.", code="x"), "x", "No voice. Get one."),
        (ValueError("wrong"), "responder_failed", "ValueError: wrong"),
        (KeyError(), "responder_failed", "KeyError"),
    ],
)
def test_failures_in_words(error: Exception, code: str, message: str) -> None:
    assert failure(error) == {"type": "server_error", "code": code, "message": message}


def test_the_first_sentence_is_spoken_while_the_second_is_still_thought_of() -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with talk(Script(["First. ", gate, "Second."])) as client:
            await client.send("response.create")
            await client.until("response.output_audio.delta")
            gate.set()
            done = (await client.until("response.done"))["response"]
            assert done["output"][0]["content"][0]["transcript"] == "First. Second."

    asyncio.run(scenario())


def test_speech_is_paced() -> None:
    async def scenario() -> None:
        async with talk(Script(["One two three."]), pace=Pace(burst_ms=400, speed=20)) as client:
            loop = asyncio.get_running_loop()
            began = loop.time()
            await client.send("response.create")
            await client.until("response.done")
            audio_ms = len(client.audio()) / 48
            assert loop.time() - began >= (audio_ms - 400 - 200) / 1000 / 20

    asyncio.run(scenario())


def test_a_speaker_that_fails_makes_the_response_fail() -> None:
    class Mute(ModemSpeaker):
        async def open(self) -> None:
            raise EngineError("No voice.", remedy="Get one.")

    async def scenario() -> None:
        script = Script(["Hello."], ["Text works."])
        parts = modem_parts(script)
        parts = type(parts).of(parts.transcriber.stage, script, Mute())
        async with talk(parts=parts) as client:
            await client.send("response.create")
            done = (await client.until("response.done"))["response"]
            assert done["status_details"]["error"]["message"] == "No voice. Get one."
            await client.send("response.create", response={"output_modalities": ["text"]})
            assert (await client.until("response.done"))["response"]["status"] == "completed"
            assert script.closed == 2

    asyncio.run(scenario())
