"""Whatever a session sends to a scripted engine must be what the official client could have sent.

Import `strict_commands` into the `conftest.py` of tests that run whole sessions: each of them is a case then.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from realtime_widget.testing import connection

__all__ = ["strict_commands"]

# What tests send through `send_event` on purpose, to show that it goes out as it is.
MADE_UP = ('{"type":"fence"', '{"type":"some.future_command"')


@pytest.fixture(autouse=True)
def strict_commands(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect all frames that scripted engines get, and check each when the test is over."""
    frames: list[str] = []
    parse = connection._parse

    def note(frame: str | bytes) -> Any:
        frames.append(frame if isinstance(frame, str) else frame.decode())
        return parse(frame)

    monkeypatch.setattr(connection, "_parse", note)
    yield frames
    sent = {frame for frame in frames if not frame.startswith(MADE_UP)}
    if sent:
        from .protocol.sdk import check_command  # a second's import, which many tests can do without

        for frame in sent:
            check_command(frame)
