import random

import pytest

from realtime_widget.data.growing.walk import Walk
from realtime_widget.protocol.conversation import Conversation
from realtime_widget.protocol.input_audio import InputAudio
from realtime_widget.protocol.items import ItemState
from realtime_widget.protocol.playback import PlaybackTracker


class Items:
    """A conversation whose items are put in by hand, and what changed since the last look."""

    def __init__(self) -> None:
        self.conversation = Conversation(InputAudio(), PlaybackTracker())
        self.dirty: set[str] = set()
        self.walk = Walk()

    def add(self, item_id: str, after: str | None = None, kind: str = "message", **fields: object) -> None:
        state = ItemState(item_id, kind, 0.0, 0.0)
        for name, value in fields.items():
            setattr(state, name, value)
        self.conversation.items[item_id] = state
        self.conversation.order.place(item_id, after)
        self.dirty.add(item_id)

    def user(self, item_id: str, after: str | None = None) -> None:
        self.add(item_id, after, role="user")

    def answer(self, item_id: str, response_id: str, after: str | None = None) -> None:
        self.add(item_id, after, role="assistant", response_id=response_id)

    def call(self, call_id: str, response_id: str, after: str | None = None) -> None:
        self.add(f"item_{call_id}", after, "function_call", call_id=call_id, response_id=response_id)

    def update(self) -> int:
        dirty, self.dirty = self.dirty, set()
        return self.walk.update(self.conversation, dirty)

    def result(self) -> list[tuple[str, list[str]]]:
        self.update()
        return list(zip(self.walk.turns, self.walk.calls, strict=True))


def test_calls_of_silent_responses_belong_to_the_next_answer() -> None:
    items = Items()
    items.user("u1")
    items.call("c1", "r1")
    items.call("c2", "r1")
    assert items.result() == [("u1", [])]
    items.call("c3", "r2")
    items.answer("a1", "r3")
    items.call("c4", "r4")
    items.answer("a2", "r5")
    assert items.result() == [("u1", []), ("a1", ["c1", "c2", "c3"]), ("a2", ["c4"])]
    assert items.walk.turn_of_call == {"c1": 1, "c2": 1, "c3": 1, "c4": 2}


def test_calls_of_a_response_that_spoke_belong_to_what_it_said() -> None:
    items = Items()
    items.answer("a1", "r1")
    items.call("c1", "r1")
    items.user("u1")
    items.call("c2", "r1")
    items.answer("a2", "r2")
    assert items.result() == [("a1", ["c1", "c2"]), ("u1", []), ("a2", [])]


def test_a_new_turn_touches_only_what_is_near() -> None:
    items = Items()
    for i in range(50):
        items.user(f"u{i}")
        items.answer(f"a{i}", f"r{i}")
    assert items.update() == 0
    items.user("u50")
    assert items.update() == 99
    items.dirty.add("a3")
    assert items.update() == len(items.walk.turns)


def test_hidden_side_and_removed_items_are_no_turns() -> None:
    items = Items()
    items.add("a", role="user", hidden=True)
    items.add("b", role="assistant", out_of_band=True)
    items.user("c")
    items.answer("d", "r")
    assert [turn for turn, _ in items.result()] == ["c", "d"]
    items.conversation.items["a"].hidden = False
    del items.conversation.items["c"]
    items.dirty |= {"a", "c"}
    assert items.result() == [("a", []), ("d", [])]
    assert items.walk.turn_of == {"a": 0, "d": 1}


@pytest.mark.parametrize("seed", range(60))
def test_going_on_gives_what_starting_anew_gives(seed: int) -> None:
    chance = random.Random(seed)
    items = Items()
    names: list[str] = []
    for step in range(60):
        name = f"i{step}"
        after = chance.choice([None, *names]) if chance.random() < 0.4 else names[-1] if names else None
        kind = chance.random()
        if kind < 0.3:
            items.user(name, after)
        elif kind < 0.55:
            items.answer(name, f"r{chance.randrange(6)}", after)
        elif kind < 0.8:
            items.call(name, f"r{chance.randrange(6)}", after)
            name = f"item_{name}"
        elif names:
            victim = chance.choice(names)
            state = items.conversation.items.get(victim)
            items.dirty.add(victim)
            if state is not None and kind < 0.9:
                state.hidden = not state.hidden
            elif state is not None:
                del items.conversation.items[victim]
            continue
        names.append(name)
        if chance.random() < 0.6:
            items.update()
    items.update()
    fresh = Walk()
    fresh.update(items.conversation, ())
    for attribute in ("turns", "calls", "turn_of", "turn_of_call"):
        assert getattr(items.walk, attribute) == getattr(fresh, attribute), attribute
