"""How long the microphone takes to the engine while a cell runs: `make bench-browser`.

Real front ends, real kernels, the fake microphone of Chromium; the engine is a recording server in a process
of its own. A frame's delay begins with its last sample, when there is a frame to be sent.
"""

import argparse
import os
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import kernels
from tests.browser.busy import KINDS, Busy, cells, run_busy_cells, start_while_busy
from tests.browser.chromium import REMEDY, find_chromium
from tests.browser.conftest import FLAGS, PROBE
from tests.browser.lab import Host, LabProcess, LabServer
from tests.browser.notebook import LabNotebook
from tests.browser.upstream import Upstream

NEWEST = "newest"
AIMS_MS = {"sleep": 60, "loop": 250}  # p95, none lost
FAKE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


def measure(
    server: LabServer, host: Host, version: str, kinds: list[str], seconds: float
) -> tuple[str, list[Busy]]:
    """Run busy cells in one notebook; gives the route and what each cell saw."""
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit(REMEDY)
    name = f"{host}-{version}.ipynb"
    with Upstream() as upstream, sync_playwright() as playwright:
        release = server.root / f"release-{host}-{version}"
        sources = cells(upstream.url, kinds, seconds=seconds, release=str(release))
        server.write_notebook(name, sources, ipykernel=None if version == NEWEST else version)
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *FAKE])
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_init_script(path=PROBE)
        notebook = LabNotebook(server, context.new_page(), name, host).open()
        try:
            start_while_busy(notebook, upstream, release)
            found = run_busy_cells(notebook, upstream, kinds, seconds=seconds)
            return notebook.kernel.value("session.health.page.route"), found
        finally:
            notebook.close()
            browser.close()


def row(host: str, version: str, route: str, busy: Busy) -> str:
    """One line of the table."""
    frame_ms = statistics.median(frame.samples for frame in busy.frames) / 24
    page_ms = statistics.median(frame.sent_ms - frame.complete_ms for frame in busy.frames)
    aim = AIMS_MS.get(busy.kind)
    p50, p95, worst = (busy.delay_ms(share) for share in (0.5, 0.95, 1))
    verdict = "" if aim is None else ("yes" if p95 <= aim and not busy.n_lost else f"NO, {aim}")
    figures = [page_ms, p50, p95, worst]
    who = f"  {host:<10}{version:<9}{route:<10}{busy.kind:<15}"
    counts = f"{frame_ms:>6.0f}{len(busy.frames):>8}{busy.n_lost:>6}"
    return f"{who}{counts}{''.join(f'{ms:>7.0f}' for ms in figures)}{frame_ms + p95:>9.0f}  {verdict}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.busy", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="how long each cell runs")
    parser.add_argument("--hosts", nargs="+", choices=["lab", "notebook"], default=["lab", "notebook"])
    versions = [NEWEST, *kernels.VERSIONS]
    parser.add_argument("--kernels", nargs="+", choices=versions, default=versions)
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    options = parser.parse_args()
    print(f"The microphone while a cell runs {options.seconds:g} s, in ms; load {os.getloadavg()[0]:.1f}")
    print(
        f"  {'front end':<10}{'kernel':<9}{'route':<10}{'cell':<15}{'frame':>6}{'frames':>8}{'lost':>6}"
        f"{'page':>7}{'p50':>7}{'p95':>7}{'max':>7}{'+frame':>9}  aim met"
    )
    with tempfile.TemporaryDirectory() as home, LabProcess(Path(home)) as server:
        for host in options.hosts:
            for version in options.kernels:
                route, found = measure(server, host, version, options.kinds, options.seconds)
                for busy in found:
                    print(row(host, version, route, busy), flush=True)
    print(
        "  delays run from a frame's last sample to its arrival; page: what of it passed before the page sent"
        " it (median);\n  +frame: p95 from the frame's first sample"
    )


if __name__ == "__main__":
    main()
