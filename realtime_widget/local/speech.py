"""Speech on its own: a sentence to a clip, for notebooks and tests without a microphone."""

from __future__ import annotations

import asyncio
import threading

from realtime_widget.audio import Clip
from realtime_widget.errors import ConfigError
from realtime_widget.local.stages import Speaker

__all__ = ["speak"]


def speak(text: str, *, voice: str = "alloy", speed: float = 1.0, speaker: Speaker | None = None) -> Clip:
    """Say a sentence with the offline engine's voice and return it: int16, mono, 24 kHz.

    Args:
        text: What to say.
        voice: One of the API's voice names; each sounds different.
        speed: 0.25 to 1.5 times the usual pace.
        speaker: Another `Speaker` than espeak-ng.

    Raises:
        ConfigError: Nothing to say.
        EngineError: The speaker isn't installed, or doesn't start.
    """
    if not _is_said(text):
        raise ConfigError(f"There is nothing to say in {text!r}.", remedy="Pass a sentence.")
    result: list[Clip | BaseException] = []

    def work() -> None:
        try:
            result.append(asyncio.run(_speak(text, voice, speed, speaker)))
        except BaseException as error:  # raised again in the caller's thread
            result.append(error)

    # A thread of its own, since a notebook's cell already runs in an event loop.
    thread = threading.Thread(target=work, name="realtime-widget-speak", daemon=True)
    thread.start()
    thread.join()
    if isinstance(result[0], BaseException):
        raise result[0]
    return result[0]


def _is_said(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip())


async def _speak(text: str, voice: str, speed: float, speaker: Speaker | None) -> Clip:
    if speaker is None:
        from realtime_widget.local.speaker import EspeakSpeaker

        speaker = EspeakSpeaker()
    await speaker.open()
    try:
        pcm = [chunk.pcm async for chunk in speaker.speak(text, voice=voice, speed=speed)]
    finally:
        await speaker.close()
    return Clip.from_pcm(b"".join(pcm), 24_000)
