"""Hosts leave signs in the environment and among the loaded modules; each sign is tried alone."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from realtime_widget.widget.host import COLAB_CALL, behind_hub, display_limit, host, kernel_limits

HUB = ("JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_API_URL")
MARKS = ("SERVER_SOFTWARE", "VSCODE_PID", "VSCODE_CWD", "JPY_SESSION_NAME", *HUB)


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in MARKS:
        monkeypatch.delenv(name, raising=False)
    for module in ("marimo", "google.colab", "google.colab.output"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    shell(monkeypatch, None)


def shell(monkeypatch: pytest.MonkeyPatch, running: Any) -> None:
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: running))


def kernel(**names: Any) -> Any:
    return SimpleNamespace(kernel=object(), user_ns=names)


def test_a_script_and_a_terminal_are_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    assert host() == "unknown"
    shell(monkeypatch, SimpleNamespace(user_ns={}))
    monkeypatch.setenv("VSCODE_PID", "1")
    assert host() == "unknown"
    monkeypatch.delitem(sys.modules, "IPython")
    assert host() == "unknown"


def test_a_kernel_is_jupyters_unless_more_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    shell(monkeypatch, kernel())
    assert host() == "jupyter"


def test_marimo_is_known_by_its_running_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "marimo", SimpleNamespace(app_meta=lambda: SimpleNamespace(mode="run")))
    assert host() == "marimo"


def test_voila_is_known_by_what_it_calls_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    shell(monkeypatch, kernel())
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    assert host() == "voila"
    monkeypatch.setenv("SERVER_SOFTWARE", "nginx")
    assert host() == "jupyter"


def test_vs_code_is_known_by_its_kernel_or_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    shell(monkeypatch, kernel(__vsc_ipynb_file__="a.ipynb"))
    assert host() == "vscode"
    shell(monkeypatch, kernel())
    monkeypatch.setenv("VSCODE_CWD", "/")
    assert host() == "vscode"
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    assert host() == "jupyter", "a server started in VS Code's terminal is no VS Code"


def colab(monkeypatch: pytest.MonkeyPatch, installed_url: str | None) -> None:
    monkeypatch.setitem(sys.modules, "google.colab", SimpleNamespace())
    output = SimpleNamespace(_widgets=SimpleNamespace(_installed_url=installed_url))
    monkeypatch.setitem(sys.modules, "google.colab.output", output)
    shell(monkeypatch, kernel())


def test_colab_without_its_widget_manager_is_told_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    assert display_limit() is None
    colab(monkeypatch, None)
    assert host() == "colab"
    assert COLAB_CALL in (display_limit() or "")
    colab(monkeypatch, "https://manager.example/manager.js")
    assert display_limit() is None


def test_what_is_different_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernel_limits() == []
    shell(monkeypatch, kernel(__vsc_ipynb_file__="a.ipynb"))
    monkeypatch.setenv("JUPYTERHUB_API_URL", "http://127.0.0.1:8081/hub/api")
    (code, instead), (hub, needs) = kernel_limits()
    assert "VS Code" in code and "send_audio" in instead
    assert "JupyterHub" in hub and "https" in needs


def test_a_hub_is_known_by_its_variables() -> None:
    assert behind_hub({"JUPYTERHUB_SERVICE_PREFIX": "/user/ann/"})
    assert not behind_hub({"JUPYTERHUB": "no"})
