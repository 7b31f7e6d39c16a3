"""What a server does without being told: it acknowledges, it keeps the order, it hands metadata back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from . import builders
from .builders import Event
from .steps import Command

__all__ = ["Manners"]


class Manners:
    """The usual answers of one connection, and the details that complete what a script sends."""

    def __init__(self) -> None:
        self.session = builders.session_object()
        self._previous: dict[str, str | None] = {}
        self._last: str | None = None
        self._asked: deque[dict[str, Any] | None] = deque()
        self._metadata: dict[str, dict[str, Any] | None] = {}

    def note(self, command: Command) -> None:
        """Remember what a later event must hand back."""
        if command.get("type") == "response.create":
            self._asked.append((command.get("response") or {}).get("metadata"))

    def answer(self, command: Command) -> list[Event]:
        """Return the usual answer to a command; most have none."""
        answer = _ANSWERS.get(str(command.get("type")))
        return answer(self, command) if answer is not None else []

    def complete(self, event: Event) -> Event:
        """Return an event with what the real server would fill in."""
        event = {"event_id": builders.new_id("event"), **event}
        kind = event.get("type")
        if kind in ("response.created", "response.done") and isinstance(event.get("response"), dict):
            event["response"] = self._with_metadata(event["response"], created=kind == "response.created")
        item_id = _placed_item(event)
        if item_id is not None:
            if "previous_item_id" in event:
                self._previous[item_id] = event["previous_item_id"]
            event["previous_item_id"] = self._previous.setdefault(item_id, self._last)
            if kind != "conversation.item.done":
                self._last = item_id
        return event

    def _with_metadata(self, response: dict[str, Any], *, created: bool) -> dict[str, Any]:
        response_id = response.get("id", "")
        if response.get("metadata") is not None:
            if created and self._asked and self._asked[0] == response["metadata"]:
                self._asked.popleft()
            return response
        if created and response_id not in self._metadata:
            self._metadata[response_id] = self._asked.popleft() if self._asked else None
        return {**response, "metadata": self._metadata.get(response_id)}

    def _update(self, command: Command) -> list[Event]:
        self.session = _merge(self.session, command.get("session") or {})
        return [builders.session_updated(self.session)]

    def _create(self, command: Command) -> list[Event]:
        item = {"id": builders.new_id("item"), **command.get("item", {}), "object": "realtime.item"}
        item.setdefault("status", "completed")
        previous = command.get("previous_item_id")
        return [builders.item_added(item, previous=previous), builders.item_done(item, previous=previous)]

    def _truncate(self, command: Command) -> list[Event]:
        index = command.get("content_index", 0)
        return [builders.item_truncated(command["item_id"], command["audio_end_ms"], content_index=index)]

    def _delete(self, command: Command) -> list[Event]:
        return [builders.item_deleted(command["item_id"])]

    def _commit(self, command: Command) -> list[Event]:
        item = builders.message("user", spoken=True)
        return [builders.committed(item["id"]), builders.item_added(item), builders.item_done(item)]

    def _clear(self, command: Command) -> list[Event]:
        return [builders.cleared()]


_ANSWERS: dict[str, Callable[[Manners, Command], list[Event]]] = {
    "session.update": Manners._update,
    "conversation.item.create": Manners._create,
    "conversation.item.truncate": Manners._truncate,
    "conversation.item.delete": Manners._delete,
    "input_audio_buffer.commit": Manners._commit,
    "input_audio_buffer.clear": Manners._clear,
}

_PLACING = ("conversation.item.added", "conversation.item.created", "conversation.item.done")


def _placed_item(event: Event) -> str | None:
    if event.get("type") == "input_audio_buffer.committed":
        return event.get("item_id")
    item = event.get("item")
    return item.get("id") if event.get("type") in _PLACING and isinstance(item, dict) else None


def _merge(old: Any, new: Any, depth: int = 0) -> Any:
    # Only `audio` and its two sides are merged; every other value is replaced as a whole.
    if not (isinstance(old, dict) and isinstance(new, dict)) or depth > 2:
        return new
    nested = {key: _merge(old.get(key), value, depth + 1) for key, value in new.items()}
    keep = depth == 0 or "input" in old or "input" in new or depth == 2
    return {**old, **nested} if keep else new
