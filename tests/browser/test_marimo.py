"""marimo: the panel talks, cells react to what is said, and a cell that runs holds the page up."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.marimo import marimo_app
from tests.browser.talk import probe, speech_file, wait_probe
from tests.browser.visit import visiting

SESSION = '''
import threading
from typing import Literal
import marimo as mo
from realtime_widget import RealtimeSession

session = RealtimeSession(engine="local", title="Rows")
session.engine.start()
called = threading.Event()

@session.tool
def rows(city: Literal["Berlin", "Paris", "Rome"]) -> int:
    """Number of rows for a city."""
    called.set()
    return {"Berlin": 12, "Paris": 7, "Rome": 3}[city]
'''
AGAIN = """
again = mo.ui.button(label="show it again", value=0, on_click=lambda n: n + 1)
again
"""
PANEL = """
again.value
panel = mo.ui.anywidget(session.panel())
panel
"""
REACTING = """
said = panel.value["transcript"]
last = said[-1]["text"] if said else "-"
route = session.health.page.route if said else None
mo.md(f"reacting: {len(said)} turns, the last: {last}; by {route}")
"""
PLOT = """
@session.live
def plot(talk):
    import matplotlib.pyplot as plt

    plt.plot([len(turn.text) for turn in talk.transcript])
    print(len(talk.transcript), "turns are drawn")
"""
BUSY = """
button = mo.ui.run_button(label="be busy")
button
"""
BUSY_CELL = """
mo.stop(not button.value)
called.clear()
mo.md(f"was called meanwhile: {called.wait(4)}")
"""


@pytest.mark.usefixtures("chromium")
def test_cells_react_to_what_is_said_and_hold_the_page_up(
    open_browser: OpenBrowser, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    wav = speech_file(tmp_path / "request.wav", "How many rows for Berlin", after_ms=300_000)
    cells = (SESSION, AGAIN, PANEL, REACTING, "session.transcript.live()", PLOT, BUSY, BUSY_CELL)
    with (
        marimo_app(tmp_path, *cells) as url,
        visiting(open_browser, request, url, microphone=wav) as visit,
    ):
        page = visit.page
        expect(visit.hook("start")).to_be_visible(timeout=60_000)
        expect(page.get_by_text("reacting: 0 turns")).to_be_visible()
        expect(page.get_by_text("0 turns are drawn")).to_be_visible(timeout=30_000)
        assert probe(visit, "asked") == 0, "showing a panel must not ask for the microphone"

        visit.hook("start").click()
        expect(visit.hook("turn")).to_have_count(2, timeout=60_000)
        expect(visit.hook("call")).to_have_attribute("data-call-status", "done")
        expect(visit.hook("turn").last).to_contain_text("12")
        expect(page.get_by_text("reacting: 2 turns")).to_contain_text("12", timeout=30_000)
        expect(page.get_by_text("reacting: 2 turns")).to_contain_text("by main")
        expect(page.get_by_text("hears nothing from the page")).to_be_visible()
        expect(page.locator(".rtw-table")).to_contain_text("2 turns")
        expect(page.get_by_text("2 turns are drawn")).to_be_visible(timeout=30_000)
        expect(page.get_by_role("img", name="Figure").or_(page.locator("img[src*='png']"))).to_have_count(1)
        wait_probe(visit, "p.loud_ms > 300")

        page.get_by_role("button", name="be busy").click()
        visit.hook("text").fill("How many rows for Rome")
        visit.hook("text").press("Enter")
        expect(page.get_by_text("was called meanwhile: False")).to_be_visible(timeout=30_000)
        expect(page.get_by_text("reacting: 4 turns")).to_contain_text("3", timeout=30_000)

        expect(visit.checked("host")).to_contain_text("marimo", timeout=30_000)
        visit.hook("end").click()
        wait_probe(visit, "p.live() === 0")
        expect(visit.hook("start")).to_be_visible()

        page.get_by_role("button", name="show it again").click()
        expect(visit.hook("check")).to_be_hidden(timeout=30_000)  # a new panel has nothing open
        expect(visit.hook("turn")).to_have_count(4, timeout=30_000)
        assert probe(visit, "asked") == 1
