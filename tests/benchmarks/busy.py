"""How long the microphone takes to the engine while a cell runs: `make bench-browser`.

Real front ends, real kernels, the fake microphone of Chromium; the engine is a recording server in a process
of its own. A frame's delay begins with its last sample, when there is a frame to be sent.
"""

import argparse
import os
import statistics
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import kernels
from tests.browser.busy import KINDS, Busy, cells, run_busy_cells, start_while_busy
from tests.browser.chromium import REMEDY, find_chromium
from tests.browser.conftest import FLAGS, PROBE
from tests.browser.far import Far
from tests.browser.lab import Host, LabProcess, LabServer
from tests.browser.notebook import LabNotebook
from tests.browser.upstream import Upstream

NEWEST = "newest"
AIMS_MS = {"sleep": 60, "loop": 250}  # p95, none lost
FAKE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@dataclass(frozen=True)
class Distance:
    """How far the page is from its server: ms each way, and kbit/s each way (None: any amount)."""

    delay_ms: float
    kbit_per_s: float | None

    def lie(self, way: Far) -> None:
        """Make a way as long and narrow."""
        way.delay_ms = self.delay_ms
        way.bytes_per_s = None if self.kbit_per_s is None else self.kbit_per_s * 125


def measure(
    server: LabServer, host: Host, version: str, kinds: list[str], seconds: float, distance: Distance
) -> tuple[str, list[Busy]]:
    """Run busy cells in one notebook; gives the route and what each cell saw."""
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit(REMEDY)
    name = f"{host}-{version}.ipynb"
    with Upstream() as upstream, Far() as way, sync_playwright() as playwright:
        way.lead_to(server.url)
        elsewhere = replace(server, url=f"http://127.0.0.1:{way.port}")
        release = server.root / f"release-{host}-{version}"
        sources = cells(upstream.url, kinds, seconds=seconds, release=str(release))
        server.write_notebook(name, sources, ipykernel=None if version == NEWEST else version)
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *FAKE])
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_init_script(path=PROBE)
        notebook = LabNotebook(elsewhere, context.new_page(), name, host).open()
        distance.lie(way)  # now: the front end itself is larger than anything that is said
        try:
            start_while_busy(notebook, upstream, release)
            found = run_busy_cells(notebook, upstream, kinds, seconds=seconds)
            return notebook.kernel.value("session.health.page.route"), found
        finally:
            notebook.close()
            browser.close()


def row(host: str, version: str, route: str, busy: Busy, distance: Distance) -> str:
    """One line of the table; the aims are those of a server nearby."""
    frame_ms = statistics.median(frame.samples for frame in busy.frames) / 24
    page_ms = statistics.median(frame.sent_ms - frame.complete_ms for frame in busy.frames)
    aim = None if distance.delay_ms or distance.kbit_per_s else AIMS_MS.get(busy.kind)
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
    parser.add_argument("--delay", type=float, default=0, help="between page and server, ms each way")
    parser.add_argument("--kbit", type=float, help="between page and server, kbit/s each way at most")
    options = parser.parse_args()
    distance = Distance(options.delay, options.kbit)
    print(f"The microphone while a cell runs {options.seconds:g} s, in ms; load {os.getloadavg()[0]:.1f}")
    print(
        f"  {'front end':<10}{'kernel':<9}{'route':<10}{'cell':<15}{'frame':>6}{'frames':>8}{'lost':>6}"
        f"{'page':>7}{'p50':>7}{'p95':>7}{'max':>7}{'+frame':>9}  aim met"
    )
    with tempfile.TemporaryDirectory() as home, LabProcess(Path(home)) as server:
        for host in options.hosts:
            for version in options.kernels:
                route, found = measure(server, host, version, options.kinds, options.seconds, distance)
                for busy in found:
                    print(row(host, version, route, busy, distance), flush=True)
    print(
        "  delays run from a frame's last sample to its arrival; page: what of it passed before the page sent"
        " it (median);\n  +frame: p95 from the frame's first sample"
    )


if __name__ == "__main__":
    main()
