"""JupyterLab and Notebook 7 in headless Chromium with a fake microphone.

Playwright's sync API keeps an event loop running in the main thread, so these tests run in a pytest process
of their own (`make test-browser`).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright

from tests.browser.chromium import REMEDY, find_chromium
from tests.browser.lab import OTHER_NAME, Host, LabProcess, LabServer
from tests.browser.notebook import LabNotebook

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", f"--host-resolver-rules=MAP {OTHER_NAME} 127.0.0.1",
)  # fmt: skip
ARTIFACTS = Path("test-results")
PROBE = Path(__file__).parent / "probe.js"
BROWSER_TIMEOUT_S = 180


class OpenBrowser(Protocol):
    """Launch a browser: what the microphone hears, whether there is one, whether the person permits it."""

    def __call__(
        self, *, microphone: Path | None = None, device: bool = True, permit: bool = True
    ) -> Browser: ...


class OpenNotebook(Protocol):
    """Open a notebook of these cells, not yet run: in which front end, with which version of ipykernel."""

    def __call__(
        self, *cells: str, name: str = "test.ipynb", microphone: Path | None = None, device: bool = True,
        permit: bool = True, viewport: tuple[int, int] = (1280, 900),
        host: Host = "lab", ipykernel: str | None = None,
    ) -> LabNotebook: ...  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here is a browser test, with the time a page and a kernel need to start."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(BROWSER_TIMEOUT_S))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """Keep the outcome on the item, so that a failed test can leave a screenshot and the page's log."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's Chromium; its absence fails, for a skipped browser test proves nothing."""
    path = find_chromium()
    if path is None:
        pytest.fail(REMEDY, pytrace=False)
    return path


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """One JupyterLab server for all browser tests."""
    with LabProcess(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture
def open_browser(chromium: str, playwright: Playwright) -> Iterator[OpenBrowser]:
    """Launch browsers that end with the test. The fake microphone is a launch flag, so each test has its own.

    `microphone` is a WAV that plays from its beginning whenever the device is opened, and loops; without it
    the device beeps. `device=False`: a machine without microphone. `permit=False`: the person denies it.
    """
    opened: list[Browser] = []

    def launch(*, microphone: Path | None = None, device: bool = True, permit: bool = True) -> Browser:
        flags = [*FLAGS]
        if device:
            flags.append("--use-fake-device-for-media-stream")
        if permit:
            flags.append("--use-fake-ui-for-media-stream")
        if microphone is not None:
            flags.append(f"--use-file-for-fake-audio-capture={microphone}")
        opened.append(playwright.chromium.launch(executable_path=chromium, args=flags))
        return opened[-1]

    yield launch
    for browser in opened:
        browser.close()


@pytest.fixture
def open_notebook(
    lab: LabServer, open_browser: OpenBrowser, request: pytest.FixtureRequest
) -> Iterator[OpenNotebook]:
    """Open notebooks that are closed with the test; a failed test leaves a screenshot and the page's log."""
    opened: list[tuple[LabNotebook, list[str]]] = []

    def launch(
        *cells: str, name: str = "test.ipynb", microphone: Path | None = None, device: bool = True,
        permit: bool = True, viewport: tuple[int, int] = (1280, 900),
        host: Host = "lab", ipykernel: str | None = None,
    ) -> LabNotebook:  # fmt: skip
        browser = open_browser(microphone=microphone, device=device, permit=permit)
        context = browser.new_context(viewport={"width": viewport[0], "height": viewport[1]})
        context.add_init_script(path=PROBE)
        page = context.new_page()
        log = record_console(page)
        name = f"{request.node.name.partition('[')[0]}-{len(opened)}-{name}"
        lab.write_notebook(name, cells, ipykernel=ipykernel)
        notebook = LabNotebook(lab, page, name, host)
        opened.append((notebook, log))
        return notebook.open()

    yield launch
    for notebook, log in opened:
        if request.node.stash.get(FAILED, True):
            keep_evidence(notebook, log, request.node.name)
        notebook.close()


def record_console(page: Page) -> list[str]:
    """Collect what the page logs and throws."""
    log: list[str] = []

    def logged(message: ConsoleMessage) -> None:
        log.append(f"{message.type}: {message.text}")

    page.on("console", logged)
    page.on("pageerror", lambda error: log.append(f"uncaught: {error}"))
    return log


def keep_evidence(notebook: LabNotebook, log: list[str], test: str) -> None:
    """Write a screenshot and the page's log to test-results/."""
    place = ARTIFACTS / "".join(c if c.isalnum() or c in "-_" else "_" for c in test)
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{notebook.name}.log").write_text("\n".join(log))
    if not notebook.page.is_closed():
        notebook.page.screenshot(path=place / f"{notebook.name}.png")
