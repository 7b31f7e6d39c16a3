"""The user's sound on its way in: the microphone's chunks, and files or arrays spoken in its place."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import numpy as np

from ..audio import Clip, ms_to_bytes, silence, to_wire
from ..config import ServerVAD
from .reader import CHUNK_MS, Reader

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = ["LEAD_MS", "AudioFeed", "Chunks", "Pace", "wire_chunks"]

Chunks = Callable[[], AsyncGenerator[bytes]]
"""Makes the pieces of one source, on the I/O thread."""

LEAD_MS = 400  # an engine counts a turn from some 300 ms before the speech: those belong to this source too
SEMANTIC_SILENCE_MS = 1_500
MAX_TAIL_MS = 10_000
_SOURCES = (str, os.PathLike, bytes, Clip, np.ndarray)
LATE_LIMIT_S = 0.2


def wire_chunks(source: Any, rate: int | None) -> Chunks:
    """Return a maker of 24 kHz mono PCM pieces for anything `send_audio` takes.

    What can be read at once is read here, so that a wrong path or a missing rate raises in the caller's cell.

    Raises:
        ConfigError, AudioError: Not audio, not readable, or an array without a rate.
    """
    if isinstance(source, list | tuple) and any(isinstance(piece, _SOURCES) for piece in source):
        source = iter(source)  # several sources; a list of numbers is one array
    if isinstance(source, Iterator | AsyncIterator):
        reader = Reader(source, rate)
        return lambda: _read_aside(reader)
    pcm = to_wire(source, rate)
    return lambda: _pieces(pcm)


async def _pieces(pcm: bytes) -> AsyncGenerator[bytes]:
    size = ms_to_bytes(CHUNK_MS)
    for start in range(0, len(pcm), size):
        yield pcm[start : start + size]
        await asyncio.sleep(0)  # an hour of sound in one go must not hold up the other sessions


async def _read_aside(reader: Reader) -> AsyncGenerator[bytes]:
    await reader.open()
    try:
        while (piece := await reader.take()) is not None:
            yield piece
    finally:
        reader.close()


class Pace:
    """Keeps sound at the pace at which it is spoken."""

    def __init__(self) -> None:
        self._now = asyncio.get_running_loop().time
        self._due_s = self._now()

    @property
    def patience_s(self) -> float:
        """How long the next piece may be waited for before there is a gap."""
        return max(0.0, self._due_s + LATE_LIMIT_S - self._now())

    async def keep(self, n_bytes: int) -> None:
        """Wait for as long as a piece that was sent sounds."""
        # A source that was late doesn't catch up by more than a little: nobody speaks in bursts.
        self._due_s = max(self._due_s, self._now() - LATE_LIMIT_S) + n_bytes / ms_to_bytes(1000)
        await asyncio.sleep(max(0.0, self._due_s - self._now()))


class AudioFeed:
    """Speaks queued sources in order, each followed by the silence that ends a turn."""

    def __init__(self, core: SessionCore) -> None:
        self._core = core
        self._queue: deque[tuple[Chunks, bool]] = deque()
        self._task: asyncio.Task[None] | None = None
        self.paced = False  # at the pace of speech
        self.n_spoken = 0

    @property
    def busy(self) -> bool:
        """Whether something is being spoken, or waits to be."""
        return self._task is not None and not self._task.done()

    def add(self, chunks: Chunks, *, realtime: bool) -> None:
        """Speak a source after those before it; `realtime` at the pace of speech."""
        self._queue.append((chunks, realtime))
        if not self.busy:
            self._task = asyncio.create_task(self._run())

    def add_silence(self, duration_ms: float) -> None:
        """Append silence, and as much more as it takes the engine to notice that the speech is over."""
        self.add(lambda: _silence(duration_ms), realtime=False)

    def cancel(self) -> None:
        """Stop speaking and forget what waits."""
        self._queue.clear()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        while self._queue:
            chunks, realtime = self._queue.popleft()
            self.n_spoken += 1
            try:
                if self._core.protocol.config.turn_detection is not None:
                    await self._speak(_silence(LEAD_MS), realtime=realtime)
                await self._speak(chunks(), realtime=realtime)
            except Exception as error:  # the user's own iterator may raise anything
                self._core.report(error)
            await self.end_turn(realtime=realtime)
        self._core.waits.notify()

    async def _speak(self, chunks: AsyncGenerator[bytes], *, realtime: bool) -> None:
        pace = Pace()
        self.paced = realtime
        async with aclosing(chunks):
            async for pcm in chunks:
                await self._core.sound_in.room()
                self._core.sound_in.append(pcm, live=realtime)
                if realtime:
                    await pace.keep(len(pcm))

    async def end_turn(self, *, realtime: bool) -> None:
        """Append silence until the engine has noticed that the speech is over, where it listens for that."""
        detection = self._core.protocol.config.turn_detection
        if detection is None:
            return
        tail_ms = (
            detection.silence_duration_ms + 300 if isinstance(detection, ServerVAD) else SEMANTIC_SILENCE_MS
        )
        await self._speak(_silence(tail_ms), realtime=realtime)
        await self._core.fence()
        async for pcm in _silence(MAX_TAIL_MS):
            await self._core.sound_in.room()
            if not self._core.user_speaks:
                return
            self._core.sound_in.append(pcm)
            await asyncio.sleep(CHUNK_MS / 1000)


def _silence(duration_ms: float) -> AsyncGenerator[bytes]:
    return _pieces(silence(-(-int(duration_ms) // CHUNK_MS) * CHUNK_MS))
