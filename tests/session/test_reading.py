from pathlib import Path

from matplotlib.figure import Figure

from realtime_widget import RealtimeSession, TranscriptionSession
from realtime_widget.testing import ScriptedEngine

from ..data.conversations import conversation
from .helpers import voice_engine


def test_a_session_is_drawn_while_it_runs_and_after() -> None:
    with voice_engine() as engine, RealtimeSession(engine=engine, title="Trial") as session:
        assert session.plot().alt == "Trial: Nothing was said yet."
        session.ask("Hello?")
        assert "2 turns" in session.plot().alt
        assert "1 answer" in session.latency.plot().alt
        assert session.statistics().user.turns == session.statistics(turns=slice(1)).user.turns == 1
    picture = session.plot(theme="dark", width=600, turns=slice(-1, None))
    assert "1 turn " in picture.alt and picture.size[0] == 600
    told = session.summary()
    assert told["turns"] == {"user": 1, "assistant": 1} and told["id"] == session.conversation_id
    ax = Figure().subplots()
    assert session.plot(ax) is ax and session.latency.plot(ax) is ax


def test_other_kinds_of_sessions_are_read_too() -> None:
    session = TranscriptionSession(engine=ScriptedEngine())
    assert isinstance(session.plot(), Figure) and session.summary()["kind"] == "transcription"
    assert "Nothing was said yet" in session.report().html


def test_a_session_that_was_loaded_is_read_like_one_that_talked(tmp_path: Path) -> None:
    told = conversation(12, seed=3)
    session = RealtimeSession.load(told)
    assert session.summary()["turns"] == {"user": 6, "assistant": 6} and "12 turns" in session.plot().alt
    report = session.report(tmp_path / "talk.html")
    assert (tmp_path / "talk.html").read_text(encoding="utf-8") == report.html
    assert session.statistics().tool_calls == len(told.tool_calls)
