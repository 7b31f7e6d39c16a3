"""Transcription sessions of the offline engine, with speech that is a modem's bursts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from realtime_widget.local.connection import ConnectionOptions
from realtime_widget.local.transcription import TranscriptionConnection
from realtime_widget.local.vad import EnergyVad

from .support import QUICK, Client, burst, modem_parts

WORDS = "conversation.item.input_audio_transcription"


class Scribe(Client):
    """A client of a transcription session."""

    async def update(self, **audio: Any) -> dict[str, Any]:
        session = {"type": "transcription", "audio": {"input": audio}}
        return await self.ask("session.update", session=session)


@asynccontextmanager
async def hearing(session: dict[str, Any] | None = None) -> AsyncIterator[Scribe]:
    options = ConnectionOptions(pace=QUICK, new_vad=EnergyVad)
    connection = TranscriptionConnection(modem_parts(), model="", session=session, options=options)
    client = Scribe(connection)
    try:
        connection.start()
        await client.until("session.created")
        yield client
    finally:
        await connection.close()
        await client._sending


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(scenario())  # type: ignore[arg-type]


def test_the_session_is_of_its_kind() -> None:
    async def scenario() -> None:
        async with hearing() as client:
            session = client.events[0]["session"]
            assert (session["type"], session["object"]) == ("transcription", "realtime.transcription_session")
            assert set(session) == {"type", "object", "id", "expires_at", "include", "audio"}
            assert set(session["audio"]) == {"input"}
            updated = await client.update(transcription={"model": "gpt-live-transcribe", "languages": ["en"]})
            assert updated["session"]["audio"]["input"]["turn_detection"] is None
            assert updated["session"]["audio"]["input"]["transcription"]["languages"] == ["en"]

    run(scenario)


@pytest.mark.parametrize(
    ("session", "code", "message"),
    [
        ({"type": "realtime"}, "invalid_value", "realtime session update event to a transcription session"),
        ({"audio": {}}, "missing_required_parameter", "session.type"),
        ({"type": "translation"}, "invalid_value", "'transcription'"),
        ({"type": "transcription", "model": "m"}, "unknown_parameter", "session.model"),
        ({"type": "transcription", "audio": {"output": {}}}, "unknown_parameter", "session.audio.output"),
    ],
)
def test_an_update_of_another_kind_is_refused(session: dict[str, Any], code: str, message: str) -> None:
    async def scenario() -> None:
        async with hearing() as client:
            error = (await client.ask("session.update", event_id="u1", session=session))["error"]
            assert (error["code"], error["event_id"]) == (code, "u1")
            assert message in error["message"]

    run(scenario)


@pytest.mark.parametrize("model", ["gpt-live-transcribe", "gpt-realtime-whisper"])
def test_live_models_take_no_turn_detection(model: str) -> None:
    async def scenario() -> None:
        async with hearing() as client:
            asked = {"transcription": {"model": model}, "turn_detection": {"type": "server_vad"}}
            error = (await client.update(**asked))["error"]
            assert error["message"] == "Turn detection is not supported for this transcription model"
            assert (await client.update(transcription={"model": model}))["type"] == "session.updated"
            error = (await client.update(turn_detection={"type": "semantic_vad"}))["error"]
            assert "not supported" in error["message"]

    run(scenario)


@pytest.mark.parametrize(
    "words",
    [
        {"model": "gpt-transcribe", "language": "en", "languages": ["en"]},
        {"model": "gpt-transcribe", "keywords": ["fine", "a<b"]},
        {"model": "gpt-transcribe", "keywords": ["two\nlines"]},
    ],
)
def test_one_wrong_hint_refuses_the_whole_update(words: dict[str, Any]) -> None:
    async def scenario() -> None:
        async with hearing() as client:
            error = (await client.update(transcription=words))["error"]
            assert error["code"] == "invalid_value"
            assert error["param"].startswith("session.audio.input.transcription.")

    run(scenario)


@pytest.mark.parametrize(
    "command",
    [
        {"type": "response.create"},
        {"type": "response.cancel"},
        {"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": []}},
    ],
)
def test_nobody_answers(command: dict[str, Any]) -> None:
    async def scenario() -> None:
        async with hearing() as client:
            error = (await client.ask(**{"kind": command["type"], **_fields(command)}))["error"]
            assert "not supported in transcription sessions" in error["message"]
            assert error["code"] == "invalid_event"

    run(scenario)


def _fields(command: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in command.items() if name != "type"}


def test_live_words_come_before_the_commit_and_the_bill_after_it() -> None:
    async def scenario() -> None:
        async with hearing() as client:
            await client.update(transcription={"model": "gpt-live-transcribe"})
            await client.append(burst("so the bird flies", after_ms=300))
            first = await client.until(f"{WORDS}.delta")
            await client.send("input_audio_buffer.commit")
            committed = await client.until("input_audio_buffer.committed")
            assert committed["item_id"] == first["item_id"]
            assert committed["previous_item_id"] is None
            done = await client.until(f"{WORDS}.completed")
            assert done["transcript"] == "so the bird flies"
            assert done["usage"]["type"] == "duration"
            assert "".join(event["delta"] for event in client.of(f"{WORDS}.delta")) == done["transcript"]
            assert client.types("input_audio_buffer.speech") == []
            await client.append(burst("again"))
            await client.send("input_audio_buffer.commit")
            assert (await client.until("input_audio_buffer.committed"))["previous_item_id"] == first[
                "item_id"
            ]
            assert (await client.until(f"{WORDS}.completed"))["transcript"] == "again"
            assert client.types("response") == []

    run(scenario)


def test_the_server_finds_the_turns_of_the_others() -> None:
    async def scenario() -> None:
        async with hearing() as client:
            updated = await client.update(transcription={"model": "whisper-1"})
            assert updated["session"]["audio"]["input"]["turn_detection"]["type"] == "server_vad"
            await client.append(burst("one", before_ms=300, after_ms=800))
            done = await client.until(f"{WORDS}.completed")
            assert done["transcript"] == "one"
            assert client.types("input_audio_buffer.") == [
                "input_audio_buffer.speech_started",
                "input_audio_buffer.speech_stopped",
                "input_audio_buffer.committed",
            ]
            assert "languages" not in done
            assert client.types("response") == []

    run(scenario)


def test_a_turn_detection_that_finds_nothing_is_taken_as_the_service_takes_it() -> None:
    async def scenario() -> None:
        async with hearing() as client:
            words, detection = {"model": "gpt-transcribe"}, {"type": "server_vad"}
            updated = await client.update(transcription=words, turn_detection=detection)
            assert updated["type"] == "session.updated"
            await client.append(burst("one", before_ms=300, after_ms=800))
            await client.send("input_audio_buffer.commit")
            done = await client.until(f"{WORDS}.completed")
            assert (done["transcript"], done["languages"]) == ("one", [{"code": "en"}])
            assert client.types("input_audio_buffer.speech") == []

    run(scenario)


def test_speakers_are_told_by_the_model_that_does() -> None:
    async def scenario() -> None:
        async with hearing({"audio": _input("gpt-4o-transcribe-diarize")}) as client:
            await client.append(burst("one"))
            await client.send("input_audio_buffer.commit")
            segment = await client.until(f"{WORDS}.segment")
            assert (segment["speaker"], segment["text"], segment["start"]) == ("A", "one", 0.0)
            assert (await client.until(f"{WORDS}.completed"))["transcript"] == "one"

    run(scenario)


def _input(model: str) -> dict[str, Any]:
    return {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24_000},
            "noise_reduction": None,
            "transcription": {"model": model},
            "turn_detection": None,
        }
    }


def test_a_commit_of_too_little_is_refused() -> None:
    async def scenario() -> None:
        async with hearing() as client:
            await client.update(transcription={"model": "gpt-live-transcribe"})
            await client.append(bytes(2_400))
            error = (await client.ask("input_audio_buffer.commit"))["error"]
            assert error["code"] == "input_audio_buffer_commit_empty"

    run(scenario)
