"""Voilà, on a notebook of the tests' own."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tests.browser.notebook import KernelProbe
from tests.browser.process import free_port, serving
from tests.jupyter_dirs import jupyter_environment


@dataclass(frozen=True)
class VoilaApp:
    """A running Voilà: its address, and where its kernels say how they are reached."""

    url: str
    connection_root: Path

    def connection_file(self, kernel_id: str) -> Path:
        """The connection file of a kernel; each page that is loaded has a kernel of its own."""
        [file] = self.connection_root.glob(f"*/kernel-{kernel_id}.json")
        return file

    def kernel_ids(self) -> list[str]:
        """The kernels that there are."""
        return [file.stem.removeprefix("kernel-") for file in self.connection_root.glob("*/kernel-*.json")]


class VoilaKernel(KernelProbe):
    """A second client on a kernel of Voilà's; it can start what a widget's callback would."""

    def __init__(self, app: VoilaApp, kernel_id: str) -> None:
        super().__init__(app, kernel_id)  # type: ignore[arg-type]

    def start(self, code: str) -> None:
        """Run code without waiting for its end."""
        self._client.execute(code, allow_stdin=False)


@contextmanager
def voila_app(home: Path, cells: Sequence[str]) -> Iterator[VoilaApp]:
    """Serve a notebook of these cells, which run as a page loads it."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, home / "app.ipynb")
    connections = home / "connections"
    connections.mkdir()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        sys.executable, "-m", "voila", "app.ipynb", "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1",
        f"--Voila.connection_dir_root={connections}",
    ]  # fmt: skip
    environment = jupyter_environment(home / "jupyter")
    # Any address that runs nothing tells that the server is up.
    with serving(
        command, url=f"{url}/voila/static/-", environment=environment, cwd=home, log=home / "voila.log"
    ):
        yield VoilaApp(url, connections)
