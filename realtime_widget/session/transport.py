"""The transport of a player: where it stands in a conversation, how fast it moves, and what it passes.

Lives on the I/O thread, but for what it tells of itself; the clock and the timer are given to it.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..data.replay.score import Moment, Score

__all__ = ["Transport"]

FRAME_S = 0.2
"""How often growing words are looked at: they come about four a second."""
LEAST_S = 0.02
BATCH = 200
"""As many moments pass in one go where nobody waits for the clock."""
BUSY_S = 0.01


@dataclass(frozen=True, slots=True)
class _Course:
    """A stretch in which the movement stays the same; replaced as one value, so any thread may read."""

    from_ms: float = 0.0
    since_s: float = 0.0
    speed: float = 1.0
    playing: bool = False
    begun: bool = False  # else the whole conversation is shown, and it stands at its beginning
    number: int = 0


class Transport:
    """Moves through a score; what it passes while it plays is performed, in order, and nothing is left out.

    Args:
        score: What there is to pass.
        perform: Called with each moment that is passed.
        show: Called with the moment to show after each movement.
        jumped: Called with the moment to go on from, where anything is passed over.
        later: Calls a function after so many seconds.
        busy: Whether whoever takes what is performed can't keep up; asked only without a clock (`inf`).
        growing: Whether words come at the moment that is shown.
        clock: Seconds that only rise.
    """

    def __init__(
        self,
        score: Score,
        *,
        perform: Callable[[Moment], None],
        show: Callable[[float], None],
        jumped: Callable[[float], None] = lambda at_ms: None,
        later: Callable[[float, Callable[[], None]], object],
        busy: Callable[[], bool] = lambda: False,
        growing: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._score = score
        self._perform = perform
        self._show = show
        self._jumped = jumped
        self._later = later
        self._busy = busy
        self._growing = growing
        self._clock = clock
        self._course = _Course()
        self._next = 0  # the first moment that wasn't passed
        self._done_ms = 0.0

    # -- telling: from any thread ------------------------------------------------------------------------

    @property
    def duration_ms(self) -> float:
        """How long it is."""
        return self._score.duration_ms

    @property
    def position_ms(self) -> float:
        """Where it stands now."""
        course = self._course
        if not course.playing:
            return course.from_ms
        if math.isinf(course.speed):
            return self._done_ms
        past_ms = (self._clock() - course.since_s) * 1000 * course.speed
        return min(course.from_ms + past_ms, self.duration_ms)

    @property
    def playing(self) -> bool:
        """Whether it moves by itself."""
        return self._course.playing

    @property
    def speed(self) -> float:
        """How fast: 1 is the pace of the conversation."""
        return self._course.speed

    @property
    def begun(self) -> bool:
        """Whether it was ever moved; before, the whole conversation is shown."""
        return self._course.begun

    @property
    def course(self) -> int:
        """Rises with every change of course: who knows of all of them knows the position from then on."""
        return self._course.number

    # -- moving: on the I/O thread -----------------------------------------------------------------------

    def play(self, speed: float) -> None:
        """Move on at a speed; from the beginning where the end is reached."""
        if self.playing:
            self._pass_until(self.position_ms)
        elif not self.begun or self.position_ms >= self.duration_ms:
            self._jump(0.0)
        self._change(playing=True, speed=speed, from_ms=self._done_ms)
        self._show(self._done_ms)
        self._go_on(self._course)

    def pause(self) -> None:
        """Stand still here."""
        if self.playing:
            self._pass_until(self.position_ms)
            self._rest()

    def seek(self, to_ms: float) -> None:
        """Go somewhere else; what lies between isn't performed. Plays on where it played."""
        self._jump(min(max(to_ms, 0.0), self.duration_ms))
        self._change(from_ms=self._done_ms)
        self._show(self._done_ms)
        if self.playing:
            self._go_on(self._course)

    def step(self, n: int) -> None:
        """Stand at the n-th next time at which a turn or a call begins or ends; before this one if negative.

        What is passed on the way forward is performed; of what is passed backward nothing is.
        """
        self.pause()
        steps = self._score.steps
        # Where nothing was played yet, the first step is the beginning.
        here_ms = self.position_ms if self.begun else -1.0
        if n > 0:
            place = bisect_right(steps, here_ms) + n - 1
            to_ms = steps[place] if place < len(steps) else self.duration_ms
            if not self.begun:
                self._jump(0.0)
            self._pass_until(to_ms)
        elif n < 0:
            place = bisect_left(steps, here_ms) + n
            self._jump(steps[place] if place >= 0 and steps else 0.0)
        self._change(from_ms=self._done_ms)
        self._show(self._done_ms)

    def change_speed(self, speed: float) -> None:
        """Move at another speed, now or when it moves again."""
        if self.playing:
            self._pass_until(self.position_ms)
        self._change(
            speed=speed, from_ms=self._done_ms if self.playing else self._course.from_ms, begun=self.begun
        )
        if self.playing:
            self._go_on(self._course)

    def _change(
        self, *, from_ms: float, speed: float | None = None, playing: bool | None = None, begun: bool = True
    ) -> None:
        before = self._course
        self._course = replace(
            before,
            from_ms=from_ms,
            since_s=self._clock(),
            speed=before.speed if speed is None else speed,
            playing=before.playing if playing is None else playing,
            begun=begun,
            number=before.number + 1,
        )

    def _rest(self) -> None:
        self._change(playing=False, from_ms=self._done_ms)
        self._show(self._done_ms)

    def _jump(self, to_ms: float) -> None:
        self._next = bisect_left(self._score.moment_times, to_ms)
        self._done_ms = to_ms
        self._jumped(to_ms)

    def _pass_until(self, to_ms: float) -> None:
        moments = self._score.moments
        while self._next < len(moments) and moments[self._next].t_ms <= to_ms:
            self._pass_next()
        self._done_ms = to_ms

    def _pass_next(self) -> None:
        moment = self._score.moments[self._next]
        self._next += 1
        self._done_ms = moment.t_ms
        self._perform(moment)

    # -- playing -----------------------------------------------------------------------------------------

    def _go_on(self, course: _Course) -> None:
        if course is not self._course:
            return  # something else was asked for meanwhile
        wait_s = self._hurry() if math.isinf(course.speed) else self._follow_clock(course)
        if wait_s is None:
            self._rest()
        else:
            self._later(wait_s, lambda: self._go_on(course))

    def _follow_clock(self, course: _Course) -> float | None:
        """Pass what is due; return after how many seconds to look again, None at the end."""
        now_ms = self.position_ms
        self._pass_until(now_ms)
        if now_ms >= self.duration_ms:
            return None
        self._show(now_ms)
        times = self._score.moment_times
        next_ms = times[self._next] if self._next < len(times) else self.duration_ms
        wait_s = (next_ms - now_ms) / 1000 / course.speed
        return max(LEAST_S, min(wait_s, FRAME_S) if self._growing() else wait_s)

    def _hurry(self) -> float | None:
        """Pass as much as is taken; return after how many seconds to go on, None at the end."""
        if self._busy():
            return BUSY_S
        for _ in range(BATCH):
            if self._next >= len(self._score.moments):
                self._done_ms = self.duration_ms
                return None
            self._pass_next()
        self._show(self._done_ms)
        return 0.0
