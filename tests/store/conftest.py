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


def make(server: str, what: str) -> tuple[sqlalchemy.URL, str]:
    """Make a database, or a schema, of a name of its own."""
    name = f"talks_{next(_numbers)}"
    engine = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE {what} {name}")
    engine.dispose()
    return sqlalchemy.make_url(server), name


@pytest.fixture
def postgres(postgres_server: str) -> str:
    """The URL of an empty schema of a PostgreSQL database, which is made in no time."""
    url, name = make(postgres_server, "SCHEMA")
    return url.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)


@pytest.fixture
def postgres_database(postgres_server: str) -> str:
    """The URL of an empty PostgreSQL database."""
    url, name = make(postgres_server, "DATABASE")
    return url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'talks.db'}"
    found: str = request.getfixturevalue("postgres")
    return found
