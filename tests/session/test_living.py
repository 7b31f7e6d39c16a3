"""Sessions end when nobody can end them any more: with the process, or with the next run of their cell."""

from collections.abc import Callable, Iterator

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.session import living
from realtime_widget.session.cells import Cell
from realtime_widget.testing import ScriptedEngine, text_response
from tests.session.foreign import ForeignServer
from tests.session.helpers import wait_until
from tests.session.saved import saved_talk


def test_the_end_of_the_process_stops_all_at_once() -> None:
    with ForeignServer() as server:
        sessions = [RealtimeSession(engine=server.url).start() for _ in range(5)]
        living._stop_all()
        assert [session._core.status for session in sessions] == ["disconnected"] * 5


Make = Callable[..., RealtimeSession]


@pytest.fixture
def made_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Make sessions that a cell makes; started."""
    made: list[RealtimeSession] = []
    with ScriptedEngine(on={"response.create": lambda command: text_response("Hi.")}) as engine:

        def make(cell: Cell | None, **options: str) -> RealtimeSession:
            monkeypatch.setattr(living, "current_cell", lambda: cell)
            made.append(RealtimeSession(engine=engine, **options).start())
            return made[-1]

        yield make
        for session in made:
            session.stop()


def test_a_cell_that_runs_again_ends_the_session_that_it_made_before(made_in: Make) -> None:
    first = made_in(Cell("a", "1"))
    first.ask("Hello?")
    second = made_in(Cell("a", "2"))
    wait_until(lambda: first.status != "connected")
    assert second.ask("Hello?").text == "Hi."
    assert first.error is not None
    assert first.error.code == "replaced"
    assert [turn.role for turn in first.transcript] == ["user", "assistant"]


def test_the_player_of_a_saved_conversation_stands_still_when_its_cell_runs_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(living, "current_cell", lambda: Cell("a", "1"))
    first = RealtimeSession.load(saved_talk())
    first.player.play(0.001)
    monkeypatch.setattr(living, "current_cell", lambda: Cell("a", "2"))
    RealtimeSession.load(saved_talk())
    wait_until(lambda: not first.player.playing)


@pytest.mark.parametrize(
    ("before", "now"),
    [(Cell("a", "1"), Cell("a", "1")), (Cell("a", "1"), Cell("b", "2")), (None, Cell("a", "2")),
     (Cell("a", "1"), None), (None, None)],
    ids=["the same run", "another cell", "unknown before", "unknown now", "no notebook"],
)  # fmt: skip
def test_other_sessions_are_left_alone(made_in: Make, before: Cell | None, now: Cell | None) -> None:
    first, second = made_in(before), made_in(now)
    assert first.ask("Still there?").text == second.ask("And you?").text == "Hi."


def test_a_session_that_outlives_its_views_does_not_outlive_its_cell(made_in: Make) -> None:
    first = made_in(Cell("a", "1"), on_close="keep")
    made_in(Cell("a", "2"))
    wait_until(lambda: first.status != "connected")
