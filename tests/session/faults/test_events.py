"""Events out of place: odd, missing, double, in another order, under other names, late."""

import pytest

from realtime_widget.errors import RealtimeError, ResponseError

from .mischief import (
    Shuffled,
    both,
    doubled,
    error,
    fails,
    in_beta_names,
    kept_back,
    rewritten,
    said,
    silent,
    with_nulls,
    with_strangers,
)
from .scene import scene
from .talk import Event, Fault, Talk

MIDDLE = "after response.output_audio_transcript.delta#4"

ODD = {
    "beta names": rewritten(in_beta_names),
    "null wherever it may be": rewritten(with_nulls),
    "everything twice": rewritten(doubled),
    "strangers between all events": rewritten(with_strangers),
    "out of order, in threes": rewritten(Shuffled(3, seed=1)),
    "out of order, in fives": rewritten(Shuffled(5, seed=2)),
    "out of order, all at the end": rewritten(Shuffled(100, seed=3)),
}


@pytest.mark.parametrize("fault", ODD.values(), ids=ODD)
def test_events_are_odd(fault: Fault) -> None:
    with scene({"upgraded": fault}) as s:
        s.ask("first")
        s.ask("use alpha beta")
        s.say()
        s.unbroken()


SILENCES = {"200 ms": 0.2, "1 s": 1.0, "5 s": 5.0}


@pytest.mark.parametrize("seconds", SILENCES.values(), ids=SILENCES)
def test_silence_in_the_middle_of_an_answer(seconds: float) -> None:
    with scene() as s:
        s.arm(MIDDLE, silent(seconds))
        s.ask("first")
        s.unbroken()


def test_silence_before_every_step_of_a_turn() -> None:
    steps = ("conversation.item.added", "response.created", "response.content_part.added", "response.done")
    with scene() as s:
        for step in steps:
            s.arm(f"before {step}", silent(0.3))
        s.ask("first")
        s.unbroken()


def test_errors_that_name_nothing_in_the_middle_of_an_answer() -> None:
    many = both(
        error("Something odd happened."),
        error("And again.", code="weird_code", event_id="nobody_sent_this"),
        error("Nothing was asked.", code="response_cancel_not_active"),
        said({"type": "error", "error": {"type": "invalid_request_error", "message": None, "code": None}}),
    )
    with scene() as s:
        s.arm(MIDDLE, many)
        s.ask("first")
        s.unbroken()


def test_a_server_error_now_and_then_is_no_reason_to_leave() -> None:
    with scene() as s:
        for n in range(5):
            s.arm(MIDDLE, error("The server had an error.", code="server_error"))
            s.ask(f"question {n}")
        s.unbroken()


def test_three_server_errors_in_a_row_are() -> None:
    async def sick(talk: Talk) -> bool:
        await talk.error("The server had an error.", code="server_error")
        return True

    with scene({"on response.create*": sick}) as s:
        for question in ("one", "two", "three"):
            s.questions.append(question)
            s.session.send_text(question)
        s.recovered(2)


FAILURES = {
    "rate limit": "rate_limit_exceeded",
    "server error": "server_error",
    "overload": "inference_rate_limit_exceeded",
    "something new": "moon_in_the_wrong_house",
}


@pytest.mark.parametrize("created", [True, False], ids=["created", "never created"])
@pytest.mark.parametrize("code", FAILURES.values(), ids=FAILURES)
def test_a_response_fails(code: str, created: bool) -> None:
    with scene() as s:
        s.ask("first")
        s.arm("on response.create", fails(code, "It didn't work.", created=created))
        answer = s.try_ask("second")
        if isinstance(answer, RealtimeError):  # else it was tried again
            assert isinstance(answer, ResponseError)
            assert answer.code == code
        s.unbroken()


def test_a_response_fails_for_the_account() -> None:
    with scene() as s:
        s.ask("first")
        s.arm("on response.create", fails("insufficient_quota", "You exceeded your current quota."))
        assert isinstance(s.try_ask("second"), RealtimeError)
        s.ended("insufficient_quota")
        assert len(s.server.visits) == 1


def test_a_response_is_done_that_was_never_created() -> None:
    with scene() as s:
        s.arm("before response.created", kept_back())
        s.ask("first")
        s.unbroken()


def test_done_comes_twice_and_once_more_when_the_next_is_running() -> None:
    done: list[Event] = []

    def twice(event: Event) -> list[Event]:
        if event["type"] == "response.done":
            done.append(event)
            return [event, event]
        return [*done[:1], event] if event["type"] == "response.content_part.added" else [event]

    with scene({"upgraded": rewritten(twice)}) as s:
        s.ask("first")
        s.ask("second")
        s.ask("use alpha")
        s.unbroken()


def test_an_answer_to_nobody_comes_from_nowhere() -> None:
    ghost = {"response_id": "resp_ghost", "item_id": "item_ghost", "output_index": 0, "content_index": 0}
    with scene() as s:
        s.arm(MIDDLE, said({"type": "response.output_audio.delta", **ghost, "delta": "AAAA"}))
        s.ask("first")
        s.arm(
            MIDDLE, said({"type": "response.done", "response": {"id": "resp_other", "status": "completed"}})
        )
        s.ask("second")
        s.unbroken()
