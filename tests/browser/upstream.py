"""A server that notes when sound comes, in a process of its own: no busy kernel may slow its clock.

`python -m tests.browser.upstream` prints its URL; for each line on its input it prints all arrivals so far as
one line of JSON, and it ends with its input.
"""

import json
import subprocess
import sys
import time
from types import TracebackType
from typing import NamedTuple, Self

from realtime_widget.testing import ScriptedEngine

LIMIT_S = 30


class Arrival(NamedTuple):
    """One appended piece of sound, in ms since the epoch, and the count of samples up to its end."""

    came_ms: float
    until_sample: int


class RecordingEngine(ScriptedEngine):
    """Has a server's manners, and notes when each piece of sound arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.arrivals: list[Arrival] = []

    def record(self, command: dict[str, object], audio: bytes) -> None:
        """Note the time first."""
        came_ms = time.time() * 1000
        super().record(command, audio)
        if audio:
            before = self.arrivals[-1].until_sample if self.arrivals else 0
            self.arrivals.append(Arrival(came_ms, before + len(audio) // 2))


class Upstream:
    """The process; a context manager."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = self._line()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def arrivals(self) -> list[Arrival]:
        """All that came so far."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return [Arrival(*one) for one in json.loads(self._line())]

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def serve() -> None:
    with RecordingEngine() as engine:
        print(engine.url, flush=True)  # noqa: T201
        for _ in sys.stdin:
            print(json.dumps(engine.arrivals), flush=True)  # noqa: T201


if __name__ == "__main__":
    serve()
