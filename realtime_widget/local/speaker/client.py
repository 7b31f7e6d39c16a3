"""Speak through the child process, from asyncio."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import msgspec

from realtime_widget.errors import EngineError
from realtime_widget.local.child import Child
from realtime_widget.local.speaker.pieces import split_text
from realtime_widget.local.speaker.voices import VOICES
from realtime_widget.local.speaker.wire import (
    CANCEL,
    DONE,
    PHONEMES,
    PHONEMES_DONE,
    REFUSED,
    SPEAK,
    SPEECH,
    Phonemes,
    Reply,
    Speak,
    unpack_piece,
)
from realtime_widget.local.stages import SpeechChunk

Answer = SpeechChunk | Phonemes | None | EngineError
"""A piece of an answer; None ends it."""
Answers = asyncio.Queue[Answer]


class EspeakSpeaker:
    """Speak with espeak-ng. Texts that are asked for at the same time take turns, a sentence each.

    The child process starts with `open` or the first use, and again after a crash.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self._child: Child | None = None
        self._answers: dict[int, asyncio.Queue[Answer]] = {}
        self._ids = itertools.count(1)
        self._opening = asyncio.Lock()
        self._closing: asyncio.Future[None] | None = None  # a crashed child that is being reaped

    @property
    def voices(self) -> tuple[str, ...]:
        """Names of the voices."""
        return tuple(VOICES)

    @property
    def pid(self) -> int | None:
        """Process id of the child, None while none runs."""
        return self._child.pid if self._child else None

    async def open(self) -> None:
        """Start the child process; a no-op while it runs.

        Raises:
            EngineError: espeak-ng is missing or doesn't start.
        """
        async with self._opening:
            if self._child is not None:
                return
            child = Child(
                "realtime_widget.local.speaker.process",
                name="The speaker (espeak-ng)",
                on_frame=self._on_frame,
                on_exit=self._on_exit,
            )
            await child.start()
            self._child = child

    async def close(self) -> None:
        """End the child process; idempotent. What is being spoken ends with an error."""
        child, self._child = self._child, None
        self._fail(EngineError("The speaker was closed.", remedy="Open it again to speak."))
        if child is not None:
            await child.close()

    async def speak(self, text: str, *, voice: str, speed: float = 1.0) -> AsyncIterator[SpeechChunk]:
        """Stream the speech of ``text`` as pieces of at most 200 ms, each new word in a new piece.

        Args:
            text: Any text; the texts of the chunks concatenate to it.
            voice: One of `voices`, or a voice of espeak-ng such as "de" or "fr+f2".
            speed: 0.25 to 1.5, beyond which it is clipped.

        Raises:
            EngineError: The voice is unknown, or the child ended (the next call starts it again).
        """
        for segment in split_text(text.encode("utf-8", "replace").decode()):
            spoken = False
            with await self._request(SPEAK, Speak(next(self._ids), segment, voice, speed)) as answers:
                while isinstance(answer := await _take(answers), SpeechChunk):
                    spoken = True
                    yield answer
            if not spoken:
                yield SpeechChunk(b"", segment)

    async def phonemes(self, words: Sequence[str]) -> tuple[str, ...]:
        """Return the IPA phonemes of each word.

        Raises:
            EngineError: The child can't start or ended.
        """
        with await self._request(PHONEMES, Phonemes(next(self._ids), tuple(words))) as answers:
            answer = await _take(answers)
        return answer.words if isinstance(answer, Phonemes) else ("",) * len(words)

    async def _request(self, kind: int, request: Speak | Phonemes) -> AbstractContextManager[Answers]:
        await self.open()
        return self._asked(kind, request)

    @contextmanager
    def _asked(self, kind: int, request: Speak | Phonemes) -> Iterator[Answers]:
        child = self._child
        if child is None:  # ended between opening and here
            raise EngineError("The speaker was closed.", remedy="Open it again to speak.")
        answers = self._answers[request.id] = asyncio.Queue()
        child.send(kind, msgspec.json.encode(request))
        try:
            yield answers
        finally:
            if self._answers.pop(request.id, None) is not None:
                child.send(CANCEL, msgspec.json.encode(Reply(request.id)))

    def _on_frame(self, kind: int, payload: bytes) -> None:
        if kind == SPEECH:
            request_id, text, pcm = unpack_piece(payload)
            self._answer(request_id, SpeechChunk(pcm, text))
        elif kind == PHONEMES_DONE:
            phonemes = msgspec.json.decode(payload, type=Phonemes)
            self._answer(phonemes.id, phonemes, last=True)
        elif kind in (DONE, REFUSED):
            reply = msgspec.json.decode(payload, type=Reply)
            refusal = EngineError(f"The speaker refused: {reply.message}.", remedy="Choose another voice.")
            self._answer(reply.id, None if kind == DONE else refusal, last=True)

    def _answer(self, request_id: int, answer: Answer, *, last: bool = False) -> None:
        answers = self._answers.pop(request_id, None) if last else self._answers.get(request_id)
        if answers is not None:
            answers.put_nowait(answer)

    def _on_exit(self, reason: str) -> None:
        child, self._child = self._child, None
        if child is not None:
            self._fail(child.error(reason))
            self._closing = asyncio.ensure_future(child.close())

    def _fail(self, error: EngineError) -> None:
        for request_id in list(self._answers):
            self._answer(request_id, error, last=True)


async def _take(answers: Answers) -> SpeechChunk | Phonemes | None:
    answer = await answers.get()
    if isinstance(answer, EngineError):
        raise answer
    return answer
