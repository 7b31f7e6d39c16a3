"""Waiting for a server to be done with what was sent."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.errors import WaitTimeoutError
from realtime_widget.session.core import SessionCore
from realtime_widget.session.fence import Fence

from .foreign import ForeignServer
from .helpers import on_io


class Core:
    """What a fence needs of a session: each probe is answered, or not."""

    def __init__(self, *answers: bool) -> None:
        self.connection: object | None = object()
        self.waits = self
        self._answers = iter(answers)
        self.n_probes = 0

    def act(self, function: Any) -> Any:
        self.n_probes += 1
        return function(SimpleNamespace(probe=lambda: f"probe_{self.n_probes}"))

    async def settled(self, event_id: str, *, timeout_s: float, what: str) -> None:
        if not next(self._answers):
            raise WaitTimeoutError("No answer.")


@pytest.mark.parametrize(
    ("patience", "answers", "n_probes"),
    [
        (1, [True, True, True], 3),
        (1, [True, False], 2),
        (2, [False, True, False, True], 4),
        (2, [True, False, False], 3),
    ],
)
def test_a_server_that_says_nothing_is_soon_left_alone(
    patience: int, answers: list[bool], n_probes: int
) -> None:
    core = Core(*answers)
    fence = Fence(cast("SessionCore", core), patience=patience)
    for _ in range(4 if n_probes == 4 else 3):
        asyncio.run(fence.wait())
    assert core.n_probes == n_probes


def test_without_a_connection_nothing_is_waited_for() -> None:
    core = Core()
    core.connection = None
    asyncio.run(Fence(cast("SessionCore", core)).wait())
    assert core.n_probes == 0


def test_a_session_asks_a_silent_server_once() -> None:
    with ForeignServer(acknowledges=False) as server, RealtimeSession(engine=server.url) as session:
        for _ in range(2):
            on_io(session, session._core.microphone, bytes(4_800))
            session.settle(30)
        assert len([one for one in server.commands if one["type"] == "session.update"]) == 2
