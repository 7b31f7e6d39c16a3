import asyncio
from typing import Any

from realtime_widget.local.connection import Connection, ConnectionOptions
from realtime_widget.local.hearing import what_is_sayable
from realtime_widget.local.modem import ModemSpeaker, ModemTranscriber
from realtime_widget.local.parts import Parts
from realtime_widget.local.phrases import Sayable
from realtime_widget.local.vad import EnergyVad

from .support import Echo, burst, modem_parts, talk, tool

OFF = {"turn_detection": None}


class Prepared(ModemTranscriber):
    """Notes which grammars it is told of ahead."""

    def __init__(self) -> None:
        self.grammars: list[Sayable] = []

    async def prepare(self, sayable: Sayable) -> None:
        self.grammars.append(sayable)


def test_the_transcriber_learns_new_tools_ahead() -> None:
    async def scenario() -> None:
        transcriber = Prepared()
        async with talk(parts=Parts.of(transcriber, Echo(), ModemSpeaker())) as client:
            await client.update(tools=[tool("flip_coin", "Flip a coin.")])
            await client.update(instructions="Nothing new to say.")
            await asyncio.sleep(0)
            assert [len(sayable.suggestions) > 0 for sayable in transcriber.grammars][-1:] == [True]
            assert sum("coin" in " ".join(sayable.suggestions) for sayable in transcriber.grammars) == 1

    asyncio.run(scenario())


def test_a_client_that_leaves_at_once_leaves_nothing_to_be_awaited() -> None:
    async def scenario() -> None:
        connection = Connection(modem_parts(), model="m", options=ConnectionOptions(new_vad=EnergyVad))
        connection.start()
        await connection.close()

    asyncio.run(scenario())  # what was never awaited is a warning, and so an error


def transcripts(model: str) -> list[dict[str, Any]]:
    async def scenario() -> list[dict[str, Any]]:
        async with talk() as client:
            await client.update(audio={"input": {**OFF, "transcription": {"model": model}}})
            await client.append(burst("one two three four"))
            await client.send("input_audio_buffer.commit")
            await client.until("conversation.item.input_audio_transcription.completed")
            return client.events

    return asyncio.run(scenario())


def test_live_models_send_words_before_the_commit_and_others_after() -> None:
    for model, live in (("gpt-live-transcribe", True), ("whisper-1", False)):
        events = transcripts(model)
        types = [event["type"] for event in events]
        delta = types.index("conversation.item.input_audio_transcription.delta")
        assert (delta < types.index("input_audio_buffer.committed")) is live
        deltas = [event["delta"] for event in events if event["type"].endswith("transcription.delta")]
        assert "".join(deltas) == "one two three four"
        assert (len(deltas) > 1) is live


def test_uncertain_words_are_marked() -> None:
    async def scenario() -> None:
        async with talk() as client:
            await client.update(audio={"input": {**OFF, "transcription": {"model": "whisper-1"}}})
            cut = burst("one two three four")[: -48 * 600]
            await client.append(cut)
            await client.send("input_audio_buffer.commit")
            event = await client.until("conversation.item.input_audio_transcription.completed")
            assert event["uncertain"] is True
            assert event["transcript"].startswith("one two")

    asyncio.run(scenario())


def test_a_schema_nobody_thought_of_costs_no_session() -> None:
    assert what_is_sayable([{"type": "function", "name": "f", "parameters": {"properties": 5}}]).suggestions
    assert what_is_sayable(
        [{"type": "function", "name": "f", "parameters": {"properties": {"x": 7}}}]
    ).suggestions
