"""Requests by themselves: in which order they leave, and how they are found again."""

from realtime_widget.protocol.commands import ClearInput, CreateResponse
from realtime_widget.protocol.requests import KEY, UNANSWERED_AFTER_MS, Request, Requests


def keys(requests: list[Request]) -> list[str]:
    return [request.key for request in requests]


def aside(key: str) -> Request:
    return Request(key, options={"conversation": "none"})


def test_a_request_is_sent_tagged_behind_what_belongs_before_it() -> None:
    requests = Requests()
    before = ClearInput(event_id="e")
    request = Request("k", [before], {"instructions": "x", "metadata": {"mine": "1"}})
    first, create = requests.send(request, 10)
    assert first is before
    assert isinstance(create, CreateResponse)
    assert create.response == {"instructions": "x", "metadata": {"mine": "1", KEY: "k"}}
    assert create.event_id == request.event_id
    assert (request.items, request.sent_ms, request.attempts) == (["e"], 10, 1)
    assert len(requests.send(request, 20)) == 1, "what goes before it goes once"


def test_what_follows_up_goes_before_what_was_asked_meanwhile() -> None:
    requests = Requests()
    for request in (Request("a"), Request("f", follows_up=True), Request("b"), Request("g", follows_up=True)):
        requests.add(request)
    assert keys(list(requests)) == ["f", "g", "a", "b"]


def test_while_follow_ups_wait_others_pass_and_take_them_along() -> None:
    requests = Requests()
    for request in (aside("o"), Request("f", follows_up=True), Request("a")):
        requests.add(request)
    passed = [requests.next(follow_ups=False) for _ in range(3)]
    assert [request and (request.key, request.absorbs) for request in passed] == [
        ("o", []),
        ("a", ["f"]),
        None,
    ]
    assert not requests


def test_a_sent_request_is_found_by_its_id_and_by_its_key_once() -> None:
    requests = Requests()
    sent = [Request("a"), aside("o")]
    for request in sent:
        requests.send(request, 0)
    assert requests.unconfirmed
    assert requests.take(None) is None
    assert requests.take_key(None) is None
    assert requests.take(sent[1].event_id) is sent[1]
    assert requests.take_key("a") is sent[0]
    assert requests.take_key("a") is None
    assert not requests


def test_only_what_waited_too_long_is_late() -> None:
    requests = Requests()
    requests.send(Request("a"), 0)
    requests.send(aside("o"), 1)
    assert requests.take_late(UNANSWERED_AFTER_MS) == []
    assert keys(requests.take_late(UNANSWERED_AFTER_MS + 1)) == ["a"]
    assert keys(list(requests)) == ["o"]


def test_the_next_connection_is_asked_in_the_same_order_but_for_what_nobody_wants() -> None:
    requests = Requests()
    for request in (Request("a"), Request("gone", cancelled=True), aside("o")):
        requests.send(request, 0)
    requests.add(Request("later"))
    assert keys(requests.take_back()) == ["gone"]
    assert keys(list(requests)) == ["a", "o", "later"]
    assert all(request.attempts == 0 for request in requests)
    requests.clear()
    assert not requests
