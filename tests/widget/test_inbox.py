"""The order of a page's messages, whatever way they came."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_widget.widget.inbox import MAX_HELD, MAX_MISSING, Inbox

Taken = list[tuple[int, bool]]


def make() -> tuple[Inbox[int], Taken, list[Callable[[], None]]]:
    taken: Taken = []
    timers: list[Callable[[], None]] = []
    inbox = Inbox[int](lambda item, late: taken.append((item, late)), lambda delay_s, do: timers.append(do))
    return inbox, taken, timers


def test_what_comes_in_order_passes_at_once() -> None:
    inbox, taken, timers = make()
    for n in range(5):
        inbox.take(n, n)
    assert taken == [(n, False) for n in range(5)]
    assert not timers


def test_what_came_too_early_waits_for_what_was_sent_before() -> None:
    inbox, taken, _ = make()
    for n in (1, 2, 0, 3):
        inbox.take(n, n)
    assert taken == [(0, False), (1, False), (2, False), (3, False)]


def test_what_doesnt_come_is_waited_for_only_a_moment_and_then_is_late() -> None:
    inbox, taken, timers = make()
    inbox.take(0, 0)
    inbox.take(2, 2)
    inbox.take(5, 5)
    assert taken == [(0, False)]
    timers.pop()()
    assert taken == [(0, False), (2, False)]
    timers.pop()()
    assert taken[-1] == (5, False)
    inbox.take(1, 1)
    assert taken[-1] == (1, True)
    timers and timers.pop()()
    assert len(taken) == 4


def test_without_a_number_nothing_waits() -> None:
    inbox, taken, _ = make()
    inbox.take(7, 7)
    inbox.take(None, 99)
    assert taken == [(99, False)]


def test_it_holds_back_no_more_than_so_many() -> None:
    inbox, taken, _ = make()
    for n in range(1, MAX_HELD + 2):
        inbox.take(n, n)
    assert len(taken) == MAX_HELD + 1


@pytest.mark.parametrize("n", [30])
@given(order=st.permutations(range(30)))
def test_whatever_overtakes_whatever_comes_once_and_in_order(n: int, order: list[int]) -> None:
    inbox, taken, _ = make()
    for each in order:
        inbox.take(each, each)
    assert taken == [(each, False) for each in range(n)]


def test_what_was_sent_twice_is_taken_once() -> None:
    inbox, taken, timers = make()
    for n in (0, 1, 1, 0, 3, 3):
        inbox.take(n, n)
    timers.pop()()
    for n in (3, 2, 2, 0):
        inbox.take(n, n)
    assert taken == [(0, False), (1, False), (3, False), (2, True)]


def test_it_remembers_so_many_that_never_came() -> None:
    inbox, taken, timers = make()
    inbox.take(10**9, 0)
    timers.pop()()
    inbox.take(10**9 + 2, 2)
    timers.pop()()
    inbox.take(10**9 - MAX_MISSING, 1)
    assert taken == [(0, False), (2, False)], "the oldest is forgotten for a newer one"
    inbox.take(10**9 + 1, 3)
    assert taken[-1] == (3, True)


@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=60))
def test_nothing_is_taken_twice(coming: list[tuple[int, bool]]) -> None:
    inbox, taken, timers = make()
    for n, patience_over in coming:
        inbox.take(n, n)
        if patience_over and timers:
            timers.pop()()
    numbers = [n for n, _ in taken]
    assert len(numbers) == len(set(numbers))
    in_time = [n for n, late in taken if not late]
    assert in_time == sorted(in_time)
