"""What an hour of sound weighs: the core is fed with both sides, as fast as it takes them.

`python -m tests.benchmarks.sound_memory --minutes 60` prints what the memory grew by, how long the I/O thread
was held up at most, and how long reading takes, with the file for older sound and without it.
"""

import argparse
import gc
import time

import numpy as np
import psutil

from realtime_widget.audio.keeping import Keeper
from realtime_widget.data.growing.spool import Spool
from tests.data.talk import Talk

CHUNK_MS = 100
TURN_MS = 6_000


def rss_mb() -> float:
    """Return what this process has in memory, in MB."""
    gc.collect()
    return float(psutil.Process().memory_info().rss) / 1e6


def feed(talk: Talk, minutes: float, slowest: list[float]) -> None:
    """Let both sides talk at once, in turns of 6 s."""
    noise = np.random.default_rng(1).integers(-3000, 3000, 24 * CHUNK_MS * 50).astype("<i2").tobytes()
    n_bytes = 48 * CHUNK_MS
    for chunk in range(int(minutes * 60_000 / CHUNK_MS)):
        ms, place = float(chunk * CHUNK_MS), chunk % 50 * n_bytes
        number, first = divmod(chunk * CHUNK_MS, TURN_MS)
        response, item = f"r{number}", f"a{number}"
        if not first:
            if number:
                talk.over(ms, f"r{number - 1}")
            talk.created(ms, response)
            talk.begun(ms, response, item)
        begin = time.perf_counter()
        talk.do(ms, "append_audio", noise[place : place + n_bytes])
        talk.sound(ms, response, item, noise[place : place + n_bytes])
        slowest.append(time.perf_counter() - begin)
        talk.protocol.messages_to_send()


def report(minutes: float, keeper: Keeper) -> None:
    """Print what this much of both sides weighs with a keeper."""
    before_mb, talk, slowest = rss_mb(), Talk(keeper=keeper), list[float]()
    feed(talk, minutes, slowest)
    grown_mb = rss_mb() - before_mb
    sound_mb = (keeper.n_memory_bytes + keeper.n_moved_bytes) / 1e6
    slowest.sort()
    print(
        f"{type(keeper).__name__}: {minutes:g} min of both sides, {sound_mb:.0f} MB of sound: "
        f"memory +{grown_mb:.0f} MB, of it sound {keeper.n_memory_bytes / 1e6:.0f} MB, in the file "
        f"{keeper.n_moved_bytes / 1e6:.0f} MB"
    )
    print(
        f"  100 ms of both sides: median {slowest[len(slowest) // 2] * 1e3:.2f} ms, "
        f"99.9 % {slowest[-len(slowest) // 1000] * 1e3:.2f} ms, longest {slowest[-1] * 1e3:.1f} ms"
    )
    turns = [turn for turn in talk.data.transcript if turn.audio_ms][:50]
    begin = time.perf_counter()
    read = [len(turn.audio) for turn in turns]
    each_ms = (time.perf_counter() - begin) * 1e3 / len(turns)
    print(f"  turn.audio of {read[0] / 24_000:g} s: {each_ms:.2f} ms")
    begin, before_mb = time.perf_counter(), rss_mb()
    recording = talk.data.recording
    print(
        f"  recording: {time.perf_counter() - begin:.2f} s, {recording.samples.nbytes / 1e6:.0f} MB of "
        f"samples, memory +{rss_mb() - before_mb:.0f} MB"
    )
    begin = time.perf_counter()
    recording.plot()
    print(f"  recording.plot(): {time.perf_counter() - begin:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.sound_memory", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--keeper", choices=("spool", "memory"), default="spool")
    options = parser.parse_args()
    report(options.minutes, Spool() if options.keeper == "spool" else Keeper())


if __name__ == "__main__":
    main()
