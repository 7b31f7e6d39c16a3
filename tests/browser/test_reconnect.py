"""A conversation in a notebook outlives its connections."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.gate import Gate
from tests.browser.talk import all_heard, probe, say, session_cell, speech_file, wait_probe

# What is kept of the microphone is 10 s: the pauses between attempts must not use them up.
BEHIND_A_GATE = """
from realtime_widget.local import LocalEngine
from realtime_widget.session.backoff import Backoff
address = LocalEngine.shared().start()
session._core.backoff = Backoff(longest_s=0.5)
"""


def test_a_conversation_goes_on_through_dropped_connections(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    quiet = speech_file(tmp_path / "quiet.wav", "Hello", before_ms=170_000)
    with Gate() as gate:
        cell = session_cell(engine=f"ws://127.0.0.1:{gate.port}/v1")
        notebook = open_notebook(cell, BEHIND_A_GATE, "session", microphone=quiet)
        notebook.run_all()
        gate.lead_to(notebook.kernel.value("address"))
        status, turns = notebook.hook("status"), notebook.hook("turn")
        notebook.hook("start").click()
        wait_probe(notebook, "p.live() === 1")
        expect(status).to_contain_text("Ready", timeout=20_000)

        gate.shut()
        expect(status).to_contain_text("Reconnecting", timeout=20_000)
        expect(notebook.hook("error")).to_contain_text("what is said meanwhile is kept")
        say(notebook, "How many rows for Berlin", voice="alloy")
        gate.open()
        expect(turns).to_have_count(2, timeout=40_000)
        expect(notebook.hook("error")).to_have_count(0)
        all_heard(notebook)

        gate.shut()
        expect(status).to_contain_text("Reconnecting", timeout=20_000)
        notebook.hook("text").fill("How many rows for Rome")
        notebook.hook("text").press("Enter")
        expect(notebook.hook("waiting")).to_contain_text("How many rows for Rome")
        gate.open()
        expect(turns).to_have_count(4, timeout=40_000)
        expect(notebook.hook("waiting")).to_have_count(0)
        expect(notebook.hook("seam")).to_have_count(1)
        all_heard(notebook)

        assert notebook.kernel.value("asked") == ["Berlin", "Rome"]
        connections = notebook.kernel.value("session.transcript.df.connection.tolist()")
        assert [connections[0], connections[2]] == [connections[1], connections[3]]
        assert 1 < connections[1] < connections[2]
        assert notebook.kernel.value("session.transcript[0].text").lower() == "how many rows for berlin"
        assert [probe(notebook, "asked"), probe(notebook, "live()")] == [1, 1], "one microphone all the time"
        assert notebook.kernel.value("link.microphone['lost_samples']") == 0
