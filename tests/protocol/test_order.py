import itertools

import pytest

from realtime_widget.protocol.order import ItemOrder

CHAIN = {"u1": None, "a1": "u1", "u2": "a1", "a2": "u2", "t": "a2"}


@pytest.mark.parametrize("expected", [False, True])
def test_the_order_is_that_of_the_links_however_they_arrive(expected: bool) -> None:
    for arrival in itertools.permutations(CHAIN):
        order = ItemOrder()
        for item_id in arrival if expected else ():
            order.expect(item_id)
        for item_id in arrival:
            order.place(item_id, CHAIN[item_id])
        assert list(order) == list(CHAIN), arrival


def test_without_links_arrival_decides() -> None:
    order = ItemOrder()
    for item_id in "abc":
        order.place(item_id, None)
    assert list(order) == ["a", "b", "c"]
    assert (order.last, len(order), "b" in order, "x" in order) == ("c", 3, True, False)
    assert ItemOrder().last is None


def test_root_is_the_beginning() -> None:
    order = ItemOrder()
    order.place("a", None)
    order.place("b", "root")
    order.place("c", "root")
    assert list(order) == ["c", "b", "a"]


def test_of_two_items_after_the_same_one_the_later_stands_nearer() -> None:
    order = ItemOrder()
    for item_id, previous in [("a", None), ("b", "a"), ("c", "a"), ("d", "c")]:
        order.place(item_id, previous)
    assert list(order) == ["a", "c", "d", "b"]


def test_only_the_first_place_counts() -> None:
    order = ItemOrder()
    order.place("a", None)
    assert order.place("b", "a")
    order.place("c", "a")
    assert not order.place("b", "c")
    assert list(order) == ["a", "c", "b"]


def test_an_expected_item_stands_where_it_was_expected() -> None:
    order = ItemOrder()
    order.place("u1", None)
    order.expect("a1")  # a server that places only what the user says
    order.place("u2", None)
    order.expect("a2")
    order.place("u3", "u2")
    assert list(order)[:3] == ["u1", "a1", "u2"]
    assert order.settle("a1") is False
    assert list(order).index("a1") == 1


def test_an_expected_item_follows_what_is_put_before_it() -> None:
    order = ItemOrder()
    order.place("a5", None)
    order.expect("u6")
    order.place("a5b", "a5")
    assert list(order) == ["a5", "a5b", "u6"]


def test_what_was_expected_later_may_stand_before() -> None:
    order = ItemOrder()
    order.place("u0", None)
    order.expect("a1")
    order.expect("u1")
    order.place("a1", "u1")
    assert list(order) == ["u0", "u1", "a1"]
    order.place("u1", "u0")
    assert list(order) == ["u0", "u1", "a1"]


def test_a_dropped_item_leaves_no_trace() -> None:
    order = ItemOrder()
    order.place("a", None)
    order.expect("b")
    order.expect("c")
    order.drop("b")
    order.drop("a")  # it has a place, which its successors need
    order.drop("unknown")
    assert list(order) == ["a", "c"]
    order.expect("d")
    order.place("d", "c")
    order.place("c", "a")
    assert list(order) == ["a", "c", "d"]


def test_settling_gives_the_first_item_a_place_too() -> None:
    order = ItemOrder()
    order.expect("a")
    order.settle("a")
    order.place("b", "a")
    assert list(order) == ["a", "b"]
    assert not order.settle("a")
    assert not order.settle("unknown")


def test_rings_keep_everything() -> None:
    order = ItemOrder()
    order.place("self", "self")
    order.place("a", "b")
    order.place("b", "a")
    order.expect("c")
    assert sorted(order) == ["a", "b", "c", "self"]


def test_an_unknown_predecessor_is_no_obstacle() -> None:
    order = ItemOrder()
    order.place("a", "lost")
    order.place("b", "a")
    assert list(order) == ["a", "b"]
    order.place("lost", None)
    assert list(order) == ["lost", "a", "b"]


def test_a_servers_word_wins_over_a_guess_whenever_it_comes() -> None:
    order = ItemOrder()
    order.expect("a1")  # an answer is seen before the question
    order.settle("a1")
    order.place("u1", None)
    assert list(order) == ["a1", "u1"]
    assert order.place("a1", "u1")
    assert list(order) == ["u1", "a1"]
    assert not order.place("a1", None)


def test_a_guess_that_contradicts_the_server_is_dropped() -> None:
    order = ItemOrder()
    order.place("a2", "u1")
    order.expect("u1")
    order.expect("a1")  # seen last, so expected after the others
    order.place("u1", "a1")
    order.settle("a1")
    assert list(order) == ["a1", "u1", "a2"]


def test_of_two_items_after_the_same_one_the_one_placed_later_is_nearer_though_seen_earlier() -> None:
    order = ItemOrder()
    order.place("u1", None)
    order.expect("note")  # ours, on its way to the server
    order.place("a1", "u1")
    order.place("note", "u1")
    assert list(order) == ["u1", "note", "a1"]


def test_what_follows_an_item_that_only_the_server_deleted_stands_behind_it() -> None:
    order = ItemOrder()
    for item_id, previous in (("u1", None), ("a1", "u1"), ("a2", "a1")):
        order.place(item_id, previous)
    order.keep("a1")
    order.keep("a2")
    order.expect("u2")
    order.place("u2", "u1")
    order.place("a3", "u2")
    assert list(order) == ["u1", "a1", "a2", "u2", "a3"]


def test_an_item_that_the_server_deletes_before_it_is_placed_is_passed_too() -> None:
    order = ItemOrder()
    order.place("u1", None)
    order.expect("a1")
    order.keep("a1")
    order.place("a1", "u1")
    order.place("u2", "u1")
    assert list(order) == ["u1", "a1", "u2"]
    order.keep("unknown")
