"""Sessions in real time: how many one process holds, and how long a session itself keeps sound waiting."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from tests.benchmarks.audio_cpu import replay_server

ANSWER_S = 5
AIM_SESSIONS = 150
AIM_DELAY_MS = 2.0


def measure(what: str, url: str, *options: str) -> dict[str, Any]:
    """Run one measurement in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.capacity", what, "--url", url, *options]
    command += ["--answer-seconds", str(ANSWER_S)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise SystemExit(f"{what} failed:\n{done.stderr[-4000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def report_sessions(counts: Sequence[int], *, seconds: float) -> None:
    """Print what sessions cost in real time, each with a 40 ms uplink and an answer half of the time."""
    print(f"\nSessions of one process in real time, 40 ms uplink, 50 % downlink, {seconds:g} s each")
    print(f"  {'sessions':>8}{'cores':>8}{'on one core':>13}{'worst lag ms':>14}{'lost ms':>9}{'voice':>7}")
    for count in counts:
        with replay_server(1, ANSWER_S) as url:
            run = measure("sessions", url, "--sessions", str(count), "--seconds", str(seconds))
        print(
            f"  {count:>8}{run['cores']:>8.2f}{count / run['cores']:>13.0f}{run['lag_ms']:>14.0f}"
            f"{run['dropped_ms']:>9.0f}{run['voice_share']:>7.0%}"
        )
    print(f"  aim: at least {AIM_SESSIONS} on one core; the cost of feeding the pages is in it")


def report_delay(*, seconds: float) -> None:
    """Print how long a chunk stays in an idle session."""
    with replay_server(1, ANSWER_S) as url:
        run = measure("delay", url, "--seconds", str(seconds))
    print(f"\nA session's own delay in ms, {seconds:g} s of one conversation")
    for way, name in (("up", "comm handler to socket"), ("down", "socket to comm")):
        found = run[way]
        print(f"  {name:<24}p50 {found['p50']:.2f}   p99 {found['p99']:.2f}   max {found['max']:.2f}")
    print(f"  aim: p99 at most {AIM_DELAY_MS:g} ms")
