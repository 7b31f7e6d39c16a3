"""Take a picture of every state of the panel: `python -m tests.browser.screenshots` (or `make screenshots`).

The built widget stands on a plain page with a scripted kernel (`js/tests/harness`), in JupyterLab's colours,
in both themes, 300 and 900 pixels wide. Arguments choose scenes by a part of their name.
"""

import argparse
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import REMEDY, find_chromium

Picture = tuple[str, str, str, int]

ROOT = Path(__file__).parents[2]
HARNESS = "js/tests/harness"
THEMES = ("lab-light", "lab-dark")
WIDTHS = (300, 900)
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip
READY_LIMIT_MS = 120_000
#: What the README shows: file, scene, theme, width.
README = (
    ("panel-speaking", "speaking", "lab-light", 900),
    ("panel-captions", "captions", "lab-dark", 900),
    ("panel-compact", "compact", "lab-light", 900),
    ("panel-denied", "denied", "lab-light", 900),
)
IMAGES = ROOT / "notebooks" / "images"
#: Long enough for levels to show and for a new turn to be scrolled to.
REST_MS = 450


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serve(root: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine alone; yields its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def scenes(root: Path = ROOT) -> list[str]:
    """The names of all scenes, as the harness lists them."""
    text = (root / HARNESS / "scenes.js").read_text()
    table = text[text.index("export const SCENES") :]
    return re.findall(r'^  "?([a-z-]+)"?: (?:\{|written)', table, re.MULTILINE)


@contextmanager
def open_scene(
    browser: Browser, url: str, scene: str, *, width: int, theme: str = "lab-light", **context: Any
) -> Iterator[Page]:
    """Show a scene on a page as wide as it; `context`: options of Playwright, as `reduced_motion`."""
    opened = browser.new_context(viewport={"width": width + 24, "height": 900}, **context)
    try:
        page = opened.new_page()
        page.goto(f"{url}/{HARNESS}/index.html?scene={scene}&theme={theme}&width={width}")
        page.locator("body[data-ready]").wait_for(timeout=READY_LIMIT_MS)
        page.wait_for_timeout(REST_MS)
        yield page
    finally:
        opened.close()


def take(browser: Browser, url: str, pictures: list[Picture], out: Path) -> None:
    """Write pictures: name, scene, theme, width."""
    for name, scene, theme, width in pictures:
        with open_scene(browser, url, scene, width=width, theme=theme) as page:
            page.locator(".rtw").screenshot(path=out / f"{name}.png")


def every(names: list[str]) -> list[Picture]:
    """A picture of each scene, theme and width."""
    return [
        (f"{scene}-{theme.removeprefix('lab-')}-{width}", scene, theme, width)
        for scene in names
        for theme in THEMES
        for width in WIDTHS
    ]


def main(arguments: list[str] | None = None) -> int:
    """Take the pictures; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.browser.screenshots", description="Picture the panel."
    )
    parser.add_argument("scenes", nargs="*", help="parts of names of scenes; all when left out")
    parser.add_argument("--out", type=Path, default=ROOT / "test-results" / "screenshots")
    parser.add_argument("--readme", action="store_true", help="make the README's pictures, no others")
    options = parser.parse_args(arguments)
    names = [name for name in scenes() if not options.scenes or any(part in name for part in options.scenes)]
    chromium = find_chromium()
    if chromium is None or not names:
        sys.stderr.write(f"{REMEDY if names else 'No such scene. There are: ' + ', '.join(scenes())}\n")
        return 1
    pictures, out = (list(README), IMAGES) if options.readme else (every(names), options.out)
    out.mkdir(parents=True, exist_ok=True)
    with serve(ROOT) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        take(browser, url, pictures, out)
        browser.close()
    sys.stdout.write(f"{len(pictures)} pictures in {out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
