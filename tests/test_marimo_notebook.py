"""The notebook for marimo runs from top to bottom without a page, and as a script."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jupyter_dirs import jupyter_environment

ROOT = Path(__file__).parent.parent
LIMIT_S = 150
pytestmark = pytest.mark.timeout(200)


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """A copy: marimo keeps outputs beside the file."""
    return Path(shutil.copy(ROOT / "notebooks" / "marimo_talk.py", tmp_path))


def run(notebook: Path, *command: str) -> None:
    environment = jupyter_environment(notebook.parent / "jupyter") | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *command], cwd=notebook.parent, env=environment, timeout=LIMIT_S,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_it_runs_without_a_page(notebook: Path) -> None:
    page = notebook.with_suffix(".html")
    run(notebook, "-m", "marimo", "-q", "export", "html", notebook.name, "-o", page.name)
    html = page.read_text()
    assert "marimo-anywidget" in html
    assert "Nothing has been said yet" in html


def test_it_runs_as_a_script(notebook: Path) -> None:
    run(notebook, notebook.name)
