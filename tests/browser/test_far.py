"""A server that stands elsewhere: what is said arrives late and whole, and so does the answer."""

from dataclasses import replace
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import PROBE, OpenBrowser
from tests.browser.far import Far
from tests.browser.lab import LabServer
from tests.browser.notebook import LabNotebook
from tests.browser.talk import all_heard, probe, session_cell, speech_file, wait_probe


def test_over_a_long_and_narrow_way_one_talks_all_the_same(
    open_browser: OpenBrowser, lab: LabServer, tmp_path: Path
) -> None:
    wav = speech_file(tmp_path / "request.wav", "How many rows for Berlin", after_ms=300_000)
    lab.write_notebook("far.ipynb", [session_cell(), "session"])
    with Far() as way:
        way.lead_to(lab.url)
        page = open_browser(microphone=wav).new_context().new_page()
        page.add_init_script(path=PROBE)
        elsewhere = replace(lab, url=f"http://127.0.0.1:{way.port}")
        notebook = LabNotebook(elsewhere, page, "far.ipynb").open()
        try:
            notebook.run_all()
            expect(notebook.hook("start")).to_be_visible(timeout=30_000)
            way.delay_ms, way.bytes_per_s = 100, 200_000  # a round trip of 200 ms, 1.6 Mbit/s

            notebook.hook("start").click()
            expect(notebook.hook("turn")).to_have_count(2, timeout=60_000)
            lengths = all_heard(notebook)
            assert notebook.kernel.value("asked") == ["Berlin"]
            assert notebook.kernel.value("link.microphone['lost_samples']") == 0
            assert probe(notebook, "loud_ms") > 0.4 * sum(lengths), "the voice was rendered"
            notebook.hook("end").click()
            wait_probe(notebook, "p.live() === 0")
            notebook.kernel.wait_for("session.status == 'disconnected'")
        finally:
            notebook.close()
