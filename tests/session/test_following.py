"""Following a session: callbacks as decorators, each turn once, streams, displays."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from realtime_widget import RealtimeSession, TranscriptionSession
from realtime_widget.errors import ConfigError

from .helpers import echo_engine, wait_until


def test_callbacks_may_be_decorated() -> None:
    texts: list[str] = []
    with RealtimeSession(engine=echo_engine()) as session:

        @session.on("turn")
        def note(turn: Any) -> None:
            texts.append(turn.text)

        assert session.on("turn", note) is note
        session.off("turn", note)
        session.on("turn", note)
        session.ask("hello")
        wait_until(lambda: texts == ["hello", "You said: hello"])
    with pytest.raises(ConfigError, match="There is no event named 'trun'"):
        session.on("trun")(print)


def test_what_was_told_before_is_not_told_to_who_comes_later() -> None:
    with RealtimeSession(engine=echo_engine()) as session:
        session.ask("hello")
        late: list[Any] = []
        session.on("turn", lambda turn: late.append(turn.text))
        for state in session._core.protocol.conversation.items.values():
            session._io.call(_announce(session, state))
        session.ask("again")
        wait_until(lambda: late == ["again", "You said: again"])


async def _announce(session: RealtimeSession, state: Any) -> None:
    session._core.announce(state)


@pytest.mark.parametrize("kind", [RealtimeSession, TranscriptionSession])
def test_every_kind_has_them(kind: Callable[..., Any]) -> None:
    session = kind(engine=echo_engine())
    assert repr(session.live(lambda: 1)) == "LiveView(<lambda>)"
    with pytest.raises(ConfigError, match="past must be True or False"):
        session.stream(past=3)
    assert asyncio.iscoroutinefunction(session.stream().__anext__)
