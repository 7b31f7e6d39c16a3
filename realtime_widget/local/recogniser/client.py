"""Recognise through the child process, from asyncio."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import OrderedDict
from typing import Any

import msgspec

from realtime_widget.errors import EngineError
from realtime_widget.local.child import Child
from realtime_widget.local.grammar import Grammar
from realtime_widget.local.phrases import Sayable
from realtime_widget.local.pronounce import Phonemes, pronounce
from realtime_widget.local.recogniser import wire
from realtime_widget.local.speaker.client import EspeakSpeaker
from realtime_widget.local.stages import Transcription

logger = logging.getLogger("realtime_widget.local")

MAX_GRAMMARS = 4
"""Grammars that the child keeps; one takes about 40 MB there."""


class PocketsphinxTranscriber:
    """Recognise what a grammar says, or else, marked as uncertain, any English.

    The child process starts with `open` or the first utterance, and again after a crash.
    """

    def __init__(self, *, phonemes: Phonemes | None = None) -> None:
        """Start nothing yet.

        Args:
            phonemes: Gives the IPA of words that the dictionary lacks, such as `EspeakSpeaker.phonemes`;
                without it a speaker is started for a moment when there are such words.
        """
        self._phonemes = phonemes
        self._child: Child | None = None
        self._opening = asyncio.Lock()
        self._ids = itertools.count(1)
        self._grammars: OrderedDict[int, tuple[Grammar, asyncio.Task[int]]] = OrderedDict()
        self._replies: dict[int, asyncio.Future[Any]] = {}
        self._streams: dict[int, PocketsphinxStream] = {}
        self._sounds: dict[str, str] = {}
        self._closing: asyncio.Future[None] | None = None  # a crashed child that is being reaped

    @property
    def pid(self) -> int | None:
        """Process id of the child, None while none runs."""
        return self._child.pid if self._child else None

    async def open(self) -> None:
        """Start the child process; a no-op while it runs.

        Raises:
            EngineError: pocketsphinx is missing or doesn't start.
        """
        async with self._opening:
            if self._child is not None:
                return
            child = Child(
                "realtime_widget.local.recogniser.process",
                name="The recogniser (pocketsphinx)",
                on_frame=self._on_frame,
                on_exit=self._on_exit,
            )
            await child.start()
            self._child = child

    async def close(self) -> None:
        """End the child process; idempotent. Utterances that aren't finished end with an error."""
        child, self._child = self._child, None
        self._fail(EngineError("The recogniser was closed.", remedy="Open it again to listen."))
        if child is not None:
            await child.close()

    async def prepare(self, sayable: Sayable) -> None:
        """Load a grammar ahead of the first utterance that needs it.

        Raises:
            EngineError: The child can't start, or the grammar is too large.
        """
        await self._grammar_id(sayable.grammar)

    def stream(self, *, sayable: Sayable) -> PocketsphinxStream:
        """Begin one utterance; call it on the event loop."""
        utterance = next(self._ids)
        stream = PocketsphinxStream(self, utterance, sayable.grammar)
        self._streams[utterance] = stream
        return stream

    def send(self, kind: int, payload: bytes) -> None:
        """Send a frame to the child; it is lost when none runs."""
        if self._child is not None:
            self._child.send(kind, payload)

    def forget(self, utterance: int) -> None:
        """Drop an utterance that is over."""
        self._streams.pop(utterance, None)

    async def begin(self, utterance: int, grammar: Grammar) -> None:
        """Make the child ready for an utterance."""
        grammar_id = await self._grammar_id(grammar)
        self.send(wire.BEGIN, msgspec.json.encode(wire.Utterance(utterance, grammar_id)))

    async def ask(self, request_id: int, kind: int, payload: bytes) -> Any:
        """Send a frame and wait for the reply to its id."""
        await self.open()
        reply = self._replies[request_id] = asyncio.get_running_loop().create_future()
        self.send(kind, payload)
        try:
            return await reply
        finally:
            self._replies.pop(request_id, None)

    async def _grammar_id(self, grammar: Grammar) -> int:
        for grammar_id, (known, loading) in self._grammars.items():
            if known is grammar or (known.rules == grammar.rules and known.words == grammar.words):
                self._grammars.move_to_end(grammar_id)
                return await asyncio.shield(loading)
        grammar_id = next(self._ids)
        loading = asyncio.ensure_future(self._load(grammar_id, grammar))
        loading.add_done_callback(lambda task: task.cancelled() or task.exception())  # maybe nobody waits
        self._grammars[grammar_id] = grammar, loading
        if len(self._grammars) > MAX_GRAMMARS:
            dropped, _ = self._grammars.popitem(last=False)
            self.send(wire.DROP, msgspec.json.encode(wire.Utterance(dropped)))
        try:
            return await asyncio.shield(loading)
        except EngineError:
            self._grammars.pop(grammar_id, None)
            raise

    async def _load(self, grammar_id: int, grammar: Grammar) -> int:
        """Send a grammar, tell how words sound that the child doesn't know, and wait until it is ready."""
        frame = wire.GrammarFrame.of(grammar_id, grammar)
        missing = await self.ask(grammar_id, wire.GRAMMAR, msgspec.json.encode(frame))
        phones = await self._pronounce(missing.spellings)
        answer = wire.Pronunciations(grammar_id, phones=phones)
        done = await self.ask(grammar_id, wire.PRONUNCIATIONS, msgspec.json.encode(answer))
        if done.error:
            raise EngineError(
                f"The recogniser can't listen for what the tools make sayable: {done.error}.",
                remedy="Use fewer tools, or shorter lists of allowed values.",
            )
        return grammar_id

    async def _pronounce(self, spellings: list[str]) -> dict[str, str]:
        unknown = [spelling for spelling in spellings if spelling not in self._sounds]
        if unknown and self._phonemes is not None:
            self._sounds |= await pronounce(unknown, self._phonemes)
        elif unknown:
            self._sounds |= await _pronounce_alone(unknown)
        return {spelling: self._sounds[spelling] for spelling in spellings if spelling in self._sounds}

    def _on_frame(self, kind: int, payload: bytes) -> None:
        if kind in (wire.PARTIAL, wire.FINAL):
            heard = msgspec.json.decode(payload, type=wire.Heard)
            if kind == wire.PARTIAL and heard.id in self._streams:
                self._streams[heard.id].show(heard.text)
            elif kind == wire.FINAL:
                self._reply(heard.id, heard)
        elif kind == wire.MISSING:
            missing = msgspec.json.decode(payload, type=wire.Pronunciations)
            self._reply(missing.id, missing)
        elif kind == wire.GRAMMAR_DONE:
            done = msgspec.json.decode(payload, type=wire.Utterance)
            self._reply(done.id, done)

    def _reply(self, request_id: int, value: object) -> None:
        reply = self._replies.get(request_id)
        if reply is not None and not reply.done():
            reply.set_result(value)

    def _on_exit(self, reason: str) -> None:
        child, self._child = self._child, None
        if child is not None:
            self._fail(child.error(reason))
            self._closing = asyncio.ensure_future(child.close())

    def _fail(self, error: EngineError) -> None:
        self._grammars.clear()
        for reply in self._replies.values():
            if not reply.done():
                reply.set_exception(error)
        for stream in self._streams.values():
            stream.fail(error)
        self._streams.clear()


class PocketsphinxStream:
    """Listen to one utterance. Audio fed before the child is ready waits here."""

    def __init__(self, transcriber: PocketsphinxTranscriber, utterance: int, grammar: Grammar) -> None:
        """Begin; made by `PocketsphinxTranscriber.stream`."""
        self._transcriber = transcriber
        self._utterance = utterance
        self._partial: str | None = None
        self._waiting: list[bytes] | None = []
        self._error: EngineError | None = None
        self._beginning = asyncio.ensure_future(self._begin(grammar))

    def feed(self, pcm: bytes) -> None:
        """Take the next audio, s16le mono at 24000 Hz; never blocks."""
        if self._waiting is not None:
            self._waiting.append(pcm)
        else:
            self._send(pcm)

    def partial(self) -> str | None:
        """Return the latest guess at the text so far, or None."""
        return self._partial

    async def finish(self) -> Transcription:
        """Return the final text: of the grammar where that is credible, else of the open model, as uncertain.

        Raises:
            EngineError: The recogniser can't start or ended.
        """
        await self._beginning
        if self._error is not None:
            raise self._error
        request = msgspec.json.encode(wire.Utterance(self._utterance))
        try:
            heard: wire.Heard = await self._transcriber.ask(self._utterance, wire.FINISH, request)
        finally:
            self._transcriber.forget(self._utterance)
        return Transcription(heard.text, heard.uncertain, heard.confidence, tuple(heard.words))

    def cancel(self) -> None:
        """Forget the utterance."""
        self._beginning.cancel()
        self._transcriber.send(wire.CANCEL, msgspec.json.encode(wire.Utterance(self._utterance)))
        self._transcriber.forget(self._utterance)

    def show(self, text: str) -> None:
        """Take a partial text from the child."""
        self._partial = text or None

    def fail(self, error: EngineError) -> None:
        """Note that the child is gone; `finish` raises it."""
        self._error = error

    async def _begin(self, grammar: Grammar) -> None:
        try:
            await self._transcriber.begin(self._utterance, grammar)
        except EngineError as error:
            self._error = error
            return
        waiting, self._waiting = self._waiting or [], None
        for pcm in waiting:
            self._send(pcm)

    def _send(self, pcm: bytes) -> None:
        self._transcriber.send(wire.AUDIO, wire.AUDIO_HEAD.pack(self._utterance) + pcm)


async def _pronounce_alone(words: list[str]) -> dict[str, str]:
    """Pronounce with a speaker of our own, or by spelling where that can't start."""
    speaker = EspeakSpeaker()
    try:
        return await pronounce(words, speaker.phonemes)
    except EngineError as error:
        logger.warning("! words are pronounced by their spelling: %s", error)
        return await pronounce(words)
    finally:
        await speaker.close()
