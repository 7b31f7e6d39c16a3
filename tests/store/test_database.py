"""What can be wrong with a database, said when the store is opened; and connections that aren't mixed up."""

import os
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
import sqlalchemy

from realtime_widget import RealtimeSession, Store, StoreError
from realtime_widget.store import database
from realtime_widget.store.addresses import find_address
from realtime_widget.store.database import Database

from ..session.helpers import echo_engine, wait_until
from .writing import made_up, put


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "talks.db"


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_text("Dear diary, " * 1000)
    with pytest.raises(StoreError, match=rf"{path} is no SQLite database. Choose another name"):
        Store(path)
    assert path.read_text().startswith("Dear diary")


def test_a_database_that_is_cut_off(path: Path) -> None:
    with Store(path) as store:
        put(store, made_up(40))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 // 4096 * 4096])
    with pytest.raises(StoreError, match="is damaged"), Store(path) as store:
        store.check_writable()
        store.load("latest")


def test_a_database_that_another_program_holds(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(path):
        pass
    monkeypatch.setattr(database, "BUSY_S", 0.1)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match=r"holds the database .* locked") as locked, Store(path) as store:
        store.check_writable()
    assert locked.value.code == "store_locked" and locked.value.recoverable
    holder.close()
    with Store(path) as store:
        store.check_writable()


def test_a_database_that_cant_be_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(path) as store:
        put(store, made_up(4))
    # Rights alone don't stop the administrator, whom tests may run as.
    prepare = database._prepare_sqlite

    def read_only(connection: sqlite3.Connection, record: object) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA query_only = ON")

    monkeypatch.setattr(database, "_prepare_sqlite", read_only)
    with Store(path) as store:
        assert len(store.load("latest").turns) == 4
        with pytest.raises(
            StoreError, match=r"can't be written to. Make the file and its directory writable"
        ):
            store.check_writable()


def test_a_disk_without_room(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare = database._prepare_sqlite

    def small_disk(connection: sqlite3.Connection, record: object) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA max_page_count = 3")

    monkeypatch.setattr(database, "_prepare_sqlite", small_disk)
    with pytest.raises(StoreError, match="no room left on the disk of"):
        Store(path)


def test_a_server_that_isnt_there() -> None:
    with pytest.raises(
        StoreError, match=r"127.0.0.1:1/talks doesn't answer: .*Check that its server runs"
    ) as gone:
        Store("postgresql+psycopg://me:hidden-word@127.0.0.1:1/talks")
    assert gone.value.code == "store_unreachable" and "hidden-word" not in str(gone.value)


def test_a_database_that_the_server_doesnt_have(postgres: str) -> None:
    with pytest.raises(StoreError, match='database "nowhere" does not exist'):
        Store(find_address(postgres).url.set(database="nowhere").render_as_string(hide_password=False))


def test_the_file_is_set_up_to_survive_a_kill_and_to_forget(path: Path) -> None:
    with Store(path) as store, store._database.reading() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "secure_delete": 1,
        "busy_timeout": 10_000,
    }  # fmt: skip
    assert [each.name for each in path.parent.iterdir()] == ["talks.db"]  # closed, it is one file
    assert stat.S_ISREG(path.stat().st_mode)


def test_a_file_may_be_moved_and_read_elsewhere(path: Path, tmp_path: Path) -> None:
    with Store(path) as store:
        talk = put(store, made_up(4))
    moved = shutil.move(path, tmp_path / "old.sqlite")
    with Store(moved) as store:
        assert store.load("latest").turns == talk.turns


def test_a_file_that_is_taken_away_and_put_back(path: Path, tmp_path: Path) -> None:
    with Store(path) as store:
        talk = put(store, made_up(4))
        path.rename(tmp_path / "elsewhere.db")
        with pytest.raises(StoreError, match=r"is gone\. Put it back") as gone:
            store.load("latest")
        assert gone.value.recoverable
        (tmp_path / "elsewhere.db").rename(path)
        assert store.load("latest").turns == talk.turns
        copy = tmp_path / "copy.db"
        shutil.copy(path, copy)
        copy.replace(path)
        assert store.load("latest").turns == talk.turns


def test_a_fork_gets_connections_of_its_own(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = Database(find_address(path))
    with base.reading() as connection:
        parents = id(connection.connection.dbapi_connection)
    monkeypatch.setattr(os, "getpid", lambda: 999_999)
    with base.reading() as connection:
        assert id(connection.connection.dbapi_connection) != parents
    base.close()


def test_a_server_that_is_lost_in_the_middle_gets_all_when_it_is_back(postgres_database: str) -> None:
    url = sqlalchemy.make_url(postgres_database)
    engine = sqlalchemy.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")

    def server(*statements: str) -> None:
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement.format(name=url.database))

    with echo_engine() as echo, RealtimeSession(engine=echo, store=postgres_database) as session:
        session.ask("Before")
        server(
            "ALTER DATABASE {name} ALLOW_CONNECTIONS false",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
        )
        for number in range(5):
            assert session.ask(f"Meanwhile {number}").text
        wait_until(lambda: session.store_problem is not None)
        server("ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        wait_until(lambda: session.store_problem is None, timeout=30)
        server("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        session.ask("After a connection was cut")
        assert session.store_problem is None
        assert len(session.store.load("latest").turns) == 14
    engine.dispose()


def test_a_change_of_the_log_that_is_refused_is_tried_again() -> None:
    refusals = [sqlite3.OperationalError("database is locked")] * 3

    def change() -> str:
        if refusals:
            raise refusals.pop()
        return "wal"

    assert database._patiently(change) == "wal"
    with pytest.raises(sqlite3.OperationalError, match="disk"):
        refusals.append(sqlite3.OperationalError("disk I/O error"))
        database._patiently(change)
