"""A marimo app of the tests' own."""

import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.browser.process import free_port, serving
from tests.jupyter_dirs import jupyter_environment

HEAD = "import marimo\n\napp = marimo.App()\n"
CELL = "\n\n@app.cell\ndef _():\n{body}\n    return\n"


def write_app(path: Path, cells: Sequence[str]) -> Path:
    """Write a marimo notebook; what its cells define and use marimo finds out by itself."""
    bodies = (textwrap.indent(cell.strip(), "    ") for cell in cells)
    path.write_text(HEAD + "".join(CELL.format(body=body) for body in bodies))
    return path


@contextmanager
def marimo_app(home: Path, *cells: str) -> Iterator[str]:
    """Serve an app of these cells; gives its address. It runs as a page loads it."""
    app = write_app(home / "app.py", cells)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        sys.executable, "-m", "marimo", "-q", "run", str(app), "--headless", "--no-token",
        "--host", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip
    environment = {
        **jupyter_environment(home / "jupyter"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "MARIMO_SKIP_UPDATE_CHECK": "1",
    }
    log = home / "marimo.log"
    with serving(command, url=f"{url}/health", environment=environment, cwd=home, log=log):
        yield url
