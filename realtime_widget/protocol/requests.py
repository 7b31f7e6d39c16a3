"""Wishes for a response: those that wait for their turn, and those that the server is still to confirm."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from .commands import Command, CreateResponse

__all__ = ["KEY", "Request", "Requests"]

KEY = "rtw_key"
"""Metadata entry that ties a response to its request; the server echoes metadata."""

UNANSWERED_AFTER_MS = 60_000


@dataclass(slots=True, eq=False)
class Request:
    """A wish for a response: what to send before it, its options, and how often it was refused."""

    key: str
    prelude: list[Command] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    event_id: str | None = None
    attempts: int = 0
    sent_ms: float = 0.0
    follows_up: bool = False  # it asks for no more than "go on", so that any other response answers it too
    cancelled: bool = False
    absorbs: list[str] = field(default_factory=list)  # keys of follow-ups that its response answers too
    items: list[str] = field(default_factory=list)  # ids of the commands that were sent before it

    @property
    def out_of_band(self) -> bool:
        """Whether the response stays outside the conversation and so needs no turn in the queue."""
        return self.options.get("conversation") == "none"


class Requests:
    """One queue for what goes into the conversation, and what was sent; iterating gives all of them.

    Attributes:
        sent: Sent and not confirmed yet, oldest first.
        side: The same, of those that stay outside the conversation.
    """

    def __init__(self) -> None:
        self.sent: deque[Request] = deque()
        self.side: deque[Request] = deque()
        self._queue: deque[Request] = deque()
        self._count = 0

    def __iter__(self) -> Iterator[Request]:
        return chain(self.sent, self.side, self._queue)

    def __bool__(self) -> bool:
        return bool(self.sent or self.side or self._queue)

    @property
    def unconfirmed(self) -> bool:
        """Whether something was sent that nothing has answered yet."""
        return bool(self.sent or self.side)

    # -- waiting -----------------------------------------------------------------------------------------

    def add(self, request: Request) -> None:
        """Queue a request; what follows up goes before what was asked meanwhile, which is a new question."""
        if request.follows_up:
            self._queue.insert(sum(queued.follows_up for queued in self._queue), request)
        else:
            self._queue.append(request)

    def put_back(self, request: Request) -> None:
        """Queue a request that was sent before all others."""
        self._queue.appendleft(request)

    def next(self, *, follow_ups: bool) -> Request | None:
        """Take the next request out of the queue, one that `follow_ups` lets pass; None if there is none."""
        request = next((each for each in self._queue if follow_ups or not each.follows_up), None)
        if request is not None:
            self._queue.remove(request)
            if not request.out_of_band:
                # Whatever outputs wait to be followed up were sent before, so this response sees them.
                request.absorbs += [follow_up.key for follow_up in self.drop_follow_ups()]
        return request

    def drop_follow_ups(self) -> list[Request]:
        """Drop the waiting requests that only ask to go on; return them."""
        follow_ups = [request for request in self._queue if request.follows_up]
        for request in follow_ups:
            self._queue.remove(request)
        return follow_ups

    # -- sent --------------------------------------------------------------------------------------------

    def send(self, request: Request, now_ms: float) -> list[Command]:
        """Note that a request is sent; return its commands."""
        (self.side if request.out_of_band else self.sent).append(request)
        self._count += 1
        request.event_id = f"rtw_response_{self._count}"
        request.attempts += 1
        request.sent_ms = now_ms
        metadata = {**(request.options.get("metadata") or {}), KEY: request.key}
        create = CreateResponse(event_id=request.event_id, response={**request.options, "metadata": metadata})
        prelude, request.prelude = request.prelude, []
        request.items += [command.event_id for command in prelude if command.event_id]
        return [*prelude, create]

    def take(self, event_id: str | None) -> Request | None:
        """Take out the request that was sent under an id; None if there is none."""
        if event_id is None:
            return None
        return self._take([each for each in (*self.sent, *self.side) if each.event_id == event_id])

    def take_key(self, key: str | None) -> Request | None:
        """Take out the sent request with a key; None if there is none."""
        if key is None:
            return None
        return self._take([each for each in (*self.sent, *self.side) if each.key == key])

    def _take(self, found: list[Request]) -> Request | None:
        if not found:
            return None
        request = found[0]
        (self.sent if request in self.sent else self.side).remove(request)
        return request

    def take_late(self, now_ms: float) -> list[Request]:
        """Take out those that weren't answered for too long."""
        late = [each for each in (*self.sent, *self.side) if now_ms - each.sent_ms > UNANSWERED_AFTER_MS]
        for request in late:
            self._take([request])
        return late

    # -- connections -------------------------------------------------------------------------------------

    def take_back(self) -> list[Request]:
        """Queue again what was sent, for the next connection; return what nobody wants any more."""
        lost = [*self.sent, *self.side]
        self.sent.clear()
        self.side.clear()
        self._queue.extendleft(request for request in reversed(lost) if not request.cancelled)
        for request in self._queue:
            request.attempts = 0
        return [request for request in lost if request.cancelled]

    def clear(self) -> None:
        """Forget all requests."""
        self.sent.clear()
        self.side.clear()
        self._queue.clear()
