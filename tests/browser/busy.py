"""The microphone while cells run: each frame from the page to the engine, whatever the kernel is doing."""

import time
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.browser.notebook import LabNotebook
from tests.browser.talk import wait_probe
from tests.browser.upstream import Arrival, Upstream

FRAMES = (Path(__file__).parent / "frames.js").read_text()
SAMPLES_PER_MS = 24

SESSION = """
import asyncio, time
from realtime_widget import RealtimeSession

session = RealtimeSession(engine={url!r}, turn_detection="server_vad")
link = session.panel()._link
cells = {{}}
session
"""
# The cell that runs while somebody presses Start; it ends when the file is there.
HELD = """
from pathlib import Path
end = time.monotonic() + 120
while not Path({release!r}).exists() and time.monotonic() < end:
    time.sleep(0.02)
held_until_released = Path({release!r}).exists()
"""
# What a cell does for so many seconds; each notes when it began and ended.
KINDS = {
    "sleep": "time.sleep({seconds})",
    "loop": """
x, end = 0, time.monotonic() + {seconds}
while time.monotonic() < end:
    for i in range(10_000):
        x += i * i
""",
    "await": "await asyncio.sleep({seconds})",
    "numpy": """
import numpy as np
end = time.monotonic() + {seconds}
while time.monotonic() < end:
    np.sort(np.random.rand(3_000_000))
""",
    "one long call": """
end = time.monotonic() + {seconds}
while time.monotonic() < end:
    sum(range(3_000_000))
""",
}
NOTED = "cells[{kind!r}] = [time.time() * 1000]\n{work}\ncells[{kind!r}].append(time.time() * 1000)"


@dataclass(frozen=True)
class Frame:
    """One of the microphone's frames, in ms since the epoch; None where it never came."""

    captured_ms: float
    sent_ms: float
    samples: int
    came_ms: float | None

    @property
    def complete_ms(self) -> float:
        """When its last sample was captured."""
        return self.captured_ms + self.samples / SAMPLES_PER_MS


@dataclass(frozen=True)
class Busy:
    """One busy cell and the frames that were complete while it ran.

    Attributes:
        kind: What the cell did.
        began_ms: When.
        ended_ms: When.
        frames: In order.
    """

    kind: str
    began_ms: float
    ended_ms: float
    frames: tuple[Frame, ...]

    @property
    def delays_ms(self) -> list[float]:
        """From a frame's last sample to its arrival, for what arrived; sorted."""
        return sorted(f.came_ms - f.complete_ms for f in self.frames if f.came_ms is not None)

    @property
    def n_lost(self) -> int:
        """How many never came."""
        return sum(frame.came_ms is None for frame in self.frames)

    @property
    def share_in_time(self) -> float:
        """How much of what was said in the first half of the cell arrived before its end; 0 if it blocks."""
        half_ms = (self.began_ms + self.ended_ms) / 2
        early = [frame for frame in self.frames if frame.complete_ms < half_ms]
        return sum((frame.came_ms or self.ended_ms) < self.ended_ms for frame in early) / len(early)

    def delay_ms(self, share: float) -> float:
        """The delay that this share of the frames doesn't exceed."""
        delays = self.delays_ms
        return delays[min(len(delays) - 1, int(share * len(delays)))]


def cells(url: str, kinds: Iterable[str], *, seconds: float, release: str) -> list[str]:
    """The cells of a notebook: a session on a recording server, one held until a file is there, the kinds."""
    work = ((kind, KINDS[kind].format(seconds=seconds)) for kind in kinds)
    noted = (NOTED.format(kind=kind, work=text) for kind, text in work)
    return [SESSION.format(url=url), HELD.format(release=release), *noted]


def start_while_busy(
    notebook: LabNotebook, upstream: Upstream, release: Path, *, limit_s: float = 60
) -> None:
    """Show the panel and press Start while the next cell runs already; it ends when sound has arrived."""
    notebook.page.evaluate(FRAMES)
    for place in (0, 1):
        notebook.start_cell(place)
    notebook.hook("start").click()
    wait_probe(notebook, "p.live() === 1", timeout_s=limit_s)
    _wait(lambda: len(upstream.arrivals()) >= 10, "the first frames arrived", limit_s)
    release.touch()
    notebook.wait_cell(1, timeout_s=limit_s)
    assert notebook.kernel.value("held_until_released")


def run_busy_cells(
    notebook: LabNotebook, upstream: Upstream, kinds: Iterable[str], *, seconds: float, limit_s: float = 60
) -> list[Busy]:
    """Run the cells one after the other, then close the microphone; gives what each cell saw.

    Args:
        notebook: Of `cells(…)`; the microphone is open.
        upstream: The server of its session.
        kinds: As given to `cells`.
        seconds: How long each cell takes.
        limit_s: How long anything else may take.
    """
    kinds = list(kinds)
    for place, _ in enumerate(kinds, 2):
        notebook.start_cell(place)
        notebook.wait_cell(place, timeout_s=seconds + limit_s)
    times = notebook.kernel.wait_for("cells")
    last_ms = max(end for _, end in times.values())
    notebook.page.wait_for_function(
        "ms => window.sentFrames.at(-1)[2] > ms", arg=last_ms, timeout=limit_s * 1000
    )
    notebook.hook("mute").dispatch_event("click")  # wherever the page has scrolled to
    notebook.kernel.wait_for("session.muted")
    sent = notebook.page.evaluate("() => window.sentFrames")
    _wait(lambda: upstream.arrivals()[-1].until_sample >= sum(f[1] for f in sent), None, limit_s / 4)
    frames = joined(sent, upstream.arrivals())
    return [_busy(kind, frames, *times[kind]) for kind in kinds]


def joined(sent: list[list[float]], arrivals: list[Arrival]) -> list[Frame]:
    """Join the page's frames with what arrived, by the count of samples: sound keeps its order.

    A frame has come when the piece that ends it has.
    """
    ends = [arrival.until_sample for arrival in arrivals]
    frames, until = [], 0
    for _, samples, captured_ms, sent_ms in sent:
        until += int(samples)
        place = bisect_left(ends, until)
        came_ms = arrivals[place].came_ms if place < len(ends) else None
        frames.append(Frame(captured_ms, sent_ms, int(samples), came_ms))
    return frames


def _busy(kind: str, frames: list[Frame], began_ms: float, ended_ms: float) -> Busy:
    during = tuple(frame for frame in frames if began_ms <= frame.complete_ms <= ended_ms)
    return Busy(kind, began_ms, ended_ms, during)


def _wait(condition: object, what: str | None, limit_s: float) -> None:
    assert callable(condition)
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end:
            assert what is None, f"not within {limit_s:g} s: {what}"
            return
        time.sleep(0.1)
