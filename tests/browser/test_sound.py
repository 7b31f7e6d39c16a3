"""Sound in cells: short and long clips play, a recording shows both sides, in light and in dark."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook

MAKE = """
import numpy as np
from realtime_widget.audio import Clip, Mark, Recording

times = np.arange(60 * 24_000)
sides = [9_000 * np.sin(times * 0.05) * (times // 72_000 % 2 == side) for side in (0, 1)]
marks = [Mark(n, ("user", "assistant")[n % 2], n * 3_000, n * 3_000 + 3_000, "Some words") for n in range(20)]
recording = Recording(np.stack(sides, axis=1).astype(np.int16), 24_000, tuple(marks))
"""
CELLS = (MAKE, "recording", "recording.turn(1).assistant", "recording.plot()")
LENGTH = """audio => new Promise((resolve, reject) => {
  if (audio.readyState > 0) resolve(audio.duration);
  audio.onloadedmetadata = () => resolve(audio.duration);
  audio.onerror = () => reject(new Error(audio.error.message));
})"""
PLAYED = """audio => new Promise(resolve => {
  audio.ontimeupdate = () => { if (audio.currentTime > 0.2) { audio.pause(); resolve(audio.currentTime); } };
  audio.muted = true;
  audio.play();
})"""


@pytest.mark.timeout(180)
def test_clips_play_in_their_cells(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(*CELLS)
    notebook.run_all(timeout_s=120)
    cells = notebook.page.locator(".jp-Notebook .jp-CodeCell")
    long, short = (cells.nth(place).locator(".rtw-clip") for place in (1, 2))
    expect(long.locator("audio")).to_have_count(1, timeout=30_000)
    expect(short.locator("audio")).to_have_count(1)
    assert long.locator("audio").get_attribute("src", timeout=5_000)[:15] == "data:audio/ogg;"
    assert long.locator("audio").evaluate(LENGTH) == pytest.approx(60, abs=0.1)
    assert short.locator("audio").evaluate(LENGTH) == pytest.approx(3, abs=0.01)
    assert long.locator("audio").evaluate(PLAYED) > 0.2
    expect(long.locator("svg")).to_have_count(2)
    expect(long).to_contain_text("assistant")
    expect(long).to_contain_text("1:00 min · 24 kHz · stereo · 20 turns")
    expect(short.locator("svg")).to_have_count(1)
    expect(cells.nth(3).locator("img")).to_have_count(1, timeout=30_000)
