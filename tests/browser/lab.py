"""A Jupyter server of the tests' own, with JupyterLab and Notebook 7, and notebooks in it."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nbformat
import psutil

from tests.browser import kernels
from tests.jupyter_dirs import jupyter_environment

Host = Literal["lab", "notebook"]
START_TIMEOUT_S = 60
OTHER_NAME = "lab.test"
"""By which the tests' browser also finds this machine; no localhost, so pages there aren't secure."""
STOP_TIMEOUT_S = 10


@dataclass(frozen=True)
class LabServer:
    """A running server: where it listens, what opens it, where its files lie."""

    url: str
    token: str
    root: Path
    runtime_dir: Path
    data_dir: Path
    settings_dir: Path
    log: Path

    def write_notebook(self, name: str, cells: Sequence[str], *, ipykernel: str | None = None) -> Path:
        """Write a notebook of code cells into the server's root, for a kernel of another version if named."""
        spec = "python3" if ipykernel is None else kernels.add_spec(ipykernel, self.data_dir)
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={"kernelspec": {"name": spec, "display_name": spec, "language": "python"}},
        )
        path = self.root / name
        nbformat.write(notebook, path)
        return path

    def notebook_url(self, name: str, host: Host = "lab") -> str:
        """The address that opens one notebook: in a fresh workspace of JupyterLab, or in Notebook 7."""
        path = {"lab": f"lab/tree/{name}?reset&", "notebook": f"notebooks/{name}?"}[host]
        return f"{self.url}/{path}token={self.token}"

    def connection_file(self, kernel_id: str) -> Path:
        """The connection file of a kernel that this server started."""
        return self.runtime_dir / f"kernel-{kernel_id}.json"


class LabProcess:
    """The server's process; a context manager that leaves neither server nor kernels behind."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> LabServer:
        environment = jupyter_environment(self._home / "jupyter")
        settings = Path(environment["JUPYTERLAB_SETTINGS_DIR"])
        _quiet_lab(settings)
        root = self._home / "notebooks"
        root.mkdir()
        port, token, log = _free_port(), secrets.token_hex(16), self._home / "lab.log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                _command(port, token, root), env=environment, cwd=root, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        try:
            self._wait_until_up(url, token, log)
        except BaseException:
            self.__exit__()
            raise
        runtime, data = (Path(environment[f"JUPYTER_{kind}_DIR"]) for kind in ("RUNTIME", "DATA"))
        return LabServer(url, token, root, runtime, data, settings, log)

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        # Kernels are in sessions of their own, so the group alone would leave them running.
        family = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for child in family:
            if child.is_running():
                child.kill()

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._process is not None
        return self._process.pid

    def _wait_until_up(self, url: str, token: str, log: Path) -> None:
        end = time.monotonic() + START_TIMEOUT_S
        assert self._process is not None
        while time.monotonic() < end and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{url}/api/status?token={token}", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(errors='replace')[-4000:]}")


def _command(port: int, token: str, root: Path) -> list[str]:
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", "--expose-app-in-browser",
        "--JupyterNotebookApp.expose_app_in_browser=True",
        "--ServerApp.local_hostnames=localhost", f"--ServerApp.local_hostnames={OTHER_NAME}",
        "--LabApp.extension_manager=readonly", f"--ServerApp.root_dir={root}", *as_root,
    ]  # fmt: skip


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _quiet_lab(settings: Path) -> None:
    """No news and no update check: the tests reach nothing but loopback."""
    place = settings / "@jupyterlab" / "apputils-extension"
    place.mkdir(parents=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
    (place / "notification.jupyterlab-settings").write_text(json.dumps(quiet))
