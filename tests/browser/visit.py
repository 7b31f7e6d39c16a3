"""A page of a host that is no Jupyter application: found by the panel's hooks, kept when its test fails."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import FAILED, PROBE, OpenBrowser, keep_evidence, record_console

ELSEWHERE = re.compile(r"^https?://(?!127\.0\.0\.1)")


class Visit:
    """One loaded page."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.name = name

    def hook(self, name: str) -> Locator:
        """A part of the panel by its `data-rtw` hook, also inside of shadow roots."""
        return self.page.locator(f'[data-rtw~="{name}"]')

    def checked(self, line_id: str) -> Locator:
        """A line of the panel's own check, begun where it isn't open yet."""
        if not self.hook("check").is_visible():
            self.page.get_by_role("button", name="Check", exact=True).click()
        return self.page.locator(f'[data-rtw~="check-line"][data-line="{line_id}"]')


@contextmanager
def visiting(
    open_browser: OpenBrowser, request: pytest.FixtureRequest, url: str, *, microphone: Path | None = None
) -> Iterator[Visit]:
    """Load a page that reaches nothing but loopback; a failed test leaves a screenshot and its log."""
    context = open_browser(microphone=microphone).new_context(viewport={"width": 1000, "height": 900})
    context.add_init_script(path=PROBE)
    context.route(ELSEWHERE, lambda route: route.abort())
    page = context.new_page()
    log = record_console(page)
    visit = Visit(page, "page")
    try:
        page.goto(url)
        yield visit
    except BaseException:
        request.node.stash[FAILED] = True
        raise
    finally:
        if request.node.stash.get(FAILED, False):
            keep_evidence(visit, log, request.node.name)
        page.close()
