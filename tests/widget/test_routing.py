import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import IPython
import pytest

from realtime_widget.widget import routing
from realtime_widget.widget.routing import (
    HURRIED_S,
    handled_on,
    hurry,
    ignore_control,
    keep_subshell,
    listen_on_control,
    relax,
)


def test_a_comm_that_would_go_back_to_the_main_thread_is_told_to_stay() -> None:
    comm = SimpleNamespace(_reply_subshell_for=lambda data, default: "main")
    assert keep_subshell(comm)
    assert comm._reply_subshell_for({}, "subshell-1") == "subshell-1"


def test_a_comm_without_such_routing_is_left_alone() -> None:
    comm = SimpleNamespace()
    assert not keep_subshell(comm)
    assert not vars(comm)
    assert not keep_subshell(None)


def test_the_thread_tells_the_way() -> None:
    ways = [handled_on()]
    thread = threading.Thread(target=lambda: ways.append(handled_on()))
    thread.start()
    thread.join()
    assert ways == ["main", "subshell"]


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The control handlers of a kernel."""
    kernel = SimpleNamespace(control_handlers={})
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=kernel))
    yield kernel.control_handlers
    routing._listeners.clear()


def comm_msg(comm_id: str, content: Any = None, buffers: list[bytes] | None = None) -> dict[str, Any]:
    data = {"method": "custom", "content": content}
    return {"content": {"comm_id": comm_id, "data": data}, "buffers": buffers or []}


def test_the_control_channel_hands_over_what_is_ours_and_passes_on_the_rest(handlers: dict[str, Any]) -> None:
    passed: list[Any] = []
    handlers["comm_msg"] = lambda stream, ident, message: passed.append(message["content"]["comm_id"])
    got: list[tuple[str, Any, list[bytes]]] = []
    assert listen_on_control("one", lambda content, buffers: got.append(("one", content, buffers)))
    assert listen_on_control("two", lambda content, buffers: got.append(("two", content, buffers)))
    take = handlers["comm_msg"]
    take(None, [], comm_msg("one", {"type": "beat"}))
    take(None, [], comm_msg("two", {"type": "audio"}, [b"pcm"]))
    take(None, [], comm_msg("another"))
    assert got == [("one", {"type": "beat"}, []), ("two", {"type": "audio"}, [b"pcm"])]
    ignore_control("one")
    take(None, [], comm_msg("one"))
    assert passed == ["another", "one"]


def test_a_message_for_nobody_does_no_harm(handlers: dict[str, Any]) -> None:
    assert listen_on_control("one", lambda content, buffers: None)
    for message in (comm_msg("another"), {"content": {}}, {"content": None}, {}):
        handlers["comm_msg"](None, [], message)


@pytest.mark.parametrize("shell", [None, SimpleNamespace(), SimpleNamespace(kernel=SimpleNamespace())])
def test_where_there_is_no_control_channel_it_says_so(monkeypatch: pytest.MonkeyPatch, shell: Any) -> None:
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    assert not listen_on_control("one", lambda content, buffers: None)


def test_threads_take_turns_quickly_as_long_as_anybody_needs_it() -> None:
    before = sys.getswitchinterval()
    one, two = object(), object()
    hurry(one)
    hurry(two)
    assert sys.getswitchinterval() == pytest.approx(HURRIED_S)
    relax(one)
    relax(one)
    assert sys.getswitchinterval() == pytest.approx(HURRIED_S)
    relax(two)
    assert sys.getswitchinterval() == pytest.approx(before)


def test_an_interval_that_somebody_else_has_set_meanwhile_is_left_alone() -> None:
    before = sys.getswitchinterval()
    hurry(who := object())
    sys.setswitchinterval(0.02)
    relax(who)
    assert sys.getswitchinterval() == pytest.approx(0.02)
    sys.setswitchinterval(before)
