"""A saved conversation and its pages, without a browser."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from realtime_widget import RealtimeSession
from realtime_widget.config import SessionConfig
from realtime_widget.data.conversation import no_sound
from realtime_widget.session.loaded import LoadedSession
from realtime_widget.testing import ScriptedEngine
from realtime_widget.widget import messages
from realtime_widget.widget.link import PageLink
from realtime_widget.widget.playing import player_view
from realtime_widget.widget.views import state_view
from tests.session.saved import ABOUT, saved_talk
from tests.widget.pages import Pages, caught_up
from tests.widget.test_messages import interface

ALL = ["How is Rome?", "It is fine there", "Thanks"]


@pytest.fixture
def session() -> LoadedSession:
    return RealtimeSession.load(saved_talk())


@pytest.fixture
def pages(session: LoadedSession) -> Iterator[Pages]:
    pages = Pages()
    pages.link = PageLink(session._core, session._verbs, session._io, title=session.title)
    pages.link.wires.add(pages.take)
    session._core.views.append(pages.link)
    pages.say("page.ready")
    pages.wait("player.score")
    yield pages
    session.stop()


def words(turns: list[Any]) -> list[str]:
    return [turn["text"] for turn in turns]


def move(pages: Pages, kind: str, **fields: Any) -> None:
    pages.say("player.move", move=kind, **fields)


def test_only_a_saved_conversation_has_a_player() -> None:
    with ScriptedEngine() as engine:
        session = RealtimeSession(engine=engine)
        assert player_view(session._core) is None
        pages = Pages()
        pages.link = PageLink(session._core, session._verbs, session._io, title="")
        move(pages, "play")
        pages.say("player.sound.get")
        caught_up(session)
        assert session.error is None and pages.link.owner is None


def test_a_page_sees_the_whole_conversation_and_how_the_player_stands(pages: Pages) -> None:
    assert words(pages.wait_turns(lambda turns: len(turns) == 3)) == ALL
    state = pages.state()
    assert set(state["player"]) == interface("PlayerState")
    assert state["player"] == {
        "playing": False, "speed": 1.0, "position_ms": 0.0, "duration_ms": 4500, "begun": False, "course": 0,
        "created_at": "2026-11-21T12:00:00+00:00",
    }  # fmt: skip
    assert (state["status"], state["running"], state["engine"]["name"]) == ("disconnected", False, "OpenAI")
    [score] = pages.of("player.score")
    assert score["marks"] == [[0, 1000, 0], [1500, 1550, 3], [2300, 3800, 1], [4500, 4500, 0]]
    [levels] = [buffers[0] for content, buffers in pages.sent if content["type"] == "player.score"]
    assert score["step_ms"] == 50 and len(levels) == 2 * 76


def test_the_tools_of_that_time_are_named() -> None:
    tool = {"type": "function", "name": "rows", "description": "Number of rows.", "parameters": {}}
    server = {"type": "mcp", "server_label": "docs"}
    conversation = saved_talk(replace(ABOUT, settings=SessionConfig(tools=(tool, server)).to_wire()))
    state = state_view(RealtimeSession.load(conversation)._core, title="", owner=None, notice=None)
    assert state["tools"] == [{"name": "rows", "description": "Number of rows.", "version": 1}]


def test_it_shows_each_moment_as_it_was(session: LoadedSession, pages: Pages) -> None:
    move(pages, "seek", position_ms=500)
    turns = pages.wait_turns(lambda turns: len(turns) == 1 and turns[0]["text"] == "How is")
    assert turns[0]["status"] == "in_progress"
    move(pages, "seek", position_ms=1520)
    turns = pages.wait_turns(lambda turns: len(turns) == 2)
    assert turns[1]["id"] == "call:call_1" and turns[1]["calls"][0]["status"] == "running"
    move(pages, "step")
    pages.wait_turns(lambda turns: turns[1]["calls"][0]["status"] == "done")
    move(pages, "step")
    turns = pages.wait_turns(lambda turns: turns[1]["id"] == "a1")
    assert [call["output"] for call in turns[1]["calls"]] == ["3"]
    move(pages, "step", steps=-3)
    turns = pages.wait_turns(lambda turns: len(turns) == 1)
    assert words(turns) == ALL[:1] and session.player.position_ms == 1000
    move(pages, "seek", position_ms=4500)
    assert words(pages.wait_turns(lambda turns: len(turns) == 3)) == ALL


def test_going_back_over_a_call_and_forth_again_shows_it_anew(session: LoadedSession, pages: Pages) -> None:
    for _ in range(3):
        move(pages, "seek", position_ms=1520)
        pages.wait_turns(lambda turns: turns[1]["calls"][0]["status"] == "running")
        move(pages, "seek", position_ms=100)
        pages.wait_turns(lambda turns: len(turns) == 1 and not turns[0]["calls"])
        move(pages, "seek", position_ms=3000)
        pages.wait_turns(lambda turns: turns[1]["id"] == "a1" and turns[1]["calls"][0]["status"] == "done")
    assert len(pages.turns) == 2


def test_a_page_that_comes_late_sees_the_same_moment(session: LoadedSession, pages: Pages) -> None:
    session.player.seek(3000)
    pages.say("page.ready", page="late")
    snapshot = pages.wait("turns", lambda message: message.get("page") == "late" and message["reset"])
    assert words(snapshot["turns"]) == ["How is Rome?", "It is fine"]


def test_every_page_is_told_of_a_change_of_course_and_of_nothing_between(
    session: LoadedSession, pages: Pages
) -> None:
    clock = [0.0]  # a busy machine must not miss what is short
    session.player._transport._clock = lambda: clock[0]
    move(pages, "play", speed=2.0)
    playing = pages.state(lambda state: state["listening"])["player"]
    assert (playing["playing"], playing["speed"], playing["begun"]) == (True, 2.0, True)
    for to_s, side in ((0.6, "thinking"), (1.3, "speaking")):
        clock[0] = to_s
        pages.state(lambda state, side=side: state[side])
    clock[0] = 9.0
    ended = pages.state(lambda state: state["player"]["begun"] and not state["player"]["playing"])["player"]
    assert ended["position_ms"] == 4500
    states = [message["state"] for message in pages.of("state")]
    assert len(states) < 12, "not one for each frame"
    assert not any(states[-1][side] for side in ("listening", "thinking", "speaking"))
    move(pages, "speed", speed=4.0)
    pages.state(lambda state: state["player"]["speed"] == 4.0)
    move(pages, "play", speed=0.5)
    move(pages, "pause")
    pages.state(lambda state: state["player"]["speed"] == 0.5 and not state["player"]["playing"])


def test_who_presses_play_has_the_sound(session: LoadedSession, pages: Pages) -> None:
    assert pages.link.owner == "one"
    pages.say("page.ready", page="two")
    move(pages, "play", page="two")
    pages.state(lambda state: state["owner"] == "two" and state["player"]["playing"])


@pytest.mark.parametrize(
    ("packed", "kind", "begin"), [(True, "audio/ogg", b"OggS"), (False, "audio/wav", b"RIFF")]
)
def test_a_page_gets_the_sound_when_it_asks(pages: Pages, packed: bool, kind: str, begin: bytes) -> None:
    pages.say("player.sound.get", packed=packed)
    first = pages.wait("player.sound")
    pages.wait("player.sound", lambda message: message["part"] == message["n_parts"] - 1)
    parts = [buffers[0] for content, buffers in pages.sent if content["type"] == "player.sound"]
    assert first["kind"] == kind and b"".join(parts)[:4] == begin


def test_where_nothing_was_kept_there_is_no_sound() -> None:
    silent = RealtimeSession.load(replace(saved_talk(), recording=no_sound))
    pages = Pages()
    pages.link = PageLink(silent._core, silent._verbs, silent._io, title="")
    pages.link.wires.add(pages.take)
    pages.say("player.sound.get", packed=True)
    assert pages.wait("player.sound")["n_parts"] == 0


def test_what_a_page_cannot_want_is_refused(session: LoadedSession, pages: Pages) -> None:
    for wrong in ({"move": "dance"}, {"move": "play", "speed": 0}, {"move": "step", "steps": 10**9}, {}):
        with pytest.raises(msgspec.ValidationError):
            messages.parse({"type": "player.move", "page": "one", **wrong})
    pages.say("start", mic="none")
    error = pages.state(lambda state: state["error"] is not None)["error"]
    assert error["message"].startswith("This is a saved conversation") and not error["fatal"]
    caught_up(session)
    assert session.status == "disconnected"
