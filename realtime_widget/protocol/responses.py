"""Who may speak when: at most one response writes to the conversation, and no call stays unanswered.

The outputs of all calls of a response go out together, after its `response.done`, and are followed by exactly
one `response.create`. A request and the responses that its tool calls bring about are one answer, known by
the request's key.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .calls import CallBatches
from .commands import Command
from .objects import Response
from .requests import KEY, Request, Requests

__all__ = ["ResponseSequencer", "ResponseState"]

MAX_ATTEMPTS = 3
THINKING_MS = 30_000


@dataclass(slots=True)
class ResponseState:
    """One response; times are ms on the session's clock, None where it didn't happen (yet)."""

    id: str
    created_ms: float
    key: str | None = None
    out_of_band: bool = False
    unwanted: bool = False  # interrupted: it is to be cancelled, and nothing may follow it
    turned: bool = False  # or the user's turn cut it short: what it called is still taken up
    status: str = "in_progress"
    done: bool = False
    first_token_ms: float | None = None
    first_text_ms: float | None = None
    first_audio_ms: float | None = None
    done_ms: float | None = None
    sign_ms: float = 0.0  # when it last gave a sign of life
    final: Response | None = field(default=None, repr=False)
    request: Request | None = field(default=None, repr=False)


class ResponseSequencer:
    """Lets requests through one at a time, and knows which response answers which of them."""

    def __init__(self) -> None:
        self.responses: dict[str, ResponseState] = {}
        self.active: str | None = None
        self.calls = CallBatches()
        self._requests = Requests()
        self._sees_conversations = False
        self._echoes_metadata = False
        self._absorbed: dict[str, list[str]] = {}
        self.paused: dict[str, ResponseState] = {}  # by key: they wait for an approval
        self._guessed: dict[str, tuple[Request, ResponseState]] = {}
        self.now_ms = 0.0
        self.suspended = False  # between two connections
        self.held = False  # by the user, who speaks, and whom the server will answer
        self.user_speaks = False  # or did just now: follow-ups wait, whoever is to answer
        self.pressed = False  # and does so by hand
        self.blocked = False  # by a response of the server that we haven't seen
        self.cutting = False  # the server isn't told yet how much of an interrupted answer was heard

    @property
    def busy(self) -> bool:
        """Whether a response runs or waits, or a tool's output is still missing."""
        return bool(self.active or self._requests or self.calls)

    @property
    def asks(self) -> bool:
        """Whether a request waits, or was sent and not answered yet."""
        return bool(self._requests)

    @property
    def awaits_confirmation(self) -> bool:
        """Whether a `response.create` was sent that nothing has answered yet."""
        return self._requests.unconfirmed

    # -- time --------------------------------------------------------------------------------------------

    def owed_since_ms(self) -> float | None:
        """Return since when the server owes a response or a sign of the running one, None if it doesn't."""
        owed = [request.sent_ms for request in (*self._requests.sent, *self._requests.side)]
        if self.active is not None:
            owed.append(self.responses[self.active].sign_ms + THINKING_MS)
        return min((since_ms for since_ms in owed if since_ms <= self.now_ms), default=None)

    def unanswered(self) -> list[Request]:
        """Give up and return the requests that a server of many other words has never answered."""
        if not self._requests.unconfirmed:
            return []  # so it nearly always is, and this is asked with every event
        return self._requests.take_late(self.now_ms)

    # -- requests ----------------------------------------------------------------------------------------

    def request(self, request: Request) -> list[Command]:
        """Queue a request; return what can be sent now."""
        if request.out_of_band and not self.suspended:
            return self._requests.send(request, self.now_ms)
        self._requests.add(request)
        return self.flush()

    def flush(self) -> list[Command]:
        """Return the commands of the next request if nothing is in its way."""
        waits = self.suspended or self.held or self.blocked or self.cutting
        if waits or self.active is not None or self._requests.sent:
            return []
        request = self._requests.next(follow_ups=not self.user_speaks)
        return [] if request is None else self._requests.send(request, self.now_ms)

    def refused(
        self, event_id: str | None, *, busy: bool, unnamed: bool = False
    ) -> tuple[Request | None, bool]:
        """Take a refusal of a `response.create`; return the request, and whether it will be tried again.

        `busy` means that the server was still busy with another response: a race that time heals. `unnamed`
        means that the error names no command, yet can only be about the request.
        """
        request = self._requests.take(event_id)
        if request is None and event_id in self._guessed:
            request, state = self._guessed.pop(event_id)
            state.key = None  # so that response was never ours
        elif event_id is None and (unnamed or busy) and self._requests.sent:
            request = self._requests.sent.popleft()
        if request is None:
            return None, False
        retry = busy and request.attempts < MAX_ATTEMPTS
        if retry:
            self._requests.put_back(request)
            self.blocked = self.active is None  # by a response that we don't know (yet): don't try at once
        return request, retry

    def about(self, event_id: str | None) -> Request | None:
        """Return the request that is on its way, and before which a command was sent."""
        running = self.responses.get(self.active or "")
        asked = [*self._requests, *filter(None, [running and running.request])]
        return next((request for request in asked if event_id in request.items), None)

    def cancel_unconfirmed(self) -> bool:
        """Have the response cancelled that was asked for, once it is confirmed; False if there is none."""
        for request in self._requests.sent:
            request.cancelled = True
        return bool(self._requests.sent)

    def drop_follow_ups(self) -> list[Request]:
        """Drop the requests that only ask to go on after tool calls; return them."""
        return self._requests.drop_follow_ups()

    # -- responses ---------------------------------------------------------------------------------------

    def created(self, response: Response, now_ms: float) -> ResponseState | None:
        """Note a new response; None if it has no id. A repeated event changes nothing."""
        if not response.id:
            return None
        state = self.responses.get(response.id)
        if state is None:
            state = self.responses[response.id] = ResponseState(response.id, now_ms, sign_ms=now_ms)
            self._adopt(state, response)
        elif state.key is None and (request := self._match_key(response)) is not None:
            self._bind(state, request)  # it was known from its first pieces only
        self._sees_conversations = self._sees_conversations or bool(response.conversation_id)
        if not state.out_of_band and not state.done:
            self.active = state.id
            self.blocked = False
        return state

    def _adopt(self, state: ResponseState, response: Response) -> None:
        request = self._match_key(response) or self._guess(state, response)
        if request is not None:
            self._bind(state, request)
        elif self._sees_conversations and not response.conversation_id:
            state.out_of_band = True
        else:
            self._absorb(state.id)

    def _bind(self, state: ResponseState, request: Request) -> None:
        state.key, state.request = request.key, request
        self._absorbed[state.id], request.absorbs = request.absorbs, []
        state.out_of_band = request.out_of_band
        state.unwanted = request.cancelled

    def _match_key(self, response: Response) -> Request | None:
        request = self._requests.take_key((response.metadata or {}).get(KEY))
        self._echoes_metadata = self._echoes_metadata or request is not None
        return request

    def _guess(self, state: ResponseState, response: Response) -> Request | None:
        # A server that doesn't hand metadata back: what was asked for first, comes first.
        if self._echoes_metadata or KEY in (response.metadata or {}):
            return None
        requests = self._requests
        aside = self._sees_conversations and not response.conversation_id
        beside = aside or (not requests.sent and not response.conversation_id)
        pending = requests.side if requests.side and beside else requests.sent
        if not pending or (pending is requests.sent and self.active is not None):
            return None
        request = pending.popleft()
        if request.event_id is not None:
            self._guessed[request.event_id] = (request, state)
        return request

    def _absorb(self, response_id: str) -> None:
        # The server answers the user's turn by itself and sees the tools' outputs too: asking it to go on
        # would make it answer twice.
        self.held = False
        paused, self.paused = self.paused, {}
        for state in paused.values():
            state.done = True
        self._absorbed[response_id] = [*paused, *(request.key for request in self.drop_follow_ups())]

    def absorbed(self, response_id: str) -> list[str]:
        """Return the keys of the requests that this response answers along with its own, once."""
        return self._absorbed.pop(response_id, [])

    def state(self, response_id: str | None, now_ms: float) -> ResponseState | None:
        """Return a response's state, made on first sight: some servers skip `response.created`."""
        if not response_id:
            return None
        state = self.responses.get(response_id)
        if state is None:
            state = self.responses[response_id] = ResponseState(response_id, now_ms)
            seen, self._sees_conversations = self._sees_conversations, False  # nothing told of a conversation
            self._adopt(state, Response(id=response_id))
            self._sees_conversations = seen
            if self.active is None and not state.out_of_band:
                self.active, self.blocked = response_id, False
        state.sign_ms = now_ms
        return state

    def done(self, response: Response, now_ms: float) -> ResponseState | None:
        """Note that a response ended; None for one without an id, and for a repeated end."""
        if not response.id:
            return None
        if response.id not in self.responses and response.metadata:
            active = self.active
            self.created(response, now_ms)
            self.active = active or self.active
        state = self.state(response.id, now_ms)
        if state is None or state.done:
            return None
        state.done, state.done_ms, state.final = True, now_ms, response
        state.status = response.status or "completed"
        self.blocked = False
        self._guessed = {key: entry for key, entry in self._guessed.items() if entry[1] is not state}
        if self.paused.get(state.key or "") is state:
            del self.paused[state.key or ""]
        if self.active == state.id:
            self.active = None
        return state

    # -- connections -------------------------------------------------------------------------------------

    def suspend(self) -> list[Request]:
        """Keep the requests for the next connection; return those that nobody wants any more."""
        self._forget_connection()
        self.suspended = True
        return self._requests.take_back()

    def ask_again(self, request: Request) -> None:
        """Put a request that was sent back to the front of the queue."""
        request.attempts = 0
        self._requests.put_back(request)

    def resume(self) -> None:
        """Go on with a new connection, whose manners are still to be learned."""
        self.suspended = False

    def reset(self) -> None:
        """Forget everything in flight: the connection is gone."""
        self._forget_connection()
        self._requests.clear()
        self.calls.clear()
        self.paused.clear()
        self.active = None
        self.suspended = False

    def _forget_connection(self) -> None:
        self._absorbed.clear()
        self._guessed.clear()
        self.held = self.user_speaks = self.pressed = self.blocked = False
