"""Every control of the panel works by keyboard, and no key typed in it reaches the notebook around it."""

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.lab import Host
from tests.browser.notebook import LabNotebook
from tests.browser.talk import session_cell, wait_probe

#: In command mode these delete, insert, cut and undo cells, change their kind and move between them.
NOTEBOOK_KEYS = ("d", "d", "a", "b", "x", "m", "ArrowUp", "ArrowDown", "Escape")
RUNNING_KEYS = ("Shift+Enter", "Control+Enter", "Alt+Enter")
NOTEBOOK = """() => {
  const { content } = window.jupyterapp.shell.currentWidget;
  const told = ({ model }) => [model.type, model.sharedModel.getSource(), model.executionCount];
  return [content.activeCellIndex, content.widgets.map(told)];
}"""
CONTROLS = """panel => [...panel.querySelectorAll("button, select, textarea, input, summary, [tabindex='0']")]
  .filter(control => !control.disabled && control.tabIndex >= 0 && control.getClientRects().length > 0)"""
FOCUS = f"(panel, place) => ({CONTROLS})(panel)[place]?.focus()"
COUNT = f"panel => ({CONTROLS})(panel).length"
PLACE = f"panel => ({CONTROLS})(panel).indexOf(document.activeElement)"
DRAWERS = ("settings", "sound", "tools-list", "inspector", "set-up")


def type_in(notebook: LabNotebook, place: Locator, drawer: str | None = None) -> None:
    """Type keys in each control of a place; Escape closes a drawer, which is opened again."""
    for number in range(place.evaluate(COUNT)):
        if drawer and notebook.hook(drawer).get_attribute("aria-expanded") == "false":
            notebook.hook(drawer).press("Enter")
        place.evaluate(FOCUS, number)
        for key in NOTEBOOK_KEYS:
            notebook.page.keyboard.press(key)


@pytest.mark.parametrize("host", ["lab", "notebook"])
def test_keys_work_in_the_panel_and_stay_there(open_notebook: OpenNotebook, host: Host) -> None:
    notebook = open_notebook(session_cell(turn_detection=None), "session", "1 + 1", host=host)
    notebook.run_all()
    panel = notebook.output(".rtw")
    notebook.hook("start").focus()
    notebook.page.keyboard.press("Enter")
    wait_probe(notebook, "p.live() === 1")
    expect(notebook.hook("status")).to_contain_text("Ready, hold to talk", timeout=30_000)
    notebook.hook("ptt").focus()
    notebook.page.keyboard.down("Space")
    expect(notebook.hook("live")).to_contain_text("Live")
    notebook.page.keyboard.press("Escape")
    notebook.page.keyboard.up("Space")
    expect(notebook.hook("live")).to_contain_text("On hold")

    # By Tab from the first control to the last, none left out, none twice.
    panel.evaluate(FOCUS, 0)
    seen = [panel.evaluate(PLACE)]
    for _ in range(panel.evaluate(COUNT) - 1):
        notebook.page.keyboard.press("Tab")
        seen.append(panel.evaluate(PLACE))
    assert seen == list(range(len(seen)))

    before: Any = notebook.page.evaluate(NOTEBOOK)
    type_in(notebook, panel)
    for drawer in DRAWERS:
        notebook.hook(drawer).focus()
        notebook.page.keyboard.press("Enter")
        type_in(notebook, notebook.hook(f"{drawer}-drawer"), drawer)
    notebook.hook("text").fill("How many")
    for key in RUNNING_KEYS:
        notebook.hook("text").press(key)
    assert notebook.page.evaluate(NOTEBOOK) == before

    notebook.hook("mute").focus()
    notebook.page.keyboard.press("Space")
    expect(notebook.hook("live")).to_contain_text("Muted")
    notebook.hook("text").fill("How many rows for Rome")
    notebook.page.keyboard.press("Enter")
    expect(notebook.hook("turn").filter(has_text="How many rows for Rome").first).to_be_visible(
        timeout=30_000
    )
    notebook.hook("end").focus()
    notebook.page.keyboard.press("Enter")
    wait_probe(notebook, "p.live() === 0")
