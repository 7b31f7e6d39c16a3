"""From what the user said to transcripts, while it is said and after."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from realtime_widget.config import transcriber
from realtime_widget.errors import RealtimeError
from realtime_widget.local import phrases
from realtime_widget.local.conversation import Entry
from realtime_widget.local.input import Segment
from realtime_widget.local.items import new_id
from realtime_widget.local.parts import Parts
from realtime_widget.local.recognition import Recognition
from realtime_widget.local.response_writer import Emit
from realtime_widget.local.stages import Transcription
from realtime_widget.local.wire_audio import Decoder

__all__ = ["Hearing", "what_is_sayable"]

logger = logging.getLogger("realtime_widget.local")

_EVENT = "conversation.item.input_audio_transcription"

Spawn = Callable[[Awaitable[Any]], "asyncio.Task[Any]"]


class Hearing:
    """Recognise what is said; tell the client where its session has a transcription."""

    def __init__(self, emit: Emit, parts: Parts, spawn: Spawn) -> None:
        self._emit = emit
        self._parts = parts
        self._spawn = spawn
        self._sayable = what_is_sayable([])
        self._has_prepared = False
        self._input: Mapping[str, Any] = {}

    @property
    def sayable(self) -> phrases.Sayable:
        """What can be said."""
        return self._sayable

    def configure(self, session: Mapping[str, Any]) -> None:
        """Take over the session's configuration."""
        self._input = session["audio"]["input"]
        known, self._sayable = self._sayable, what_is_sayable(session.get("tools", []))
        if self._sayable is not known or not self._has_prepared:
            self._has_prepared = True
            self._spawn(self._prepare(self._sayable))

    async def _prepare(self, sayable: phrases.Sayable) -> None:
        """Make the transcriber load what can be said, before anything is."""
        try:
            stage = await self._parts.transcriber.get()
            prepare = getattr(stage, "prepare", None)
            # Tools often come while it still opens: what can be said without them isn't needed then.
            if prepare is not None and sayable is self._sayable:
                await prepare(sayable)
        except RealtimeError as error:
            logger.warning("! the recogniser isn't prepared: %s", error)

    def new_recognition(self) -> Recognition:
        """Begin an utterance."""
        return Recognition(self._parts.transcriber, self._sayable)

    def hear_live(self, segment: Segment) -> None:
        """Send the words that are certain by now, where the transcription model does that live."""
        transcription = self._input.get("transcription")
        if transcription and transcriber(transcription["model"]).live:
            self._send_words(segment.item_id, 0, segment.recognition.delta())

    def listen(self, entry: Entry) -> None:
        """Recognise the audio that an item from the client brings along."""
        for index, part in enumerate(entry.item.content or ()):
            if part.type != "input_audio" or part.audio is None:
                continue
            decoder = Decoder(self._input["format"])
            pcm = decoder.decode(part.audio) + decoder.flush()
            entry.audio[index] = bytearray(pcm)
            entry.set_part(index, msgspec.structs.replace(part, audio=None))
            recognition = self.new_recognition()
            recognition.feed(pcm)
            self.recognise(entry, index, recognition)

    def recognise(self, entry: Entry, index: int, recognition: Recognition) -> None:
        """Finish an utterance that has become a part of an item."""
        task = entry.heard[index] = self._spawn(recognition.finish())
        shown = self._input["transcription"] is not None
        task.add_done_callback(lambda _: self._heard(entry, index, recognition, task, shown=shown))

    def _heard(
        self,
        entry: Entry,
        index: int,
        recognition: Recognition,
        task: asyncio.Task[Transcription],
        *,
        shown: bool,
    ) -> None:
        if task.cancelled():
            recognition.cancel()
        elif (error := task.exception()) is not None:
            if shown:
                self._tell_failure(entry.id, index, error)
        elif shown:
            self._tell_text(entry, index, recognition, task.result())

    def _tell_text(self, entry: Entry, index: int, recognition: Recognition, heard: Transcription) -> None:
        part = (entry.item.content or [])[index]
        entry.set_part(index, msgspec.structs.replace(part, transcript=heard.text))
        self._send_words(entry.id, index, recognition.last_delta(heard.text))
        seconds = round(entry.audio_ms(index) / 1000, 3)
        model = self._input["transcription"]["model"] if self._input["transcription"] else ""
        if model.startswith("gpt-4o-transcribe-diarize") and heard.text:
            segment = {"id": new_id("seg"), "speaker": "A", "start": 0.0, "end": seconds, "text": heard.text}
            self._emit(f"{_EVENT}.segment", item_id=entry.id, content_index=index, **segment)
        self._emit(
            f"{_EVENT}.completed",
            item_id=entry.id,
            content_index=index,
            transcript=heard.text,
            usage={"type": "duration", "seconds": seconds},
            **({"uncertain": True} if heard.uncertain else {}),
            **({"languages": [{"code": "en"}]} if model == "gpt-transcribe" and heard.text else {}),
        )

    def _tell_failure(self, item_id: str, index: int, error: BaseException) -> None:
        code = error.code if isinstance(error, RealtimeError) else None
        detail = {"type": "server_error", "code": code, "message": str(error), "param": None}
        self._emit(f"{_EVENT}.failed", item_id=item_id, content_index=index, error=detail)

    def _send_words(self, item_id: str, index: int, delta: str) -> None:
        if delta:
            self._emit(f"{_EVENT}.delta", item_id=item_id, content_index=index, delta=delta)


def what_is_sayable(tools: list[Any]) -> phrases.Sayable:
    """Return what can be said when a session has these tools."""
    return _sayable_of(msgspec.json.encode(tools))


@functools.lru_cache(maxsize=16)
def _sayable_of(tools: bytes) -> phrases.Sayable:
    try:
        return phrases.sayable(msgspec.json.decode(tools))
    except Exception as error:  # a schema that nobody thought of must not cost the session
        logger.warning("! what the tools make sayable can't be told: %s", type(error).__name__)
        return phrases.sayable(())
