"""Which orders of a server's events are legal, and what a conversation comes to.

What holds on a connection: a response begins with `response.created` and ends with `response.done`; an item
of it with `response.output_item.added` and `.done`; the pieces of one part are in order and end with their
`.done`; `conversation.item.added` comes before `.done`; what turn detection says is in order, and so are the
words of one item. Everything else may come in any order: transcripts anywhere, the words of an answer before
or after their sound, an item of the conversation before or after its twin in the response.
"""

import json
import threading
from collections.abc import Sequence
from functools import cache
from heapq import heapify, heappop, heappush
from typing import Any

from realtime_widget.data import SessionData
from realtime_widget.protocol.items import ItemState

from .drive import Talk
from .recorded import RECORDED, Act, Recorded, Step

__all__ = ["Listener", "arrange", "edges", "listen"]

INPUT = "input_audio_buffer."
WORDS = "conversation.item.input_audio_transcription."
Event = dict[str, Any]


def must_precede(a: Step, b: Step) -> bool:
    """Tell whether `a`, which was recorded before `b`, always comes before it."""
    if isinstance(a, Act) or isinstance(b, Act):
        if isinstance(a, Act) and isinstance(b, Act):
            return True
        return a.before(b) if isinstance(a, Act) else b.after(a)  # type: ignore[arg-type, union-attr]
    return any(rule(a, b) for rule in (_input, _words, _items, _siblings, _responses, _parts))


def _input(a: Event, b: Event) -> bool:
    return a["type"].startswith(INPUT) and b["type"].startswith(INPUT)


def _words(a: Event, b: Event) -> bool:
    return a["type"].startswith(WORDS) and b["type"].startswith(WORDS) and a["item_id"] == b["item_id"]


def _items(a: Event, b: Event) -> bool:
    """An item of the conversation, from its beginning to its end."""
    one, other = (
        e["type"].startswith("conversation.item.") and not e["type"].startswith(WORDS) for e in (a, b)
    )
    listing = a["type"].startswith("mcp_list") and b["type"].startswith("mcp_list")
    return ((one and other) or listing) and item_of(a) == item_of(b)


def _siblings(a: Event, b: Event) -> bool:
    """Two items after the same one: only the order in which they are told tells which is nearer to it."""
    one, other = a.get("previous_item_id"), b.get("previous_item_id")
    return one is not None and one == other and item_of(a) != item_of(b)


def _responses(a: Event, b: Event) -> bool:
    if a["type"] == "response.done" and '"out_' in json.dumps(b):
        return True  # outputs are sent when the response that called is done
    one, other = response_of(a), response_of(b)
    if one is None or other is None:
        return False
    if one == other:
        return a["type"] == "response.created" or b["type"] == "response.done"
    # One response after the other writes to the conversation.
    between = a["type"] == "response.done" and b["type"] == "response.created"
    return between and None not in (a["response"]["conversation_id"], b["response"]["conversation_id"])


def _parts(a: Event, b: Event) -> bool:
    if not (a["type"].startswith("response.") and b["type"].startswith("response.")):
        return False
    if item_of(a) is None or item_of(a) != item_of(b):
        return False
    if a["type"] == "response.output_item.added" or b["type"] == "response.output_item.done":
        return True
    if "mcp_call" in a["type"]:
        return "mcp_call" in b["type"]
    if a.get("content_index") != b.get("content_index"):
        return False
    if a["type"] == "response.content_part.added" or b["type"] == "response.content_part.done":
        return True
    return bool(a["type"].rpartition(".")[0] == b["type"].rpartition(".")[0])


def item_of(event: Event) -> str | None:
    """Return the item that an event is about."""
    found: str | None = event.get("item_id") or (event.get("item") or {}).get("id")
    return found


def response_of(event: Event) -> str | None:
    """Return the response that an event belongs to."""
    if not event["type"].startswith("response."):
        return None
    found: str | None = event.get("response_id") or (event.get("response") or {}).get("id")
    return found


@cache
def edges(name: str) -> tuple[tuple[int, ...], ...]:
    """Return, for each step of a recorded conversation, the steps that can only come after it."""
    steps = next(recorded for recorded in RECORDED if recorded.name == name).steps
    return order_of(steps)


def order_of(steps: Sequence[Step]) -> tuple[tuple[int, ...], ...]:
    """Return, for each step, the steps that can only come after it."""
    n = range(len(steps))
    return tuple(tuple(j for j in n if j > i and must_precede(steps[i], steps[j])) for i in n)


def arrange(later: Sequence[Sequence[int]], wish: Sequence[int]) -> list[int]:
    """Return the legal order that is nearest to the wished one (a permutation)."""
    waits = [0] * len(later)
    for followers in later:
        for j in followers:
            waits[j] += 1
    rank = {step: place for place, step in enumerate(wish)}
    free = [(rank[i], i) for i, n in enumerate(waits) if not n]
    heapify(free)
    order = []
    while free:
        _, i = heappop(free)
        order.append(i)
        for j in later[i]:
            waits[j] -= 1
            if not waits[j]:
                heappush(free, (rank[j], j))
    return order


class Listener(Talk):
    """A protocol, and the tables made from it, read after every event as a page does."""

    def __init__(self, *, curious: bool = False) -> None:
        super().__init__()
        self.data = SessionData(self.protocol, threading.RLock())
        self.curious = curious
        self.sent_ids: dict[str, str] = {}  # of outputs: call → id under which it was sent

    def take(self, step: Step) -> None:
        """Take one step, and note what came of it."""
        self.at(self.now_ms + 1)
        if isinstance(step, Act):
            step.do(self)
        else:
            self.protocol.receive_message(self.frame(step))
        self.note_sent()
        self.data.take(self.protocol.events_received(), self.protocol.changes())
        if self.curious:
            self.data.transcript.rows()

    def note_sent(self) -> None:
        """Learn under which ids our own items were sent."""
        for command in self.sent("conversation.item.create"):
            item = command["item"]
            if item["type"] == "function_call_output":
                self.sent_ids[item["call_id"]] = item["id"]

    def frame(self, event: Event) -> str:
        """Return an event with the ids that the server would have learnt from us."""
        text = json.dumps(event)
        for call_id, item_id in self.sent_ids.items():
            text = text.replace(f'"out_{call_id}"', f'"{item_id}"')
        return text

    @property
    def outcome(self) -> dict[str, Any]:
        """All that must not depend on the order in which events come."""
        talk = self.protocol.conversation
        ours = {item_id: call_id for call_id, item_id in self.sent_ids.items()}
        return {
            "turns": [
                (
                    turn.id,
                    turn.role,
                    turn.text,
                    turn.status,
                    turn.interrupted,
                    turn.response_id,
                    turn.tool_calls,
                )
                for turn in self.data.transcript
            ],
            "calls": sorted(
                (call.call_id, call.name, call.arguments_text, call.status, call.turn)
                for call in self.data.tool_calls
            ),
            "items": [
                (ours.get(item.id, item.id), item.kind, item.role, item.status, item.arguments, item.output)
                for item in talk
                if not item.out_of_band
            ],
            "aside": sorted(
                (item.id, item.text, item.status) for item in talk.items.values() if item.out_of_band
            ),
            "sound": {item.id: sound for item in talk if (sound := sound_of(item))},
        }


def sound_of(item: ItemState) -> bytes:
    """Return all sound of an item, part after part."""
    return b"".join(part.pcm for _, part in sorted(item.parts.items()))


def listen(recorded: Recorded, order: Sequence[int] | None = None, *, curious: bool = False) -> Listener:
    """Return who has heard a conversation, in the given order of its steps."""
    listener = Listener(curious=curious)
    for i in range(len(recorded.steps)) if order is None else order:
        listener.take(recorded.steps[i])
    return listener
