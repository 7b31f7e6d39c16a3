"""Talk through PyPI `pipecat-ai`: a pipeline with its aggregators, whose loudspeaker plays in real time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from loguru import logger
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    LLMRunFrame,
    OutputAudioRawFrame,
    StartFrame,
    TTSAudioRawFrame,
    TTSStoppedFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.realtime.events import (
    AudioConfiguration,
    AudioInput,
    InputAudioTranscription,
    SessionProperties,
    TurnDetection,
)
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.workers.runner import WorkerRunner
from turns import (
    BYTES_PER_MS,
    INSTRUCTIONS,
    KEY,
    MODEL,
    SAMPLE_RATE,
    Microphone,
    Setting,
    Weather,
    main,
    wait_until,
)

SOUND = TransportParams(
    audio_in_enabled=True,
    audio_in_sample_rate=SAMPLE_RATE,
    audio_out_enabled=True,
    audio_out_sample_rate=SAMPLE_RATE,
    audio_out_end_silence_secs=0,
)
GET_WEATHER = FunctionSchema(
    name="get_weather",
    description="Get the weather of a city.",
    properties={"city": {"type": "string"}},
    required=["city"],
)


class Ear(BaseInputTransport):
    """Take what the microphone delivers."""

    def __init__(self, params: TransportParams) -> None:
        super().__init__(params)
        self._ready = asyncio.Event()

    async def start(self, frame: StartFrame) -> None:
        """Begin."""
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._ready.set()

    async def take(self, pcm: bytes) -> None:
        """Push a chunk into the pipeline."""
        await self._ready.wait()
        await self.push_audio_frame(InputAudioRawFrame(audio=pcm, sample_rate=SAMPLE_RATE, num_channels=1))


class Loudspeaker(BaseOutputTransport):
    """Play in real time, to nobody."""

    n_received_bytes = 0
    n_complete = 0
    n_interruptions = 0

    async def start(self, frame: StartFrame) -> None:
        """Begin."""
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Count what comes."""
        if isinstance(frame, InterruptionFrame):
            self.n_interruptions += 1
        elif isinstance(frame, TTSStoppedFrame):
            self.n_complete += 1
        elif isinstance(frame, TTSAudioRawFrame):
            self.n_received_bytes += len(frame.audio)
        await super().process_frame(frame, direction)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Take as long as the sound does."""
        await asyncio.sleep(len(frame.audio) / BYTES_PER_MS / 1000)
        return True


class Talk:
    """A running pipeline, and what its aggregators made of the conversation."""

    def __init__(self, setting: Setting, properties: SessionProperties, context: LLMContext) -> None:
        self.ear, self.loudspeaker = Ear(SOUND), Loudspeaker(SOUND)
        self.heard: list[str] = []
        self.said: list[Any] = []
        self.errors: list[str] = []
        self.llm = OpenAIRealtimeLLMService(
            api_key=KEY,
            base_url=f"{setting.websocket_url}/realtime",
            settings=OpenAIRealtimeLLMService.Settings(
                model=MODEL, system_instruction=INSTRUCTIONS, session_properties=properties
            ),
        )
        user, assistant = LLMContextAggregatorPair(context)
        steps = [self.ear, user, self.llm, self.loudspeaker, assistant]
        self.worker = PipelineWorker(Pipeline(steps), idle_timeout_secs=None, enable_rtvi=False)
        user.add_event_handler("on_user_turn_message_added", self._note_heard)
        assistant.add_event_handler("on_assistant_turn_stopped", self._note_said)
        self.worker.add_event_handler("on_pipeline_error", self._note_error)

    async def _note_heard(self, aggregator: Any, message: Any) -> None:
        self.heard.append(message.content)

    async def _note_said(self, aggregator: Any, message: Any) -> None:
        self.said.append(message)

    async def _note_error(self, worker: Any, frame: Any) -> None:
        self.errors.append(str(frame.error))

    async def until(self, condition: Any) -> None:
        """Wait for something, or for an error."""
        await wait_until(lambda: self.errors or condition())
        if self.errors:
            raise RuntimeError(self.errors)

    @property
    def audio_ms(self) -> int:
        """Length of the sound that came."""
        return self.loudspeaker.n_received_bytes // BYTES_PER_MS


@asynccontextmanager
async def talk(
    setting: Setting, text: str | None = None, *, weather: Weather | None = None, modality: str = "audio"
) -> AsyncIterator[Talk]:
    """Run a pipeline whose context begins with what the user wrote, if anything."""
    properties = SessionProperties(
        output_modalities=[modality],
        audio=AudioConfiguration(
            input=AudioInput(transcription=InputAudioTranscription(), turn_detection=TurnDetection())
        ),
    )
    tools = {"tools": ToolsSchema(standard_tools=[GET_WEATHER])} if weather else {}
    talking = Talk(
        setting, properties, LLMContext([{"role": "user", "content": text}] if text else [], **tools)
    )

    async def get_weather(call: FunctionCallParams) -> None:
        await call.result_callback(weather.tell(**call.arguments))

    if weather:
        talking.llm.register_function("get_weather", get_weather)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(talking.worker)
    task = asyncio.create_task(runner.run())
    try:
        if text:
            await talking.worker.queue_frame(LLMRunFrame())
        yield talking
    finally:
        await runner.cancel()
        await task


async def text(setting: Setting) -> dict[str, Any]:
    """Write, and read the answer."""
    async with talk(setting, setting.text("question"), modality="text") as talking:
        await talking.until(lambda: talking.said)
        return {"answer": talking.said[0].content}


async def voice(setting: Setting) -> dict[str, Any]:
    """Ask aloud, and hear the answer."""
    async with talk(setting) as talking:
        async with Microphone().open(talking.ear.take) as microphone:
            microphone.say(setting.spoken("question"))
            await talking.until(lambda: talking.said and talking.heard)
        return {
            "heard": talking.heard[0],
            "answer": talking.said[0].content,
            "audio_ms": talking.audio_ms,
        }


async def tool(setting: Setting) -> dict[str, Any]:
    """Let the model call a function, and hear the result told."""
    weather = Weather()
    async with talk(setting, setting.text("weather"), weather=weather) as talking:
        await talking.until(lambda: any("drizzle" in message.content for message in talking.said))
        return {
            "cities": weather.cities,
            "answer": talking.said[-1].content,
            "audio_ms": talking.audio_ms,
        }


async def barge_in(setting: Setting) -> dict[str, Any]:
    """Speak while the answer comes: the pipeline interrupts and truncates by itself."""
    return await interrupt(setting, "long", lambda talking: talking.audio_ms)


async def barge_in_late(setting: Setting) -> dict[str, Any]:
    """Speak when the whole answer has come, which is played for a while yet."""
    return await interrupt(setting, "shorter", lambda talking: talking.loudspeaker.n_complete)


async def interrupt(setting: Setting, text: str, is_time: Callable[[Talk], object]) -> dict[str, Any]:
    """Ask for a long answer, speak when it is time, and hear the next answer."""
    async with talk(setting, setting.text(text)) as talking:
        async with Microphone().open(talking.ear.take) as microphone:
            await talking.until(lambda: is_time(talking))
            microphone.say(setting.spoken("interjection"))
            await talking.until(lambda: talking.loudspeaker.n_interruptions)
            await talking.until(lambda: talking.said)
            before_ms = talking.audio_ms
            await talking.until(lambda: len(talking.said) > 1 and talking.heard)
        return {
            "interrupted": talking.said[0].interrupted,
            "heard": talking.heard[-1],
            "answer": talking.said[-1].content,
            "audio_ms": talking.audio_ms - before_ms,
        }


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level="INFO")
    main({"text": text, "voice": voice, "tool": tool, "barge_in": barge_in, "barge_in_late": barge_in_late})
