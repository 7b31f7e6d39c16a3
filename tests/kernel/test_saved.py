"""Notebooks that were run without any page: what the file tells, how large it is, and that it is stable."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from tests.jupyter_dirs import jupyter_environment

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(240)]

KEY = "sk-test-1234567890abcdef"
STATE = "application/vnd.jupyter.widget-state+json"
ENGINE = """
from realtime_widget import RealtimeSession
from realtime_widget.testing import ScriptedEngine, text_response

engine = ScriptedEngine(on={"response.create": lambda command: text_response(ANSWER)})
engine.__enter__()
"""


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Jupyter directories of the test's own, for this process and those it starts."""
    environment = jupyter_environment(tmp_path / "jupyter")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    yield environment


def executed(path: Path, *cells: str) -> Any:
    """Run cells as `nbconvert --execute` does, the widgets' state included, and write the notebook."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    NotebookClient(notebook, timeout=120, store_widget_state=True).execute(cwd=str(path.parent))
    nbformat.write(notebook, path)
    return notebook


def test_a_displayed_session_passes_strict_nbval(environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "displays.ipynb"
    executed(
        path,
        "from realtime_widget import RealtimeSession, TranscriptionSession\n"
        "session = RealtimeSession(engine='local', title='Rows')",
        "session",
        "session.panel()",
        "session.panel('captions', compact=True)",
        "display(session.transcript, session.tool_calls, session.events, session.usage, session.latency)",
        "session.transcript.live()",
        "[session, session.panel(), TranscriptionSession(engine='local')]",
        "session.freeze()",
        ENGINE.replace("ANSWER", "'There are <b>3</b>.'"),
        "talked = RealtimeSession(engine=engine)\nwith talked:\n    print(talked.ask('How many rows?').text)",
        "talked",
        "talked.freeze(audio=True)",
        "print(talked.transcript.text)",
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-cell-timeout=120",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [*command, "-q", path.name],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert "13 passed" in done.stdout


def test_two_hundred_turns_stay_small_and_hold_no_secret(environment: dict[str, str], tmp_path: Path) -> None:
    words = "some twelve words of an answer that could well have been spoken"
    make = ENGINE.replace("ANSWER", repr(f"<i>{words}</i>"))
    make += f"session = RealtimeSession(engine=engine.url, api_key={KEY[::-1]!r}[::-1])"
    talk = "with session:\n    for n in range(100): session.ask(f'question {n} about rows')"
    silent = executed(
        tmp_path / "silent.ipynb", make, "session", "session.panel('captions')", "# nothing is said"
    )
    talked = executed(tmp_path / "talked.ipynb", make, "session", "session.panel('captions')", talk)

    grown = (tmp_path / "talked.ipynb").stat().st_size - (tmp_path / "silent.ipynb").stat().st_size
    assert 10_000 < grown < 100_000
    state = json.dumps(talked.metadata.widgets[STATE])
    assert len(state) < 15_000
    assert "question" not in state and words not in state
    assert KEY not in nbformat.writes(talked)
    assert "audio/" not in nbformat.writes(talked)

    (_, conversation) = talked.cells[1].outputs
    assert conversation.data["text/html"].count(f"&lt;i&gt;{words}&lt;/i&gt;") == 100
    page, _ = HTMLExporter().from_notebook_node(talked)
    assert all(page.count(f"question {n} about rows") == 1 for n in (0, 50, 99))
    assert "Nothing was said yet." in silent.cells[1].outputs[1].data["text/plain"]
