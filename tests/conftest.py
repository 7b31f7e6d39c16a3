"""What every test can rely on: no key, no user configuration, no colour codes."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A key in the developer's environment must never reach a test, nor decide its engine."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    yield
