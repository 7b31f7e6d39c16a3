"""`RealtimeSession` itself: its options, its data, how it is shown, how it goes away."""

import gc
import threading
import weakref
from typing import Any

import pytest

import realtime_widget
from realtime_widget import RealtimeSession
from realtime_widget.errors import ConfigError, EngineError, ToolError
from realtime_widget.testing import ScriptedEngine, audio_response, call_response, reply, text_response

from .foreign import ForeignServer
from .helpers import echo_engine, wait_until

TABLES = ("transcript", "tool_calls", "events", "usage", "latency")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"voise": "marin"}, "'voise'.*Did you mean 'voice'"),
        ({"voice": 3}, "voice must be a name"),
        ({"voice": {"name": "x"}}, "voice must be a name"),
        ({"voice": ""}, "voice must be a name"),
        ({"output": "video"}, "'audio', 'text'"),
        ({"turn_detection": "vad"}, "'semantic_vad', 'server_vad', None"),
        ({"record": "all"}, "record must be"),
        ({"api_key": 5}, "api_key must be"),
        ({"model": ""}, "model must not be empty"),
        ({"connect_timeout": 0}, "connect_timeout"),
        ({"connect_timeout": "1"}, "connect_timeout"),
        ({"speed": 9}, "speed must be"),
        ({"engine": "opnai"}, "engine must be"),
    ],
)
def test_wrong_options_raise_at_once_and_say_what_is_right(options: dict[str, Any], match: str) -> None:
    with pytest.raises(ConfigError, match=match):
        RealtimeSession(**{"engine": "ws://127.0.0.1:1/v1", **options})


@pytest.mark.parametrize("engine", ["openai", "local"])
def test_an_unknown_voice_is_refused_where_the_voices_are_known(engine: str) -> None:
    with pytest.raises(ConfigError, match=r"no voice 'marvin'.*'marin'"):
        RealtimeSession(engine=engine, voice="marvin")
    RealtimeSession(engine="ws://127.0.0.1:1/v1", voice="marvin")


def test_positional_arguments_are_refused() -> None:
    with pytest.raises(TypeError):
        RealtimeSession("local")  # type: ignore[misc]


def test_things_that_are_no_tools_are_refused() -> None:
    with pytest.raises(ToolError):
        RealtimeSession(engine="ws://127.0.0.1:1/v1", tools=[5])  # type: ignore[list-item]


def test_every_table_is_valid_before_anything_happened() -> None:
    session = RealtimeSession(engine="ws://127.0.0.1:1/v1")
    for name in TABLES:
        table = getattr(session, name)
        assert len(table) == 0
        assert len(table.df) == 0
        assert len(table.df.columns) > 5
        assert table._repr_html_()
    assert session.transcript.text == ""
    assert session.recording.samples.shape == (0, 2)


def test_everything_said_is_data_during_and_after() -> None:
    script = [reply(call_response(("add", {"a": 1, "b": 2}))), reply(audio_response("Three."))]
    with ScriptedEngine(*script) as engine, RealtimeSession(engine=engine) as session:

        @session.tool(description="Adds.")
        def add(a: int, b: int) -> int:
            return a + b

        assert add(1, 1) == 2  # still a function
        session.ask("1 + 2?")
    assert [len(getattr(session, name)) > 0 for name in TABLES] == [True] * 5
    assert session.transcript.df.role.tolist() == ["user", "assistant"]
    assert session.tool_calls.df.output.tolist() == ["3"]
    assert session.transcript.last_response == "Three."
    assert session.recording.samples[:, 1].any()
    assert all(raw["type"] for raw in session.events.df.raw)


@pytest.mark.parametrize(
    ("record", "kept"), [(True, True), ("assistant", True), ("user", False), (False, False)]
)
def test_what_is_not_to_be_recorded_is_not_kept(record: Any, kept: bool) -> None:
    with (
        ScriptedEngine(reply(audio_response("Hi!"))) as engine,
        RealtimeSession(engine=engine, record=record) as session,
    ):
        turn = session.ask("Hello!")
    assert bool(session.recording.samples[:, 1:].any()) is kept
    assert bool(len(turn.audio)) is kept
    assert turn.audio_ms


def test_what_it_shows_of_itself() -> None:
    with echo_engine() as engine:
        session = RealtimeSession(engine=engine)
        assert repr(session) == "RealtimeSession(Scripted engine, disconnected, 0 turns)"
        with session:
            session.ask("Hi!")
            assert repr(session) == "RealtimeSession(Scripted engine, connected, 2 turns)"
        assert session.engine is engine


def test_traits_cannot_be_set_from_outside() -> None:
    session = RealtimeSession(engine="ws://127.0.0.1:1/v1")
    for name in ("status", "listening", "speaking", "muted", "error", "elapsed"):
        with pytest.raises(Exception, match="read-only"):
            setattr(session, name, getattr(session, name))


def test_a_session_that_nobody_holds_any_more_is_stopped() -> None:
    with ForeignServer() as server:
        session = RealtimeSession(engine=server.url).start()
        session.ask("Hi!")
        core, gone = session._core, weakref.ref(session)
        del session
        gc.collect()
        assert gone() is None
        wait_until(lambda: core.connection is None)
        wait_until(lambda: core.status == "disconnected")


def test_sessions_that_were_never_started_leave_nothing() -> None:
    refs = [weakref.ref(RealtimeSession(engine="ws://127.0.0.1:1/v1")._core) for _ in range(20)]
    gc.collect()
    assert not [ref for ref in refs if ref() is not None]


def test_no_engine_no_key_no_problem_until_start() -> None:
    session = RealtimeSession(engine="openai")
    assert session.status == "disconnected"
    with pytest.raises(EngineError, match="OPENAI_API_KEY"):
        session.start()


def test_the_panel_is_one_widget_for_all_views_and_threads() -> None:
    session = RealtimeSession(engine="ws://127.0.0.1:1/v1")
    seen: list[Any] = []
    threads = [threading.Thread(target=lambda: seen.append(session.panel())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, seen))) == 1
    assert isinstance(seen[0], realtime_widget.RealtimeWidget)
    seen[0].close()


def test_text_output_is_asked_for() -> None:
    with (
        ScriptedEngine(reply(text_response("Read me."))) as engine,
        RealtimeSession(engine=engine, output="text", instructions="Write.") as session,
    ):
        assert session.ask("Hi!").audio_ms in (None, 0)
        assert engine.of_type("session.update")[0]["session"]["output_modalities"] == ["text"]
