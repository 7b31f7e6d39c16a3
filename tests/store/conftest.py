"""What the tests of the store get: databases of both kinds, empty, and threads that end soon."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

from realtime_widget.store import keeper

from .postgres import running_server

_numbers = itertools.count()


@pytest.fixture(autouse=True)
def short_idle(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """End idle writers soon, and let them try again soon."""
    monkeypatch.setattr(keeper, "IDLE_S", 0.2)
    monkeypatch.setattr(keeper, "RETRY_S", (0.01, 0.05))
    yield


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for all tests; it takes a second to start."""
    with running_server(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture
def postgres(postgres_server: str) -> str:
    """The URL of an empty PostgreSQL database."""
    name = f"talks_{next(_numbers)}"
    engine = sqlalchemy.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return sqlalchemy.make_url(postgres_server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'talks.db'}"
    found: str = request.getfixturevalue("postgres")
    return found
