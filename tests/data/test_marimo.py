import sys
from types import SimpleNamespace

import pytest

from realtime_widget.data.marimo import running_marimo


def test_marimo_is_found_where_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    marimo = SimpleNamespace(running_in_notebook=lambda: True)
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    assert running_marimo() is marimo


def test_marimo_that_is_only_loaded_or_half_loaded_is_not_running(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (SimpleNamespace(running_in_notebook=lambda: False), SimpleNamespace()):
        monkeypatch.setitem(sys.modules, "marimo", module)
        assert running_marimo() is None
    monkeypatch.delitem(sys.modules, "marimo")
    assert running_marimo() is None
