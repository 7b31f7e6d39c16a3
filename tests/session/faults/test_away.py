"""A server that is away for a while, or for good, or there and yet not there; and the planned change."""

import asyncio
import threading
from dataclasses import replace

import pytest

from realtime_widget.errors import RealtimeError, ResponseError
from realtime_widget.protocol import responses
from realtime_widget.session import watchdog

from ..helpers import on_io
from .mischief import dropped, frozen, kept_back, refused, reset, restarted, silent
from .scene import BACKOFF, Scene, expected, scene, words_of
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
        s.wait(lambda: s.session.health.connection >= 2)
        s.ask("second")
        assert "reconnecting" not in s.statuses
        assert s.session.error is None
        assert "connection.rollover" in {event.type for event in s.session.events}


def test_the_planned_change_is_refused_and_tried_again() -> None:
    with scene({}, {"http": refused("503 Service Unavailable")}, server={"life_s": 5}) as s:
        s.ask("first")
        s.wait(lambda: s.session.health.connection == 2)
        s.ask("second")
        assert len(s.server.visits) >= 3
        assert "reconnecting" not in s.statuses


def test_a_planned_change_waits_for_the_answer() -> None:
    with scene() as s:
        s.arm("after response.created", silent(1.0))
        asking = threading.Thread(target=s.ask, args=["first"])
        asking.start()
        s.server.wait_for("after response.created")
        s.session._core.lifecycle.rollover.after_s = 0.01
        asking.join(30)
        s.wait(lambda: s.session.health.connection == 2)
        s.session._core.lifecycle.rollover.after_s = None
        s.recovered(2, at_least=True)
        assert s.server.visits[0].answered == ["first"]


def test_without_reconnecting_the_end_is_the_end() -> None:
    with scene(reconnect=False) as s:
        s.ask("first")
        s.arm(MIDDLE, dropped())
        assert isinstance(s.try_ask("second"), RealtimeError)
        s.ended("connection_lost")
        assert len(s.server.visits) == 1
        s.session.start()
        s.ask("third")


def test_ids_are_counted_anew_on_each_connection() -> None:
    with scene(server={"counts_anew": True}) as s:
        s.ask("use alpha beta")
        s.arm("on response.create", dropped())
        s.ask("first")
        s.ask("use beta")
        s.say(500)
        s.arm(MIDDLE, reset())
        s.try_ask("second")
        s.ask("use alpha")
        s.recovered(3)


def test_two_sessions_lose_the_same_server() -> None:
    with scene() as one, scene() as other:
        for s in (one, other):
            s.ask("first")
            s.arm("on response.create", restarted(0.3))
        other.server.end_newest(dropped())
        for s in (one, other):
            s.ask("second")
        one.recovered(2)
        other.recovered(3)


def test_the_microphone_sends_on_to_a_server_that_is_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "PROBE_MS", 500)
    monkeypatch.setattr(watchdog, "PONG_S", 1.0)
    with scene() as s:
        s.ask("first")
        s.arm("on response.create", frozen())
        s.session.send_text("second")
        s.questions.append("second")
        for _ in range(40):
            on_io(s.session, s.session._core.microphone, bytes(48_000))
        s.wait(lambda: s.session.status != "connected" or len(s.server.visits) > 1)
        s.recovered(2, at_least=True)
        assert s.session.health.uplink.queued_bytes < 10_000_000


def test_going_on_by_hand_with_another_session() -> None:
    with scene() as s:
        s.ask("first")
        s.ask("use alpha beta")
        s.session._core.backoff = replace(BACKOFF, limit_s=1)
        s.arm("on response.create", restarted(None))
        s.try_ask("second")
        s.ended()
        said = s.session.transcript
        with scene(history=said) as again:
            again.questions += ["first", "use alpha beta", "second"]
            again.ask("third")
            brought = [words for item in again.server.visits[0].brought for words in words_of(item)]
            assert "first" in brought
            assert expected("use alpha beta") in brought


def test_dropped_in_an_asyncio_application() -> None:
    async def talk(s: Scene) -> None:
        await s.session.astart()
        s.arm("on response.create", dropped())
        s.questions += ["first", "second"]
        first = await s.session.aask("first")
        assert first.text == expected("first")
        s.arm(MIDDLE, dropped())
        with pytest.raises(ResponseError):
            await s.session.aask("second")
        await s.session.asettle(30)

    with scene(start=False) as s:
        asyncio.run(talk(s))
        s.recovered(3)


def test_dropped_in_the_middle_of_a_written_answer() -> None:
    with scene(output="text") as s:
        s.ask("first")
        s.arm("after response.output_text.delta#4", dropped())
        with pytest.raises(ResponseError):
            s.ask("second")
        cut = s.session.transcript[-1]
        assert (cut.status, cut.text) == ("incomplete", "To 'second' I say:")
        s.recovered(2)


def test_dropped_while_an_interruption_is_under_way() -> None:
    with scene(server={"pace_s": 0.02}) as s:
        s.ask("first")
        s.arm("on response.cancel", dropped())
        s.session.send_text("second")
        s.questions.append("second")
        s.wait(lambda: len(s.session.transcript) == 4)
        s.session.interrupt()
        s.session.settle(30)
        s.recovered(2)
        assert "second" not in s.server.visits[1].asked


def test_dropped_beside_a_response_outside_the_conversation() -> None:
    with scene() as s:
        s.ask("first")
        s.arm("after response.output_audio.delta#2", dropped())
        s.session.respond(conversation="none", metadata={"topic": "title"})
        s.session.settle(30)
        s.recovered(2)


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
