"""Sessions that write what is said into a store, and go on from there."""

import base64
import gc
import sqlite3
import threading
import weakref
from pathlib import Path
from typing import Any

import pytest

from realtime_widget import (
    ConfigError,
    RealtimeSession,
    Store,
    StoreError,
    TranscriptionSession,
    TranslationSession,
    Turn,
)
from realtime_widget.store import keeper, sitting
from realtime_widget.testing import (
    ScriptedEngine,
    audio_response,
    call_response,
    text_response,
    tone,
    transcription_completed,
    user_turn,
)

from .helpers import echo_engine, our_threads, voice_engine, wait_until


@pytest.fixture(autouse=True)
def short_idle_keeper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "IDLE_S", 0.2)
    monkeypatch.setattr(keeper, "RETRY_S", (0.01, 0.05))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "talks.db"


def stored(path: Path) -> list[tuple[str, str]]:
    """The turns as another process would read them at this moment."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT role, text FROM turns ORDER BY sitting, position").fetchall()
    finally:
        connection.close()


def tooled_engine() -> ScriptedEngine:
    """An engine that calls a tool before each answer."""
    asked = 0

    def answer(command: Any) -> Any:
        nonlocal asked
        asked += 1
        return (
            call_response(("rows", {"city": "Rome"})) if asked % 2 else audio_response(f"Answer {asked // 2}")
        )

    return ScriptedEngine(on={"response.create": answer})


def test_without_a_store_nothing_is_kept_and_nothing_loaded() -> None:
    session = RealtimeSession(engine=ScriptedEngine())
    assert session.store is None and session.store_problem is None and session._core.keeper is None


@pytest.mark.parametrize("given", ["talks.db", "sqlite:///{}/talks.db", Path])
def test_what_is_complete_is_stored_before_anybody_is_told(given: Any, path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(path.parent)
    store = path if given is Path else given.format(path.parent)
    told: list[tuple[Turn, list[tuple[str, str]]]] = []
    with echo_engine() as engine, RealtimeSession(engine=engine, store=store) as session:
        session.on("turn", lambda turn: told.append((turn, stored(path))))
        for number in range(5):
            turn = session.ask(f"Question {number}")
            assert stored(path)[-1] == ("assistant", turn.text) and len(stored(path)) == 2 * number + 2
        assert session.store is not None and str(path) in session.store.url
    assert len(told) == 10 and all((turn.role, turn.text) in rows for turn, rows in told)
    assert session.store.conversations[0].ended_at is not None
    wait_until(lambda: not [name for name in our_threads() if "store" in name])


def test_tools_usage_and_sound_go_along(path: Path) -> None:
    with (
        tooled_engine() as engine,
        RealtimeSession(engine=engine, store=path, metadata={"take": 3}) as session,
    ):

        @session.tool
        def rows(city: str) -> int:
            return 3

        calls: list[int] = []
        session.on("tool_call", lambda call: calls.append(len(session.store.load("latest").tool_calls)))
        session.ask("How many?")
        session.metadata["stars"] = 5
        session.ask("And now?")
    with Store(path) as store:
        back, own = store.load(session.conversation_id[:8]), session.conversation
        assert back.turns == own.turns and back.tool_calls == own.tool_calls and calls == [1, 2]
        assert back.usage == own.usage and back.latency == own.latency
        assert back.about.metadata == {"take": 3, "stars": 5}
        assert back.about.settings == own.about.settings and back.about.created_at == own.about.created_at
        pairs = zip(back.turns, own.turns, strict=True)
        assert all((one.audio.samples == other.audio.samples).all() for one, other in pairs)


def test_what_was_spoken_is_stored_before_its_words_come(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "GROWING_S", 600.0)
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, store=path) as session:
        session.send_audio(tone(400), rate=24_000)
        engine.wait_for("input_audio_buffer.append")
        engine.push(user_turn(None, item_id="u1", end_ms=400))
        wait_until(lambda: stored(path) == [("user", "")])
        wait_until(lambda: len(session.store.load("latest").turns[0].audio) == 9_600)


def test_late_words_and_interruptions_are_written_again(path: Path) -> None:
    with voice_engine("One two three four five six seven") as engine:
        with RealtimeSession(engine=engine, store=path) as session:
            engine.push(user_turn(None, item_id="u1"), audio_response("Well, well, well"))
            wait_until(lambda: ("assistant", "Well, well, well") in stored(path))
            engine.push(transcription_completed("u1", "Late words"))
            wait_until(lambda: ("user", "Late words") in stored(path))
            session.send_text("Go on")
            wait_until(lambda: len(session.transcript) == 4)
            session.interrupt()
        back = session.store.load("latest")
        assert back.turns == session.conversation.turns


@pytest.mark.parametrize(("record", "audio"), [(False, True), ("user", True), (True, False)])
def test_sound_is_stored_as_record_and_the_store_say(record: Any, audio: bool, path: Path) -> None:
    with Store(path, audio=audio) as store, voice_engine() as engine:
        with RealtimeSession(engine=engine, store=store, record=record) as session:
            session.ask("Hello")
        assert session.store is store
        assert [len(turn.audio) for turn in store.load("latest").turns] == [0, 0]


def told(engine: ScriptedEngine) -> list[tuple[str, str]]:
    items = [command["item"] for command in engine.of_type("conversation.item.create")]
    return [
        (
            item.get("role") or item["type"],
            item["content"][0]["text"] if "content" in item else item.get("call_id"),
        )
        for item in items
    ]


def test_a_resumed_conversation_goes_on(path: Path) -> None:
    with tooled_engine() as engine:
        first = RealtimeSession(engine=engine, store=path, title="Rome", metadata={"take": 3})
        with first:
            first.tool(lambda city: 3, name="rows", description="Rows of a city.")
            first.ask("How many?")
    before = first.conversation
    with echo_engine() as engine, RealtimeSession(engine=engine, store=path, resume="latest") as session:
        assert session.conversation_id == first.conversation_id
        assert (session.title, session.metadata) == ("Rome", {"take": 3})
        assert [(turn.text, turn.connection) for turn in session.transcript] == [
            ("How many?", 0),
            ("Answer 1", 0),
        ]
        assert session.transcript[1].tool_calls == before.turns[1].tool_calls
        calls = session.tool_calls.df
        assert calls["turn"].tolist() == [1] and calls["output"].tolist() == ["3"]
        call_id = before.tool_calls[0].call_id
        engine.wait_for("conversation.item.create", 4)
        assert told(engine) == [
            ("user", "How many?"), ("function_call", call_id), ("function_call_output", call_id),
            ("assistant", "Answer 1"),
        ]  # fmt: skip
        session.ask("Go on")
    branch = RealtimeSession(engine=ScriptedEngine(), history=before)
    assert branch.transcript.text == first.transcript.text and branch.conversation_id != first.conversation_id
    back = session.store.load("latest")
    assert [turn.text for turn in back.turns] == ["How many?", "Answer 1", "Go on", "You said: Go on"]
    assert back.tool_calls == before.tool_calls and back.turns[:2] == before.turns
    third = RealtimeSession(engine=echo_engine(), store=path, resume=first.conversation_id[:6], title="Paris")
    assert third.title == "Paris" and [turn.connection for turn in third.transcript] == [0] * 4
    assert len(session.store.conversations) == 1 and session.store.conversations[0].title == "Rome"


def test_what_nobody_wrote_down_is_told_as_sound(path: Path) -> None:
    sound = tone(400)
    with ScriptedEngine() as engine, RealtimeSession(engine=engine, store=path) as session:
        session.send_audio(sound, rate=24_000)
        engine.wait_for("input_audio_buffer.append")
        engine.push(user_turn(None, item_id="u1", end_ms=400), text_response("What?"))
        wait_until(lambda: ("assistant", "What?") in stored(path))
    with echo_engine() as engine, RealtimeSession(engine=engine, store=path, resume="latest"):
        first, second = engine.wait_for("conversation.item.create", 2)
        assert first["item"]["content"][0]["type"] == "input_audio"
        heard = base64.b64decode(first["item"]["content"][0]["audio"])
        assert heard == session.transcript[0].audio.to_pcm() and len(heard) == len(sound)
        assert second["item"]["content"][0]["text"] == "What?"


def test_streams_wait_for_the_store(path: Path) -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine, store=path) as session:
        stream = session.stream()
        session.send_text("One")
        for turn in (next(stream), next(stream)):
            assert (turn.role, turn.text) in stored(path)


def test_two_sessions_that_resume_the_same_conversation_lose_nothing(path: Path) -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine, store=path) as first:
        first.ask("First")
    engines = [ScriptedEngine(on={"response.create": lambda command: text_response("Yes")}) for _ in range(2)]
    sessions = [RealtimeSession(engine=each, store=path, resume="latest").start() for each in engines]
    talkers = [
        threading.Thread(target=lambda one=one, name=name: [one.ask(f"{name}{i}") for i in range(5)])
        for one, name in zip(sessions, "ab", strict=True)
    ]
    for talker in talkers:
        talker.start()
    for talker in talkers:
        talker.join(50)
    for session, engine in zip(sessions, engines, strict=True):
        session.stop()
        engine.shut_down()
    texts = [turn.text for turn in first.store.load("latest").turns if turn.role == "user"]
    assert texts[0] == "First" and len(texts) == 11
    for name in "ab":
        assert [text for text in texts if text.startswith(name)] == [f"{name}{i}" for i in range(5)]


def test_history_is_stored_with_the_conversation(path: Path) -> None:
    history = [{"role": "user", "text": "I'm Ada."}, {"role": "assistant", "text": "Hello Ada."}]
    with echo_engine() as engine:
        session = RealtimeSession(engine=engine, store=path, history=history)
        session._core.keeper.flush()
        assert stored(path) == []  # it hasn't begun
        with session:
            session.ask("Who am I?")
    with echo_engine() as engine, RealtimeSession(engine=engine, store=path, resume="latest"):
        engine.wait_for("conversation.item.create", 4)
        assert told(engine)[:3] == [("user", "I'm Ada."), ("assistant", "Hello Ada."), ("user", "Who am I?")]


def test_wrong_values_are_told_at_once(path: Path) -> None:
    engine = ScriptedEngine()
    with pytest.raises(ConfigError, match="resume= needs the store"):
        RealtimeSession(engine=engine, resume="abc")
    with pytest.raises(ConfigError, match="There is no conversation 'abc'"):
        RealtimeSession(engine=engine, store=path, resume="abc")
    with pytest.raises(ConfigError, match="Pass resume= or history=, not both"):
        RealtimeSession(engine=engine, store=path, resume="abc", history=[{"role": "user", "text": "x"}])
    with pytest.raises(ConfigError, match="can't be opened from int"):
        RealtimeSession(engine=engine, store=5)
    (path.parent / "note.db").write_text("Dear diary " * 100)
    with pytest.raises(StoreError, match="no SQLite database"):
        RealtimeSession(engine=engine, store=path.parent / "note.db")
    with pytest.raises(ConfigError, match="title"):
        RealtimeSession(engine=engine, store=path.parent / "never.db", titel="x")
    assert not (path.parent / "never.db").exists()


def test_a_database_that_fails_is_told_of_and_the_conversation_goes_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack, broken = sitting._put, threading.Event()

    def put(*args: Any) -> None:
        if broken.is_set():
            raise OSError("the disk is gone")
        pack(*args)

    monkeypatch.setattr(sitting, "_put", put)
    errors: list[Any] = []
    with echo_engine() as engine, RealtimeSession(engine=engine, store=path) as session:
        session.on("error", errors.append)
        session.ask("One")
        broken.set()
        for number in range(5):
            assert session.ask(f"While it fails {number}").text
        wait_until(lambda: errors)
        assert isinstance(session.store_problem, StoreError) and "the disk is gone" in str(
            session.store_problem
        )
        assert len(stored(path)) == 2 and session.error is errors[0] and len(errors) == 1
        broken.clear()
        wait_until(lambda: session.store_problem is None)
        session.ask("Again")
        assert len(stored(path)) == 14
    assert session.store.load("latest").turns == session.conversation.turns


def test_a_database_that_hangs_doesnt_stop_anybody(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper.Keeper.saved, "__defaults__", (0.05,))
    with echo_engine() as engine, RealtimeSession(engine=engine, store=path) as session:
        session.ask("One")
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        for number in range(5):
            session.ask(f"While it hangs {number}")
        wait_until(lambda: session.store_problem is not None)
        assert session.status == "connected"
        holder.execute("COMMIT")
        holder.close()
        wait_until(lambda: len(stored(path)) == 12, timeout=30)
        wait_until(lambda: session.store_problem is None)


def test_a_session_that_is_let_go_is_collected(path: Path) -> None:
    with echo_engine() as engine:
        session = RealtimeSession(engine=engine, store=path)
        with session:
            session.ask("One")
        reference = weakref.ref(session)
        del session
        wait_until(lambda: gc.collect() is not None and reference() is None)
    assert len(stored(path)) == 2


def test_a_deleted_conversation_isnt_written_any_more(path: Path) -> None:
    with echo_engine() as engine, RealtimeSession(engine=engine, store=path) as session:
        session.ask("One")
        session.store.delete(session.conversation_id)
        session.ask("Two")
        wait_until(lambda: session.store_problem is not None)
        assert session.store_problem.code == "store_deleted" and stored(path) == []


def test_transcriptions_are_stored_too(path: Path) -> None:
    with ScriptedEngine() as engine, TranscriptionSession(engine=engine, store=path) as session:
        rows: list[Any] = []
        session.on("turn", lambda turn: rows.append(stored(path)))
        engine.push(user_turn("Noted down"))
        wait_until(lambda: rows)
    assert rows == [[("user", "Noted down")]]
    assert session.store.conversations[0].kind == "transcription"


def test_translations_take_a_store(path: Path) -> None:
    session = TranslationSession(engine=ScriptedEngine(), store=path)
    assert session.store is not None and len(session.store.conversations) == 0


async def asked(session: RealtimeSession, path: Path) -> list[tuple[str, str]]:
    async with session:
        await session.aask("One")
        return stored(path)


def test_coroutines_wait_for_the_store_too(path: Path) -> None:
    from .helpers import run

    with echo_engine() as engine:
        rows = run(asked(RealtimeSession(engine=engine, store=path), path))
    assert rows == [("user", "One"), ("assistant", "You said: One")]


def test_a_stored_conversation_is_shown_and_played_without_its_engine(path: Path) -> None:
    with tooled_engine() as engine, RealtimeSession(engine=engine, store=path) as session:
        session.tool(lambda city: 3, name="rows", description="Rows of a city.")
        session.ask("How many?")
    with Store(path) as store:
        loaded = RealtimeSession.load(store.load("latest"))
        assert loaded.transcript.rows() == session.transcript.rows()
        assert loaded.transcript[1].audio == session.transcript[1].audio
        assert loaded.conversation_id == session.conversation_id and loaded.store is None
        assert loaded.tool_calls.df["turn"].tolist() == [1]
        assert loaded.recording.channels == 2 and "How many?" in loaded.freeze().html
