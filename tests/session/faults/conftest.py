"""What all cases share: helpers' assertions are told in full, and a farewell that nobody answers is short."""

from collections.abc import Iterator

import pytest

from realtime_widget.session import connection

pytest.register_assert_rewrite("tests.session.faults.scene")


@pytest.fixture(autouse=True)
def short_farewell(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(connection, "CLOSE_LIMIT_S", 0.5)
    yield
