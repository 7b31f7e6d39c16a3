"""What comes of the microphone, and that a kernel hurries while it does."""

import sys

import pytest

from realtime_widget.widget import listening
from realtime_widget.widget.routing import HURRIED_S
from tests.session.helpers import wait_until
from tests.widget.pages import Pages, caught_up, talking

CHUNK = bytes(2 * 960)


def say(pages: Pages, seq: int, *, page: str = "one", pcm: bytes = CHUNK) -> None:
    pages.say("audio", page=page, pcm=pcm, seq=seq, first_sample=seq * 960, captured_ms=0.0)


def test_threads_take_turns_quickly_while_a_microphone_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "HURRY_S", 0.2)
    before = sys.getswitchinterval()
    with talking() as (_, pages):
        pages.say("page.ready")
        say(pages, 0)
        wait_until(lambda: sys.getswitchinterval() == pytest.approx(HURRIED_S))
        wait_until(lambda: sys.getswitchinterval() == pytest.approx(before))


def test_only_the_owner_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    with talking() as (session, pages):
        pages.say("page.ready", page="one")
        say(pages, 0, page="two")
        say(pages, 0, pcm=b"odd")
        say(pages, 1)
        caught_up(session)
        assert pages.link.microphone == {"chunks": 1, "lost_samples": 0}


def test_what_is_missing_is_counted_and_said() -> None:
    with talking() as (_, pages):
        pages.say("page.ready")
        say(pages, 0)
        say(pages, 5)
        state = pages.state(lambda state: state["notice"] is not None)
        assert "0.2 s of the microphone's sound were lost" in state["notice"]
        assert pages.link.microphone["lost_samples"] == 4 * 960


def test_what_was_held_back_is_not_lost() -> None:
    with talking() as (session, pages):
        pages.say("page.ready")
        say(pages, 0)
        pages.say("mute", muted=True)
        pages.say("mute", muted=False)
        say(pages, 50)
        caught_up(session)
        assert pages.link.microphone["lost_samples"] == 0
