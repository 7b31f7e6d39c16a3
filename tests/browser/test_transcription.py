"""What is said into a notebook, written down."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.talk import probe, speech_file, wait_probe

MINUTES = """
from realtime_widget import TranscriptionSession
session = TranscriptionSession(engine="local", title="Minutes")
session.engine.start()
"""


def test_speech_becomes_rows_and_nobody_answers(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    wav = speech_file(tmp_path / "minutes.wav", "What can you do", before_ms=3_000, after_ms=170_000)
    notebook = open_notebook(MINUTES, "session", microphone=wav)
    notebook.run_all()
    notebook.hook("start").click()
    expect(notebook.hook("turn")).to_have_attribute("data-turn-status", "completed", timeout=60_000)
    expect(notebook.hook("turn")).to_contain_text("What can you do", ignore_case=True)
    for hook in ("text", "settings", "interrupt"):
        expect(notebook.hook(hook)).to_be_hidden()
    expect(notebook.hook("mute")).to_be_visible()
    assert probe(notebook, "loud_ms") == 0

    notebook.hook("end").click()
    wait_probe(notebook, "p.live() === 0")
    notebook.kernel.wait_for("session.status == 'disconnected'")
    [row] = notebook.kernel.value("session.transcript.df[['role', 'text', 'status']].values.tolist()")
    assert [row[0], row[1].lower(), row[2]] == ["user", "what can you do", "completed"]
    assert notebook.kernel.value("session.transcript[0].audio.duration_ms") > 500
