"""What every driver in Python shares: its arguments, a microphone, and how turns are run and reported."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TURN_TIMEOUT_S = 90
MODEL = "gpt-realtime-2.1"
KEY = "local"
INSTRUCTIONS = "You are a helpful voice assistant."
SAMPLE_RATE = 24_000
BYTES_PER_MS = 48
CHUNK_MS = 40


@dataclass(frozen=True)
class Setting:
    """Where the engine is, and what to say to it."""

    base_url: str
    speech: Path

    @property
    def websocket_url(self) -> str:
        """The base URL as clients want it that don't derive it from the one for HTTP."""
        return "ws" + self.base_url.removeprefix("http")

    def spoken(self, name: str) -> bytes:
        """Return a sentence as PCM: 16 bits, mono, 24 kHz."""
        return (self.speech / f"{name}.pcm").read_bytes()

    def text(self, name: str) -> str:
        """Return what a turn writes to the model."""
        return str(json.loads((self.speech / "texts.json").read_text())[name])


Turn = Callable[[Setting], Awaitable[dict[str, Any]]]


class Microphone:
    """Deliver silence, and what is said, in real time, as a microphone that stays open does."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def say(self, pcm: bytes) -> None:
        """Speak."""
        self._waiting += pcm

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield chunk after chunk, for ever."""
        size = CHUNK_MS * BYTES_PER_MS
        began_s = time.monotonic()
        n_sent = 0
        while True:
            chunk = bytes(self._waiting[:size])
            del self._waiting[:size]
            yield chunk.ljust(size, b"\0")
            n_sent += 1
            await asyncio.sleep(max(0.0, began_s + n_sent * CHUNK_MS / 1000 - time.monotonic()))

    @asynccontextmanager
    async def open(self, send: Callable[[bytes], Awaitable[Any]]) -> AsyncIterator[Microphone]:
        """Give every chunk to `send` while the block runs; what fails in it fails the block."""

        async def pump() -> None:
            async for chunk in self.chunks():
                await send(chunk)

        async with asyncio.TaskGroup() as group:
            task = group.create_task(pump())
            try:
                yield self
            finally:
                task.cancel()


class Weather:
    """A function for the model to call; it keeps what it was called with."""

    def __init__(self) -> None:
        self.cities: list[str] = []

    def tell(self, city: str) -> dict[str, Any]:
        """Return the weather of a city."""
        self.cities.append(city)
        return {"city": city, "sky": "drizzle", "degrees": 17}


async def wait_until(condition: Callable[[], object]) -> None:
    """Wait for what the client's own callbacks change; the turn's limit bounds it."""
    while not condition():  # noqa: ASYNC110 - a condition of any kind, without an event of its own
        await asyncio.sleep(0.02)


def main(turns: dict[str, Turn]) -> None:
    """Run the turns one after the other, and write one line of JSON about each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--speech", type=Path, required=True)
    options = parser.parse_args()
    setting = Setting(options.base_url, options.speech)
    for name, turn in turns.items():
        began_s = time.monotonic()
        report: dict[str, Any] = {"turn": name}
        try:
            report["facts"] = asyncio.run(_limited(turn, setting))
        except Exception:
            report["error"] = traceback.format_exc()
        report["seconds"] = round(time.monotonic() - began_s, 1)
        sys.stdout.write(json.dumps(report) + "\n")
        sys.stdout.flush()


async def _limited(turn: Turn, setting: Setting) -> dict[str, Any]:
    async with asyncio.timeout(TURN_TIMEOUT_S):
        return await turn(setting)
