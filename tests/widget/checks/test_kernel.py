"""The kernel's side of a check: it fills in, ends, and can be begun again."""

from pathlib import Path

import pytest

from realtime_widget.engines import Engine
from realtime_widget.errors import EngineError
from realtime_widget.session.findings import CheckLine
from realtime_widget.session.io_thread import io_thread
from realtime_widget.testing import ScriptedEngine
from realtime_widget.widget import front_end
from realtime_widget.widget.checks.kernel import KernelCheck, in_order

LIMIT_S = 20.0


def lines_of(check: KernelCheck) -> dict[str, CheckLine]:
    check.start(io_thread())
    assert check.wait(LIMIT_S)
    return {line.id: line for line in check.lines}


def test_lines_fill_in_and_whoever_listens_is_told_each_time() -> None:
    with ScriptedEngine() as engine:
        check = KernelCheck(engine, model="m", chosen="It was chosen.")
        before = {line.id: line.status for line in check.lines}
        assert before["engine"] == before["key"] == before["answer"] == "pending"
        told: list[tuple[int, bool]] = []
        check.listeners.append(
            lambda: told.append((sum(line.status == "pending" for line in check.lines), check.ended))
        )
        lines = lines_of(check)
    assert {lines[name].status for name in ("engine", "key", "answer", "panel")} == {"ok"}
    assert lines["engine"].found.endswith("It was chosen.")
    assert told == [(2, False), (1, False), (0, False), (0, True)]


def test_it_can_be_begun_again() -> None:
    with ScriptedEngine() as engine:
        check = KernelCheck(engine, model="m")
        lines_of(check)
        assert lines_of(check)["answer"].status == "ok"
        assert engine.connections == 2


def test_no_engine_at_all() -> None:
    lines = lines_of(KernelCheck(EngineError("It isn't installed.", remedy="Install it."), model="m"))
    assert lines["engine"].status == "problem"
    assert lines["engine"].remedy == "Install it."
    assert lines["key"].status == lines["answer"].status == "skipped"


class Odd(Engine):
    """An engine whose address isn't one."""

    async def open(self, *, model: str) -> object:  # type: ignore[override]
        return None


def test_an_engine_that_does_what_none_should_ends_the_check_all_the_same() -> None:
    line = lines_of(KernelCheck(Odd(), model="m"))["answer"]
    assert line.status == "problem"
    assert line.remedy


def test_a_front_end_that_isnt_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(front_end, "STATIC", tmp_path / "nowhere")
    line = next(line for line in KernelCheck(Odd(), model="m").lines if line.id == "panel")
    assert (line.status, line.group) == ("problem", "page")
    assert "make build" in line.remedy


def test_lines_stand_by_group() -> None:
    lines = [
        CheckLine(id=str(n), group=group, title="", status="ok")
        for n, group in enumerate(("versions", "engine", "page", "engine", "comm"))
    ]
    assert [line.id for line in in_order(lines)] == ["2", "4", "1", "3", "0"]


def test_what_the_kernels_host_does_not_give_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_URL", "http://127.0.0.1:8081/hub/api")
    [line] = [line for line in KernelCheck(Odd(), model="m").lines if line.title == "Kernel"]
    assert line.status == "note" and "JupyterHub" in line.found and line.remedy
