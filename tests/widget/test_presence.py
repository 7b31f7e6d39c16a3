"""Pages come and go, with and without a word."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.widget import messages, presence
from tests.session.helpers import wait_until
from tests.widget.pages import Pages, caught_up, talking


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for seconds here."""
    monkeypatch.setattr(presence, "PING_S", 0.05)
    monkeypatch.setattr(presence, "LOST_S", 0.4)
    monkeypatch.setattr(presence, "RIVAL_S", 0.3)
    monkeypatch.setattr(presence, "ALONE_S", 0.2)


@pytest.fixture
def talk() -> Iterator[tuple[RealtimeSession, Pages]]:
    with talking() as (session, pages):
        yield session, pages


def from_subshell(pages: Pages, kind: str, **fields: object) -> None:
    pages.link.receive({"type": kind, "page": "one", **fields}, [], handled="subshell")


def test_an_owner_that_no_longer_answers_loses_microphone_and_voice(
    talk: tuple[RealtimeSession, Pages],
) -> None:
    _, pages = talk
    from_subshell(pages, "page.ready")
    pages.state(lambda state: state["owner"] == "one")
    assert pages.wait("ping")["page"] == "one"
    wait_until(lambda: pages.link.owner is None)
    pages.state(lambda state: state["owner"] is None)
    assert pages.link.presence.n_pages == 0


def test_an_owner_whose_messages_a_busy_cell_may_hold_up_is_given_time(
    talk: tuple[RealtimeSession, Pages],
) -> None:
    _, pages = talk
    pages.link.receive({"type": "page.ready", "page": "one"}, [], handled="main")
    for _ in range(3):
        pages.wait("ping")
        pages.clear()
    assert pages.link.owner == "one"


def test_a_page_that_was_loaded_anew_has_the_voice_though_it_never_said_goodbye(
    talk: tuple[RealtimeSession, Pages], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, pages = talk
    monkeypatch.setattr(presence, "LOST_S", 60)
    pages.say("page.ready", page="old")
    pages.state(lambda state: state["owner"] == "old")
    pages.say("page.ready", page="new")
    pages.state(lambda state: state["owner"] == "new")
    assert pages.link.presence.n_pages == 1


class StubLink:
    """What a presence needs of a link, with time in the test's hands."""

    def __init__(self, owner: str) -> None:
        self.owner: str | None = owner
        self.on_close = "mute"
        self.io = self
        self.timers: list[Callable[[], None]] = []
        self.sent: list[dict[str, Any]] = []

    def later(self, delay_s: float, do: Callable[[], None]) -> None:
        self.timers.append(do)

    def send(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        self.sent.append(content)

    def own(self, page: str, *, take_over: bool) -> None:
        self.owner = self.owner or page

    def disown(self) -> None:
        self.owner = None

    def forget_page(self, page: str) -> None: ...
    def publish(self, changes: list[Any]) -> None: ...


@pytest.mark.parametrize(("answers", "owner"), [(True, "first"), (False, "second")])
def test_a_second_page_leaves_the_voice_to_the_first_if_that_answers(answers: bool, owner: str) -> None:
    now_s = 0.0
    link = StubLink("first")
    here = presence.Presence(link, clock=lambda: now_s)  # type: ignore[arg-type]
    here.heard("first")
    here.heard("second")
    here.challenge("second")
    assert [message["page"] for message in link.sent] == ["first"]
    now_s = 0.5
    if answers:
        here.heard("first")
    link.timers.pop()()
    assert link.owner == owner
    assert here.n_pages == 1 + answers


def test_the_route_is_that_by_which_the_owner_was_heard_last(talk: tuple[RealtimeSession, Pages]) -> None:
    session, pages = talk
    assert session.health.page.route is None
    pages.link.receive({"type": "page.ready", "page": "one", "n": 0}, [], handled="main")
    state = pages.state(lambda state: state["route"]["kind"] == "main")
    assert "While a cell runs" in state["route"]["note"]
    pages.link.receive({"type": "beat", "page": "one", "n": 1}, [], handled="control")
    state = pages.state(lambda state: state["route"]["kind"] == "control")
    assert "You can talk while a cell runs" in state["route"]["note"]
    assert session.health.page.route == "control"
    assert session.health.page.pages == 1


def test_a_probe_is_told_where_it_was_handled(talk: tuple[RealtimeSession, Pages]) -> None:
    _, pages = talk
    for handled in ("main", "subshell", "control"):
        pages.link.receive(
            {"type": "route.probe", "page": "one", "probe_id": 7, "via": "comm"}, [], handled=handled
        )
        answer = pages.wait("route", lambda message, handled=handled: message["handled"] == handled)
        assert answer == {"type": "route", "page": "one", "probe_id": 7, "via": "comm", "handled": handled}


@pytest.mark.parametrize(("on_close", "ends"), [("stop", True), ("mute", False), ("keep", False)])
@pytest.mark.parametrize("how", ["page.unseen", "page.hide"])
def test_what_happens_when_nobody_looks_any_more(on_close: str, ends: bool, how: str) -> None:
    with talking() as (session, pages):
        pages.link.on_close = on_close
        pages.say("page.ready")
        pages.say("start", mic="none")
        pages.state(lambda state: state["status"] == "connected")
        pages.say(how)
        if ends:
            wait_until(lambda: session.status == "disconnected")
        else:
            caught_up(session)
            assert session.ask("still there?").text


def test_a_page_that_comes_back_in_time_keeps_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    with talking() as (session, pages):
        pages.link.on_close = "stop"
        pages.say("page.ready", page="one")
        pages.say("start", page="one", mic="none")
        pages.state(lambda state: state["status"] == "connected")
        pages.say("page.hide", page="one")
        pages.say("page.ready", page="two")
        pages.state(lambda state: state["owner"] == "two")
        assert session.ask("still there?").text


def test_an_owners_clock_is_asked_for_quickly_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "PING_S", 2.0)
    now_s = 100.0
    link = StubLink("first")
    delays_s: list[float] = []

    def later(delay_s: float, do: Callable[[], None]) -> None:
        delays_s.append(delay_s)
        link.timers.append(do)

    monkeypatch.setattr(link, "later", later)
    here = presence.Presence(link, clock=lambda: now_s)  # type: ignore[arg-type]
    here.heard("first", "subshell")
    here.watch()
    for _ in range(8):
        now_s += 0.02
        link.timers.pop()()
        sent_ms = link.sent[-1]["sent_ms"]
        assert sent_ms == pytest.approx(1000 * now_s)
        here.heard("first", "subshell", sent_ms + 10)
        beat = messages.Beat(
            page="first", ping_ms=sent_ms, received_ms=sent_ms + 5e6, answered_ms=sent_ms + 5e6
        )
        here.on_beat(beat)
    assert delays_s == [*[presence.QUICK_S] * presence.N_QUICK, *[2.0] * 4]
    clock = here.clock_of("first")
    assert clock is not None and here.clock_of("nobody") is None
    health = clock.health(1000 * now_s)
    assert health is not None and health.exchanges == 8 and health.error_ms < 7
    assert health.offset_ms == pytest.approx(5 - 5e6, abs=7)
    here.on_beat(messages.Beat(page="nobody", ping_ms=1.0))
    here.on_beat(messages.Beat(page="first"))
    here.gone("first")
    assert here.clock_of("first") is None
