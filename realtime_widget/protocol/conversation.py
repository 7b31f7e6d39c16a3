"""The reducer: server events in, the state of the conversation's items out.

Late, missing, duplicate and early events end in the same state: items are keyed by id, words by
`(item_id, content_index)`, places by `previous_item_id`. Nothing here sends, waits or raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..audio.keeping import Keeper
from . import events as ev
from . import model_items, user_items
from .changes import Change, ItemChanged, ItemRemoved
from .input_audio import InputAudio
from .items import ItemState
from .objects import Item
from .order import ItemOrder
from .playback import PlaybackTracker

__all__ = ["Conversation"]


class Conversation:
    """Items by id, in conversation order; fed with events, each of which yields changes."""

    def __init__(
        self, input_audio: InputAudio, playback: PlaybackTracker, *, keeper: Keeper | None = None
    ) -> None:
        self.items: dict[str, ItemState] = {}
        self.order = ItemOrder()
        self.input_audio = input_audio
        self.playback = playback
        self.keeper = keeper  # of the model's sound, or None
        self.silenced: set[str] = set()  # responses whose further sound nobody will hear
        self._side_responses: set[str] = set()
        self.by_response: dict[str, list[ItemState]] = {}
        self.open_speech: dict[str, ItemState] = {}  # what the user says that isn't committed yet
        self._gone: dict[str, ItemState | None] = {}  # None of what had its place, and doesn't come back
        self.connection = 1
        self.now_ms = 0.0
        self.wall_s = 0.0
        self.changes: list[Change] = []

    def __iter__(self) -> Iterator[ItemState]:
        return (self.items[item_id] for item_id in self.order if item_id in self.items)

    def apply(self, event: ev.ServerEvent, now_ms: float, wall_s: float) -> list[Change]:
        """Take one event; return what changed. `wall_s` is the time of day (Unix seconds)."""
        self.now_ms, self.wall_s = now_ms, wall_s
        self.changes = []
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)
        return self.changes

    # -- what the session itself does --------------------------------------------------------------------

    def add_local(self, item: Item, previous: str | None, now_ms: float, wall_s: float) -> list[Change]:
        """Show an item that is being sent, before the server confirms it."""
        self.now_ms, self.wall_s, self.changes = now_ms, wall_s, []
        state = self.item(item.id, item.type)
        if state is not None:
            state.take(item, final=True)
            state.conclude(whole=True)
            self.changed(state)
        return self.changes

    def silence(self, response_id: str | None) -> None:
        """Drop all further sound of a response: it was interrupted."""
        if response_id:
            self.silenced.add(response_id)

    def of_response(self, response_id: str) -> list[ItemState]:
        """Return the items that a response made, in the order in which they came."""
        return list(self.by_response.get(response_id, ()))

    def set_aside(self, response_id: str) -> list[Change]:
        """Keep a response's items out of the conversation (`conversation: "none"`); return what changed."""
        self._side_responses.add(response_id)
        self.changes = []
        for state in self.by_response.get(response_id, ()):
            self._set_aside(state)
        return self.changes

    def remove(self, item_id: str) -> list[Change]:
        """Take an item out, for good."""
        state = self.items.pop(item_id, None)
        if state is not None:
            self._gone[item_id] = None if state.placed else state
        self.open_speech.pop(item_id, None)
        self.order.drop(item_id)
        if state is None:
            return []
        self.playback.forget(item_id)
        return [ItemRemoved(item_id)]

    # -- items -------------------------------------------------------------------------------------------

    def item(self, item_id: str | None, kind: str = "message", role: str | None = None) -> ItemState | None:
        """Return an item, made on first sight; None if the event names none."""
        if not item_id:
            return None
        state = self.items.get(item_id)
        if state is None:
            if item_id in self._gone:
                return None  # a late word of what was cleared or deleted brings nothing back
            state = ItemState(item_id, kind or "message", self.now_ms, self.wall_s, role)
            state.connection = self.connection
            if not self.playback.has_player:
                # Nobody waits for sound in a script, so its time runs on to where the sound so far ends.
                state.created_ms = max(self.now_ms, self.playback.end_ms, self.input_audio.end_ms)
            self.items[item_id] = state
            self.order.expect(item_id)
            self.changed(state)
        state.role = state.role or role
        return state

    def revive(self, item_id: str | None) -> None:
        """Take an item back that was thought gone: it is a part of the conversation after all."""
        state = self._gone.pop(item_id or "", None)
        if state is not None:
            self.items[state.id] = state
            self.order.expect(state.id)

    def speech(self, item_id: str | None) -> ItemState | None:
        """Return an item of the user's; also one that was dropped, should it be committed after all."""
        return self._gone.get(item_id or "") or self.item(item_id, role="user")

    def response_item(self, event: Any, kind: str = "message") -> ItemState | None:
        """Return the item that an event of a response is about."""
        state = self.item(event.item_id, kind, "assistant" if kind == "message" else None)
        if state is not None and event.response_id and state.response_id is None:
            self.belongs(state, event.response_id)
        return state

    def belongs(self, state: ItemState, response_id: str) -> None:
        """Note which response made an item."""
        state.response_id = response_id
        self.by_response.setdefault(response_id, []).append(state)
        if response_id in self._side_responses:
            self._set_aside(state)

    def _set_aside(self, state: ItemState) -> None:
        if state.role in (None, "assistant"):  # no response makes anything of anyone else's
            state.out_of_band = True
            self.order.drop(state.id)
            self.changed(state)

    def changed(self, state: ItemState | None) -> None:
        """Note that an item came or changed."""
        if state is None or state.id not in self.items:
            return
        change = ItemChanged(state.id)
        if not self.changes or self.changes[-1] != change:
            self.changes.append(change)

    def place(self, state: ItemState, previous: str | None) -> None:
        """Give an item its place in the conversation."""
        if not state.out_of_band:
            self.order.place(state.id, previous)
            state.placed = True

    def settle(self, state: ItemState) -> None:
        """Keep an item where it is, if its server gives it no place."""
        if not state.placed and not state.out_of_band:
            self.order.settle(state.id)
            state.placed = True

    def abandon_speech(self, now_ms: float, wall_s: float) -> list[Change]:
        """End what the user was saying when the connection broke off; return what changed."""
        self.now_ms, self.wall_s, self.changes = now_ms, wall_s, []
        for state in list(self.open_speech.values()):
            if not state.text:
                self.changes += self.remove(state.id)
                continue
            state.finish("incomplete")
            self.settle(state)
            self.changed(state)
        self.open_speech.clear()
        return self.changes

    def _on_item_added(self, event: ev.ConversationItemAdded | ev.ConversationItemCreated) -> None:
        self.revive(event.item.id)
        state = self.item(event.item.id, event.item.type, event.item.role)
        if state is not None:
            # A model's item comes empty and grows; any other is whole.
            grows = state.role == "assistant" or state.kind not in ("message", "function_call_output")
            state.take(event.item, final=not grows or event.item.status == "completed")
            self.place(state, event.previous_item_id)
            self.changed(state)

    def _on_item_done(self, event: ev.ConversationItemDone) -> None:
        state = self.item(event.item.id, event.item.type)
        if state is not None:
            state.take(event.item, final=True)
            state.done_ms = state.done_ms or self.now_ms
            self.place(state, event.previous_item_id)
            self.changed(state)

    def _on_item_deleted(self, event: ev.ConversationItemDeleted) -> None:
        state = self.items.get(event.item_id)
        if state is not None and state.unheard:
            self.order.keep(state.id)
        elif state is not None:
            self.changes += self.remove(event.item_id)

    def _on_item_truncated(self, event: ev.ConversationItemTruncated) -> None:
        state = self.items.get(event.item_id)
        part = self.playback.get(event.item_id, event.content_index)
        if state is not None and part is not None and part.cut_samples is None:
            part.cut_samples = max(0, min(int(event.audio_end_ms * 24), part.received_samples))
            state.interrupted = True
            self.changed(state)


_HANDLERS: dict[type[Any], Callable[[Conversation, Any], None]] = {
    ev.ConversationItemAdded: Conversation._on_item_added,
    ev.ConversationItemCreated: Conversation._on_item_added,
    ev.ConversationItemDone: Conversation._on_item_done,
    ev.ConversationItemDeleted: Conversation._on_item_deleted,
    ev.ConversationItemTruncated: Conversation._on_item_truncated,
    **user_items.HANDLERS,
    **model_items.HANDLERS,
}
