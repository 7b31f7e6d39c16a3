"""What is claimed of a page's clock is held against the truth, which only a simulation knows."""

import math
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.testing import tone
from realtime_widget.widget import presence
from realtime_widget.widget.clock import DRIFT, KEPT, Exchange, PageClock
from tests.session.helpers import wait_until
from tests.widget.pages import Pages, answering, caught_up, talking

ORIGIN_MS = 1_790_000_000_000.0


class World:
    """A kernel, whose clock is the truth, and a page; time passes as the test wants it."""

    def __init__(
        self, seed: int, delay_ms: Callable[[random.Random], float], *, rounds_ms: float = 0.1
    ) -> None:
        self.chance = random.Random(seed)
        self.delay_ms = delay_ms
        self.rounds_ms = rounds_ms
        self.ms = self.chance.uniform(0, 1e8)
        self.offset_ms = self.chance.uniform(-ORIGIN_MS, ORIGIN_MS)  # page minus kernel
        self.rate = 1 + self.chance.uniform(-DRIFT, DRIFT) / 2
        self.skew_ms = 0.0
        self.clock = PageClock()
        self.begin_ms = self.ms

    def page_ms(self, ms: float) -> float:
        """What the page's clock says at a moment, as a browser tells it."""
        exact = self.offset_ms + self.begin_ms + (ms - self.begin_ms) * self.rate
        return math.floor(exact / self.rounds_ms) * self.rounds_ms

    def sleep(self, ms: float) -> None:
        """The page's computer sleeps: its steady clock stands still, its date doesn't."""
        self.ms += ms
        self.offset_ms -= ms
        self.skew_ms += ms

    def exchange(self) -> bool:
        sent_ms = self.clock.ask(self.ms)
        self.ms += self.delay_ms(self.chance)
        received_ms = self.page_ms(self.ms)
        self.ms += self.chance.choice((0.0, self.chance.uniform(0, 300)))
        answered_ms = self.page_ms(self.ms)
        self.ms += self.delay_ms(self.chance)
        exchange = Exchange(sent_ms, received_ms, answered_ms, self.ms)
        return self.clock.take(exchange, page_skew_ms=self.skew_ms)

    def check(self) -> float:
        """Ask for moments of the last seconds; return how far off they may be, at the most."""
        errors_ms = []
        for ago_ms in (0.0, 100.0, self.chance.uniform(0, 3000)):
            if (at_ms := self.ms - ago_ms) < self.begin_ms:
                continue
            moment = self.clock.kernel(self.page_ms(at_ms), self.ms)
            assert moment is not None
            assert abs(moment.ms - at_ms) <= moment.error_ms
            errors_ms.append(moment.error_ms)
        return max(errors_ms)


DELAYS: dict[str, Callable[[random.Random], float]] = {
    "steady": lambda chance: 8.0,
    "jitter": lambda chance: chance.expovariate(1 / 20),
    "one way slow": lambda chance: chance.choice((1.0, 120.0)),
    "mostly stuck": lambda chance: 2.0 if chance.random() < 0.2 else chance.uniform(500, 8_000),
    "none": lambda chance: 0.0,
}


@pytest.mark.parametrize("delay", DELAYS)
@pytest.mark.parametrize("seed", range(6))
def test_the_truth_lies_within_the_error(delay: str, seed: int) -> None:
    world = World(seed, DELAYS[delay], rounds_ms=(0.005, 0.1, 1.0)[seed % 3])
    assert world.clock.kernel(0.0, world.ms) is None and world.clock.health(world.ms) is None
    for _ in range(150):
        assert world.exchange()
        world.check()
        world.ms += world.chance.choice((250, 2_000, 2_000, world.chance.uniform(0, 60_000)))
        world.check()


def test_the_error_is_that_of_the_best_exchange_not_of_the_last() -> None:
    world = World(1, lambda chance: chance.choice((1.0, 400.0)))
    for _ in range(40):
        world.exchange()
    assert world.check() < 25
    health = world.clock.health(world.ms)
    assert health is not None
    assert health.exchanges == 40 and health.round_trip_ms < 3 and health.error_ms < 25 and health.age_s == 0
    assert abs(health.offset_ms + (world.page_ms(world.ms) - world.ms)) <= health.error_ms
    world.ms += 600_000
    assert world.check() > 100, "what is known ages"
    for _ in range(2 * KEPT):
        world.exchange()
    health = world.clock.health(world.ms)
    assert health is not None and health.exchanges == KEPT and health.error_ms < 25


@pytest.mark.parametrize("slept_ms", [80.0, 5_000.0, 3_600_000.0])
def test_a_computer_that_slept_begins_anew(slept_ms: float) -> None:
    world = World(2, DELAYS["jitter"])
    for _ in range(10):
        world.exchange()
        world.sleep(slept_ms)
        assert not world.exchange() and world.clock.health(world.ms) is None
        for _ in range(5):
            assert world.exchange()
            world.check()


def test_a_step_that_nobody_told_of_shows_where_it_contradicts_what_is_known() -> None:
    world = World(3, DELAYS["steady"])
    for _ in range(10):
        world.exchange()
    world.offset_ms += 200
    world.exchange()
    world.check()
    health = world.clock.health(world.ms)
    assert health is not None and health.exchanges == 1


def test_answers_that_nobody_asked_for_or_that_cannot_be_are_of_no_use() -> None:
    clock = PageClock()
    assert not clock.take(Exchange(0.0, 5.0, 5.0, 10.0))
    assert not clock.take(Exchange(clock.ask(1.0), 100.0, 50.0, 10.0)), "answered before it was asked"
    assert not clock.take(Exchange(clock.ask(2.0), 100.0, 200.0, 10.0)), "took longer than the whole way"
    assert not clock.take(Exchange(clock.ask(3.0), math.nan, 5.0, 10.0))
    assert not clock.take(Exchange(clock.ask(4.0), 5.0, 5.0, 10.0), page_skew_ms=math.inf)
    assert clock.kernel(5.0, 10.0) is None
    assert clock.take(Exchange(clock.ask(5.0), 105.0, 105.0, 10.0)) and clock.n_asked == 5
    assert not clock.take(Exchange(5.0, 105.0, 105.0, 10.0)), "once"
    moment = clock.kernel(105.0, 10.0)
    assert moment is not None and moment.ms == pytest.approx(7.5) and 2.5 < moment.error_ms < 4


# -- in a session ------------------------------------------------------------------------------------------


def begin_ms(session: RealtimeSession) -> float:
    """When the session's clock began, by the steady clock."""
    return 1000 * (session._core.begin_s or 0.0)


def ago(ms: float) -> float:
    """The steady clock so long ago."""
    return time.monotonic() * 1000 - ms


class FarPage:
    """A page of one session whose clock is hours away, and fast; it answers each ping at once."""

    def __init__(self, pages: Pages, name: str = "one", *, hours: float = 5.0) -> None:
        self.pages = pages
        self.name = name
        self.offset_ms = hours * 3_600_000
        self.seen = 0

    def ms(self, monotonic_ms: float) -> float:
        return monotonic_ms + self.offset_ms

    def say(self, kind: str, **fields: Any) -> None:
        self.pages.say(kind, page=self.name, **fields)

    def answer(self) -> None:
        """Answer the pings that came."""
        pings = [ping for ping in self.pages.of("ping") if ping["page"] == self.name]
        for ping in pings[self.seen :]:
            now_ms = self.ms(time.monotonic() * 1000)
            self.say("beat", ping_ms=ping["sent_ms"], received_ms=now_ms, answered_ms=now_ms, skew_ms=0.0)
        self.seen = len(pings)

    def known(self, session: RealtimeSession) -> bool:
        self.answer()
        return session.health.page.clock is not None

    def play(self, begun_ms: float, session: RealtimeSession, **fields: Any) -> float:
        """Report 100 ms of the answer, which began at a steady moment; gives when, on the session's clock."""
        audio = [message for message in self.pages.of("audio") if message["page"] == self.name][-1]
        item = {"item_id": audio["item_id"], "content_index": 0, "started_ms": self.ms(begun_ms)}
        told = {**item, "played_samples": 2_400, "finished": False, **fields}
        self.say("played", items=[told], clear_id=None)
        caught_up(session)
        return begun_ms - begin_ms(session)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "PING_S", 0.05)
    monkeypatch.setattr(presence, "LOST_S", 600)
    monkeypatch.setattr(presence, "LOST_ON_MAIN_S", 600)


@pytest.mark.usefixtures("quick")
def test_what_a_far_page_hears_and_captures_lies_on_the_sessions_clock() -> None:
    with talking(answering(pcm=tone(500)), turn_detection=None) as (session, pages):
        far = FarPage(pages)
        far.say("page.ready")
        session.start()
        assert session.health.page.clock is None
        wait_until(lambda: far.known(session))
        clock = session.health.page.clock
        assert clock is not None and "clock ± " in str(session.health)
        assert clock.offset_ms == pytest.approx(-far.offset_ms, abs=clock.error_ms)
        wait_until(lambda: session._core.now_ms > 700)

        far.say("ptt", ptt_id=1, phase="press")
        ended_ms = time.monotonic() * 1000 - 150  # on its way for 150 ms
        spoken = {"seq": 0, "first_sample": 0, "captured_ms": far.ms(ended_ms - 500)}
        far.say("audio", pcm=tone(500), **spoken)
        caught_up(session)
        truth_ms = ended_ms - begin_ms(session)
        far.say("ptt", ptt_id=1, phase="release")
        pages.wait("audio")
        wait_until(lambda: bool(session.latency.rows()) and session.latency[0].done_ms is not None)
        wait_until(lambda: session._core.now_ms > (session.latency[0].first_audio_ms or 0.0) + 100)
        heard_ms = far.play(ago(40.0), session)
        (row,) = session.latency
        assert row.speech_end_error_ms is not None and row.first_heard_error_ms is not None
        assert row.speech_end_ms == pytest.approx(truth_ms, abs=row.speech_end_error_ms + 0.1)
        assert row.first_heard_ms == pytest.approx(heard_ms, abs=row.first_heard_error_ms + 0.1)
        assert row.voice_to_voice_ms == pytest.approx(row.first_heard_ms - row.speech_end_ms, abs=0.01)
        (stages,) = session.latency.breakdown().to_dict("records")
        assert stages["total_ms"] == row.voice_to_voice_ms and stages["endpointing_ms"] >= 100


@pytest.mark.usefixtures("quick")
def test_each_page_has_a_clock_of_its_own() -> None:
    with talking(answering(pcm=tone(3_000))) as (session, pages):
        first = FarPage(pages, "first")
        first.say("page.ready")
        session.start()
        wait_until(lambda: first.known(session))
        session.send_text("Hello")
        pages.wait("audio")
        wait_until(lambda: session._core.now_ms > (session.latency[0].first_audio_ms or 0.0) + 60)
        first.play(ago(20.0), session)
        (before,) = session.latency
        first.say("page.hide")  # it is loaded anew in the middle of the answer
        second = FarPage(pages, "second", hours=-7)
        second.say("page.ready")
        pages.state(lambda state: state["owner"] == "second")
        (after,) = session.latency
        assert (after.first_heard_ms, after.first_heard_error_ms) == (
            before.first_heard_ms, before.first_heard_error_ms
        )  # fmt: skip
        assert session.health.page.clock is None, "a new page has a new clock"
        wait_until(lambda: second.known(session))
        pages.clear()
        session.send_text("And now?")
        pages.wait("audio", lambda message: message["page"] == "second")
        wait_until(lambda: session._core.now_ms > (session.latency[1].first_audio_ms or 0.0) + 60)
        heard_ms = second.play(ago(20.0), session)
        row = session.latency[1]
        assert row.first_heard_error_ms is not None
        assert row.first_heard_ms == pytest.approx(heard_ms, abs=row.first_heard_error_ms + 0.1)


@pytest.mark.usefixtures("quick")
def test_a_page_whose_clock_is_not_known_yet_is_believed_within_what_is_possible() -> None:
    with talking(answering(pcm=tone(3_000))) as (session, pages):
        far = FarPage(pages)
        far.say("page.ready")
        session.start()
        session.send_text("Hello")
        pages.wait("audio")
        wait_until(lambda: session._core.now_ms > (session.latency[0].first_audio_ms or 0.0) + 300)
        heard_ms = far.play(ago(150.0), session)
        (row,) = session.latency
        assert row.first_heard_error_ms is not None and row.first_heard_error_ms > 100
        assert row.first_heard_ms == pytest.approx(heard_ms, abs=row.first_heard_error_ms + 0.1)
        wait_until(lambda: far.known(session))
        far.play(begin_ms(session) + heard_ms, session)
        (row,) = session.latency
        assert row.first_heard_error_ms is not None and row.first_heard_error_ms < 100
        assert row.first_heard_ms == pytest.approx(heard_ms, abs=row.first_heard_error_ms + 0.1)
