"""Talk through PyPI `openai-agents`: its runner holds the history, runs tools and interrupts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from agents import function_tool
from agents.realtime import RealtimeAgent, RealtimeRunner, RealtimeSession
from turns import BYTES_PER_MS, INSTRUCTIONS, KEY, MODEL, Microphone, Setting, Weather, main, wait_until


class Talk:
    """A session, and what its events told."""

    def __init__(self, session: RealtimeSession) -> None:
        self.session = session
        self.errors: list[str] = []
        self.kinds: list[str] = []
        self.history: list[Any] = []
        self.n_audio_bytes = 0

    async def listen(self) -> None:
        """Take every event of the session."""
        async for event in self.session:
            self.kinds.append(event.type)
            if event.type == "error":
                self.errors.append(str(event.error))
            elif event.type == "history_updated":
                self.history = event.history
            elif event.type == "audio":
                self.n_audio_bytes += len(event.audio.data)

    def count(self, kind: str) -> int:
        """Return how often an event came."""
        return self.kinds.count(kind)

    def said(self, role: str) -> list[str]:
        """Return what one side said, turn by turn."""
        items = [item for item in self.history if item.type == "message" and item.role == role]
        parts = [
            [getattr(p, "transcript", None) or getattr(p, "text", None) for p in i.content] for i in items
        ]
        return ["".join(filter(None, of_item)) for of_item in parts]

    async def until(self, condition: Any) -> None:
        """Wait for something, or for an error."""
        await wait_until(lambda: self.errors or condition())
        if self.errors:
            raise RuntimeError(self.errors)


@asynccontextmanager
async def talk(setting: Setting, *, tools: Any = (), **model_settings: Any) -> AsyncIterator[Talk]:
    """Run an agent."""
    agent = RealtimeAgent(name="assistant", instructions=INSTRUCTIONS, tools=list(tools))
    runner = RealtimeRunner(agent, config={"model_settings": {"model_name": MODEL, **model_settings}})
    url = f"{setting.websocket_url}/realtime?model={MODEL}"
    async with await runner.run(model_config={"url": url, "api_key": KEY}) as session:
        talking = Talk(session)
        task = asyncio.create_task(talking.listen())
        try:
            yield talking
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def text(setting: Setting) -> dict[str, Any]:
    """Write, and read the answer."""
    async with talk(setting, output_modalities=["text"]) as talking:
        await talking.session.send_message(setting.text("question"))
        await talking.until(lambda: talking.count("agent_end") and any(talking.said("assistant")))
        return {"answer": talking.said("assistant")[-1], "asked": talking.said("user")}


async def voice(setting: Setting) -> dict[str, Any]:
    """Ask aloud, and hear the answer."""
    async with talk(setting) as talking:
        async with Microphone().open(talking.session.send_audio) as microphone:
            microphone.say(setting.spoken("question"))
            await talking.until(lambda: talking.count("agent_end") and any(talking.said("user")))
        return {
            "heard": talking.said("user")[-1],
            "answer": talking.said("assistant")[-1],
            "audio_ms": talking.n_audio_bytes // BYTES_PER_MS,
        }


async def tool(setting: Setting) -> dict[str, Any]:
    """Let the model call a function, and hear the result told."""
    weather = Weather()

    @function_tool
    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        return json.dumps(weather.tell(city))

    async with talk(setting, tools=[get_weather]) as talking:
        await talking.session.send_message(setting.text("weather"))
        await talking.until(lambda: talking.count("tool_end") and any(talking.said("assistant")))
        await talking.until(lambda: talking.count("audio_end"))
        return {
            "cities": weather.cities,
            "answer": talking.said("assistant")[-1],
            "audio_ms": talking.n_audio_bytes // BYTES_PER_MS,
        }


async def barge_in(setting: Setting) -> dict[str, Any]:
    """Speak while the answer comes: the session interrupts and truncates by itself."""
    return await interrupt(setting, "long", lambda talking: talking.n_audio_bytes)


async def barge_in_late(setting: Setting) -> dict[str, Any]:
    """Speak when the whole answer has come, which a listener hears for a while yet."""
    return await interrupt(setting, "shorter", lambda talking: talking.count("agent_end"))


async def interrupt(setting: Setting, text: str, is_time: Callable[[Talk], object]) -> dict[str, Any]:
    """Ask for a long answer, speak when it is time, and hear the next answer."""
    async with talk(setting) as talking:
        async with Microphone().open(talking.session.send_audio) as microphone:
            await talking.session.send_message(setting.text(text))
            await talking.until(lambda: is_time(talking))
            microphone.say(setting.spoken("interjection"))
            await talking.until(lambda: talking.count("audio_interrupted"))
            before = talking.n_audio_bytes
            await talking.until(lambda: talking.count("agent_end") > 1)
            await talking.until(lambda: len(talking.said("user")) > 1 and talking.said("user")[-1])
            await talking.until(lambda: len(talking.said("assistant")) > 1 and talking.said("assistant")[-1])
        return {
            "interrupted": True,
            "heard": talking.said("user")[-1],
            "answer": talking.said("assistant")[-1],
            "audio_ms": (talking.n_audio_bytes - before) // BYTES_PER_MS,
        }


if __name__ == "__main__":
    main({"text": text, "voice": voice, "tool": tool, "barge_in": barge_in, "barge_in_late": barge_in_late})
