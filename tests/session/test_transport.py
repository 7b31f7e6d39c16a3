"""The transport on a clock of the test's own: nothing here waits."""

import heapq
import math
from collections.abc import Callable

import pytest

from realtime_widget.data import About, Conversation, StillData
from realtime_widget.data.replay.score import Moment, Score
from realtime_widget.session.transport import FRAME_S, Transport
from tests.data.talk import Talk

STEPS = [0, 1000, 1500, 1550, 2300, 3800, 4500]


class Loop:
    """A clock, and what is due on it."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.n_woken = 0
        self._due: list[tuple[float, int, Callable[[], None]]] = []

    def later(self, delay_s: float, function: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.now_s + delay_s, len(self._due) + self.n_woken, function))

    def run(self, for_s: float) -> None:
        end_s = self.now_s + for_s
        while self._due and self._due[0][0] <= end_s:
            due_s, _, function = heapq.heappop(self._due)
            self.now_s = max(self.now_s, due_s)
            self.n_woken += 1
            function()
        self.now_s = max(self.now_s, end_s)

    @property
    def idle(self) -> bool:
        return not self._due


class Stand:
    """A transport with what it did."""

    def __init__(self, score: Score) -> None:
        self.loop = Loop()
        self.performed: list[Moment] = []
        self.shown: list[float] = []
        self.jumps: list[float] = []
        self.busy = False
        self.transport = Transport(
            score, perform=self.performed.append, show=self.shown.append, jumped=self.jumps.append,
            later=self.loop.later, busy=lambda: self.busy, growing=lambda: True,
            clock=lambda: self.loop.now_s,
        )  # fmt: skip

    @property
    def kinds(self) -> list[str]:
        return [moment.kind for moment in self.performed if moment.kind not in ("event", "usage")]


@pytest.fixture
def stand() -> Stand:
    talk = Talk()
    talk.spoken(0, "u1", words="How is Rome?")
    talk.called(1500, "r1", "call_1")
    talk.answered(1700, "call_1")
    talk.said(2000, "r2", "a1", "It is fine there", n_ms=1500)
    talk.typed(4500, "u2", "Thanks")
    return Stand(Score(StillData(Conversation.of(talk.data, About(id="0" * 32)))))


ALL = [
    "turn_begins", "turn_ends", "call_begins", "call_ends",
    "turn_begins", "turn_ends", "turn_begins", "turn_ends",
]  # fmt: skip


def test_it_begins_at_rest(stand: Stand) -> None:
    transport = stand.transport
    assert (transport.position_ms, transport.playing, transport.speed, transport.begun) == (
        0.0,
        False,
        1.0,
        False,
    )
    assert transport.duration_ms == 4500 and stand.shown == []


@pytest.mark.parametrize("speed", [0.5, 1.0, 4.0])
def test_it_plays_at_the_pace_of_the_conversation(stand: Stand, speed: float) -> None:
    transport = stand.transport
    transport.play(speed)
    stand.loop.run(1.2 / speed)
    assert transport.position_ms == pytest.approx(1200) and transport.playing
    assert stand.kinds == ["turn_begins", "turn_ends"]
    stand.loop.run(0.33 / speed)
    assert stand.kinds[2:] == ["call_begins"], "what begins between two frames is seen when it begins"
    stand.loop.run(4 / speed)
    assert (transport.position_ms, transport.playing) == (4500, False) and stand.kinds == ALL
    assert stand.performed == list(transport._score.moments), "each once, in order, none left out"
    assert stand.shown == sorted(stand.shown) and stand.shown[-1] == 4500 and stand.loop.idle
    gaps = [later - sooner for sooner, later in zip(stand.shown, stand.shown[1:], strict=False)]
    assert max(gaps) <= FRAME_S * 1000 * speed + 1, "words grow in small steps"


def test_a_loop_that_comes_late_leaves_nothing_out(stand: Stand) -> None:
    stand.transport.play(1.0)
    stand.loop.now_s += 3.0  # busy elsewhere
    assert stand.transport.position_ms == 3000
    stand.loop.run(0.0)
    assert stand.kinds == ALL[:5] and stand.shown[-1] == pytest.approx(3000)


def test_pausing_stands_still_where_it_is(stand: Stand) -> None:
    transport = stand.transport
    transport.play(2.0)
    stand.loop.run(0.8)
    transport.pause()
    assert (transport.position_ms, transport.playing, transport.speed) == (pytest.approx(1600), False, 2.0)
    assert stand.kinds == ALL[:4]
    stand.loop.run(60)
    assert transport.position_ms == pytest.approx(1600) and stand.loop.idle
    transport.pause()
    transport.play(1.0)
    stand.loop.run(10)
    assert stand.performed == list(transport._score.moments)


def test_at_the_end_it_begins_anew(stand: Stand) -> None:
    stand.transport.play(1.0)
    stand.loop.run(10)
    stand.transport.play(1.0)
    assert stand.transport.position_ms == 0 and stand.shown[-1] == 0
    stand.loop.run(10)
    assert stand.performed == 2 * list(stand.transport._score.moments)


def test_going_somewhere_else_passes_nothing(stand: Stand) -> None:
    transport = stand.transport
    transport.seek(2000)
    assert (transport.position_ms, transport.playing, stand.performed) == (2000, False, [])
    assert stand.shown == [2000] and stand.jumps == [2000] and transport.begun
    transport.play(1.0)
    stand.loop.run(0.5)
    assert stand.kinds == ["turn_begins"]
    transport.seek(1000)
    assert transport.playing and transport.position_ms == 1000
    stand.loop.run(0.2)
    assert stand.kinds == ["turn_begins", "turn_ends"], "what is due at that very moment is told"
    transport.seek(-5)
    assert transport.position_ms == 0
    transport.seek(1e9)
    assert transport.position_ms == 4500
    stand.loop.run(1)
    assert not transport.playing


def test_it_goes_step_by_step(stand: Stand) -> None:
    transport = stand.transport
    for at_ms in STEPS:
        transport.step(1)
        assert (transport.position_ms, transport.playing) == (at_ms, False)
    assert stand.performed == list(transport._score.moments)
    transport.step(1)
    assert transport.position_ms == 4500
    for at_ms in STEPS[-2::-1]:
        transport.step(-1)
        assert transport.position_ms == at_ms
    transport.step(-1)
    assert transport.position_ms == 0 and len(stand.performed) == len(transport._score.moments)
    transport.step(3)
    assert transport.position_ms == 1550
    transport.step(-2)
    assert transport.position_ms == 1000
    transport.step(99)
    assert transport.position_ms == 4500


def test_a_step_while_it_plays_stands_still_there(stand: Stand) -> None:
    stand.transport.play(1.0)
    stand.loop.run(0.5)
    stand.transport.step(1)
    assert (stand.transport.position_ms, stand.transport.playing) == (1000, False)
    stand.loop.run(10)
    assert stand.transport.position_ms == 1000


def test_the_speed_can_change_on_the_way(stand: Stand) -> None:
    transport = stand.transport
    transport.change_speed(2.0)
    assert transport.speed == 2.0 and not transport.begun and not transport.playing
    transport.play(1.0)
    stand.loop.run(1.0)
    transport.change_speed(4.0)
    stand.loop.run(0.5)
    assert transport.position_ms == pytest.approx(3000) and transport.playing
    transport.play(0.5)
    stand.loop.run(1.0)
    assert transport.position_ms == pytest.approx(3500)


def test_without_a_clock_it_goes_as_fast_as_it_is_taken(stand: Stand) -> None:
    stand.busy = True
    stand.transport.play(math.inf)
    stand.loop.run(1.0)
    assert stand.performed == [] and stand.transport.playing and stand.transport.position_ms == 0
    stand.busy = False
    stand.loop.run(0.1)
    assert not stand.transport.playing and stand.transport.position_ms == 4500
    assert stand.performed == list(stand.transport._score.moments)


def test_every_change_of_course_has_a_number(stand: Stand) -> None:
    seen = [stand.transport.course]
    for change in (
        lambda: stand.transport.play(1.0), lambda: stand.transport.seek(10), stand.transport.pause,
        lambda: stand.transport.change_speed(2.0), lambda: stand.transport.step(1),
    ):  # fmt: skip
        change()
        seen.append(stand.transport.course)
    assert seen == sorted(set(seen))


def test_a_conversation_without_anything_ends_at_once() -> None:
    stand = Stand(Score(StillData(Conversation(about=About(id="0" * 32)))))
    stand.transport.play(1.0)
    assert not stand.transport.playing and stand.transport.duration_ms == 0
    stand.transport.step(1)
    stand.transport.step(-1)
    assert stand.transport.position_ms == 0
