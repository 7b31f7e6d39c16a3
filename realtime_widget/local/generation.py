"""From a request to a response: the responder's words are spoken sentence by sentence while more come."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from realtime_widget.errors import RealtimeError
from realtime_widget.local.parts import Parts
from realtime_widget.local.responders.base import Request, ToolCall
from realtime_widget.local.response_writer import ResponseWriter
from realtime_widget.local.session_config import voice_name
from realtime_widget.local.wire_audio import BYTES_PER_MS

__all__ = ["Generation", "Pace", "Sentences"]

logger = logging.getLogger("realtime_widget.local")

QUEUED_SENTENCES = 32
MAX_DELTA_MS = 200
_WORD = re.compile(r"\s*\S+\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast speech is sent: the first `burst_ms` at once, the rest at `speed` times real time."""

    burst_ms: float = 400
    speed: float = 4.0

    def delay_s(self, sent_ms: float, elapsed_s: float) -> float:
        """Return how long to wait before sending more."""
        return max(0.0, (sent_ms - self.burst_ms) / 1000 / self.speed - elapsed_s)


class Sentences:
    """Cut a stream of text into sentences; nothing is lost, spaces included."""

    _END = re.compile(r"[.!?\u2026]+[\"')\]\u201d]*\s+|\n+")

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, text: str) -> Iterator[str]:
        """Yield the sentences that are complete now."""
        self._rest += text
        while end := self._END.search(self._rest):
            sentence, self._rest = self._rest[: end.end()], self._rest[end.end() :]
            yield sentence

    def flush(self) -> str:
        """Return the rest."""
        rest, self._rest = self._rest, ""
        return rest


class _FullError(Exception):
    """The limit of output tokens is reached."""


class Generation:
    """One running response."""

    def __init__(
        self,
        writer: ResponseWriter,
        parts: Parts,
        *,
        make_request: Callable[[], Awaitable[Request]],
        make_usage: Callable[[ResponseWriter], dict[str, Any]],
        on_done: Callable[[Generation], None],
        has_room: Callable[[], Awaitable[None]],
        pace: Pace,
    ) -> None:
        """Prepare; `make_request` may wait for transcripts, `has_room` waits while the socket is behind."""
        self.writer = writer
        self._parts = parts
        self._make_request = make_request
        self._make_usage = make_usage
        self._on_done = on_done
        self._has_room = has_room
        self._pace = pace
        self._began_s: float | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Announce the response and begin."""
        self.writer.begin()
        self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self, reason: str) -> None:
        """Cancel: the closing events are sent before this returns."""
        self._finish("cancelled", reason=reason)
        self.drop()

    def drop(self) -> None:
        """Stop without a word: the connection is gone."""
        self.writer.is_done = True
        if self._task is not None:
            self._task.cancel()

    def unplayed_s(self) -> float:
        """Return for how long the speech sent so far will still be heard."""
        if self._began_s is None:
            return 0.0
        return max(0.0, self.writer.audio_ms / 1000 - (time.monotonic() - self._began_s))

    async def settled(self) -> None:
        """Wait until nothing of it runs any more."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            request = await self._make_request()
            produce = self._write if self.writer.settings.modality == "text" else self._speak
            await produce(request)
        except _FullError:
            self._finish("incomplete", reason="max_output_tokens")
        except Exception as error:
            logger.warning("! response %s failed: %s", self.writer.id, type(error).__name__)
            self._finish("failed", error=failure(error))
        else:
            self._finish("completed")

    def _finish(self, status: str, **details: Any) -> None:
        if not self.writer.is_done:
            self.writer.close_message("completed" if status == "completed" else "incomplete")
            self.writer.finish(status, usage=self._make_usage(self.writer), **details)
        self._on_done(self)

    def _call(self, call: ToolCall) -> None:
        if not self.writer.add_call(call):
            raise _FullError

    # -- written -----------------------------------------------------------------------------------------

    async def _write(self, request: Request) -> None:
        async with _closing(self._parts.responder.respond(request)) as answer:
            async for piece in answer:
                if isinstance(piece, ToolCall):
                    self._call(piece)
                    continue
                for word in _words(piece):
                    if not self.writer.has_room(word):
                        raise _FullError
                    self.writer.add_text(word)
                await self._has_room()

    # -- spoken ------------------------------------------------------------------------------------------

    async def _speak(self, request: Request) -> None:
        pieces: asyncio.Queue[str | ToolCall | Exception | None] = asyncio.Queue(QUEUED_SENTENCES)
        listening = asyncio.create_task(self._listen(request, pieces))
        try:
            while (piece := await pieces.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                if isinstance(piece, ToolCall):
                    self._call(piece)
                else:
                    await self._say(piece)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(
        self, request: Request, pieces: asyncio.Queue[str | ToolCall | Exception | None]
    ) -> None:
        """Put the answer's sentences and calls in order into the queue, at last None."""
        sentences = Sentences()
        try:
            async with _closing(self._parts.responder.respond(request)) as answer:
                async for piece in answer:
                    if isinstance(piece, ToolCall):
                        if rest := sentences.flush():
                            await pieces.put(rest)
                        await pieces.put(piece)
                    else:
                        for sentence in sentences.feed(piece):
                            await pieces.put(sentence)
            if rest := sentences.flush():
                await pieces.put(rest)
            await pieces.put(None)
        except Exception as error:
            await pieces.put(error)

    async def _say(self, text: str) -> None:
        speaker = await self._parts.speaker.get()
        settings = self.writer.settings
        speech = speaker.speak(text, voice=voice_name(settings.voice), speed=settings.speed)
        async with _closing(speech) as chunks:
            async for chunk in chunks:
                words = chunk.text
                for pcm in _slices(chunk.pcm):
                    await self._send(pcm, words)
                    words = ""

    async def _send(self, pcm: bytes, words: str) -> None:
        if not self.writer.has_room(words, pcm):
            raise _FullError
        now_s = time.monotonic()
        if self._began_s is None:
            self._began_s = now_s
        delay_s = self._pace.delay_s(self.writer.audio_ms, now_s - self._began_s)
        if delay_s > 0:
            await asyncio.sleep(delay_s)
        await self._has_room()
        self.writer.add_speech(pcm, words)


def _words(text: str) -> Iterator[str]:
    words = _WORD.findall(text)
    return iter(words) if words else iter([text] if text else [])


def _slices(pcm: bytes) -> Iterator[bytes]:
    size = MAX_DELTA_MS * BYTES_PER_MS
    return (pcm[start : start + size] for start in range(0, max(len(pcm), 1), size))


@contextlib.asynccontextmanager
async def _closing(iterator: AsyncIterator[Any]) -> AsyncIterator[AsyncIterator[Any]]:
    """Close an asynchronous iterator that can be closed, whatever happens."""
    try:
        yield iterator
    finally:
        close = getattr(iterator, "aclose", None)
        if close is not None:
            await close()


def failure(error: Exception) -> dict[str, Any]:
    """Return the `error` of a failed response."""
    if isinstance(error, RealtimeError):
        return {"type": "server_error", "code": error.code, "message": str(error)}
    text = str(error).strip()
    message = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return {"type": "server_error", "code": "responder_failed", "message": message}
