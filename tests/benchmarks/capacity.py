"""How many sessions one process holds in real time, and how long a session itself keeps sound waiting.

`python -m tests.benchmarks.capacity sessions --url ws://127.0.0.1:PORT/v1 --sessions 150` runs that many
sessions for a while, each with a page that sends 40 ms chunks of a microphone and an assistant that speaks
half of the time. `… delay` runs one session at the same pace and times each chunk on its way through it. Both
print one JSON object.
"""

import argparse
import json
import resource
import statistics
import threading
import time
from collections import deque
from typing import Any

from realtime_widget import RealtimeSession
from realtime_widget.session.direct import DirectSocket
from realtime_widget.widget.link import PageLink

CHUNK_MS = 40
CHUNK = bytes(48 * CHUNK_MS)
CHUNK_SAMPLES = 24 * CHUNK_MS
LEAD_S = 2.0


class Page:
    """A page without a browser: it sends a microphone's chunks and takes the voice."""

    def __init__(self, url: str) -> None:
        self.session = RealtimeSession(engine=url, record=True, transcription=None)
        self.voice_s = 0.0
        self.on_voice: Any = lambda: None
        core = self.session._core
        self.link = PageLink(core, self.session._verbs, self.session._io, title="Bench")
        self.link.wires.add(self.take)
        core.views.append(self.link)
        self._seq = 0

    def take(self, content: Any, buffers: list[bytes]) -> None:
        """Take a message of the kernel."""
        if content["type"] == "audio":
            self.voice_s += len(buffers[0]) / 48_000
            self.on_voice()

    def open(self) -> None:
        """Connect, with this page's microphone open."""
        self.session.start()
        self.link.receive({"type": "page.ready", "page": "p", "secure": True, "has_microphone": True}, [])
        self.link.receive({"type": "mic", "page": "p", "state": "open", "detail": None}, [])

    def speak(self) -> None:
        """Send one chunk, as the comm handler gets it."""
        message = {
            "type": "audio", "page": "p", "seq": self._seq, "first_sample": self._seq * CHUNK_SAMPLES,
            "captured_ms": 0.0,
        }  # fmt: skip
        self._seq += 1
        self.link.receive(message, [memoryview(CHUNK)])


def cpu_s() -> float:
    """CPU seconds of this process so far, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def feed(pages: list[Page], seconds: float, answer_s: float) -> float:
    """Speak into all pages at the pace of speech and ask for answers; return how late the worst round was."""
    begin = time.monotonic()
    asked = [begin - 2 * answer_s * (place + 1) / len(pages) for place in range(len(pages))]
    worst_s, n = 0.0, 0
    while (now := time.monotonic()) < begin + seconds:
        for place, page in enumerate(pages):
            page.speak()
            if now - asked[place] >= 2 * answer_s:
                asked[place] += 2 * answer_s
                page.session._io.post(page.session._core.act, _respond)
        n += 1
        late_s = time.monotonic() - (begin + n * CHUNK_MS / 1000)
        worst_s = max(worst_s, late_s)
        if late_s < 0:
            time.sleep(-late_s)
    return worst_s


def _respond(protocol: Any) -> None:
    protocol.respond(f"bench_{time.monotonic_ns()}")


def sessions(url: str, n: int, seconds: float, answer_s: float) -> dict[str, Any]:
    """Run `n` sessions; CPU is that of the whole process, the feeding of the pages included."""
    pages = [Page(url) for _ in range(n)]
    for page in pages:
        page.open()
    feed(pages, LEAD_S, answer_s)
    before, began = cpu_s(), time.monotonic()
    heard_s = sum(page.voice_s for page in pages)
    late_s = feed(pages, seconds, answer_s)
    wall_s = time.monotonic() - began
    used = (cpu_s() - before) / wall_s
    voice_s = sum(page.voice_s for page in pages) - heard_s
    lag_ms = max(page.session.health.max_loop_lag_ms or 0.0 for page in pages)
    dropped_ms = sum(page.session.health.uplink.dropped_audio_ms for page in pages)
    for page in pages:
        page.session.stop()
    return {
        "sessions": n, "cores": used, "late_ms": late_s * 1000, "lag_ms": lag_ms, "dropped_ms": dropped_ms,
        "voice_share": voice_s / wall_s / n,
    }  # fmt: skip


def delay(url: str, seconds: float, answer_s: float) -> dict[str, Any]:
    """Time each chunk from the comm handler to the socket, and from the socket to the comm."""
    said: deque[float] = deque()
    up_ms: list[float] = []
    down_ms: list[float] = []
    read = [0.0]
    write, data_received = DirectSocket.write, DirectSocket.data_received

    def timed_write(self: DirectSocket, texts: Any) -> int:
        written = write(self, texts)
        up_ms.extend(
            (time.perf_counter() - said.popleft()) * 1000 for text in texts if "_buffer.append" in text[:60]
        )
        return written

    def timed_read(self: DirectSocket, data: bytes) -> None:
        read[0] = time.perf_counter()
        data_received(self, data)

    DirectSocket.write, DirectSocket.data_received = timed_write, timed_read  # type: ignore[method-assign]
    page = Page(url)
    page.on_voice = lambda: down_ms.append((time.perf_counter() - read[0]) * 1000)
    speak = page.speak

    def timed_speak() -> None:
        said.append(time.perf_counter())
        speak()

    page.speak = timed_speak  # type: ignore[method-assign]
    page.open()
    feed([page], seconds, answer_s)
    page.session.stop()
    return {"up": _percentiles(up_ms), "down": _percentiles(down_ms)}


def _percentiles(values_ms: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values_ms, n=100, method="inclusive")
    return {"n": len(values_ms), "p50": cuts[49], "p99": cuts[98], "max": max(values_ms)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["sessions", "delay"])
    parser.add_argument("--url", required=True)
    parser.add_argument("--sessions", type=int, default=150)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--answer-seconds", type=float, default=5)
    options = parser.parse_args()
    if options.what == "delay":
        result = delay(options.url, options.seconds, options.answer_seconds)
    else:
        result = sessions(options.url, options.sessions, options.seconds, options.answer_seconds)
    result["threads"] = threading.active_count()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
