"""The server extension: installed, enabled, and harmless where it can't work."""

import json
import logging
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from websockets.sync.client import connect

import realtime_widget
from realtime_widget import server_extension
from realtime_widget.server_extension import _load_jupyter_server_extension, send_at_once
from tests.jupyter_dirs import jupyter_environment

LIMIT_S = 50
# An extension of the test's own: what the server's kernel sockets are set to, and the port it listens at.
OBSERVER = """
import gc, json, socket
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from tornado.web import RequestHandler

class Observed(RequestHandler):
    def get(self):
        open_now = [h for h in gc.get_objects() if isinstance(h, KernelWebsocketHandler) and h.ws_connection]
        sockets = [h.ws_connection.stream.socket for h in open_now]
        self.finish(json.dumps([s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for s in sockets]))

def _jupyter_server_extension_points():
    return [{"module": "observer"}]

def _load_jupyter_server_extension(app):
    app.web_app.add_handlers(".*", [("/observed", Observed)])
"""


class Server:
    """A running Jupyter server with the observer in it."""

    def __init__(self, runtime: Path, pid: int) -> None:
        self._info = runtime / f"jpserver-{pid}.json"

    def ask(self, path: str, data: bytes | None = None) -> Any:
        about = json.loads(self._info.read_text())
        request = urllib.request.Request(
            about["url"] + path, data, {"Authorization": f"token {about['token']}"}
        )
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            return json.load(answer)

    def kernel_socket(self) -> Any:
        about = json.loads(self._info.read_text())
        kernel = self.ask("api/kernels", b"{}")
        url = f"ws://127.0.0.1:{about['port']}/api/kernels/{kernel['id']}/channels?token={about['token']}"
        return connect(url + "&session_id=test", open_timeout=LIMIT_S, proxy=None)

    def is_up(self) -> bool:
        try:
            return bool(self.ask("api/status"))
        except (OSError, ValueError):
            return False


def wait_until(condition: Any, what: str) -> Any:
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {LIMIT_S} s: {what}")


@contextmanager
def server(home: Path, **extensions: bool) -> Iterator[Server]:
    (home / "observer.py").write_text(OBSERVER)
    environment = {**jupyter_environment(home), "PYTHONPATH": str(home)}
    command = [
        sys.executable, "-m", "jupyter_server", "--no-browser", "--ip=127.0.0.1", "--port=0",
        f"--IdentityProvider.token={secrets.token_hex(8)}", f"--ServerApp.root_dir={home}",
        f"--ServerApp.jpserver_extensions={ {'observer': True, **extensions} }",
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
    ]  # fmt: skip
    log = home / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    running = Server(Path(environment["JUPYTER_RUNTIME_DIR"]), process.pid)
    try:
        wait_until(lambda: process.poll() is not None or running.is_up(), "the server is up")
        assert process.poll() is None, log.read_text()
        yield running
    finally:
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        for one in [process, *family]:
            one.terminate()
        process.wait(LIMIT_S)


@pytest.mark.kernel
@pytest.mark.timeout(150)
@pytest.mark.parametrize("enabled", [True, False], ids=["as installed", "disabled"])
def test_a_running_server_sends_at_once_on_its_kernel_sockets(enabled: bool, tmp_path: Path) -> None:
    disabled: dict[str, bool] = {} if enabled else {"realtime_widget": False}
    with server(tmp_path, **disabled) as running, running.kernel_socket():
        options = wait_until(lambda: running.ask("observed"), "the kernel's socket is open")
    assert [option != 0 for option in options] == [enabled]


def test_it_is_enabled_in_the_environment_and_validates() -> None:
    command = [sys.executable, "-m", "jupyter", "server", "extension", "list"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert f"realtime_widget {realtime_widget.__version__}" in told
    [line] = [line for line in told.splitlines() if f"realtime_widget {realtime_widget.__version__}" in line]
    assert "OK" in line


class Handler:
    """What tornado's handler has of it."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.calls: list[Any] = []
        self.problem = problem

    def set_nodelay(self, value: bool) -> None:
        if self.problem:
            raise self.problem
        self.calls.append(value)

    def open(self, kernel_id: str) -> str:
        self.calls.append(kernel_id)
        return f"opened {kernel_id}"


@pytest.fixture
def handler() -> type[Handler]:
    """A class of its own for each test."""
    return type("Fresh", (Handler,), {"open": lambda self, kernel_id: Handler.open(self, kernel_id)})


def test_a_socket_is_set_before_it_is_used_and_only_once(handler: type[Handler]) -> None:
    send_at_once(handler)
    send_at_once(handler)
    socket = handler()
    assert socket.open("k") == "opened k"
    assert socket.calls == [True, "k"]


def test_a_subclass_that_calls_its_parent_gains_too(handler: type[Handler]) -> None:
    send_at_once(handler)

    class Gateway(handler):  # type: ignore[misc,valid-type]
        def open(self, kernel_id: str) -> str:
            return f"gateway {super().open(kernel_id)}"

    send_at_once(Gateway)
    assert Gateway().open("k") == "gateway opened k"


@pytest.mark.parametrize("problem", [AssertionError(), OSError("gone"), AttributeError("stream")])
def test_a_socket_that_cannot_be_set_works_as_before(
    handler: type[Handler], problem: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    send_at_once(handler)
    with caplog.at_level(logging.DEBUG):
        assert handler(problem).open("k") == "opened k"
    assert "stays as it is" in caplog.text


def test_a_server_without_these_handlers_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    log = SimpleNamespace(debug=lambda text, *args: told.append(text % args))
    monkeypatch.setattr(server_extension, "HANDLERS", (("json", "NoHandler"), ("no_such_module", "X")))
    _load_jupyter_server_extension(SimpleNamespace(log=log))
    assert len(told) == 2
    assert "no_such_module" in told[1]


def test_this_server_has_the_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KernelWebsocketHandler, "open", KernelWebsocketHandler.open)
    _load_jupyter_server_extension(SimpleNamespace(log=logging.getLogger("test")))
    assert hasattr(KernelWebsocketHandler.open, "sends_at_once")


def test_pages_are_told_by_their_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KernelWebsocketHandler, "open", KernelWebsocketHandler.open)
    settings: dict[str, Any] = {"page_config_data": {"token": "x"}}
    _load_jupyter_server_extension(SimpleNamespace(web_app=SimpleNamespace(settings=settings)))
    assert settings["page_config_data"] == {"token": "x", "realtimeWidgetSendsAtOnce": "true"}
