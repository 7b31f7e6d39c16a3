"""What every test of a session gets: idle threads that end soon, and a judge of all that is sent."""

from collections.abc import Iterator

import pytest

from realtime_widget.session import callbacks

from ..strict import strict_commands  # noqa: F401


@pytest.fixture(autouse=True)
def short_idle(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """End idle callback threads sooner, so that a leak can be told from a thread that is about to end."""
    monkeypatch.setattr(callbacks, "IDLE_S", 0.2)
    yield
