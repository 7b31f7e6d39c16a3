"""From a request to the whole answer: its responses, the calls they make, the outputs, the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import events as ev
from .calling import Calling
from .calls import Batch
from .changes import CallsAbandoned, Problem, ResponseFinished, ResponseStarted, ServerTroubled
from .commands import CancelResponse, Command, CreateItem
from .conversation import Conversation
from .ledger import Ledger
from .objects import ErrorDetail, Item, Response
from .outbox import Outbox
from .problems import Troubles, is_fatal
from .requests import Request
from .responses import ResponseSequencer, ResponseState

__all__ = ["Answers"]

_WORDS = (ev.ResponseOutputTextDelta, ev.ResponseOutputAudioTranscriptDelta)
_UNANSWERED = ErrorDetail(
    code="request_unanswered", message="The server never answered the request for a response."
)


class Answers:
    """Follows responses from `response.created` to `response.done`, and on through the calls they make."""

    def __init__(
        self,
        outbox: Outbox,
        conversation: Conversation,
        sequencer: ResponseSequencer,
        *,
        tool_choice: Callable[[], Any],
    ) -> None:
        self._out = outbox
        self._conversation = conversation
        self._sequencer = sequencer
        self._ledger = Ledger()
        self._calling = Calling(outbox, conversation, sequencer.calls, tool_choice=tool_choice)
        self._troubles = Troubles()
        self.pauses: Callable[[], bool] = lambda: False
        self.voice_heard = False

    # -- requests ----------------------------------------------------------------------------------------

    def respond(self, key: str, options: dict[str, Any], items: list[Item]) -> list[str]:
        """Ask for a response as soon as none is running; return the ids of `items`, which go before it."""
        prelude: list[Command] = [self._out.item_command(item) for item in items]
        self.dispatch(self._sequencer.request(Request(key, prelude, options)))
        return [command.item.id or "" for command in prelude if isinstance(command, CreateItem)]

    def dispatch(self, commands: list[Command]) -> None:
        """Send commands; items among them show at once."""
        for command in commands:
            if isinstance(command, CreateItem):
                self.show(command)
            self._out.send(command)

    def show(self, command: CreateItem) -> None:
        """Show an item that is being sent."""
        out = self._out
        out.changes += self._conversation.add_local(
            command.item, command.previous_item_id, out.now_ms, out.wall_s
        )

    def flush(self) -> None:
        """Send the next request, if nothing is in its way."""
        self.dispatch(self._sequencer.flush())

    def finish(
        self, name: str, key: str | None, response_id: str, status: str, error: ErrorDetail | None
    ) -> None:
        """Tell that the answer known by `name` (its request's key, else its response) is complete."""
        self._out.changes += self._ledger.finish(name, key, response_id, status, error)

    def _rename(self, name: str, kind: str) -> str:
        """Let an answer that nobody asked for go on under a name of our own; return that."""
        key = self._out.new_id(kind)
        self._ledger.rename(name, key)
        return key

    def outcome(self, error: ErrorDetail | None) -> None:
        """Note that something succeeded (None) or failed: a server that only fails is told."""
        if self._troubles.note(error) and error is not None:
            self._out.changes.append(ServerTroubled(error))

    def tick(self) -> None:
        """Look at the time: no request waits for ever."""
        self._sequencer.now_ms = self._out.now_ms
        for request in self._sequencer.unanswered():
            self._out.changes.append(Problem(_UNANSWERED, False))
            self.fail(request, _UNANSWERED)
            self.flush()

    def fail(self, request: Request, error: ErrorDetail | None, status: str = "failed") -> None:
        """Tell that a request, and those that its response was to answer too, are given up."""
        for key in (request.key, *request.absorbs):
            self.finish(key, key, "", status, error)

    def fail_about(self, event_id: str | None, error: ErrorDetail) -> None:
        """Give up the request whose words the server refused: an answer would be one to something else."""
        request = self._sequencer.about(event_id)
        if request is None:
            return
        self.fail(request, error)
        request.cancelled = True  # once it is confirmed
        active = self._sequencer.responses.get(self._sequencer.active or "")
        if active is not None and active.request is request and not active.unwanted:
            active.unwanted = True
            self._refuse(active)

    def take_up(self) -> None:
        """Ask for an answer to what the user said, unless the server gives one by itself after all."""
        key = self._rename("", "again_")
        self.dispatch(self._sequencer.request(Request(key, follows_up=True)))

    def abandon(self) -> bool:
        """Let nothing follow the calls that are still worked on; tell whether there are any.

        Unless the user takes the floor to say something: what answers that takes the outputs up.
        """
        if self._sequencer.pressed:
            if (active := self._sequencer.responses.get(self._sequencer.active or "")) is not None:
                active.unwanted, active.turned = False, True
            return False
        batches, follow_ups = self._sequencer.calls.abandon(), self._sequencer.drop_follow_ups()
        for batch in batches:
            self._out.changes.append(CallsAbandoned(tuple(sorted(batch.waiting))))
            self.finish(batch.key or batch.response_id, batch.key, batch.response_id, "cancelled", None)
        paused, self._sequencer.paused = self._sequencer.paused, {}
        for key in (*paused, *(request.key for request in follow_ups)):
            self.finish(key, key, "", "cancelled", None)
        return bool(batches or follow_ups or paused)

    def reset(self) -> None:
        """Forget all answers that aren't complete: the connection is gone."""
        self._ledger.clear()

    def broke_off(self, state: ResponseState, error: ErrorDetail | None) -> None:
        """End the answer of a response whose connection broke; if it made calls, it goes on from there."""
        for item in self._conversation.of_response(state.id):
            if item.kind == "function_call":
                if item.status == "completed":
                    self._calling.call(item, state)
            elif item.is_turn or item.out_of_band:
                self._ledger.made(state.key or state.id, item.id)
        self._go_on(state, error, stopped=state.unwanted)

    def ask_again(self, state: ResponseState) -> None:
        """Ask the next connection for a response of which nothing has come."""
        request = state.request
        if request is None:  # the server began it by itself
            request = Request(self._rename(state.id, "again_"))
        self._sequencer.ask_again(request)

    # -- responses ---------------------------------------------------------------------------------------

    def on_created(self, event: ev.ResponseCreated) -> None:
        """Take `response.created`."""
        known = event.response.id in self._sequencer.responses
        state = self._sequencer.created(event.response, self._out.now_ms)
        if state is not None and not known:
            self._begin(state)
        elif state is not None:
            self._absorb(state)  # it was known from its first pieces, but not yet what it answers

    def on_delta(self, event: Any) -> None:
        """Take any first sign of life of a response."""
        known = event.response_id in self._sequencer.responses
        state = self._sequencer.state(event.response_id, self._out.now_ms)
        if state is None:
            return
        if not known:
            self._begin(state)
        if state.first_token_ms is None:
            state.first_token_ms = self._out.now_ms
        if state.first_text_ms is None and type(event) in _WORDS:
            state.first_text_ms = self._out.now_ms
        if type(event) is ev.ResponseOutputAudioDelta and state.first_audio_ms is None:
            state.first_audio_ms = self._out.now_ms
            self.voice_heard = True

    def on_item_done(self, event: ev.ResponseOutputItemDone) -> None:
        """Take a finished item: a whole call may run."""
        item = self._conversation.items.get(event.item.id or "")
        if item is not None and item.kind == "function_call" and item.status == "completed":
            self._calling.call(item, self._sequencer.state(event.response_id, self._out.now_ms))

    def on_done(self, event: ev.ResponseDone) -> None:
        """Take `response.done`: the end of the answer, or a step on the way there."""
        response = event.response
        known = response.id in self._sequencer.responses
        state = self._sequencer.done(response, self._out.now_ms)
        if state is None:
            return
        if not known:
            self._begin(state)
        error = _failure(response)
        self._out.changes.append(ResponseFinished(state.id, state.status, response.usage, error))
        turned = self._sequencer.user_speaks or _reason(response) == "turn_detected"
        turned = state.turned or (turned and state.status == "cancelled" and not state.unwanted)
        stopped = state.unwanted or (state.status in ("cancelled", "failed") and not turned)
        if self._collect(state) and state.status != "completed":
            stopped = True  # every call was cut off: asked to go on, the model would only repeat itself
        self._sequencer.user_speaks = self._sequencer.user_speaks or turned
        if error is not None:
            self._out.changes.append(Problem(error, is_fatal(error), state.id))
        if error is not None or state.status == "completed":
            self.outcome(error)
        self._go_on(state, error, stopped=stopped, turned=turned)
        self.flush()

    def _begin(self, state: ResponseState) -> None:
        if state.out_of_band:
            self._out.changes += self._conversation.set_aside(state.id)
        if state.unwanted:
            self._refuse(state)
        self._absorb(state)
        self._out.changes.append(ResponseStarted(state.id))

    def _refuse(self, state: ResponseState) -> None:
        self._conversation.silence(state.id)
        self._out.send(CancelResponse(response_id=state.id))

    def _absorb(self, state: ResponseState) -> None:
        for key in self._sequencer.absorbed(state.id):
            self._ledger.absorb(state.key or state.id, state.key, key)

    def _collect(self, state: ResponseState) -> bool:
        """Note what a response made; tell whether it made calls of which none was whole."""
        ran: list[bool] = []
        for item in self._conversation.of_response(state.id):
            if item.kind == "function_call":
                ran.append(self._calling.settle(item, state))
            elif item.is_turn or item.out_of_band:
                self._ledger.made(state.key or state.id, item.id)
        return bool(ran) and not any(ran)

    def _go_on(
        self, state: ResponseState, error: ErrorDetail | None, *, stopped: bool, turned: bool = False
    ) -> None:
        """End an answer, or go on once its calls are answered; `turned` when the user's turn cut it short."""
        if state.out_of_band:
            self._sequencer.calls.drop(state.id)
        batch = self._sequencer.calls.close(state.id, cancelled=stopped)
        if batch is not None and stopped:
            self._out.changes.append(CallsAbandoned(tuple(sorted(batch.waiting))))
        if batch is None and not (stopped or state.out_of_band) and self.pauses():
            self._pause(state)
        elif batch is None or stopped or turned:
            self.finish(state.key or state.id, state.key, state.id, state.status, error)
        if batch is not None:
            # What the user's turn cut short is over; whatever answers that turn, or else a request of its
            # own, takes the outputs up.
            batch.key = None if turned else state.key
            self._finish_batch(batch)

    def _pause(self, state: ResponseState) -> None:
        if state.key is None:
            state.key = self._rename(state.id, "paused_")
        self._sequencer.paused[state.key] = state

    def unpause(self, error: ErrorDetail) -> None:
        """Give up what waits for an approval: the connection that asked for it is gone."""
        paused, self._sequencer.paused = self._sequencer.paused, {}
        for key, state in paused.items():
            state.done = True
            self.finish(key, key, state.id, "incomplete", error)

    def go_on_after_approval(self) -> None:
        """Expect the rest of what waited for an approval: in the same response, or in a new one."""
        for state in self._sequencer.paused.values():
            state.done = False

    # -- calls -------------------------------------------------------------------------------------------

    def tool_output(self, call_id: str, output: str) -> None:
        """Answer a call; the outputs of one response go out together, and are followed by one request."""
        batch = self._sequencer.calls.output(call_id, output)
        if batch is not None:
            self._finish_batch(batch)

    def _finish_batch(self, batch: Batch) -> None:
        outputs = self._calling.outputs(batch)
        if outputs is None:
            return
        self.dispatch(outputs)
        if batch.cancelled:
            return
        key = batch.key
        if key is None:  # of an answer that nobody asked for: it goes on under a name of its own
            key = self._rename(batch.response_id, "follow_")
        options = self._calling.manner_of_going_on()
        self.dispatch(self._sequencer.request(Request(key, options=options, follows_up=True)))


def _reason(response: Response) -> str | None:
    return response.status_details.reason if response.status_details else None


def _failure(response: Response) -> ErrorDetail | None:
    if response.status != "failed":
        return None
    details = response.status_details
    return (details.error if details else None) or ErrorDetail(
        code="response_failed", message="The response failed."
    )
