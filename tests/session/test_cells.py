"""In which cell something runs."""

import threading
from types import SimpleNamespace
from typing import Any

import IPython
import pytest

from realtime_widget.session.cells import Cell, current_cell


def kernel_with(monkeypatch: pytest.MonkeyPatch, parent: Any) -> None:
    kernel = SimpleNamespace(get_parent=lambda channel: parent)
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=kernel))


def test_the_cell_is_that_of_the_request_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel_with(monkeypatch, {"metadata": {"cellId": "a"}, "header": {"msg_id": "1"}})
    assert current_cell() == Cell("a", "1")


@pytest.mark.parametrize(
    "parent",
    [None, {}, {"metadata": {}, "header": {"msg_id": "1"}}, {"metadata": {"cellId": "a"}},
     {"metadata": {"cellId": None}, "header": {"msg_id": "1"}}],
)  # fmt: skip
def test_a_front_end_that_does_not_name_its_cells_is_no_harm(
    monkeypatch: pytest.MonkeyPatch, parent: Any
) -> None:
    kernel_with(monkeypatch, parent)
    assert current_cell() is None


@pytest.mark.parametrize("shell", [None, SimpleNamespace()])
def test_outside_of_a_kernel_there_are_no_cells(monkeypatch: pytest.MonkeyPatch, shell: Any) -> None:
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    assert current_cell() is None


def test_another_thread_runs_in_no_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel_with(monkeypatch, {"metadata": {"cellId": "a"}, "header": {"msg_id": "1"}})
    found: list[Cell | None] = []
    thread = threading.Thread(target=lambda: found.append(current_cell()))
    thread.start()
    thread.join()
    assert found == [None]


def test_a_later_run_of_the_same_cell_follows() -> None:
    assert Cell("a", "2").follows(Cell("a", "1"))
    assert not Cell("a", "1").follows(Cell("a", "1"))
    assert not Cell("b", "2").follows(Cell("a", "1"))
    assert not Cell("a", "2").follows(None)
