"""Ids for what a server leaves unnamed, so that everything behind sees complete events.

Small servers of the protocol send sound and words without item ids, or responses without ids. What has a name
keeps it; nothing is ever renamed.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import msgspec

from . import events as ev

__all__ = ["Naming"]


class Naming:
    """Fills in ids; fed with every event, in order."""

    def __init__(self) -> None:
        self._count = count(1)
        self._response: str | None = None  # the one that runs
        self._items: dict[tuple[str | None, int], str] = {}
        self._speech: str | None = None  # made up for speech that isn't committed yet
        self._committed: str | None = None  # and not transcribed yet

    def complete(self, event: ev.ServerEvent) -> ev.ServerEvent:
        """Return the event with all ids that belong to it."""
        handler = _HANDLERS.get(type(event))
        completed: ev.ServerEvent = event if handler is None else handler(self, event)
        return completed

    def _new(self, kind: str) -> str:
        return f"rtw_{kind}_unnamed_{next(self._count)}"

    def _on_created(self, event: ev.ResponseCreated) -> Any:
        self._response = event.response.id or self._new("resp")
        return _with_response(event, self._response)

    def _on_done(self, event: ev.ResponseDone) -> Any:
        if not (event.response.id or self._response or event.response.output):
            return event  # the end of nothing
        response_id = event.response.id or self._response or self._new("resp")
        output = [
            item if item.id else msgspec.structs.replace(item, id=self._item(response_id, index))
            for index, item in enumerate(event.response.output or ())
        ]
        if self._response == response_id:
            self._response = None
        return _with_response(event, response_id, output)

    def _on_part(self, event: Any) -> Any:
        response_id = event.response_id or self._response
        index = event.output_index or 0
        if event.item_id:
            self._items.setdefault((response_id, index), event.item_id)
            if event.response_id or response_id is None:
                return event
        item_id = event.item_id or self._item(response_id, index)
        return msgspec.structs.replace(event, response_id=response_id, item_id=item_id)

    def _on_output_item(self, event: ev.ResponseOutputItemAdded | ev.ResponseOutputItemDone) -> Any:
        response_id = event.response_id or self._response
        index = event.output_index or 0
        if event.item.id:
            self._items[response_id, index] = event.item.id
            if event.response_id or response_id is None:
                return event
        item = msgspec.structs.replace(event.item, id=event.item.id or self._item(response_id, index))
        return msgspec.structs.replace(event, response_id=response_id, item=item)

    def _item(self, response_id: str | None, index: int) -> str:
        made_up = f"{response_id or self._new('resp')}_item_{index}"
        return self._items.setdefault((response_id, index), made_up)

    def _on_speech(self, event: ev.SpeechStarted | ev.SpeechStopped) -> Any:
        if event.item_id:
            return event
        if self._speech is None or isinstance(event, ev.SpeechStarted):
            self._speech = self._new("user")
        return msgspec.structs.replace(event, item_id=self._speech)

    def _on_committed(self, event: ev.InputAudioCommitted) -> ev.InputAudioCommitted:
        if event.item_id:
            self._committed = event.item_id
            return event
        self._committed, self._speech = self._speech or self._new("user"), None
        return msgspec.structs.replace(event, item_id=self._committed)

    def _on_transcription(self, event: Any) -> Any:
        if self._committed is None or event.item_id not in ("", self._committed):
            return event
        named = msgspec.structs.replace(event, item_id=self._committed)
        if _is_last(event):
            self._committed = None
        return named


def _is_last(event: Any) -> bool:
    if isinstance(event, ev.TranscriptionCompleted):
        return event.status in (None, "completed")
    return isinstance(event, ev.TranscriptionFailed)


def _with_response(event: Any, response_id: str, output: list[Any] | None = None) -> Any:
    response = event.response
    if response.id == response_id and (not output or output == response.output):
        return event
    changes: dict[str, Any] = {"id": response_id, **({"output": output} if output else {})}
    return msgspec.structs.replace(event, response=msgspec.structs.replace(response, **changes))


_PARTS: tuple[type[ev.Event], ...] = (
    ev.ResponseContentPartAdded,
    ev.ResponseContentPartDone,
    ev.ResponseOutputTextDelta,
    ev.ResponseOutputTextDone,
    ev.ResponseOutputAudioTranscriptDelta,
    ev.ResponseOutputAudioTranscriptDone,
    ev.ResponseOutputAudioDelta,
    ev.ResponseOutputAudioDone,
    ev.FunctionCallArgumentsDelta,
    ev.FunctionCallArgumentsDone,
)

_HANDLERS: dict[type[Any], Callable[[Naming, Any], Any]] = {
    ev.ResponseCreated: Naming._on_created,
    ev.ResponseDone: Naming._on_done,
    ev.ResponseOutputItemAdded: Naming._on_output_item,
    ev.ResponseOutputItemDone: Naming._on_output_item,
    ev.SpeechStarted: Naming._on_speech,
    ev.SpeechStopped: Naming._on_speech,
    ev.InputAudioCommitted: Naming._on_committed,
    ev.TranscriptionDelta: Naming._on_transcription,
    ev.TranscriptionCompleted: Naming._on_transcription,
    ev.TranscriptionFailed: Naming._on_transcription,
    **dict.fromkeys(_PARTS, Naming._on_part),
}
