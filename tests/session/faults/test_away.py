"""A server that is away for a while, or for good, or there and yet not there; and the planned change."""

import threading
from dataclasses import replace

import pytest

from realtime_widget.errors import RealtimeError
from realtime_widget.protocol import responses
from realtime_widget.session import watchdog

from .mischief import dropped, frozen, kept_back, refused, reset, restarted, silent
from .scene import BACKOFF, scene
from .talk import Fault

MIDDLE = "after response.output_audio.delta#4"


@pytest.mark.parametrize("away_s", [0.0, 0.3, 1.5])
def test_the_server_is_restarted(away_s: float) -> None:
    with scene() as s:
        s.ask("first")
        s.arm(MIDDLE, restarted(away_s))
        assert isinstance(s.try_ask("second"), RealtimeError)
        s.recovered(2)


def test_the_server_is_restarted_between_turns_and_asked_at_once() -> None:
    with scene() as s:
        s.arm("after rate_limits.updated", restarted(0.5))
        s.ask("first")
        s.ask("second")
        s.recovered(2)


def test_the_server_is_gone_for_good() -> None:
    with scene() as s:
        s.ask("first")
        s.session._core.backoff = replace(BACKOFF, limit_s=1)
        s.arm("on response.create", restarted(None))
        assert isinstance(s.try_ask("second"), RealtimeError)
        s.ended()
        assert len(s.server.visits) == 1


def test_the_key_is_no_longer_taken_when_the_connection_is_made_anew() -> None:
    with scene({}, {"http": refused("401 Unauthorized")}) as s:
        s.ask("first")
        s.arm("on response.create", dropped())
        assert isinstance(s.try_ask("second"), RealtimeError)
        s.ended("invalid_api_key")
        assert len(s.server.visits) == 2


AGAIN = {
    "refused with 503": {"http": refused("503 Service Unavailable")},
    "dropped in the handshake": {"http": dropped()},
    "dropped before session.created": {"upgraded": dropped()},
    "dropped instead of session.updated": {"on session.update": dropped()},
    "dropped in the history": {"after conversation.item.added": dropped()},
    "reset in the history": {"on conversation.item.create#2": reset()},
    "dropped when it is asked": {"on response.create": dropped()},
}


@pytest.mark.parametrize("schedule", AGAIN.values(), ids=AGAIN)
def test_the_next_connection_fails_too(schedule: dict[str, Fault]) -> None:
    with scene({}, schedule) as s:
        s.ask("first")
        s.arm("on response.create", dropped())
        s.ask("second")
        s.recovered(3)


def test_starting_again_after_the_server_was_gone() -> None:
    with scene() as s:
        s.ask("first")
        s.session._core.backoff = replace(BACKOFF, limit_s=1)
        s.arm("on response.create", restarted(None))
        s.try_ask("second")
        s.ended()
        s.server.open_soon()
        s.session.start()
        s.ask("third")
        assert s.session.error is None


def test_stopping_while_it_reconnects() -> None:
    with scene() as s:
        s.ask("first")
        s.session._core.backoff = replace(BACKOFF, limit_s=1)
        s.arm("on response.create", restarted(None))
        s.session.send_text("second")
        s.questions.append("second")
        s.wait(lambda: s.session.status == "reconnecting")
        s.session.stop()
        assert s.session.status == "disconnected"
        s.server.open_soon()
        s.session.start()
        s.ask("third")


HALF_OPEN = {
    "in an answer": MIDDLE,
    "when it is asked": "on response.create",
    "at the item": "on conversation.item.create",
}


@pytest.mark.parametrize("moment", HALF_OPEN.values(), ids=HALF_OPEN)
def test_the_socket_is_half_open(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "PROBE_MS", 500)
    monkeypatch.setattr(watchdog, "PONG_S", 1.0)
    with scene() as s:
        s.ask("first")
        s.arm(moment, frozen())
        s.try_ask("second")
        s.recovered(2, at_least=True)


def test_response_done_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "OWED_MS", 500)
    monkeypatch.setattr(responses, "THINKING_MS", 500)
    with scene() as s:
        s.ask("first")
        s.arm("before response.done", kept_back())
        s.try_ask("second")
        s.wait(lambda: s.session.status == "connected")
        s.ask("third")


def test_the_life_of_a_session_ends_as_planned() -> None:
    with scene(server={"life_s": 4}) as s:
        s.ask("first")
        s.ask("use alpha beta")
        s.wait(lambda: len(s.server.visits) >= 2 and s.session.status == "connected")
        s.ask("second")
        assert "reconnecting" not in s.statuses
        assert s.session.error is None


def test_dropped_while_settle_waits() -> None:
    with scene() as s:
        s.ask("first")
        s.arm("on response.create", dropped())
        s.session.send_text("second")
        s.questions.append("second")
        s.session.settle(30)
        s.recovered(2)


def test_dropped_while_an_update_waits() -> None:
    with scene() as s:
        s.ask("first")
        s.arm("on session.update", dropped())
        s.session.update(speed=1.25)
        s.recovered(2)
        assert s.server.visits[1].commands[0]["session"]["audio"]["output"]["speed"] == 1.25


def test_an_update_made_before_the_drop_is_kept() -> None:
    with scene() as s:
        s.session.update(speed=1.25)
        s.arm("on response.create", dropped())
        s.ask("first")
        s.recovered(2)
        assert s.server.visits[1].commands[0]["session"]["audio"]["output"]["speed"] == 1.25


def test_verbs_wait_for_the_connection() -> None:
    with scene({}, {"http": silent(0.5)}) as s:
        s.ask("first")
        s.arm("after rate_limits.updated", dropped())
        s.ask("second")
        s.wait(lambda: s.session.status == "reconnecting")
        s.ask("third")
        s.recovered(2)


def test_many_ask_while_the_connection_is_away() -> None:
    with scene({}, {"http": silent(0.5)}) as s:
        s.arm("on response.create", dropped())
        s.questions.append("first")
        s.session.send_text("first")
        s.wait(lambda: s.session.status == "reconnecting")
        answers: list[str] = []
        asking = [
            threading.Thread(target=lambda n=n: answers.append(s.session.ask(f"question {n}").text))
            for n in range(4)
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(30)
        assert len(set(answers)) == 4
        s.questions = [turn.text for turn in s.session.transcript if turn.role == "user"]
        s.recovered(2)
