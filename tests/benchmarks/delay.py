"""How long sound takes through a real page, and what the panel costs: `make bench-browser`.

JupyterLab, its kernel and the fake microphone of Chromium; the engine is a server in a process of its own, so
all times are this machine's clock. Beside each delay stands what a bare comm takes for a buffer of that size
in the same run: the floor.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

from tests.benchmarks import bare_comm
from tests.benchmarks.voice_server import VoiceServer
from tests.browser.busy import FRAMES, Frame, joined
from tests.browser.chromium import REMEDY, find_chromium
from tests.browser.conftest import FLAGS, PROBE
from tests.browser.lab import LabProcess, LabServer
from tests.browser.notebook import LabNotebook
from tests.browser.talk import wait_probe
from tests.browser.upstream import Arrival

TAP = Path(__file__).parent / "tap.js"
FAKE = (
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip
SESSION = """
import time
from realtime_widget import RealtimeSession
session = RealtimeSession(engine={url!r}, turn_detection="server_vad")
link = session.panel()._link
session
"""
BEGAN = "1000 * (time.time() - time.monotonic() + session._core.begin_s)"
TOLD = "[[row.first_heard_ms, row.first_heard_error_ms] for row in session.latency]"
PLACED = "[session._core.protocol.input_audio.to_clock(ms) for ms in {places}]"
CHUNK_BYTES = 2_880  # 60 ms
SAY_MS = 400
LONG_MS = 6_000
PAUSE_S = 0.7


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all doesn't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def row(what: str, values: list[float], floor: list[float] | None = None) -> None:
    """Print p50 and p95, and the floor's beside them."""
    line = f"  {what:<42}{len(values):>5}{percentile(values, 0.5):>8.1f}{percentile(values, 0.95):>8.1f}"
    if floor is not None:
        line += f"{percentile(floor, 0.5):>12.1f}{percentile(floor, 0.95):>8.1f}"
    print(line)


def wait_tap(page: Page, kind: str, after_ms: float) -> float:
    """Wait for the first note of a kind after a moment; gives its time."""
    found = page.wait_for_function(
        "([kind, after]) => (window.soundTap.find(([what, ms]) => what === kind && ms >= after) ?? [])[1]",
        arg=[kind, after_ms], timeout=20_000, polling=20,
    )  # fmt: skip
    return float(found.json_value())


def first_samples(page: Page, server: VoiceServer, trials: int) -> list[float]:
    """From the moment an answer is sent to its first sample at the loudspeaker, in ms."""
    delays = []
    for _ in range(trials):
        sent_ms = server.do(f"say {SAY_MS}")
        began_ms = wait_tap(page, "began", sent_ms)
        delays.append(began_ms - sent_ms)
        wait_tap(page, "silent", began_ms)
        time.sleep(PAUSE_S)
    return delays


def told_beginnings(notebook: LabNotebook) -> list[tuple[float, float]]:
    """When each answer was first heard, by `session.latency`, in ms since the epoch; and its error."""
    began_ms, rows = notebook.kernel.value(BEGAN), notebook.kernel.value(TOLD)
    return [(began_ms + heard_ms, float(error_ms)) for heard_ms, error_ms in rows if heard_ms is not None]


def told_truly(notebook: LabNotebook, page: Page, server: VoiceServer, trials: int) -> None:
    """Print how far the table's `first_heard_ms` is from what was heard at the loudspeaker."""
    known, began = len(told_beginnings(notebook)), []
    for _ in range(trials):
        began.append(wait_tap(page, "began", server.do(f"say {SAY_MS}")))
        wait_tap(page, "silent", began[-1])
        time.sleep(PAUSE_S)
    latency_ms = float(page.evaluate("() => window.soundLatency()"))
    told = told_beginnings(notebook)[known:]
    off = [ms - true_ms - latency_ms for (ms, _), true_ms in zip(told, began, strict=True)]
    row("first_heard_ms told too late (minus: early)", off)
    row("  how far off it says that it may be", [error_ms for _, error_ms in told])
    health = notebook.kernel.value("session.health.to_dict()['page']")
    clock = health["clock"]
    print(f"  clock: ± {clock['error_ms']:.1f} ms, best round trip {clock['round_trip_ms']:.1f} ms, "
          f"{clock['exchanges']} exchanges; loudspeaker {latency_ms:.1f} ms")  # fmt: skip


def placed_truly(notebook: LabNotebook, page: Page) -> None:
    """Print how far the user's sound lies on the session's clock from when the page captured it."""
    sent = page.evaluate("() => window.sentFrames")[:400]
    places, place_ms = [], 0.0
    for _, samples, _, _ in sent:
        places.append(place_ms + 0.001)
        place_ms += samples / 24
    began_ms, placed = notebook.kernel.value(BEGAN), notebook.kernel.value(PLACED.format(places=places))
    off = [began_ms + ms - frame[2] for ms, frame in zip(placed, sent, strict=True)]
    row("user's sound placed too late (minus: early)", off)


def silences(page: Page, server: VoiceServer, trials: int) -> list[float]:
    """From the moment the server hears somebody speak to silence at the loudspeaker, in ms."""
    delays = []
    for _ in range(trials):
        said_ms = server.do(f"say {LONG_MS}")
        wait_tap(page, "began", said_ms)
        time.sleep(1.0)
        sent_ms = server.do("barge")
        delays.append(wait_tap(page, "silent", sent_ms) - sent_ms)
        time.sleep(2 * PAUSE_S)
    return delays


def frames(page: Page, server: VoiceServer) -> list[Frame]:
    """All frames of the microphone that left the page so far."""
    sent = page.evaluate("() => window.sentFrames")
    return joined(sent, [Arrival(*one) for one in server.do("heard")])


def uplink_ms(found: list[Frame]) -> list[float]:
    """From a frame's last sample to its arrival."""
    return [frame.came_ms - frame.complete_ms for frame in found if frame.came_ms is not None]


def cost(server: VoiceServer, lab: psutil.Process, browser: psutil.Process, seconds: float) -> None:
    """Print what talking takes of one core: the microphone open all the time, an answer half of it."""

    def spent() -> dict[str, float]:
        kernels = [
            child for child in lab.children(recursive=True) if "ipykernel" in " ".join(child.cmdline())
        ]
        return {
            "browser": sum(_cpu_s(each) for each in [browser, *browser.children(recursive=True)]),
            "server": _cpu_s(lab),
            "kernel": sum(map(_cpu_s, kernels)),
        }

    before, began = spent(), time.monotonic()
    while time.monotonic() - began < seconds:
        server.do("say 2500")
        time.sleep(5)
    took_s = time.monotonic() - began
    after = spent()
    shares = {name: 100 * (after[name] - before[name]) / took_s for name in before}
    both = shares["browser"] + shares["server"]
    parts = ", ".join(f"{name} {share:.0f} %" for name, share in shares.items())
    print(f"  talking takes {both:.0f} % of a core for browser and server (aim 35 %): {parts}")


def _cpu_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def run(lab: LabServer, lab_process: psutil.Process, trials: int, seconds: float) -> None:
    """Measure in one page, one thing after the other."""
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit(REMEDY)
    with VoiceServer() as server, sync_playwright() as playwright:
        lab.write_notebook("delay.ipynb", [bare_comm.CELL, SESSION.format(url=server.url)])
        before = {child.pid for child in psutil.Process().children(recursive=True)}
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *FAKE])
        launched = [c for c in psutil.Process().children(recursive=True) if c.pid not in before]
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_init_script(path=PROBE)
        context.add_init_script(path=TAP)
        notebook = LabNotebook(lab, context.new_page(), "delay.ipynb").open()
        page = notebook.page
        page.evaluate(FRAMES)
        notebook.run_all()
        up, down = bare_comm.measure(notebook, n=150, n_bytes=CHUNK_BYTES, period_ms=60)
        notebook.hook("start").click()
        wait_probe(notebook, "p.live() === 1")
        notebook.kernel.wait_for("link.microphone['chunks'] > 20")
        print(f"  {'ms':<42}{'n':>5}{'p50':>8}{'p95':>8}{'floor p50':>12}{'p95':>8}")
        speaking = first_samples(page, server, trials)
        told_truly(notebook, page, server, trials)
        placed_truly(notebook, page)
        quiet = silences(page, server, trials)
        row("microphone's frame to the engine's socket", uplink_ms(frames(page, server)), up)
        row("engine sends sound to first sample", speaking, down)
        row("engine hears speech to silence (p95 <= 40)", quiet, down)
        found = frames(page, server)
        print(f"  frames lost: {sum(frame.came_ms is None for frame in found[:-20])} of {len(found)}")
        notebook.close()
        # What measures takes its share: the cost is that of a page that nobody listens to.
        lab.write_notebook("cost.ipynb", [SESSION.format(url=server.url)])
        plain = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        notebook = LabNotebook(lab, plain, "cost.ipynb").open()
        notebook.run_all()
        notebook.hook("start").click()
        notebook.kernel.wait_for("link.microphone['chunks'] > 20")
        cost(server, lab_process, launched[0], seconds)
        notebook.close()
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.delay", description=__doc__)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20, help="how long the cost is measured")
    options = parser.parse_args()
    print(f"Sound through a page of JupyterLab; load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as home:
        process = LabProcess(Path(home))
        with process as lab:
            run(lab, psutil.Process(process.pid), options.trials, options.seconds)


if __name__ == "__main__":
    main()
