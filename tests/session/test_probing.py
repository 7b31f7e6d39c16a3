"""What is found out of an engine, and that a refused key is told apart from a server nobody reaches."""

import pytest

from realtime_widget import AzureEngine, LocalEngine
from realtime_widget.engines import Engine, EnvironmentKey, OpenAIEngine, URLEngine
from realtime_widget.errors import RealtimeError
from realtime_widget.session.findings import CheckLine
from realtime_widget.session.io_thread import io_thread
from realtime_widget.session.probing import ENGINE_LINES, probe_engine
from realtime_widget.testing import ScriptedEngine, drop, refuse, send

from .helpers import closed_port, silent_port

KEY = "sk-test-1a2b3c4d5e6f"
WRONG = {"error": {"message": f"Incorrect API key provided: {KEY}.", "code": "invalid_api_key"}}


def look(engine: Engine, *, timeout_s: float = 10.0) -> dict[str, CheckLine]:
    lines: list[CheckLine] = []
    io_thread().call(probe_engine(engine, lines.append, timeout_s=timeout_s))
    assert [line.id for line in lines] == list(ENGINE_LINES), "each line once, in order"
    assert all(line.remedy for line in lines if line.status == "problem")
    assert KEY not in "".join(map(str, lines))
    return {line.id: line for line in lines}


def statuses(lines: dict[str, CheckLine]) -> list[str]:
    return [line.status for line in lines.values()]


def test_an_engine_that_answers_and_takes_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", KEY)
    with ScriptedEngine() as server:
        lines = look(OpenAIEngine(EnvironmentKey("A_KEY"), base_url=server.url))
        assert server.received == [], "nothing is asked of the model"
    assert statuses(lines) == ["ok", "ok", "ok"]
    assert "the environment variable A_KEY" in lines["key"].found
    assert "127.0.0.1" in lines["answer"].found


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key(status: int) -> None:
    with ScriptedEngine(refuse(status, WRONG)) as server:
        lines = look(URLEngine(server.url, api_key=KEY))
    assert statuses(lines) == ["ok", "problem", "ok"], "the server is there"
    assert f"refused the key (HTTP {status})" in lines["key"].found
    assert "api_key=" in lines["key"].found
    assert "OPENAI_API_KEY" in lines["key"].remedy


def test_a_gateway_that_refuses_the_key_behind_the_handshake() -> None:
    with ScriptedEngine(send({"type": "error", **WRONG}), manners=False) as server:
        lines = look(URLEngine(server.url, api_key=lambda: KEY))
    assert statuses(lines) == ["ok", "problem", "ok"]
    assert "a function" in lines["key"].found


def test_nobody_listens() -> None:
    port = closed_port()
    lines = look(URLEngine(f"ws://127.0.0.1:{port}/v1", api_key=KEY))
    assert statuses(lines) == ["ok", "skipped", "problem"], "nothing is known of the key"
    assert f"127.0.0.1:{port}" in lines["answer"].found
    assert "nobody listens" in lines["answer"].found


def test_a_server_that_never_answers() -> None:
    with silent_port() as port:
        lines = look(URLEngine(f"ws://127.0.0.1:{port}/v1"), timeout_s=0.2)
    assert "no answer within 0.2 s" in lines["answer"].found


def test_no_key_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("A_KEY", raising=False)
    monkeypatch.delenv("AZURE_OPENAI_API_KEY", raising=False)
    for engine in (OpenAIEngine(EnvironmentKey("A_KEY")), AzureEngine("my-resource")):
        lines = look(engine)
        assert statuses(lines) == ["ok", "problem", "skipped"]
        assert "API_KEY" in lines["key"].remedy


def test_a_key_that_cannot_be_one() -> None:
    assert look(OpenAIEngine(f"{KEY}\n{KEY}"))["key"].status == "problem"


@pytest.mark.parametrize(
    ("engine", "origin"),
    [
        (OpenAIEngine("k"), "api_key="),
        (URLEngine("ws://h/v1"), "headers="),
        (AzureEngine("r", token="t"), "token="),
        (AzureEngine("r", headers={"API-Key": "k"}), "headers="),
        (AzureEngine("wss://r.openai.azure.com/openai/v1/realtime?api-key=k"), "the address"),
        (AzureEngine("r"), "the environment variable AZURE_OPENAI_API_KEY"),
    ],
)
def test_the_key_is_named_by_where_it_comes_from(engine: Engine, origin: str) -> None:
    assert engine.key_origin == origin


def test_a_server_that_wants_no_key() -> None:
    with ScriptedEngine() as server:
        lines = look(URLEngine(server.url))
    assert statuses(lines) == ["ok", "ok", "ok"]
    assert "none is sent" in lines["key"].found


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ([drop(code=4001, reason="closed for today")], "closed for today"),
        ([send({"type": "error", "error": {"code": "x", "message": "Full up."}})], "Full up."),
        ([refuse(404, {"error": {"message": "No such model."}})], "No such model."),
        ([send({"good": "day"})], "no event"),
    ],
)
def test_a_server_that_opens_no_session(script: list[object], said: str) -> None:
    with ScriptedEngine(*script, manners=False) as server:
        lines = look(URLEngine(server.url))
    assert lines["answer"].status == "problem"
    assert said in lines["answer"].found


def test_a_server_that_takes_the_connection_and_is_silent() -> None:
    with ScriptedEngine(manners=False) as server:
        lines = look(URLEngine(server.url), timeout_s=2.0)
    assert lines["answer"].status == "note"
    assert "has said nothing for 2 s" in lines["answer"].found


class Broken(Engine):
    """An engine of a user's own that can't be made ready."""

    async def open(self, *, model: str) -> object:  # type: ignore[override]
        raise RealtimeError("It is broken.", remedy="Mend it.")


def test_an_engine_that_cannot_be_made_ready() -> None:
    lines = look(Broken())
    assert statuses(lines) == ["ok", "ok", "problem"]
    assert (lines["answer"].found, lines["answer"].remedy) == ("It is broken.", "Mend it.")


def test_the_offline_engine_starts() -> None:
    lines = look(LocalEngine.shared())
    assert statuses(lines) == ["ok", "ok", "ok"]
    assert lines["key"].found == "None is needed."
