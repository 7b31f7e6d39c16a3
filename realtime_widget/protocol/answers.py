"""From a request to the whole answer: its responses, the calls they make, the outputs, the end."""

from __future__ import annotations

from typing import Any

from . import events as ev
from .changes import AnswerFinished, CallReady, CallsAbandoned, Problem, ResponseFinished, ResponseStarted
from .commands import Command, CreateItem
from .conversation import Conversation
from .items import ItemState
from .objects import ErrorDetail, Item, Response
from .outbox import Outbox
from .problems import is_fatal
from .responses import Batch, Request, ResponseSequencer, ResponseState

__all__ = ["Answers"]

CUT_OFF = '{"error": "The call was cut off before it was complete; it did not run."}'


class Answers:
    """Follows responses from `response.created` to `response.done`, and on through the calls they make."""

    def __init__(self, outbox: Outbox, conversation: Conversation, sequencer: ResponseSequencer) -> None:
        self._outbox = outbox
        self._conversation = conversation
        self._sequencer = sequencer
        self._items: dict[str, list[str]] = {}
        self.voice_heard = False

    # -- requests ----------------------------------------------------------------------------------------

    def respond(self, key: str, options: dict[str, Any], items: list[Item]) -> list[str]:
        """Ask for a response as soon as none is running; return the ids of `items`, which go before it."""
        prelude: list[Command] = [self._outbox.item_command(item) for item in items]
        self.dispatch(self._sequencer.request(Request(key, prelude, options)))
        return [command.item.id or "" for command in prelude if isinstance(command, CreateItem)]

    def dispatch(self, commands: list[Command]) -> None:
        """Send commands; items among them show at once."""
        for command in commands:
            if isinstance(command, CreateItem):
                self.show(command)
            self._outbox.send(command)

    def show(self, command: CreateItem) -> None:
        """Show an item that is being sent."""
        out = self._outbox
        out.changes += self._conversation.add_local(
            command.item, command.previous_item_id, out.now_ms, out.wall_s
        )

    def flush(self) -> None:
        """Send the next request, if nothing is in its way."""
        self.dispatch(self._sequencer.flush())

    def finish(self, key: str | None, response_id: str, status: str, error: ErrorDetail | None) -> None:
        """Tell that an answer is complete."""
        items = tuple(self._items.pop(key or response_id, ()))
        for answered in [key, *self._sequencer.absorbed(response_id)]:
            self._outbox.changes.append(AnswerFinished(answered, response_id, status, items, error))

    # -- responses ---------------------------------------------------------------------------------------

    def on_created(self, event: ev.ResponseCreated) -> None:
        """Take `response.created`."""
        state = self._sequencer.created(event.response, self._outbox.now_ms)
        if state is None:
            return
        if state.out_of_band:
            self._conversation.set_aside(state.id)
        self._outbox.changes.append(ResponseStarted(state.id))

    def on_delta(self, event: Any) -> None:
        """Take any first sign of life of a response."""
        state = self._sequencer.state(event.response_id, self._outbox.now_ms)
        if state is None:
            return
        if state.first_token_ms is None:
            state.first_token_ms = self._outbox.now_ms
        if type(event) is ev.ResponseOutputAudioDelta and state.first_audio_ms is None:
            state.first_audio_ms = self._outbox.now_ms
            self.voice_heard = True

    def on_item_done(self, event: ev.ResponseOutputItemDone) -> None:
        """Take a finished item: a whole call may run."""
        item = self._conversation.items.get(event.item.id or "")
        if item is not None and item.kind == "function_call" and item.status == "completed":
            self._call(item, event.response_id)

    def on_done(self, event: ev.ResponseDone) -> None:
        """Take `response.done`: the end of the answer, or a step on the way there."""
        response = event.response
        state = self._sequencer.done(response, self._outbox.now_ms)
        if state is None:
            return
        error = _failure(response)
        self._outbox.changes.append(ResponseFinished(state.id, state.status, response.usage, error))
        for item in self._conversation.of_response(state.id):
            if item.kind == "function_call":
                self._settle_call(item, state)
            elif item.is_turn or item.out_of_band:
                self._items.setdefault(state.key or state.id, []).append(item.id)
        batch = self._sequencer.close_batch(state.id, cancelled=state.status in ("cancelled", "failed"))
        if error is not None:
            self._outbox.changes.append(Problem(error, is_fatal(error)))
        self._go_on(batch, state, error)
        self.flush()

    def _go_on(self, batch: Batch | None, state: ResponseState, error: ErrorDetail | None) -> None:
        if batch is not None and not batch.cancelled:
            batch.key = state.key
            self._finish_batch(batch)
            return
        if batch is not None:
            self._outbox.changes.append(CallsAbandoned(tuple(batch.waiting)))
            self._finish_batch(batch)
        self.finish(state.key, state.id, state.status, error)

    # -- calls -------------------------------------------------------------------------------------------

    def tool_output(self, call_id: str, output: str) -> None:
        """Answer a call; the outputs of one response go out together, and are followed by one request."""
        batch = self._sequencer.output(call_id, output)
        if batch is not None:
            self._finish_batch(batch)

    def _call(self, item: ItemState, response_id: str | None) -> None:
        if item.call_id and self._sequencer.called(item.call_id, response_id, self._outbox.now_ms):
            self._outbox.changes.append(CallReady(item.call_id, item.name or "", item.arguments, response_id))

    def _settle_call(self, item: ItemState, state: ResponseState) -> None:
        if state.status in ("completed", "incomplete") and item.status == "completed":
            self._call(item, state.id)
        elif (
            item.call_id and item.placed
            and self._sequencer.called(item.call_id, state.id, self._outbox.now_ms)
        ):  # fmt: skip
            # Cut off in the middle: its arguments may be half a sentence, so it must not run, yet the
            # conversation would wait for its output for ever.
            self._sequencer.output(item.call_id, CUT_OFF)

    def _finish_batch(self, batch: Batch) -> None:
        outputs = self._sequencer.complete(batch)
        if outputs is None:
            return
        self.dispatch([self._outbox.item_command(item) for item in outputs])
        if batch.cancelled:
            return
        key = batch.key or self._outbox.new_id("follow_")
        self._items.setdefault(key, []).extend(self._items.pop(batch.response_id, ()))
        self.dispatch(self._sequencer.request(Request(key, follows_tools=True)))


def _failure(response: Response) -> ErrorDetail | None:
    if response.status != "failed":
        return None
    details = response.status_details
    return (details.error if details else None) or ErrorDetail(
        code="response_failed", message="The response failed."
    )
