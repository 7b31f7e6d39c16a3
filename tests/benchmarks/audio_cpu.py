"""CPU seconds per minute of received audio: our session, a bare loop, the Agents SDK; one replay server."""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.benchmarks.clients import CLIENTS

SECONDS_PER_TURN = 60
BYTES_PER_MINUTE = 24_000 * 2 * 60
AIMS = {"bare": 2.0, "agents": 0.6}


@contextmanager
def replay_server(speed: float, seconds: int = SECONDS_PER_TURN) -> Iterator[str]:
    """The replay server in a process of its own, with answers of so many seconds; gives its base URL."""
    options = ["--seconds", str(seconds), "--speed", str(speed)]
    command = [sys.executable, "-m", "tests.benchmarks.replay", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"ws://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.communicate()  # closes its standard input, which ends it


def measure(name: str, url: str, turns: int) -> dict[str, Any]:
    """Run one client once; all of the audio must have arrived."""
    command = [sys.executable, "-m", "tests.benchmarks.clients", name, "--url", url, "--turns", str(turns)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        raise SystemExit(f"{name} failed:\n{done.stderr[-4000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    expected = turns * SECONDS_PER_TURN * BYTES_PER_MINUTE // 60
    if result["audio_bytes"] != expected:
        raise SystemExit(f"{name} kept {result['audio_bytes']} bytes of audio, {expected} were sent")
    return result


def report(names: Sequence[str], *, minutes: int, repeats: int, speed: float = 0) -> dict[str, float]:
    """Print the table; gives CPU seconds per minute of audio for each client."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    with replay_server(speed) as url:
        for _ in range(repeats):  # interleaved, so that a busy machine slows all alike
            for name in names:
                runs[name].append(measure(name, url, minutes))
    cpu = {name: statistics.median(run["cpu_s"] for run in done) / minutes for name, done in runs.items()}
    pace = f"sent at {speed:g} times real time" if speed else "sent as fast as it is read"
    print(f"\nCPU seconds per minute of received audio, {minutes} min, median of {repeats}, {pace}")
    print(f"  {'client':<10}{'CPU s/min':>10}{'wall s/min':>12}{'peak MB':>9}{'vs bare':>9}{'vs agents':>11}")
    for name, done in runs.items():
        wall = statistics.median(run["wall_s"] for run in done) / minutes
        peak = max(run["peak_rss_bytes"] for run in done) / 1e6
        ratios = "".join(
            f"{_ratio(cpu, name, other):>{width}}" for other, width in (("bare", 9), ("agents", 11))
        )
        print(f"  {name:<10}{cpu[name]:>10.4f}{wall:>12.4f}{peak:>9.0f}{ratios}")
    if "session" in cpu:
        aims = ", ".join(f"{limit}x {other}" for other, limit in AIMS.items() if other in cpu)
        print(f"  aim for the session: at most {aims}, everything kept")
    return cpu


def _ratio(cpu: dict[str, float], name: str, other: str) -> str:
    return f"{cpu[name] / cpu[other]:.2f}" if cpu.get(other) else "-"


ALL = tuple(CLIENTS)
