"""Whole stretches of a conversation as lists of events, in the order in which the real service sends them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .builders import (
    Event,
    committed,
    encode_audio,
    event,
    function_call,
    item_added,
    item_done,
    message,
    new_id,
    response_created,
    response_done,
    speech_started,
    speech_stopped,
    tone,
    transcription_completed,
    transcription_delta,
)

__all__ = ["audio_chunks", "audio_response", "call_response", "text_response", "user_turn", "words_of"]

BYTES_PER_MS = 48
MS_PER_CHARACTER = 60


def words_of(text: str) -> list[str]:
    """Split text into words with the spaces that follow them; joined they are the text again."""
    return re.findall(r"\S+\s*|\s+", text)


def audio_chunks(pcm: bytes, chunk_ms: int) -> list[bytes]:
    """Split PCM into chunks of `chunk_ms`, the last one shorter."""
    size = chunk_ms * BYTES_PER_MS
    return [pcm[begin : begin + size] for begin in range(0, len(pcm), size)]


def user_turn(
    text: str | None,
    *,
    item_id: str | None = None,
    previous: str | None = None,
    start_ms: int = 0,
    end_ms: int = 1_000,
    deltas: Sequence[str] = (),
    by_hand: bool = False,
) -> list[Event]:
    """Return the events of a spoken turn, found by turn detection unless `by_hand`.

    `text` None leaves out the transcript: send `transcription_completed` later, or never. `deltas` are live
    pieces of it, which come before the commit.
    """
    item_id = item_id or new_id("item")
    item = message("user", item_id=item_id, spoken=True)
    events: list[Event] = [] if by_hand else [speech_started(item_id, start_ms)]
    events += [transcription_delta(item_id, delta) for delta in deltas]
    events += [] if by_hand else [speech_stopped(item_id, end_ms)]
    events += [
        committed(item_id, previous=previous),
        item_added(item, previous=previous),
        item_done(item, previous=previous),
    ]
    if text is not None:
        events.append(transcription_completed(item_id, text, seconds=(end_ms - start_ms) / 1000))
    return events


def text_response(
    text: str,
    *,
    response_id: str | None = None,
    item_id: str | None = None,
    previous: str | None = None,
    chunks: Sequence[str] | None = None,
    metadata: Mapping[str, str] | None = None,
    out_of_band: bool = False,
) -> list[Event]:
    """Return a whole written response; `chunks` are its pieces (its words, unless given)."""
    item_id = item_id or new_id("item")
    response_id = response_id or new_id("resp")
    part = _part_ids(response_id, item_id)
    deltas = [
        event("response.output_text.delta", **part, delta=chunk)
        for chunk in (words_of(text) if chunks is None else chunks)
    ]
    done = [event("response.output_text.done", **part, text=text)]
    body = _part(part, {"type": "text", "text": ""}, [*deltas, *done], {"type": "text", "text": text})
    item = message("assistant", text, item_id=item_id)
    begun = message("assistant", item_id=item_id, status="in_progress")
    events = _item(response_id, 0, begun, body, item, previous=previous, out_of_band=out_of_band)
    return _response(response_id, events, [item], metadata, out_of_band, modality="text")


def audio_response(
    transcript: str,
    pcm: bytes | None = None,
    *,
    response_id: str | None = None,
    item_id: str | None = None,
    previous: str | None = None,
    chunks: Sequence[str] | None = None,
    chunk_ms: int = 200,
    metadata: Mapping[str, str] | None = None,
    out_of_band: bool = False,
) -> list[Event]:
    """Return a whole spoken response; `pcm` is a tone of plausible length unless given.

    `chunks` are the pieces of the transcript (its words, unless given), spread evenly over the sound.
    """
    item_id = item_id or new_id("item")
    response_id = response_id or new_id("resp")
    part = _part_ids(response_id, item_id)
    sound = tone(MS_PER_CHARACTER * max(1, len(transcript))) if pcm is None else pcm
    words = [
        event("response.output_audio_transcript.delta", **part, delta=chunk)
        for chunk in (words_of(transcript) if chunks is None else chunks)
    ]
    audio = [
        event("response.output_audio.delta", **part, delta=encode_audio(chunk))
        for chunk in audio_chunks(sound, chunk_ms)
    ]
    done = [
        event("response.output_audio.done", **part),
        event("response.output_audio_transcript.done", **part, transcript=transcript),
    ]
    last = {"type": "audio", "transcript": transcript}
    body = _part(part, {"type": "audio", "transcript": ""}, [*_interleave(words, audio), *done], last)
    item = message("assistant", transcript, item_id=item_id, spoken=True)
    begun = message("assistant", item_id=item_id, status="in_progress")
    events = _item(response_id, 0, begun, body, item, previous=previous, out_of_band=out_of_band)
    return _response(response_id, events, [item], metadata, out_of_band)


def call_response(
    *calls: tuple[str, Mapping[str, Any] | str] | Mapping[str, Any],
    response_id: str | None = None,
    previous: str | None = None,
    metadata: Mapping[str, str] | None = None,
    chunk_characters: int = 12,
) -> list[Event]:
    """Return a whole response of calls, each `("name", {arguments})` or a `function_call(…)` item."""
    response_id = response_id or new_id("resp")
    items = [function_call(*call) if isinstance(call, tuple) else dict(call) for call in calls]
    events: list[Event] = []
    for index, item in enumerate(items):
        begun = {**item, "status": "in_progress", "arguments": ""}
        body = _arguments(response_id, index, item, chunk_characters)
        events += _item(response_id, index, begun, body, item, previous=previous if index == 0 else None)
    return _response(response_id, events, items, metadata, out_of_band=False)


# -- parts -----------------------------------------------------------------------------------------------


def _part_ids(response_id: str, item_id: str) -> dict[str, Any]:
    return {"response_id": response_id, "item_id": item_id, "output_index": 0, "content_index": 0}


def _part(ids: dict[str, Any], begun: Event, body: Iterable[Event], done: Event) -> list[Event]:
    return [
        event("response.content_part.added", **ids, part=begun),
        *body,
        event("response.content_part.done", **ids, part=done),
    ]


def _arguments(response_id: str, index: int, item: Mapping[str, Any], size: int) -> list[Event]:
    ids = {
        "response_id": response_id, "item_id": item["id"], "output_index": index, "call_id": item["call_id"],
    }  # fmt: skip
    text = item["arguments"]
    pieces = [text[begin : begin + size] for begin in range(0, len(text), size)]
    kind = "response.function_call_arguments"
    return [
        *(event(f"{kind}.delta", **ids, delta=piece) for piece in pieces),
        event(f"{kind}.done", **ids, name=item["name"], arguments=text),
    ]


def _item(
    response_id: str,
    index: int,
    begun: Event,
    body: Iterable[Event],
    item: Event,
    *,
    previous: str | None,
    out_of_band: bool = False,
) -> list[Event]:
    ids = {"response_id": response_id, "output_index": index}
    conversation = not out_of_band
    return [
        event("response.output_item.added", **ids, item=begun),
        *([item_added(begun, previous=previous)] if conversation else []),
        *body,
        *([item_done(item, previous=previous)] if conversation else []),
        event("response.output_item.done", **ids, item=item),
    ]


def _response(
    response_id: str,
    events: Iterable[Event],
    output: Sequence[Event],
    metadata: Mapping[str, str] | None,
    out_of_band: bool,
    *,
    modality: str = "audio",
) -> list[Event]:
    fields: dict[str, Any] = {
        "metadata": None if metadata is None else dict(metadata), "output_modalities": [modality],
    }  # fmt: skip
    if out_of_band:
        fields["conversation_id"] = None
    return [
        response_created(response_id, **fields),
        *events,
        response_done(response_id, output=output, **fields),
    ]


def _interleave(words: Sequence[Event], audio: Sequence[Event]) -> list[Event]:
    mixed: list[tuple[float, int, Event]] = []
    for rank, events in enumerate((words, audio)):
        mixed += [(place / len(events), rank, one) for place, one in enumerate(events)]
    return [one for _, _, one in sorted(mixed, key=lambda entry: entry[:2])]
