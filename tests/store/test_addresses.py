"""Paths and URLs, as users write them."""

import sys
from pathlib import Path

import pytest
from sqlalchemy import URL

from realtime_widget import ConfigError
from realtime_widget.store import addresses
from realtime_widget.store.addresses import find_address


@pytest.mark.parametrize(
    "given", ["talks.db", "sqlite:///talks.db", Path("talks.sqlite"), "TALKS.SQLITE3", "./t.db"]
)
def test_a_file_stays_where_it_is_when_the_kernel_moves(
    given: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = find_address(given)
    name = Path(str(given).removeprefix("sqlite:///")).name
    assert found.path == tmp_path / name and found.shown == f"sqlite:///{tmp_path / name}"
    assert found.url.database == str(found.path) and found.dialect == "sqlite"


def test_a_url_of_sqlalchemy_is_taken_as_it_is() -> None:
    given = URL.create("postgresql+psycopg", username="me", password="secret-word", host="h", database="d")
    assert find_address(given).url == given and "secret" not in find_address(given).shown


def test_a_home_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_address("~/talks.db").path == tmp_path / "talks.db"


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (3, "can't be opened from int"),
        ("talks", "can't be opened from 'talks'"),
        ("", "can't be opened from ''"),
        ("me:secret@host/talks", "can't be opened from this text"),
        ("host=h password=secret", "can't be opened from this text"),
        ("sqlite://", "in memory is gone with the kernel"),
        ("sqlite:///:memory:", "in memory is gone with the kernel"),
        ("sqlite:///file:talks.db?uri=true", "not an SQLite file"),
        ("sqlite:////nowhere/at/all/talks.db", "There is no directory /nowhere/at/all"),
        ("nosuch://x/y", "SQLAlchemy knows no database 'nosuch'"),
        ("postgresql+asyncpg://x/y", r"asynchronous driver.*Use postgresql\+psycopg:// in its place"),
        ("postgresql+psycopg_async://x/y", r"Use postgresql\+psycopg:// in its place"),
        ("sqlite+aiosqlite:///talks.db", "asynchronous driver.*Use sqlite:// in its place"),
        ("mysql+asyncmy://x/y", r"Use mysql\+pymysql:// in its place"),
        ("://secret@", "can't be read"),
        ("postgresql://me:secret@host:port/x", "can't be read"),
    ],
)
def test_what_cant_be_a_store_is_told_without_its_password(given: object, match: str) -> None:
    with pytest.raises(ConfigError, match=match) as wrong:
        find_address(given)
    assert "secret" not in str(wrong.value) and wrong.value.__cause__ is None and wrong.value.remedy


def test_a_directory_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "talks.db").mkdir()
    with pytest.raises(ConfigError, match="is a directory"):
        find_address(tmp_path / "talks.db")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_server_is_shown_without_its_password(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "_is_there", lambda module: module == "psycopg")
    found = find_address(f"{scheme}://me:p%40ss-word@host/talks?password=other-one&sslmode=require")
    assert found.shown == "postgresql+psycopg://me:***@host/talks?sslmode=require"
    assert found.url.password == "p@ss-word" and found.path is None
    assert found.without_secrets("p@ss-word or other-one") == "*** or ***"
    assert "ss-word" not in repr(found) + str(found) and "other-one" not in repr(found)


@pytest.mark.parametrize(
    ("url", "module", "package"),
    [
        ("postgresql", "psycopg2", "psycopg[binary]"),
        ("postgres", "psycopg2", "psycopg[binary]"),
        ("postgresql+psycopg", "psycopg", "psycopg[binary]"),
        ("postgresql+psycopg2", "psycopg2", "psycopg2-binary"),
        ("postgresql+pg8000", "pg8000", "pg8000"),
        ("mysql", "MySQLdb", "mysqlclient"),
        ("mysql+mysqldb", "MySQLdb", "mysqlclient"),
        ("mysql+pymysql", "pymysql", "pymysql"),
        ("mysql+mysqlconnector", "mysql.connector", "mysql-connector-python"),
        ("mariadb+mariadbconnector", "mariadb", "mariadb"),
        ("mssql+pyodbc", "pyodbc", "pyodbc"),
    ],
)
def test_a_driver_that_is_missing_is_named_as_it_is_installed(
    url: str, module: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "_is_there", lambda module: False)
    for each in {module.partition(".")[0], "psycopg" if "+" not in url else module}:
        monkeypatch.setitem(sys.modules, each, None)
    with pytest.raises(ConfigError, match="isn't installed") as missing:
        find_address(f"{url}://me:secret@host/talks")
    assert missing.value.remedy == f'pip install "{package}"' and "secret" not in str(missing.value)
