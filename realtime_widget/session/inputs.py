"""The user's sound on its way in: the microphone's chunks, and files or arrays spoken in its place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..audio import ms_to_bytes, silence, to_wire
from ..config import ServerVAD

if TYPE_CHECKING:
    from .core import SessionCore

__all__ = ["AudioFeed", "wire_chunks"]

CHUNK_MS = 100
SEMANTIC_SILENCE_MS = 1_500
MAX_TAIL_MS = 10_000


def wire_chunks(source: Any, rate: int | None) -> Callable[[], Iterator[bytes]]:
    """Return a maker of 24 kHz mono PCM pieces for anything `send_audio` takes.

    What can be read at once is read here, so that a wrong path or a missing rate raises in the caller's cell.

    Raises:
        ConfigError, AudioError: Not audio, not readable, or an array without a rate.
    """
    if isinstance(source, Iterator):
        return lambda: (to_wire(piece, rate) for piece in source)
    pcm = to_wire(source, rate)
    size = ms_to_bytes(CHUNK_MS)
    return lambda: (pcm[start : start + size] for start in range(0, len(pcm), size))


class AudioFeed:
    """Speaks queued sources in order, each followed by the silence that ends a turn."""

    def __init__(self, core: SessionCore) -> None:
        self._core = core
        self._queue: asyncio.Queue[tuple[Callable[[], Iterator[bytes]], bool]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being spoken, or waits to be."""
        return self._task is not None and not self._task.done()

    def add(self, chunks: Callable[[], Iterator[bytes]], *, realtime: bool) -> None:
        """Speak a source after those before it; `realtime` at the pace of speech."""
        self._queue.put_nowait((chunks, realtime))
        if not self.busy:
            self._task = asyncio.create_task(self._run())

    def cancel(self) -> None:
        """Stop speaking and forget what waits."""
        while not self._queue.empty():
            self._queue.get_nowait()
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while not self._queue.empty():
            chunks, realtime = self._queue.get_nowait()
            try:
                await self._speak(chunks(), realtime=realtime)
                await self._end_turn(realtime=realtime)
            except Exception as error:  # the user's own iterator may raise anything
                self._core.report(error)
        self._core.waits.notify()

    async def _speak(self, chunks: Iterator[bytes], *, realtime: bool) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while (pcm := await asyncio.to_thread(next, chunks, None)) is not None:
            self._core.append_audio(pcm)
            due += len(pcm) / ms_to_bytes(1000)
            if realtime:
                await asyncio.sleep(max(0.0, due - loop.time()))

    async def _end_turn(self, *, realtime: bool) -> None:
        """Append silence until the engine has noticed that the speech is over."""
        detection = self._core.protocol.config.turn_detection
        if detection is None:
            return
        tail_ms = (
            detection.silence_duration_ms + 300 if isinstance(detection, ServerVAD) else SEMANTIC_SILENCE_MS
        )
        await self._speak(_silence(tail_ms), realtime=realtime)
        await self._core.fence()
        for pcm in _silence(MAX_TAIL_MS):
            if not self._core.user_speaks:
                return
            self._core.append_audio(pcm)
            await asyncio.sleep(CHUNK_MS / 1000)


def _silence(duration_ms: float) -> Iterator[bytes]:
    return (silence(CHUNK_MS) for _ in range(-(-int(duration_ms) // CHUNK_MS)))
