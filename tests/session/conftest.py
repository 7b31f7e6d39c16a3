"""Idle callback threads end sooner here, so that tests can tell a leak from a thread that is about to end."""

from collections.abc import Iterator

import pytest

from realtime_widget.session import callbacks


@pytest.fixture(autouse=True)
def short_idle(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(callbacks, "IDLE_S", 0.2)
    yield
