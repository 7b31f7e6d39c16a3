"""Pictures and reports in a real notebook: each is there once, sharp, and in the width it was made for."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook

MAKE = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from realtime_widget import RealtimeSession
from tests.data.conversations import conversation

session = RealtimeSession.load(conversation(12, seed=3))
"""
CELLS = (
    MAKE,
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nsession.plot()",
    "session.latency.plot()",
    "session.statistics()",
    "session.report()",
    "session.live(lambda: session.plot(width=700))",
    "figure, ax = plt.subplots(figsize=(9, 2))\nsession.plot(ax)\nNone",
)
MEASURES = "img => ({ sharp: img.naturalWidth, wide: Math.round(img.getBoundingClientRect().width) })"


@pytest.mark.timeout(180)
def test_pictures_are_there_once_and_sharp(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    notebook = open_notebook(*CELLS)
    notebook.page.set_viewport_size({"width": 1400, "height": 900})
    notebook.run_all(timeout_s=120)
    cells = notebook.page.locator(".jp-Notebook .jp-CodeCell")
    images = [cells.nth(place).locator(".jp-OutputArea-output img") for place in range(len(CELLS))]
    for place, n in enumerate((0, 1, 1, 0, 2, 1, 1)):
        expect(images[place]).to_have_count(n, timeout=30_000)
    assert images[1].evaluate(MEASURES) == {"sharp": 1920, "wide": 960}
    assert images[2].evaluate(MEASURES)["sharp"] == 1920
    assert images[5].evaluate(MEASURES)["sharp"] == 1400
    expect(cells.nth(3)).to_contain_text("words per minute")
    expect(cells.nth(4).locator(".rtw-report h1")).to_have_text("Rows and temperatures")
    expect(cells.nth(4)).to_contain_text("There are three hundred and twelve rows for Rome.")
