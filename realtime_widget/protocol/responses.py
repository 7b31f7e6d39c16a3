"""Who may speak when: at most one response writes to the conversation, and no call stays unanswered.

Requests wait in one queue. The outputs of all calls of a response go out together, after its `response.done`, and
are followed by exactly one `response.create`. A request and the responses that its tool calls bring about
are one answer, known by the request's key.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .commands import Command, CreateResponse
from .objects import Item, Response

__all__ = ["KEY", "Batch", "Request", "ResponseSequencer", "ResponseState"]

KEY = "rtw_key"
"""Metadata entry that ties a response to its request; the server echoes metadata."""

MAX_ATTEMPTS = 3


@dataclass(slots=True)
class Request:
    """A wish for a response: what to send before it, its options, and how often it was refused."""

    key: str
    prelude: list[Command] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    event_id: str | None = None
    attempts: int = 0
    follows_tools: bool = False

    @property
    def is_follow_up(self) -> bool:
        """Whether it asks for no more than "go on", so that any other response answers it too."""
        return self.follows_tools and not self.options

    @property
    def out_of_band(self) -> bool:
        """Whether the response stays outside the conversation and so needs no turn in the queue."""
        return self.options.get("conversation") == "none"


@dataclass(slots=True)
class ResponseState:
    """One response; times are ms on the session's clock, None where it didn't happen (yet)."""

    id: str
    created_ms: float
    key: str | None = None
    out_of_band: bool = False
    status: str = "in_progress"
    done: bool = False
    first_token_ms: float | None = None
    first_audio_ms: float | None = None
    done_ms: float | None = None
    final: Response | None = field(default=None, repr=False)


@dataclass(slots=True)
class Batch:
    """The calls of one response, and the outputs that are in."""

    response_id: str
    key: str | None
    waiting: set[str] = field(default_factory=set)
    outputs: list[Item] = field(default_factory=list)
    closed: bool = False  # its response is done, so no further call will join
    cancelled: bool = False


class ResponseSequencer:
    """Queue of requests, the active response, and the batches of tool outputs."""

    def __init__(self) -> None:
        self.responses: dict[str, ResponseState] = {}
        self.active: str | None = None
        self.batches: dict[str, Batch] = {}
        self._call_batch: dict[str, str] = {}
        self._queue: deque[Request] = deque()
        self._sent: deque[Request] = deque()  # created at the server, not yet confirmed
        self._side: list[Request] = []
        self._sees_conversations = False
        self._echoes_metadata = False
        self._absorbed: dict[str, list[str]] = {}
        self._count = 0
        self.held = False

    @property
    def busy(self) -> bool:
        """Whether a response runs or waits, or a tool's output is still missing."""
        return bool(self.active or self._sent or self._queue or self._side or self.batches)

    @property
    def open_calls(self) -> set[str]:
        """Ids of the calls that have no output yet."""
        return {call_id for batch in self.batches.values() for call_id in batch.waiting}

    # -- requests ----------------------------------------------------------------------------------------

    def request(self, request: Request) -> list[Command]:
        """Queue a request; return what can be sent now."""
        if request.out_of_band:
            self._side.append(request)
            return self._commands(request)
        self._queue.append(request)
        return self.flush()

    def flush(self) -> list[Command]:
        """Return the commands of the next request if nothing is in its way."""
        if self.held or self.active is not None or self._sent or not self._queue:
            return []
        request = self._queue.popleft()
        self._sent.append(request)
        return self._commands(request)

    def _commands(self, request: Request) -> list[Command]:
        self._count += 1
        request.event_id = f"rtw_response_{self._count}"
        request.attempts += 1
        metadata = {**(request.options.get("metadata") or {}), KEY: request.key}
        create = CreateResponse(event_id=request.event_id, response={**request.options, "metadata": metadata})
        prelude, request.prelude = request.prelude, []
        return [*prelude, create]

    def refused(self, event_id: str | None, *, active: bool) -> tuple[Request | None, bool]:
        """Take a refusal of a `response.create`; return the request and whether it will be tried again.

        `active` means that the server was still busy with another response: a race that time heals.
        """
        for pending in (self._sent, self._side):
            for request in pending:
                if request.event_id == event_id:
                    pending.remove(request)
                    retry = active and request.attempts < MAX_ATTEMPTS
                    if retry:
                        self._queue.appendleft(request)
                    return request, retry
        return None, False

    # -- responses ---------------------------------------------------------------------------------------

    def created(self, response: Response, now_ms: float) -> ResponseState | None:
        """Note a new response; None if it has no id."""
        if not response.id:
            return None
        state = self.responses.get(response.id)
        if state is None:
            state = self.responses[response.id] = ResponseState(response.id, now_ms)
        request = self._match(response)
        self._sees_conversations = self._sees_conversations or bool(response.conversation_id)
        if request is not None:
            state.key = request.key
            state.out_of_band = request.out_of_band
        elif self._sees_conversations and not response.conversation_id:
            state.out_of_band = True
        else:
            self._absorb(response.id)
        if not state.out_of_band and not state.done:
            self.active = response.id
        return state

    def _match(self, response: Response) -> Request | None:
        key = (response.metadata or {}).get(KEY)
        for pending in (self._sent, self._side):
            for request in pending:
                if request.key == key:
                    self._echoes_metadata = True
                    pending.remove(request)
                    return request
        if key is None and self._sent and not self._echoes_metadata:
            return self._sent.popleft()
        return None

    def _absorb(self, response_id: str) -> None:
        # The server answers the user's turn by itself and sees the tools' outputs too: asking it to go on
        # would make it answer twice.
        self.held = False
        follow_ups = [request for request in self._queue if request.is_follow_up]
        for request in follow_ups:
            self._queue.remove(request)
        self._absorbed[response_id] = [request.key for request in follow_ups]

    def absorbed(self, response_id: str) -> list[str]:
        """Return the keys of the requests that this response answered along with its own, once."""
        return self._absorbed.pop(response_id, [])

    def state(self, response_id: str | None, now_ms: float) -> ResponseState | None:
        """Return a response's state, made on first sight: some servers skip `response.created`."""
        if not response_id:
            return None
        state = self.responses.get(response_id)
        return state or self.created(Response(id=response_id, conversation_id="unknown"), now_ms)

    def done(self, response: Response, now_ms: float) -> ResponseState | None:
        """Note that a response ended; None for an unknown or repeated one without effect."""
        state = self.responses.get(response.id or "") or self.created(response, now_ms)
        if state is None or state.done:
            return None
        state.done, state.done_ms, state.final = True, now_ms, response
        state.status = response.status or "completed"
        if self.active == state.id:
            self.active = None
        return state

    # -- tool calls --------------------------------------------------------------------------------------

    def called(self, call_id: str, response_id: str | None, now_ms: float) -> bool:
        """Note a call; False if it is known already."""
        if call_id in self._call_batch:
            return False
        state = self.state(response_id, now_ms)
        batch_id = state.id if state else f"call:{call_id}"
        batch = self.batches.setdefault(batch_id, Batch(batch_id, state.key if state else None))
        batch.closed = state is None or state.done
        batch.waiting.add(call_id)
        self._call_batch[call_id] = batch_id
        return True

    def close_batch(self, response_id: str, *, cancelled: bool) -> Batch | None:
        """Note that a response will make no more calls; return its batch, if it has one."""
        batch = self.batches.get(response_id)
        if batch is not None:
            batch.closed, batch.cancelled = True, cancelled
        return batch

    def output(self, call_id: str, output: str) -> Batch | None:
        """Take a call's output; return its batch, or None for a call that needs none (any more)."""
        batch = self.batches.get(self._call_batch.get(call_id, ""))
        if batch is None or call_id not in batch.waiting:
            return None
        batch.waiting.discard(call_id)
        batch.outputs.append(Item(type="function_call_output", call_id=call_id, output=output))
        return batch

    def complete(self, batch: Batch) -> list[Item] | None:
        """Return all outputs of a batch once it is closed and whole, and forget it; else None."""
        if not batch.closed or batch.waiting:
            return None
        self.batches.pop(batch.response_id, None)
        return batch.outputs

    def reset(self) -> Iterable[Request]:
        """Forget everything in flight (the connection is gone); return the requests that were lost."""
        lost = [*self._sent, *self._side, *self._queue]
        self._sent.clear()
        self._side.clear()
        self._queue.clear()
        self.batches.clear()
        self.active = None
        self.held = False
        return lost

