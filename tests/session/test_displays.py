"""Displays that follow a session: a function of it is drawn anew on a thread, and the last state stays."""

import gc
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from realtime_widget import RealtimeSession
from realtime_widget.data.display import live
from realtime_widget.errors import ConfigError

from .helpers import Player, echo_engine, voice_engine, wait_until

LIMIT_S = 20.0


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What the displays of the running cell show, one after the other: the text and the thread."""
    InteractiveShell.instance()
    seen: list[Any] = []

    def display(self: live.LiveView, shell: Any, *, update: bool) -> None:
        seen.append((self._picture.bundle(shell)[0]["text/plain"], threading.current_thread().name))

    monkeypatch.setattr(live.LiveView, "_display", display)
    yield seen
    InteractiveShell.clear_instance()
    for view in list(live._views.values()):
        view.stop()
    live._views.clear()


def test_a_function_of_the_session_follows_it(painted: list[Any]) -> None:
    session = RealtimeSession(engine=echo_engine())
    here, running = threading.current_thread().name, threading.Lock()

    @session.live
    def texts(drawn: RealtimeSession) -> str:
        assert running.acquire(blocking=False), "it overlaps itself"
        time.sleep(0.005)
        running.release()
        return drawn.transcript.last_response or "nothing"

    assert painted == [("nothing", here)] and texts.running
    with session:
        for n in range(5):
            session.ask(f"number {n}")
        wait_until(lambda: painted[-1][0] == "You said: number 4", LIMIT_S)
        assert {thread for _, thread in painted[1:]} == {"realtime-widget-drawings"}
        assert texts(session) == "You said: number 4"
        texts.stop()
        n_painted = len(painted)
        session.ask("one more")
    assert len(painted) == n_painted


def test_a_mistake_is_shown_until_it_goes_well(painted: list[Any]) -> None:
    session = RealtimeSession(engine=echo_engine())
    session.live(lambda: 10 // len(session.transcript))
    assert "ZeroDivisionError" in painted[0][0]
    with session:
        session.ask("hello")
        wait_until(lambda: painted[-1][0] == "5", LIMIT_S)


def test_it_follows_the_voice_though_nothing_comes_from_the_server(painted: list[Any]) -> None:
    def heard(session: RealtimeSession) -> tuple[int, float | None]:
        return len(session.events), session.transcript[-1].heard_ms if session.transcript else None

    with RealtimeSession(engine=voice_engine("So many words take a while to be said")) as session:
        Player(session)  # it reports nothing: how much was heard is a question of time
        session.live(heard)
        session.send_text("go on")
        session.settle()
        last = f"({len(session.events)}, {session.transcript[-1].audio_ms})"
        wait_until(lambda: painted[-1][0] == last, LIMIT_S)
    silent = {text for text, _ in painted if text.startswith(last.partition(" ")[0])}
    assert len(silent) > 2


def test_it_follows_the_state(painted: list[Any]) -> None:
    session = RealtimeSession(engine=echo_engine())
    session.live(lambda: f"{session.status} {session.muted}")
    with session:
        wait_until(lambda: painted[-1][0] == "connected False", LIMIT_S)
        session.mute()
        wait_until(lambda: painted[-1][0] == "connected True", LIMIT_S)


def test_a_slow_callback_holds_up_no_display(painted: list[Any]) -> None:
    release = threading.Event()
    with RealtimeSession(engine=echo_engine()) as session:
        session.on("turn", lambda turn: release.wait(LIMIT_S))
        session.live(lambda: len(session.transcript))
        session.transcript.live()
        session.ask("hello")
        wait_until(lambda: ("2", "realtime-widget-drawings") in painted, LIMIT_S)
        wait_until(lambda: ("Transcript(2 turns)", "realtime-widget-tables") in painted, LIMIT_S)
        release.set()


def test_a_session_that_is_gone_is_drawn_no_more(painted: list[Any]) -> None:
    session = RealtimeSession(engine=echo_engine())
    data = session._data
    view = session.live(lambda drawn: len(drawn.transcript))
    del session
    gc.collect()
    data.transcript._changed()
    wait_until(lambda: not view.running, LIMIT_S)
    assert len(painted) == 1


@pytest.mark.parametrize("function", [None, "text", lambda a, b: 1])
def test_what_is_no_function_of_a_session_is_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError):
        RealtimeSession(engine=echo_engine()).live(function)


def test_outside_of_notebooks_nothing_is_drawn() -> None:
    with capture_output() as output:
        view = RealtimeSession(engine=echo_engine()).live(lambda: 1 / 0)
    assert repr(view) == "LiveView(<lambda>)" and not view.running and not output.outputs
