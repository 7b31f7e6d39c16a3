"""Reads an iterator of the user's on a thread of its own: it may block, and the I/O thread may not."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

from ..audio import SAMPLE_RATE, Resampler, load_audio, ms_to_bytes
from ..errors import SessionError
from .io_thread import IOThread

__all__ = ["CHUNK_MS", "Reader"]

CHUNK_MS = 100
READ_AHEAD = 4
_END = object()


class Reader:
    """Pieces of 24 kHz mono PCM out of an iterator, plain or asynchronous, of anything that is audio.

    It reads a little ahead while it is open. Closed and opened again, it goes on where it was; what the
    iterator gives meanwhile, if it was being waited for, is kept. All but the reading itself is for the I/O
    thread.
    """

    live = False
    pause_ms = 2_000.0

    def __init__(self, source: Iterator[Any] | AsyncIterator[Any], rate: int | None) -> None:
        plain = source if isinstance(source, Iterator) else _in_turn(source)
        self._pieces = _to_stream(plain, rate)
        self._ready: deque[bytes | BaseException | None] = deque()
        self._changed = threading.Condition()
        self._open = False
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._arrived = asyncio.Event()
        self._rest = b""
        self.used_up = False

    async def open(self) -> None:
        """Begin to read, or go on.

        Raises:
            SessionError: There is nothing to go on with.
        """
        if self.used_up and not self._rest:
            raise SessionError("The iterator has given all it had.", remedy="Make a new one.")
        self._loop = asyncio.get_running_loop()
        with self._changed:
            self._open = True
            if self._thread is None and not self.used_up:
                self._thread = threading.Thread(target=self._read, name="realtime-widget-source", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Read no more for now; idempotent."""
        with self._changed:
            self._open = False
            self._changed.notify()

    async def take(self, limit_s: float | None = None) -> bytes | None:
        """Return the next piece, 100 ms at most; empty if none came in time, None at the end.

        Raises whatever the iterator raised, or that it gave something else than audio; then it has ended.
        """
        try:
            async with asyncio.timeout(limit_s):
                while not self._rest:
                    if self.used_up:
                        return None
                    self._rest = await self._next()
        except TimeoutError:
            return b""
        size = ms_to_bytes(CHUNK_MS)
        piece, self._rest = self._rest[:size], self._rest[size:]
        await asyncio.sleep(0)  # an hour of sound in one piece must not hold up the other sessions
        return piece

    async def _next(self) -> bytes:
        while True:
            with self._changed:
                if self._ready:
                    entry = self._ready.popleft()
                    self._changed.notify()
                    break
            self._arrived.clear()
            if not self._ready:
                await self._arrived.wait()
        if isinstance(entry, bytes):
            return entry
        self.used_up = True
        if entry is not None:
            raise entry
        return b""

    def _read(self) -> None:
        while self._may_read():
            entry: bytes | BaseException | None
            try:
                entry = next(self._pieces, None)
            except BaseException as error:  # whatever the user's code raises is told where it was sent
                entry = error
            with self._changed:
                self._ready.append(entry)
                if not isinstance(entry, bytes):
                    self._thread = None
            self._tell()
            if not isinstance(entry, bytes):
                return

    def _may_read(self) -> bool:
        with self._changed:
            while self._open and len(self._ready) >= READ_AHEAD:
                self._changed.wait()
            if not self._open:
                self._thread = None
            return self._open

    def _tell(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: the process ends
            self._loop.call_soon_threadsafe(self._arrived.set)  # type: ignore[union-attr]


def _to_stream(source: Iterator[Any], rate: int | None) -> Iterator[bytes]:
    # One resampler for all pieces: each piece by itself would click at its edges.
    resampler: Resampler | None = None
    for piece in source:
        clip = load_audio(piece, rate).to_mono()
        if resampler is None or resampler.from_rate != clip.rate:
            if resampler is not None:
                yield resampler.flush().tobytes()
            resampler = Resampler(clip.rate, SAMPLE_RATE)
        yield resampler.process(clip.samples).tobytes()
    if resampler is not None:
        yield resampler.flush().tobytes()


# -- asynchronous iterators --------------------------------------------------------------------------------

_lock = threading.Lock()
_sources: IOThread | None = None


def _loop_of_sources() -> IOThread:
    """Return the thread whose event loop runs users' asynchronous iterators, from their first step on."""
    global _sources
    with _lock:
        if _sources is None or not _sources.usable:
            _sources = IOThread("realtime-widget-sources")
        return _sources


def _in_turn(source: AsyncIterator[Any]) -> Iterator[Any]:
    async def step() -> Any:
        return await anext(source, _END)

    while (piece := _loop_of_sources().call(step())) is not _END:
        yield piece
