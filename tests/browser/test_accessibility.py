"""What axe-core says of the panel, in every state that the harness can bring about and in a real notebook."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import screenshots
from tests.browser.axe import grave, violations
from tests.browser.conftest import OpenBrowser, OpenNotebook
from tests.browser.talk import session_cell, wait_probe

pytestmark = pytest.mark.timeout(400)  # the checker looks at every node of many states

NARROW, WIDE = 300, 900
DRAWERS = ("settings", "sound", "tools-list", "inspector", "set-up")
THEMES = ("JupyterLab Dark", "JupyterLab Dark High Contrast", "JupyterLab Light")
THEMED = "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
TURN_SAID = "() => document.querySelectorAll('[data-rtw=captions] p').length"


@pytest.fixture
def browser(open_browser: OpenBrowser) -> Browser:
    return open_browser()


@pytest.fixture
def url() -> Iterator[str]:
    with screenshots.serve(screenshots.ROOT) as address:
        yield address


def show(page: Page, url: str, scene: str, theme: str, width: int) -> None:
    page.goto(f"{url}/{screenshots.HARNESS}/index.html?scene={scene}&theme={theme}&width={width}")
    page.locator("body[data-ready]").wait_for(timeout=screenshots.READY_LIMIT_MS)


def test_no_state_of_the_panel_shuts_anybody_out(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": WIDE + 24, "height": 900})
    found: dict[str, list[str]] = {}
    for place, scene in enumerate(screenshots.scenes()):
        theme, width = [("lab-dark", NARROW), ("lab-light", WIDE)][place % 2]
        show(page, url, scene, theme, width)
        if bad := grave(violations(page)):
            found[f"{scene} {theme} {width}"] = bad
    page.locator(".rtw").evaluate("panel => panel.append(document.createElement('button'))")
    assert any("button-name" in line for line in grave(violations(page))), "a fault would be found"
    page.context.close()
    assert found == {}


def test_the_panel_in_a_notebook_shuts_nobody_out(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(session_cell(), "session")
    notebook.run_all()
    page, found = notebook.page, {}

    def look(name: str) -> None:
        if bad := grave(violations(page, ".jp-OutputArea-output .rtw")):
            found[name] = bad

    look("idle")
    notebook.hook("start").click()
    wait_probe(notebook, "p.live() === 1")
    notebook.kernel.wait_for("session.status == 'connected'")
    notebook.hook("text").fill("How many rows for Rome")
    notebook.hook("text").press("Enter")
    expect(notebook.hook("call")).to_have_count(1, timeout=30_000)
    notebook.kernel.wait_for("session.settle() is None and not session.speaking", timeout_s=60)
    notebook.hook("call").locator("summary").click()
    page.wait_for_function(f"({TURN_SAID})() === 2", timeout=30_000)
    look("talking")
    for drawer in DRAWERS:
        notebook.hook(drawer).click()
        expect(notebook.hook(f"{drawer}-drawer")).to_be_visible()
        if drawer == "inspector":
            notebook.hook("event").last.locator("summary").click()
            expect(notebook.hook("event").locator("pre")).to_contain_text("type", timeout=30_000)
        look(drawer)
    notebook.hook("inspector").click()
    for theme in THEMES:
        page.evaluate(THEMED, theme)
        page.wait_for_function(
            "theme => document.body.dataset.jpThemeName === theme", arg=theme, timeout=30_000
        )
        look(theme)
    assert found == {}
    assert page.evaluate(TURN_SAID) == 2, "each turn is said once to who can't see it"
