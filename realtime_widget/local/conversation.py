"""The server's side of a conversation: items in order, with their sound and what was heard in them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from realtime_widget.local.refusal import Refusal
from realtime_widget.local.stages import Transcription
from realtime_widget.local.wire_audio import BYTES_PER_MS
from realtime_widget.protocol.objects import ContentPart, Item

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Conversation", "Entry"]


@dataclass(slots=True, eq=False)
class Entry:
    """One item; `audio` is PCM at 24 kHz by content index.

    Attributes:
        spoken: Its audio was made by the responder, so that it can be truncated.
        heard: What the recogniser understands of each audio part, now or soon.
        silent: It stands for silence: the user said nothing in time.
    """

    item: Item
    audio: dict[int, bytearray] = field(default_factory=dict, repr=False)
    spoken: bool = False
    silent: bool = False
    heard: dict[int, asyncio.Future[Transcription]] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        """The item's id."""
        return self.item.id or ""

    def audio_ms(self, content_index: int) -> float:
        """Return the length of a part's audio."""
        return len(self.audio.get(content_index, b"")) / BYTES_PER_MS

    def set_part(self, content_index: int, part: ContentPart) -> None:
        """Replace or add a part."""
        content = list(self.item.content or ())
        content[content_index : content_index + 1] = [part]
        self.item = msgspec.structs.replace(self.item, content=content)

    def as_understood(self) -> Item:
        """Return the item with what was heard as its transcript, whether or not the client sees it."""
        heard = {index: future.result() for index, future in self.heard.items() if _has_result(future)}
        if not heard:
            return self.item
        content = [
            msgspec.structs.replace(part, transcript=heard[index].text) if index in heard else part
            for index, part in enumerate(self.item.content or ())
        ]
        return msgspec.structs.replace(self.item, content=content)

    def is_uncertain(self) -> bool:
        """Tell whether the recogniser wasn't sure of a part."""
        return any(future.result().uncertain for future in self.heard.values() if _has_result(future))

    def forget(self) -> None:
        """Stop what still listens to it."""
        for future in self.heard.values():
            future.cancel()


def _has_result(future: asyncio.Future[Transcription]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


class Conversation:
    """Entries in order, by id."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._order: list[str] = []

    def __iter__(self) -> Iterator[Entry]:
        return (self._entries[item_id] for item_id in self._order)

    def __len__(self) -> int:
        return len(self._order)

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._entries

    @property
    def last_id(self) -> str | None:
        """Id of the last item."""
        return self._order[-1] if self._order else None

    def get(self, item_id: str) -> Entry | None:
        """Return an entry, None when there is none."""
        return self._entries.get(item_id)

    def previous_id(self, item_id: str) -> str | None:
        """Return the id of the item before."""
        at = self._order.index(item_id) if item_id in self._entries else 0
        return self._order[at - 1] if at else None

    def add(self, entry: Entry, *, after: str | None = None) -> None:
        """Put an entry in: at the end, after another one, or first (`"root"`).

        Raises:
            Refusal: Its id is taken, or the other one doesn't exist.
        """
        if entry.id in self._entries:
            raise Refusal(
                f"Error adding item: an item with id '{entry.id}' already exists in this conversation.",
                code="item_create_duplicate_item_id",
                param="item.id",
            )
        if after is not None and after != "root" and after not in self._entries:
            raise Refusal(
                f"Error adding item: the previous item with id '{after}' does not exist.",
                code="item_create_invalid_previous_item_id",
                param="previous_item_id",
            )
        at = len(self._order) if after is None else 0 if after == "root" else self._order.index(after) + 1
        self._order.insert(at, entry.id)
        self._entries[entry.id] = entry

    def require(self, item_id: str, verb: str) -> Entry:
        """Return an entry.

        Raises:
            Refusal: There is none; `verb` is the command's, as in "delete".
        """
        entry = self._entries.get(item_id)
        if entry is None:
            raise Refusal(
                f"Error {_GERUNDS[verb]} item: the item with id '{item_id}' does not exist.",
                code=f"item_{verb}_invalid_item_id",
                param="item_id",
            )
        return entry

    def delete(self, item_id: str) -> None:
        """Remove an item.

        Raises:
            Refusal: There is no such item.
        """
        entry = self.require(item_id, "delete")
        entry.forget()
        del self._entries[item_id]
        self._order.remove(item_id)

    def truncate(self, item_id: str, content_index: int, audio_end_ms: int) -> None:
        """Cut the audio of an answer, and forget its words, which no longer fit.

        Raises:
            Refusal: Not audio of an answer, or already shorter.
        """
        entry = self.require(item_id, "truncate")
        if not entry.spoken or content_index not in entry.audio:
            raise Refusal(
                "Only model output audio messages can be truncated.",
                code="unsupported_content_type",
                param="item_id",
            )
        if audio_end_ms < 0:
            raise Refusal(
                f"Invalid 'audio_end_ms': integer below minimum value. Expected a value >= 0, but got "
                f"{audio_end_ms} instead.",
                code="integer_below_min_value",
                param="audio_end_ms",
            )
        length_ms = int(entry.audio_ms(content_index))
        if audio_end_ms > length_ms:
            raise Refusal(
                f"Audio content of {length_ms}ms is already shorter than {audio_end_ms}ms",
                param="audio_end_ms",
            )
        del entry.audio[content_index][audio_end_ms * BYTES_PER_MS :]
        entry.set_part(content_index, ContentPart(type="output_audio"))

    def has_call(self, call_id: str | None) -> bool:
        """Tell whether a call of that id was made."""
        return any(entry.item.type == "function_call" and entry.item.call_id == call_id for entry in self)

    def entries(self, ids: Iterable[str] | None = None) -> list[Entry]:
        """Return the entries of some ids, or all."""
        return list(self) if ids is None else [self._entries[item_id] for item_id in ids]


_GERUNDS: Mapping[str, str] = {"delete": "deleting", "truncate": "truncating", "retrieve": "retrieving"}
