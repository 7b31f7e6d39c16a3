"""A connection that ends in the middle of a turn: at each of its phases, and in each way to end."""

from dataclasses import dataclass

import pytest

from realtime_widget.errors import ResponseError

from .mischief import both, closed, closed_without_code, dropped, error, reset
from .scene import Scene, scene
from .talk import Fault

HEARD = "after response.output_audio_transcript.delta#4"


@dataclass(frozen=True)
class Phase:
    """A moment of a written turn, and what becomes of the question when the connection ends there."""

    moment: str
    outcome: str


PHASES = {
    "before the item is taken": Phase("on conversation.item.create", "answered"),
    "after the item was added": Phase("after conversation.item.added", "answered"),
    "before the request is taken": Phase("on response.create", "answered"),
    "after response.created": Phase("after response.created", "answered"),
    "after output_item.added": Phase("after response.output_item.added", "answered"),
    "after content_part.added": Phase("after response.content_part.added", "answered"),
    "in the middle of the words": Phase(HEARD, "lost"),
    "in the middle of the sound": Phase("after response.output_audio.delta#4", "lost"),
    "after the sound": Phase("after response.output_audio.done", "lost"),
    "before response.done": Phase("before response.done", "answered"),
    "after response.done": Phase("after response.done", "answered"),
}


def ask_through(s: Scene, moment: str, fault: Fault, outcome: str) -> None:
    s.ask("first")
    s.arm(moment, fault)
    answer = s.try_ask("second")
    if isinstance(answer, ResponseError):
        assert outcome != "answered", str(answer)
        assert answer.code == "connection_lost"
        assert answer.recoverable
    else:
        assert outcome != "lost"
    s.ask("third")


@pytest.mark.parametrize("phase", PHASES.values(), ids=PHASES)
@pytest.mark.parametrize("end", [dropped(), reset()], ids=["dropped", "reset"])
def test_a_written_turn_is_cut(end: Fault, phase: Phase) -> None:
    with scene() as s:
        # A reset may overtake what was sent before it.
        ask_through(s, phase.moment, end, "either" if end.__qualname__.startswith("reset") else phase.outcome)
        s.recovered(2)


CLOSES = {
    "1000": closed(1000, "bye"),
    "1001 going away": closed(1001, "going away"),
    "without a code": closed_without_code(),
    "1007": closed(1007),
    "1009": closed(1009, "message too big"),
    "1011": closed(1011, "internal error"),
    "1012": closed(1012, "service restart"),
    "1013": closed(1013, "try again later"),
    "1014": closed(1014, "bad gateway"),
    "3000": closed(3000),
    "1001 at the end of its life": both(
        error("Your session hit the maximum duration of 60 minutes.", code="session_expired"),
        closed(1001, "Your session hit the maximum duration of 60 minutes."),
    ),
}


@pytest.mark.parametrize("end", CLOSES.values(), ids=CLOSES)
def test_closed_in_the_middle_of_an_answer(end: Fault) -> None:
    with scene() as s:
        ask_through(s, HEARD, end, "lost")
        s.recovered(2)


@pytest.mark.parametrize("end", CLOSES.values(), ids=CLOSES)
def test_closed_between_turns(end: Fault) -> None:
    with scene() as s:
        s.arm("after rate_limits.updated", end)
        s.ask("first")
        s.ask("second")
        s.recovered(2)


def test_closed_for_a_breach_of_policy() -> None:
    with scene() as s:
        s.ask("first")
        s.arm(HEARD, closed(1008, "policy violation"))
        s.try_ask("second")
        s.ended()
        assert len(s.server.visits) == 1


def test_closed_as_rejected_in_the_middle_of_an_answer() -> None:
    with scene() as s:
        s.ask("first")
        s.arm(HEARD, closed(4000, "invalid_request_error.session_rejected"))
        s.try_ask("second")
        s.ended()
        assert len(s.server.visits) == 1


@pytest.mark.parametrize(
    "code", ["insufficient_quota", "invalid_api_key", "account_deactivated", "billing_hard_limit_reached"]
)
def test_the_account_ends_in_the_middle_of_an_answer(code: str) -> None:
    with scene() as s:
        s.ask("first")
        s.arm(HEARD, both(error("No more.", code=code), closed(1000)))
        s.try_ask("second")
        s.ended(code)
        assert len(s.server.visits) == 1


def test_two_drops_in_a_row() -> None:
    with scene() as s:
        s.ask("first")
        s.arm("on response.create", dropped())
        s.ask("second")
        s.arm("on response.create", dropped())
        s.ask("third")
        s.recovered(3)


def test_the_same_question_is_dropped_three_times() -> None:
    again = {"on response.create": dropped()}
    with scene({}, again, again) as s:
        s.ask("first")
        s.arm("on response.create", dropped())
        s.ask("second")
        s.recovered(4)


def test_three_questions_wait_when_the_connection_ends() -> None:
    with scene() as s:
        s.arm("on response.create", dropped())
        for question in ("one", "two", "three"):
            s.questions.append(question)
            s.session.send_text(question)
        s.session.settle(30)
        s.recovered(2)


def test_a_long_conversation_comes_along_folded_each_time() -> None:
    with scene() as s:
        for n in range(15):
            s.ask(f"question {n}")
        s.arm("on response.create", dropped())
        s.ask("the first to be folded")
        for n in range(15, 20):
            s.ask(f"question {n}")
        s.arm("on response.create", dropped())
        s.ask("the last")
        s.recovered(3)
        roles = [[item["role"] for item in visit.brought] for visit in s.server.visits[1:]]
        assert [each.count("system") for each in roles] == [1, 1]
