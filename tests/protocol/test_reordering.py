"""Whatever legal order its events come in, twice, late or not at all: a conversation ends the same."""

import functools
import itertools
import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_widget import testing as t

from .recorded import RECORDED, Act, Recorded, heard
from .reorder import WORDS, Listener, arrange, edges, listen, order_of

every = pytest.mark.parametrize("recorded", RECORDED, ids=str)
quick = settings(
    max_examples=8, database=None, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)

# What tells the words of an answer once more; none of these is vital.
TOLD_AGAIN = (
    "response.output_text.done", "response.output_audio_transcript.done", "response.content_part.done",
    "response.content_part.added", "conversation.item.done", "response.function_call_arguments.done",
    "response.mcp_call_arguments.done", "response.output_audio.done",
)  # fmt: skip


def orders(recorded: Recorded) -> st.SearchStrategy[list[int]]:
    """Legal orders of a conversation's steps, from a few moved steps to a wild mixture."""
    n = len(recorded.steps)
    moves = st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), min_size=1, max_size=6)

    def moved(pairs: list[tuple[int, int]]) -> list[int]:
        wish = list(range(n))
        for source, target in pairs:
            wish.insert(target, wish.pop(source))
        return wish

    def mixed(seed: int) -> list[int]:
        return random.Random(seed).sample(range(n), n)

    wishes = st.one_of(moves.map(moved), st.integers(0, 2**32).map(mixed))
    return wishes.map(lambda wish: arrange(edges(recorded.name), wish))


@functools.cache
def outcome_of(name: str) -> dict[str, Any]:
    return listen(next(recorded for recorded in RECORDED if recorded.name == name)).outcome


def wanted(recorded: Recorded) -> dict[str, Any]:
    return outcome_of(recorded.name)


@every
def test_what_is_said_is_what_the_transcript_says(recorded: Recorded) -> None:
    data = listen(recorded).data
    assert [(turn.role, turn.text, turn.status) for turn in data.transcript] == list(recorded.turns)
    assert [(call.call_id, call.arguments_text) for call in data.tool_calls] == list(recorded.calls)


@every
def test_the_recorded_order_is_legal(recorded: Recorded) -> None:
    n = range(len(recorded.steps))
    assert arrange(edges(recorded.name), n) == list(n)


@every
@quick
@given(data=st.data())
def test_every_legal_order_ends_the_same(recorded: Recorded, data: st.DataObject) -> None:
    order = data.draw(orders(recorded))
    assert listen(recorded, order, curious=data.draw(st.booleans())).outcome == wanted(recorded)


@every
@quick
@given(data=st.data())
def test_events_that_are_delivered_again_change_nothing(recorded: Recorded, data: st.DataObject) -> None:
    order = data.draw(orders(recorded))
    again = [i for i in order if not isinstance(recorded.steps[i], Act)]
    for i in data.draw(st.lists(st.sampled_from(again), min_size=1, max_size=12)):
        order.insert(data.draw(st.integers(order.index(i) + 1, len(order))), i)
    assert listen(recorded, order).outcome == wanted(recorded)


@every
def test_every_event_at_once_delivered_again(recorded: Recorded) -> None:
    order = [
        i for i in range(len(recorded.steps)) for _ in range(1 + (not isinstance(recorded.steps[i], Act)))
    ]
    assert listen(recorded, order).outcome == wanted(recorded)


@every
@quick
@given(data=st.data())
def test_what_is_told_again_may_be_missing(recorded: Recorded, data: st.DataObject) -> None:
    order = data.draw(orders(recorded))
    dispensable = [i for i in order if kind_of(recorded, i) in TOLD_AGAIN]
    missing = data.draw(st.sets(st.sampled_from(dispensable), max_size=1)) if dispensable else set()
    rest = [i for i in order if i not in missing]
    assert listen(recorded, rest).outcome == wanted(recorded)


@every
@quick
@given(data=st.data())
def test_words_of_the_user_that_never_come_leave_the_rest_alone(
    recorded: Recorded, data: st.DataObject
) -> None:
    words = [i for i in range(len(recorded.steps)) if kind_of(recorded, i).startswith(WORDS)]
    missing = data.draw(st.sets(st.sampled_from(words))) if words else set()
    rest = [i for i in range(len(recorded.steps)) if i not in missing]
    order = [i for i in data.draw(orders(recorded)) if i not in missing]
    assert listen(recorded, order).outcome == listen(recorded, rest).outcome


@every
def test_words_may_come_last_of_all(recorded: Recorded) -> None:
    n = range(len(recorded.steps))
    late = [i for i in n if kind_of(recorded, i).startswith(WORDS)]
    assert listen(recorded, [*(i for i in n if i not in late), *late]).outcome == wanted(recorded)
    assert listen(recorded, arrange(edges(recorded.name), [*late, *n])).outcome == wanted(recorded)


@every
@quick
@given(data=st.data())
def test_a_server_without_event_ids(recorded: Recorded, data: st.DataObject) -> None:
    """Its pieces can't be told from repetitions, everything else can come again."""
    bare = [
        step if isinstance(step, Act) else {key: value for key, value in step.items() if key != "event_id"}
        for step in recorded.steps
    ]
    order = data.draw(orders(recorded))
    again = [i for i in order if repeatable(kind_of(recorded, i))]
    for i in data.draw(st.lists(st.sampled_from(again), max_size=6)):
        order.insert(data.draw(st.integers(order.index(i) + 1, len(order))), i)
    listener = Listener()
    for i in order:
        listener.take(bare[i])
    assert listener.outcome == wanted(recorded)


def repeatable(kind: str) -> bool:
    return bool(kind) and not kind.endswith(("delta", "conversation.item.added"))


def kind_of(recorded: Recorded, i: int) -> str:
    step = recorded.steps[i]
    return "" if isinstance(step, Act) else step["type"]


# -- small ones, exhaustively ----------------------------------------------------------------------------


def legal_orders(later: tuple[tuple[int, ...], ...]) -> Any:
    """Yield every legal order."""
    waits = [0] * len(later)
    for followers in later:
        for j in followers:
            waits[j] += 1

    def extend(order: list[int], waits: list[int]) -> Any:
        if len(order) == len(later):
            yield list(order)
        for i in range(len(later)):
            if waits[i] == 0 and i not in order:
                left = list(waits)
                for j in later[i]:
                    left[j] -= 1
                yield from extend([*order, i], left)

    yield from extend([], waits)


def test_all_orders_of_a_spoken_turn() -> None:
    events = heard("u1", "Hello there.", None, deltas=["Hel", "lo"])
    n, outcomes = 0, set()
    for order in legal_orders(order_of(events)):
        listener = Listener()
        for i in order:
            listener.take(events[i])
        outcomes.add(json.dumps(listener.outcome, default=str))
        n += 1
    assert n == 560
    assert len(outcomes) == 1
    assert "Hello there." in outcomes.pop()


def test_all_orders_of_two_crossing_transcripts_and_their_commits() -> None:
    one, two = heard("u1", "First.", None, by_hand=True), heard("u2", "Second.", "u1", by_hand=True)
    steps = [e for e in [*one, *two] if e["type"] != "conversation.item.done"]
    outcomes = set()
    for order in legal_orders(order_of(steps)):
        listener = Listener()
        for i in order:
            listener.take(steps[i])
        outcomes.add(tuple((turn.id, turn.text, turn.status) for turn in listener.data.transcript))
    assert outcomes == {(("u1", "First.", "completed"), ("u2", "Second.", "completed"))}


@pytest.mark.parametrize("swap", [False, True])
def test_all_ways_in_which_a_chain_of_items_may_be_placed(swap: bool) -> None:
    chain = {"i0": None, "i1": "i0", "i2": "i1", "i3": "i2", "i4": "i3"}
    events = [t.item_added(t.message("user", key, item_id=key), previous=chain[key]) for key in chain]
    speech = [t.speech_started(key) for key in chain]
    for arrival in itertools.permutations(range(len(chain))):
        listener = Listener()
        for i in arrival if swap else ():
            listener.take(speech[i])
        for i in reversed(arrival):
            listener.take(events[i])
        assert [turn.id for turn in listener.data.transcript] == list(chain), arrival
