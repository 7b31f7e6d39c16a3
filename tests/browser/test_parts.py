"""A panel in parts, in cells of their own; and a cell that runs again."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook
from tests.browser.notebook import SELECT
from tests.browser.talk import probe, session_cell, wait_probe

FIRST = "before = globals().get('session')\n"
ROWS = "How many rows for Rome"


def test_parts_in_several_cells_are_one_session_that_ends_when_its_cell_runs_again(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook(
        FIRST + session_cell(), "session.panel('controls', 'meters')", "session.panel('transcript')",
        "session.panel(compact=True)",
        "import ipywidgets\nipywidgets.HBox([session.panel('meters'), session.panel('captions')])",
    )  # fmt: skip
    notebook.run_all()
    starts = notebook.hook("start").filter(visible=True)
    expect(starts).to_have_count(2)
    starts.first.click()
    wait_probe(notebook, "p.live() === 1")
    assert probe(notebook, "asked") == 1
    notebook.kernel.wait_for("session.status == 'connected' and link.owner is not None")
    assert notebook.kernel.value("link.presence.n_pages") == 1, "three panels are one page"
    row = [part.bounding_box() for part in notebook.output(".widget-hbox section.rtw").all()]
    assert [box is not None and box["width"] > 150 for box in row] == [True, True], "in a row each has room"
    answer = notebook.kernel.value(f"session.ask({ROWS!r}).text")
    expect(notebook.hook("turn")).to_have_count(2, timeout=30_000)
    expect(notebook.hook("turn").last).to_contain_text(answer)

    notebook.page.evaluate(SELECT, 2)
    notebook.command("notebook:create-output-view")
    view = notebook.page.locator(".jp-LinkedOutputView").locator('[data-rtw~="turn"]')
    expect(view).to_have_count(2, timeout=20_000)

    notebook.run_all()
    notebook.kernel.wait_for("before.status == 'disconnected' and before.error.code == 'replaced'")
    wait_probe(notebook, "p.live() === 0")
    assert notebook.kernel.value("len(before.transcript)") == 2, "what was said is still there"
    assert notebook.kernel.value("session.status") == "disconnected"
    expect(notebook.hook("start").filter(visible=True)).to_have_count(2)
