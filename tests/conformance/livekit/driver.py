"""Talk through PyPI `livekit-plugins-openai`: an agent session without a room, played in real time."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from livekit import rtc
from livekit.agents import Agent, AgentSession, function_tool
from livekit.agents.voice.io import AudioInput, AudioOutput, AudioOutputCapabilities
from livekit.plugins.openai.realtime import RealtimeModel
from turns import (
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


class Ear(AudioInput):
    """Take what the microphone delivers."""

    def __init__(self) -> None:
        super().__init__(label="ear")
        self._frames: asyncio.Queue[rtc.AudioFrame] = asyncio.Queue()

    async def take(self, pcm: bytes) -> None:
        """Give a chunk to the session."""
        await self._frames.put(rtc.AudioFrame(pcm, SAMPLE_RATE, 1, len(pcm) // 2))

    async def __anext__(self) -> rtc.AudioFrame:
        return await self._frames.get()


class Loudspeaker(AudioOutput):
    """Play in real time, to nobody: a segment begins with its first frame and is ended by `flush`."""

    def __init__(self) -> None:
        capabilities = AudioOutputCapabilities(pause=False)
        super().__init__(label="loudspeaker", capabilities=capabilities, sample_rate=SAMPLE_RATE)
        self.received_s = 0.0
        self.n_complete = 0
        self.n_cleared = 0
        self._segment_s = 0.0
        self._began_s = 0.0
        self._cleared = asyncio.Event()
        self._playing: asyncio.Task[None] | None = None

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Take a frame of the segment."""
        await super().capture_frame(frame)
        if not self._segment_s:
            self._began_s = time.time()
            self.on_playback_started(created_at=self._began_s)
        self._segment_s += frame.duration
        self.received_s += frame.duration

    def flush(self) -> None:
        """Tell when the segment will have been played."""
        super().flush()
        if self._segment_s:
            self.n_complete += 1
            self._playing = asyncio.create_task(self._play())

    def clear_buffer(self) -> None:
        """Fall silent."""
        if self._segment_s:
            self.n_cleared += 1
            self._cleared.set()

    async def _play(self) -> None:
        rest_s = self._began_s + self._segment_s - time.time()
        try:
            await asyncio.wait_for(self._cleared.wait(), max(0.0, rest_s))
        except TimeoutError:
            played_s = self._segment_s
        else:
            played_s = min(self._segment_s, time.time() - self._began_s)
        interrupted = self._cleared.is_set()
        self._segment_s = 0.0
        self._cleared.clear()
        self.on_playback_finished(playback_position=played_s, interrupted=interrupted)


class Talk:
    """A session, and what it told of the conversation."""

    def __init__(self, session: AgentSession[None]) -> None:
        self.session = session
        self.ear, self.loudspeaker = Ear(), Loudspeaker()
        self.errors: list[str] = []
        self.items: list[Any] = []
        session.on("conversation_item_added", lambda event: self.items.append(event.item))
        session.on("error", lambda event: self.errors.append(str(event.error)))

    def said(self, role: str) -> list[Any]:
        """Return the messages of one side."""
        return [i for i in self.items if i.type == "message" and i.role == role and i.text_content]

    async def until(self, condition: Any) -> None:
        """Wait for something, or for an error."""
        await wait_until(lambda: self.errors or condition())
        if self.errors:
            raise RuntimeError(self.errors)

    @property
    def audio_ms(self) -> int:
        """Length of the sound that came."""
        return round(self.loudspeaker.received_s * 1000)


@asynccontextmanager
async def talk(setting: Setting, *, tools: Any = (), modality: str = "audio") -> AsyncIterator[Talk]:
    """Run an agent, whose turns the server detects."""
    async with aiohttp.ClientSession() as http:
        model = RealtimeModel(
            base_url=setting.base_url, api_key=KEY, model=MODEL, modalities=[modality], http_session=http
        )
        session: AgentSession[None] = AgentSession(llm=model, vad=None, aec_warmup_duration=None)
        talking = Talk(session)
        session.input.audio = talking.ear
        if modality == "audio":
            session.output.audio = talking.loudspeaker
        await session.start(Agent(instructions=INSTRUCTIONS, tools=list(tools)), record=False)
        try:
            yield talking
        finally:
            await session.aclose()


async def text(setting: Setting) -> dict[str, Any]:
    """Write, and read the answer."""
    async with talk(setting, modality="text") as talking:
        await talking.session.generate_reply(user_input=setting.text("question"))
        await talking.until(lambda: talking.said("assistant"))
        return {"answer": talking.said("assistant")[0].text_content}


async def voice(setting: Setting) -> dict[str, Any]:
    """Ask aloud, and hear the answer."""
    async with talk(setting) as talking:
        async with Microphone().open(talking.ear.take) as microphone:
            microphone.say(setting.spoken("question"))
            await talking.until(lambda: talking.said("user") and talking.said("assistant"))
        return {
            "heard": talking.said("user")[0].text_content,
            "answer": talking.said("assistant")[0].text_content,
            "audio_ms": talking.audio_ms,
        }


async def tool(setting: Setting) -> dict[str, Any]:
    """Let the model call a function, and hear the result told."""
    weather = Weather()

    @function_tool
    async def get_weather(city: str) -> str:
        """Get the weather of a city."""
        return json.dumps(weather.tell(city))

    async with talk(setting, tools=[get_weather]) as talking:
        await talking.session.generate_reply(user_input=setting.text("weather"))
        await talking.until(lambda: talking.said("assistant"))
        return {
            "cities": weather.cities,
            "answer": talking.said("assistant")[-1].text_content,
            "audio_ms": talking.audio_ms,
        }


async def barge_in(setting: Setting) -> dict[str, Any]:
    """Speak while the answer comes: the session interrupts and truncates by itself."""
    return await interrupt(setting, "long", lambda talking: talking.audio_ms)


async def barge_in_late(setting: Setting) -> dict[str, Any]:
    """Speak when the whole answer has come, which is played for a while yet."""
    return await interrupt(setting, "shorter", lambda talking: talking.loudspeaker.n_complete)


async def interrupt(setting: Setting, text: str, is_time: Callable[[Talk], object]) -> dict[str, Any]:
    """Ask for a long answer, speak when it is time, and hear the next answer."""
    async with talk(setting) as talking:
        async with Microphone().open(talking.ear.take) as microphone:
            talking.session.generate_reply(user_input=setting.text(text))
            await talking.until(lambda: is_time(talking))
            microphone.say(setting.spoken("interjection"))
            await talking.until(lambda: talking.loudspeaker.n_cleared)
            await talking.until(lambda: talking.said("assistant"))
            before_ms = talking.audio_ms
            await talking.until(lambda: len(talking.said("assistant")) > 1 and len(talking.said("user")) > 1)
        return {
            "interrupted": talking.said("assistant")[0].interrupted,
            "heard": talking.said("user")[-1].text_content,
            "answer": talking.said("assistant")[-1].text_content,
            "audio_ms": talking.audio_ms - before_ms,
        }


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main({"text": text, "voice": voice, "tool": tool, "barge_in": barge_in, "barge_in_late": barge_in_late})
