"""The first notebook as a newcomer meets it."""

import json
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.talk import probe, speech_file

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_talk.ipynb"


def test_the_quickstart_runs_and_then_one_talks_in_it(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    wav = speech_file(tmp_path / "speech.wav", "What can you do", voice="sage", before_ms=3_000)
    notebook = open_notebook(*sources, name="01_talk.ipynb", microphone=wav)
    notebook.run_all(timeout_s=120)
    before = notebook.kernel.value("len(session.transcript)")
    assert before >= 4
    assert notebook.kernel.value("session.tool_calls.df.status.tolist()") == ["done"]
    expect(notebook.hook("turn")).to_have_count(before)
    assert probe(notebook, "asked") == 0

    notebook.hook("start").click()
    expect(notebook.hook("turn")).to_have_count(before + 2, timeout=40_000)
    notebook.kernel.wait_for("session.transcript[-1].status == 'completed'")
    said, answer = notebook.kernel.value("[t.text for t in session.transcript][-2:]")
    assert "what can you do" in said.lower()
    assert "demo" in answer
