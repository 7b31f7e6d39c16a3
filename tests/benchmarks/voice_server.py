"""A server that says when it sends what, in a process of its own: `python -m tests.benchmarks.voice_server`.

It prints its URL. For each line on its input it does something and prints a line of JSON: `heard` gives all
arrivals of sound; `say 2000` sends an answer of so many ms, `barge` tells that somebody speaks, and
each gives the time (ms since the epoch) right before it is sent.
"""

import json
import subprocess
import sys
import time
from itertools import count
from types import TracebackType
from typing import Any, Self

from realtime_widget.testing import audio_response, committed, speech_started, speech_stopped, tone
from tests.browser.upstream import RecordingEngine

LIMIT_S = 30
CHUNK_MS = 100  # about what the service sends at once


class VoiceServer:
    """The process; a context manager."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url: str = self._read()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.stdout.close()

    def do(self, order: str) -> Any:
        """Carry out an order; gives what it answers."""
        assert self._process.stdin is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        return json.loads(self._read())

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def _serve() -> None:
    numbers = count()
    with RecordingEngine() as engine:
        print(engine.url, flush=True)
        for line in sys.stdin:
            order, *values = line.split()
            print(json.dumps(_obey(engine, order, [int(value) for value in values], numbers)), flush=True)


def _obey(engine: RecordingEngine, order: str, values: list[int], numbers: Any) -> Any:
    if order == "heard":
        return engine.arrivals
    if order == "say":
        events = audio_response("Yes.", tone(values[0]), chunk_ms=CHUNK_MS)
        at_ms = time.time() * 1000
        engine.push(*events)
        return at_ms
    item_id = f"item_spoken_{next(numbers)}"
    at_ms = time.time() * 1000
    engine.push(speech_started(item_id), speech_stopped(item_id), committed(item_id))
    return at_ms


if __name__ == "__main__":
    _serve()
