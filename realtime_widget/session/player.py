"""The player of a saved conversation: it takes place again, in the panel and for callbacks."""

from __future__ import annotations

import asyncio
import concurrent.futures
import math
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..config.numbers import is_number, is_whole
from ..data.replay.audition import Levels, levels, marks, sound_file
from ..data.replay.stage import Moved, Stage
from ..errors import ConfigError
from ..protocol import changes as ch
from .io_thread import IOThread
from .retelling import Retelling
from .transport import Transport

if TYPE_CHECKING:
    from .loaded import LoadedCore

__all__ = ["Player"]

MAX_WAITING = 1_000
"""So many calls of callbacks may wait, where there is no clock to keep to."""


class Player:
    """Lets a saved conversation take place again: in the panel, for callbacks, at any pace.

    While it plays, every panel of the session shows the conversation as it was at that moment, and the
    callbacks of `session.on(…)` are called for what happens, in order: raw events, `"turn"`, `"tool_call"`,
    `"usage"`, `"audio"`. The tables are whole all the time. In a page where a person pressed Play, both sides
    are heard. Works without any page as well.

    Every method may be called from any thread.
    """

    def __init__(self, core: LoadedCore, io: IOThread) -> None:
        self._core = core
        self._io = io
        self._preparing = asyncio.Lock()  # the whole sound is in memory meanwhile
        self._overview: tuple[list[tuple[float, float, int]], Levels] | None = None
        self._waiting: list[concurrent.futures.Future[None]] = []
        partials = core.protocol.config.kind == "transcription"
        self._retelling = Retelling(core.data, core.shown, core.callbacks, partials=partials)
        self._transport = Transport(
            core.shown.score,
            perform=self._retelling.perform,
            show=self._show,
            jumped=self._retelling.begin_at,
            later=io.later,
            busy=lambda: core.callbacks.dispatcher.n_waiting > MAX_WAITING,
            growing=lambda: core.shown.growing,
        )

    # -- how it stands -----------------------------------------------------------------------------------

    @property
    def position_ms(self) -> float:
        """Where it stands, in ms on the session's clock, as in all tables."""
        return self._transport.position_ms

    @property
    def duration_ms(self) -> float:
        """Where the last turn or call ends, in ms on the session's clock."""
        return self._transport.duration_ms

    @property
    def playing(self) -> bool:
        """Whether it plays now."""
        return self._transport.playing

    @property
    def speed(self) -> float:
        """How fast it plays, or played last; may be assigned while it plays."""
        return self._transport.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._run(self._transport.change_speed, _checked_speed(speed))

    @property
    def begun(self) -> bool:
        """Whether it was ever moved; before, panels show the whole conversation."""
        return self._transport.begun

    @property
    def course(self) -> int:
        """Rises whenever it is started, stopped, moved, or plays at another speed."""
        return self._transport.course

    def __repr__(self) -> str:
        state = f"playing at {self.speed:g}×" if self.playing else "still"
        return f"Player({state}, {self.position_ms / 1000:.1f} of {self.duration_ms / 1000:.1f} s)"

    # -- what it can do ----------------------------------------------------------------------------------

    def play(self, speed: float = 1.0, *, wait: bool = False) -> None:
        """Play on from where it stands; from the beginning if it is at the end.

        Args:
            speed: 1 is the pace of the conversation, 2 twice as fast; `float("inf")` as fast as the callbacks
                take it.
            wait: Whether to return only when it stands still again and the callbacks have run. Ctrl-C pauses.

        Raises:
            ConfigError: `speed` isn't a number above 0.
        """
        future = self._start(_checked_speed(speed))
        if not wait:
            return
        try:
            future.result()
            self._core.callbacks.dispatcher.flushed().result()
        except BaseException:
            self.pause()
            raise

    async def aplay(self, speed: float = 1.0) -> None:
        """Play, and return when it stands still again and the callbacks have run; cancelled, it pauses."""
        future = self._start(_checked_speed(speed))
        try:
            await asyncio.wrap_future(future)
            await asyncio.wrap_future(self._core.callbacks.dispatcher.flushed())
        except BaseException:
            self._io.post(self._transport.pause)
            raise

    def pause(self) -> None:
        """Stand still; `play()` goes on from here."""
        self._run(self._transport.pause)

    def step(self, n: int = 1) -> None:
        """Go on to where the next turn or tool call begins or ends, and stand still there.

        Args:
            n: How many steps; negative ones go back, and call nothing back.
        """
        self._run(self._transport.step, _checked_steps(n))

    def seek(self, ms: float) -> None:
        """Go to a time on the session's clock; what lies between is passed over. Plays on if it played.

        Raises:
            ConfigError: `ms` isn't a number.
        """
        self._run(self._transport.seek, _checked_time(ms))

    # -- for pages ---------------------------------------------------------------------------------------

    @property
    def conversation_began(self) -> datetime | None:
        """When the conversation took place, in UTC; None where that isn't known."""
        return self._core.data.conversation.about.created_at

    async def overview(self) -> tuple[list[tuple[float, float, int]], Levels]:
        """Return who has the word when, and how loud both sides are."""
        async with self._preparing:
            if self._overview is None:
                found = await asyncio.to_thread(lambda: levels(self._core.data.recording))
                self._overview = marks(self._core.shown.score), found
            return self._overview

    async def sound_file(self, *, packed: bool) -> tuple[str, bytes] | None:
        """Return both sides as media type and bytes of a file, Ogg/Opus if `packed`; None without sound."""
        async with self._preparing:
            return await asyncio.to_thread(lambda: sound_file(self._core.data.recording, packed=packed))

    # -- on the I/O thread -------------------------------------------------------------------------------

    def _run(self, move: Callable[..., None], *args: Any) -> None:
        async def run() -> None:
            move(*args)

        if self._io.is_current:
            move(*args)
        else:
            self._io.call(run())

    def _start(self, speed: float) -> concurrent.futures.Future[None]:
        future: concurrent.futures.Future[None] = concurrent.futures.Future()

        def start() -> None:
            self._waiting.append(future)
            self._transport.play(speed)

        self._run(start)
        return future

    def _show(self, at_ms: float) -> None:
        core, transport = self._core, self._transport
        stage = core.shown
        at_end = not transport.playing and at_ms >= transport.duration_ms
        moved = stage.move(None if at_end else at_ms)
        core.set_trait("listening", transport.playing and stage.sounding("user"))
        core.set_trait("speaking", transport.playing and stage.sounding("assistant"))
        if transport.playing:
            self._retelling.go_on(at_ms)
        core.publish(_changes(stage, moved))
        if not transport.playing:
            self._release()

    def _release(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)


def _changes(stage: Stage, moved: Moved) -> list[ch.Change]:
    """Return what pages are told when the stage has moved, as if it happened now."""
    changes: list[ch.Change] = [
        ch.ItemRemoved(turn_id) if stage.turn(turn_id) is None else ch.ItemChanged(turn_id)
        for turn_id in moved.turns
    ]
    calls = (call for call_id in moved.calls if (call := stage.tool_calls.row(call_id)) is not None)
    return changes + [
        ch.CallReady(call.call_id, call.name, call.arguments_text, call.response_id) for call in calls
    ]


def _checked_steps(n: Any) -> int:
    if not is_whole(n):
        raise ConfigError(f"step takes a whole number of steps, not {n!r}.")
    return int(n)


def _checked_time(ms: Any) -> float:
    if not is_number(ms) or math.isnan(ms):
        raise ConfigError(f"seek takes a time in ms, not {ms!r}.")
    return float(ms)


def _checked_speed(speed: Any) -> float:
    if not is_number(speed) or not speed > 0:
        raise ConfigError(
            f"speed must be a number above 0, not {speed!r}.",
            remedy='1 is the pace of the conversation; float("inf") plays as fast as it can.',
        )
    return float(speed)
