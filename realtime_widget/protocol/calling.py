"""What a response calls: told of when it may run, answered if it can't, and its outputs brought back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .calls import Batch, CallBatches
from .changes import CallReady
from .commands import Command
from .conversation import Conversation
from .history import call_item
from .items import ItemState
from .outbox import Outbox
from .responses import ResponseState

__all__ = ["CUT_OFF", "Calling"]

CUT_OFF = '{"error": "The call was cut off before it was complete; it did not run."}'


class Calling:
    """Sees to it that each call of a response runs once at most, and is answered.

    Args:
        tool_choice: Returns the session's `tool_choice`, in the API's form.
    """

    def __init__(
        self,
        outbox: Outbox,
        conversation: Conversation,
        batches: CallBatches,
        *,
        tool_choice: Callable[[], Any],
    ) -> None:
        self._out = outbox
        self._conversation = conversation
        self._batches = batches
        self._tool_choice = tool_choice

    def call(self, item: ItemState, state: ResponseState | None) -> None:
        """Tell that a whole call may run, once."""
        if self._called(item, state):
            response_id = state.id if state else None
            ready = CallReady(item.call_id or "", item.name or "", item.arguments, response_id)
            self._out.changes.append(ready)

    def _called(self, item: ItemState, state: ResponseState | None) -> bool:
        if not item.call_id:
            return False
        response_id, key = (state.id, state.key) if state else (None, None)
        done = state is None or state.done
        return self._batches.called(item.call_id, response_id, key=key, done=done)

    def settle(self, item: ItemState, state: ResponseState) -> bool:
        """See to it that a call of a finished response is answered; tell whether it runs."""
        known = self._batches.knows(item.call_id)
        if known or (item.status == "completed" and state.status in ("completed", "incomplete")):
            self.call(item, state)
            return True
        # Cut off in the middle: its arguments may be half a sentence, so it must not run, yet the
        # conversation would wait for its output for ever.
        if item.placed and self._called(item, state):
            self._batches.output(item.call_id or "", CUT_OFF)
        return False

    def outputs(self, batch: Batch) -> list[Command] | None:
        """Return what brings the outputs of a batch back, once it is whole; None before that."""
        outputs = self._batches.complete(batch)
        if outputs is None:
            return None
        self._introduce(batch)
        return [self._out.item_command(item) for item in outputs]

    def _introduce(self, batch: Batch) -> None:
        """Tell this connection of the calls of an earlier one, whose outputs only come now."""
        out = self._out
        for state in self._conversation.of_response(batch.response_id):
            called = state.kind == "function_call" and state.status == "completed"
            if called and state.connection != out.generations.connection and not out.suspended:
                wire_id = out.new_item_id()
                out.generations.retold(state.id, wire_id)
                out.tell_again(call_item(state), wire_id)

    def manner_of_going_on(self) -> dict[str, Any]:
        """Return the options of the request that follows outputs."""
        # A call that the session demands of every response would be demanded again after each output.
        choice = self._tool_choice()
        forced = choice == "required" or (isinstance(choice, Mapping) and choice.get("type") == "function")
        return {"tool_choice": "auto"} if forced else {}
