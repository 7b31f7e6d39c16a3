"""The calls that responses make: collected per response, answered together."""

from __future__ import annotations

from dataclasses import dataclass, field

from .objects import Item

__all__ = ["Batch", "CallBatches"]


@dataclass(slots=True)
class Batch:
    """The calls of one response, and the outputs that are in."""

    response_id: str
    key: str | None
    waiting: set[str] = field(default_factory=set)
    outputs: list[Item] = field(default_factory=list)
    closed: bool = False  # its response is done, so no further call will join
    cancelled: bool = False


class CallBatches:
    """Batches by response; a call is answered once, whatever happens to it."""

    def __init__(self) -> None:
        self._batches: dict[str, Batch] = {}
        self._batch_of_call: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._batches)

    @property
    def open(self) -> set[str]:
        """Ids of the calls that have no output yet."""
        return {call_id for batch in self._batches.values() for call_id in batch.waiting}

    def knows(self, call_id: str | None) -> bool:
        """Tell whether a call was noted before."""
        return call_id in self._batch_of_call

    def called(self, call_id: str, response_id: str | None, *, key: str | None, done: bool) -> bool:
        """Note a call; False if it is known already. `done` tells whether its response is."""
        if call_id in self._batch_of_call:
            return False
        batch_id = response_id or f"call:{call_id}"
        batch = self._batches.setdefault(batch_id, Batch(batch_id, key))
        batch.closed = done
        batch.waiting.add(call_id)
        self._batch_of_call[call_id] = batch_id
        return True

    def close(self, response_id: str, *, cancelled: bool) -> Batch | None:
        """Note that a response will make no more calls; return its batch, if it has one."""
        batch = self._batches.get(response_id)
        if batch is not None:
            batch.closed, batch.cancelled = True, cancelled
        return batch

    def drop(self, response_id: str) -> None:
        """Forget a batch whose outputs have nowhere to go: the call was made outside the conversation."""
        self._batches.pop(response_id, None)

    def output(self, call_id: str, output: str) -> Batch | None:
        """Take a call's output; return its batch, or None for a call that needs none (any more)."""
        batch = self._batches.get(self._batch_of_call.get(call_id, ""))
        if batch is None or call_id not in batch.waiting:
            return None
        batch.waiting.discard(call_id)
        batch.outputs.append(Item(type="function_call_output", call_id=call_id, output=output))
        return batch

    def complete(self, batch: Batch) -> list[Item] | None:
        """Return all outputs of a batch once it is closed and whole, and forget it; else None."""
        if not batch.closed or batch.waiting:
            return None
        self._batches.pop(batch.response_id, None)
        return batch.outputs

    def abandon(self) -> list[Batch]:
        """Let nothing follow the batches that are still worked on; return them."""
        batches = [batch for batch in self._batches.values() if batch.closed and not batch.cancelled]
        for batch in batches:
            batch.cancelled = True
        return batches

    def clear(self) -> None:
        """Forget all batches; outputs that come later are dropped."""
        self._batches.clear()
