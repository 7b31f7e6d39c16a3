"""A key is in the kernel's memory and in one header; it shows up nowhere else, whatever a server does."""

import copy
import gc
import json
import logging
import pickle
import traceback
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from realtime_widget import RealtimeSession
from realtime_widget.engines import AzureEngine, Endpoint
from realtime_widget.errors import EngineError, MissingKeyError, RealtimeError
from realtime_widget.session.secrecy import Secrets
from realtime_widget.testing import (
    ScriptedEngine,
    audio_response,
    drop,
    error,
    expect,
    refuse,
    reply,
    send,
    transcription_failed,
    user_turn,
)

from .helpers import closed_port, run, wait_until

KEY = "sk-proj-Very_Secret-0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(autouse=True)
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Everything that anybody logs, at the lowest level, and nothing of it may hold the key."""
    caplog.set_level(logging.DEBUG)
    # The server's side of the socket, which of course sees the header, is another process in earnest.
    loggers = {
        name: logging.getLogger(name)
        for name in logging.root.manager.loggerDict
        if name != "websockets.server"
    }
    levels = {name: logger.level for name, logger in loggers.items()}
    for logger in loggers.values():
        logger.setLevel(logging.DEBUG)
    logging.getLogger("websockets.server").setLevel(logging.CRITICAL)
    yield
    for name, level in levels.items():
        loggers[name].setLevel(level)
    logging.getLogger("websockets.server").setLevel(logging.NOTSET)
    for record in caplog.records:
        assert KEY not in record.getMessage() + str(record.args) + str(record.exc_info)
    assert KEY not in caplog.text


def shown(problem: BaseException | None) -> str:
    """All that a notebook, a log or a debugger that shows local variables would show of an exception."""
    texts, seen = [], set[int]()
    pending = [problem]
    while pending:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        texts += [str(one), repr(one), repr(one.args), repr(vars(one))]
        formatted = traceback.TracebackException.from_exception(one, capture_locals=True)
        frames = [frame for frame in formatted.stack if "/tests/" not in frame.filename]
        texts += [repr(frame.locals) for frame in frames]
        texts += traceback.format_exception(one)
        pending += [one.__cause__, one.__context__]
    return "\n".join(texts)


def everything(session: RealtimeSession, folder: Path) -> str:
    """All that can be seen of a session, or saved of it."""
    texts = [
        repr(session),
        repr(session.trait_values()),
        repr(session.engine),
        repr(session.config),
        str(session.config.to_wire()),
    ]
    texts += [repr(session.tools), session.transcript.text, str(session.transcript)]
    for table in (session.transcript, session.tool_calls, session.events, session.usage, session.latency):
        texts += [repr(table), str(table.to_dicts()), table.df.to_csv(), table._repr_html_()]
        texts.append(pickle.dumps(table.df).decode("latin-1"))
        texts.append(pickle.dumps(list(table)).decode("latin-1"))
    for suffix in ("txt", "md", "json", "csv", "srt", "vtt"):
        session.transcript.save(folder / f"talk.{suffix}")
        texts.append((folder / f"talk.{suffix}").read_text())
    session.save(folder / "talk.rtw")
    with zipfile.ZipFile(folder / "talk.rtw") as file:
        texts += [file.read(name).decode("latin-1") for name in file.namelist()]
    session.recording.save(folder / "talk.wav")
    texts.append((folder / "talk.wav").read_bytes().decode("latin-1"))
    texts.append(pickle.dumps(session.error).decode("latin-1"))
    texts.append(shown(session.error))
    texts.append(json.dumps(session.get_state() if hasattr(session, "get_state") else {}))
    return "\n".join(texts)


def sources(monkeypatch: pytest.MonkeyPatch, how: str) -> Any:
    if how == "string":
        return f"  {KEY}\n"
    if how == "function":
        return lambda: KEY
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return lambda: __import__("os").environ["OPENAI_API_KEY"]


@pytest.mark.parametrize("how", ["string", "function", "environment"])
def test_a_server_that_echoes_the_key_everywhere(
    how: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = [
        reply(
            user_turn(f"My key is {KEY}.", item_id=f"item_{KEY[:8]}"),
            audio_response(f"Your key is {KEY}, is it not?", chunks=[f"Your key is {KEY}, ", "is it not?"]),
        ),
        send(
            error(f"Incorrect key {KEY}", code=KEY, param=KEY),
            {"type": f"odd.{KEY}", "headers": {"Authorization": f"Bearer {KEY}"}},
        ),
        send(transcription_failed("item_x", f"No: {KEY}")),
        expect("fence"),
        drop(1008, f"bad {KEY}"),
    ]
    raw: list[Any] = []
    with ScriptedEngine(*script) as engine:
        session = RealtimeSession(engine=engine.url, api_key=sources(monkeypatch, how), transcription=None)
        for name in ("*", "turn", "error", "status", "usage"):
            session.on(name, raw.append)
        session.start()
        turn = session.ask("What is it?")
        assert turn.text == "Your key is <hidden>, is it not?"
        session.settle(5)
        session.send_event({"type": "fence"})
        wait_until(lambda: session.status == "error")
        assert "<hidden>" in str(session.error)
        assert "1008" in str(session.error)
        assert KEY not in everything(session, tmp_path)
        assert KEY not in "\n".join(map(repr, raw))
        session.stop()


def test_the_key_goes_into_one_header(monkeypatch: pytest.MonkeyPatch) -> None:
    from .foreign import ForeignServer

    with ForeignServer() as server, RealtimeSession(engine=server.url, api_key=lambda: KEY) as session:
        session.ask("Hi!")
        assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
        assert [name for name, value in server.headers[0].raw_items() if KEY in value] == ["Authorization"]
        assert KEY not in json.dumps(server.commands)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_a_refusal_that_echoes_the_key(status: int, tmp_path: Path) -> None:
    body = "x" * 280 + f" Incorrect API key provided: {KEY} " * 3  # also where the message is cut
    with ScriptedEngine(refuse(status, body), reconnects=[[refuse(status, body)]] * 50) as engine:
        session = RealtimeSession(engine=engine.url, api_key=KEY, connect_timeout=1.0)
        with pytest.raises(EngineError) as told:
            session.start()
        assert str(status) in str(told.value)
        assert KEY[:20] not in shown(told.value)
        assert KEY not in everything(session, tmp_path)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_exceptions_that_never_reached_a_server(kind: str) -> None:
    session = RealtimeSession(engine=f"ws://127.0.0.1:{closed_port()}/v1", api_key=KEY)
    with pytest.raises(EngineError, match="Can't reach") as told:
        run(session.astart()) if kind == "async" else session.start()
    assert KEY not in shown(told.value)


@pytest.mark.parametrize("key", [KEY + "\u2026", KEY + "\r\nX-Other: 1", KEY + "\x00", "\u2019" + KEY])
def test_a_key_that_was_copied_badly_is_refused_without_being_shown(key: str) -> None:
    with ScriptedEngine() as engine:
        session = RealtimeSession(engine=engine.url, api_key=key)
        with pytest.raises(RealtimeError, match=r"Copy .* again") as told:
            session.start()
        assert KEY not in shown(told.value)
        assert engine.connections == 0


def test_a_key_in_the_url_is_a_key_too(tmp_path: Path) -> None:
    with ScriptedEngine(expect("fence"), send(error(f"Bad {KEY}"))) as engine:
        address = engine.url.removeprefix("ws://")
        for url in (f"ws://user:{KEY}@{address}", f"ws://{address}?api-key={KEY}"):
            with RealtimeSession(engine=url) as session:
                session.send_event({"type": "fence"})
                if "api-key" not in url:
                    wait_until(lambda: session.error)
            assert KEY not in everything(session, tmp_path)
    session = RealtimeSession(engine=f"ws://user:{KEY}@127.0.0.1:{closed_port()}/v1")
    with pytest.raises(EngineError) as told:
        session.start()
    assert KEY not in shown(told.value)


@pytest.mark.parametrize("how", ["api-key", "token", "header", "query"])
def test_azures_key_is_a_key_wherever_it_travels(how: str, tmp_path: Path) -> None:
    script = [expect("fence"), send(error(f"Bad {KEY}", code=KEY)), expect("fence"), drop(1008, f"bad {KEY}")]
    raw: list[Any] = []
    with ScriptedEngine(*script) as engine:
        base = engine.url.replace("ws://", "http://")
        options: dict[str, Any] = {
            "api-key": {"api_key": lambda: KEY},
            "token": {"token": lambda: KEY},
            "header": {"headers": {"Api-Key": KEY}},
            "query": {},
        }[how]
        azure = AzureEngine(f"{base}?api-key={KEY}" if how == "query" else base, **options)
        azure._path = "/v1/realtime"  # the scripted engine has no other
        session = RealtimeSession(engine=azure)
        session.on("*", raw.append)
        session.start()
        for _ in range(2):
            session.send_event({"type": "fence"})
        wait_until(lambda: session.status == "error")
        assert KEY not in everything(session, tmp_path) + repr(raw) + repr(session.engine)
        session.stop()


def test_binary_frames_and_escapes_are_looked_through_too() -> None:
    secrets = Secrets(Endpoint("ws://h/v1?model=gpt-realtime", {"Authorization": 'Bearer ab/cd"ef-0123'}))
    for written in ('ab/cd"ef-0123', 'ab/cd\\"ef-0123', 'ab\\/cd\\"ef-0123'):
        assert secrets.hide(f"<{written}>") == "<<hidden>>"
    assert secrets.hide("gpt-realtime") == "gpt-realtime"


def test_a_session_cannot_be_pickled_or_copied() -> None:
    session = RealtimeSession(engine="ws://127.0.0.1:1/v1", api_key=KEY)
    for make in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="can't be pickled") as told:
            make(session)
        assert KEY not in str(told.value)


def test_no_key_where_one_is_needed() -> None:
    for source in (None, "", "  ", lambda: None, lambda: ""):
        with pytest.raises(MissingKeyError, match="OPENAI_API_KEY"):
            RealtimeSession(engine="openai", api_key=source).start()  # type: ignore[arg-type]


def test_a_function_for_the_key_that_fails() -> None:
    def vault() -> str:
        raise PermissionError("the vault is sealed")

    session = RealtimeSession(engine="openai", api_key=vault)
    with pytest.raises(RealtimeError, match="the vault is sealed"):
        session.start()
    assert session.status == "error"


def test_traits_hold_no_object_that_leads_to_the_key() -> None:
    with ScriptedEngine() as engine, RealtimeSession(engine=engine.url, api_key=KEY) as session:
        for name, value in session.trait_values().items():
            assert KEY not in repr(value), name
            assert not any(KEY in str(one) for one in gc.get_referents(value) if isinstance(one, str))
