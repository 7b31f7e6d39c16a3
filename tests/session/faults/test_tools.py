"""A connection that ends somewhere between a call and the answer that follows from it."""

import threading
from collections.abc import Callable

import pytest

from realtime_widget.errors import ResponseError

from .mischief import dropped, reset, silent
from .scene import scene
from .talk import Fault

ENDS = [dropped(), reset()]
PHASES = {
    "while the call is written": "after response.function_call_arguments.delta#2",
    "after the first call": "after response.output_item.done",
    "after both calls": "after response.output_item.done#2",
    "before response.done": "before response.done",
    "after response.done": "after response.done",
    "at the first output": "on conversation.item.create#2",
    "after the first output": "after conversation.item.done#4",
    "at the second output": "on conversation.item.create#3",
    "before the request for the answer": "on response.create#2",
    "when the answer is created": "after response.created#2",
}


@pytest.mark.parametrize("phase", PHASES.values(), ids=PHASES)
@pytest.mark.parametrize("end", ENDS, ids=["dropped", "reset"])
def test_a_turn_with_two_calls_is_cut(end: Fault, phase: str) -> None:
    with scene() as s:
        s.ask("first")
        s.arm(phase, end)
        s.ask("use alpha beta")
        s.recovered(2)
        ran = [call for call in s.session.tool_calls if call.status != "cancelled"]
        assert sorted(call.name for call in ran) == ["alpha", "beta"]


def test_the_answer_after_the_tools_is_cut() -> None:
    with scene() as s:
        s.arm("after response.output_audio.delta#2", dropped())
        with pytest.raises(ResponseError) as caught:
            s.ask("use alpha beta")
        assert caught.value.code == "connection_lost"
        s.recovered(2)


def slow(started: threading.Event, gate: threading.Event) -> Callable[[str], str]:
    def alpha(word: str) -> str:
        """Tell the first letter, when it is time."""
        started.set()
        assert gate.wait(30)
        return f"{word} one"

    return alpha


@pytest.mark.parametrize("end", ENDS, ids=["dropped", "reset"])
def test_the_connection_ends_while_a_tool_runs(end: Fault) -> None:
    started, gate = threading.Event(), threading.Event()
    with scene() as s:
        s.session.tool(slow(started, gate))
        s.session.settle(20)
        asking = threading.Thread(target=s.ask, args=["use alpha beta"])
        asking.start()
        assert started.wait(30)
        s.server.end_newest(end)
        s.wait(lambda: len(s.server.visits) == 2 and s.session.status == "connected")
        gate.set()
        asking.join(30)
        assert not asking.is_alive()
        s.recovered(2)


def test_a_tool_ends_while_the_connection_is_away() -> None:
    started, gate = threading.Event(), threading.Event()
    with scene({}, {"http": silent(0.5)}) as s:
        s.session.tool(slow(started, gate))
        s.session.settle(20)
        asking = threading.Thread(target=s.ask, args=["use alpha"])
        asking.start()
        assert started.wait(30)
        s.server.end_newest(dropped())
        s.wait(lambda: s.session.status == "reconnecting")
        gate.set()
        asking.join(30)
        assert not asking.is_alive()
        s.recovered(2)
