import asyncio
import math
import threading
from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.errors import ConfigError
from realtime_widget.protocol import changes as ch
from realtime_widget.session.loaded import LoadedSession

from .saved import saved_talk

FAST = float("inf")


@pytest.fixture
def session() -> LoadedSession:
    return RealtimeSession.load(saved_talk())


class View:
    """Notes what a panel would be told."""

    has_player = False

    def __init__(self) -> None:
        self.changes: list[ch.Change] = []

    def publish(self, changes: list[ch.Change]) -> None:
        self.changes += changes

    def silence(self, clear_id: int) -> None:
        """Nothing sounds."""


def test_it_plays_to_the_end_and_calls_back(session: LoadedSession) -> None:
    heard: list[Any] = []
    for name in ("turn", "tool_call", "usage"):
        session.on(name, lambda told, name=name: heard.append(name))
    session.player.play(FAST, wait=True)
    assert heard == ["turn", "tool_call", "usage", "turn", "turn"]
    assert not session.player.playing and session.player.position_ms == session.player.duration_ms == 4500
    assert len(session.transcript) == 3


def test_it_plays_by_the_clock_and_can_be_waited_for(session: LoadedSession) -> None:
    turns: list[str] = []
    session.on("turn", lambda turn: turns.append(turn.text))
    session.player.play(50)
    assert session.player.speed == 50
    session.player.play(100, wait=True)
    assert turns == ["How is Rome?", "It is fine there", "Thanks"]


def test_it_can_be_awaited(session: LoadedSession) -> None:
    turns: list[str] = []
    session.on("turn", lambda turn: turns.append(turn.text))
    asyncio.run(session.player.aplay(FAST))
    assert len(turns) == 3


def test_a_wait_that_is_given_up_pauses(session: LoadedSession) -> None:
    async def give_up() -> None:
        await asyncio.wait_for(session.player.aplay(0.001), 0.05)

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())
    session.player.pause()
    assert not session.player.playing


def test_who_waits_goes_on_when_somebody_pauses(session: LoadedSession) -> None:
    waiting = threading.Thread(target=lambda: session.player.play(0.001, wait=True))
    waiting.start()
    while not session.player.playing:
        pass
    session.player.pause()
    waiting.join(30)
    assert not waiting.is_alive()


def test_it_seeks_and_steps(session: LoadedSession) -> None:
    player = session.player
    player.seek(2000)
    assert (player.position_ms, player.playing) == (2000, False)
    player.step()
    player.step(2)
    assert player.position_ms == 4500
    player.step(-1)
    assert player.position_ms == 3800 and "3.8 of 4.5 s" in repr(player)
    player.speed = 2
    assert player.speed == 2.0
    session.player.play(0.001)
    session.stop()
    assert not player.playing, "stop ends it"


@pytest.mark.parametrize("speed", [0, -1, None, "2", True, math.nan])
def test_a_wrong_speed_is_refused(session: LoadedSession, speed: Any) -> None:
    with pytest.raises(ConfigError, match="above 0"):
        session.player.play(speed)
    with pytest.raises(ConfigError, match="above 0"):
        session.player.speed = speed


def test_wrong_places_are_refused(session: LoadedSession) -> None:
    for wrong in ("1", None, math.nan, True):
        with pytest.raises(ConfigError):
            session.player.seek(wrong)  # type: ignore[arg-type]
    for steps in (1.5, None, True):
        with pytest.raises(ConfigError):
            session.player.step(steps)  # type: ignore[arg-type]


def test_views_are_told_what_came_and_went(session: LoadedSession) -> None:
    view = View()
    session._core.views.append(view)
    session.player.seek(1520)
    gone = {change.item_id for change in view.changes if isinstance(change, ch.ItemRemoved)}
    calls = [change.call_id for change in view.changes if isinstance(change, ch.CallReady)]
    assert gone == {"a1", "u2"} and calls == ["call_1"]
    view.changes.clear()
    session.player.seek(4500)
    came = {change.item_id for change in view.changes if isinstance(change, ch.ItemChanged)}
    assert came == {"a1", "u2"} and session._core.shown.at_ms is None, "at the end everything is there"


def test_the_sides_that_speak_are_traits(session: LoadedSession) -> None:
    seen: list[tuple[str, bool]] = []
    session.observe(lambda change: seen.append((change["name"], change["new"])), ["listening", "speaking"])
    session.player.play(20, wait=True)
    assert seen == [("listening", True), ("listening", False), ("speaking", True), ("speaking", False)]
    assert session.status == "disconnected"
