"""Where a store is: a path or a URL as users write it, made whole, and without its password to be shown."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from ..errors import ConfigError

__all__ = ["Address", "find_address"]

SUFFIXES = (".db", ".sqlite", ".sqlite3")
EXAMPLES = "Pass a path such as 'talks.db', or a URL: 'sqlite:///talks.db', 'postgresql://user@host/name'."
SECRETS = frozenset({"password", "passwd", "pwd", "sslpassword", "token"})
SHORTEST_SECRET = 3
"""Anything shorter would be found in ordinary words too."""

PACKAGES = {
    "psycopg": "psycopg[binary]",
    "psycopg2": "psycopg2-binary",
    "mysqldb": "mysqlclient",
    "mysqlconnector": "mysql-connector-python",
    "mariadbconnector": "mariadb",
    "cx_oracle": "cx_Oracle",
    "pysqlcipher": "sqlcipher3",
}
"""What brings a driver, by SQLAlchemy's name of it, where it isn't called as the driver's module."""

SYNCHRONOUS = {
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "oracle": "oracle+oracledb",
    "mssql": "mssql+pyodbc",
}
"""What to use in place of an asynchronous driver, by the kind of database."""


@dataclass(frozen=True, slots=True)
class Address:
    """A database; what it prints holds no password.

    Attributes:
        url: For SQLAlchemy.
        shown: The same for people.
        path: The file of an SQLite database.
    """

    url: URL = field(repr=False)
    shown: str
    path: Path | None

    def without_secrets(self, text: str) -> str:
        """Return what a driver said without what nobody may read in it."""
        secrets = [self.url.password, *(self.url.query.get(name) for name in SECRETS)]
        for secret in secrets:
            if isinstance(secret, str) and len(secret) >= SHORTEST_SECRET:
                text = text.replace(secret, "***")
        return text

    @property
    def dialect(self) -> str:
        """The kind of database, such as `sqlite` or `postgresql`."""
        return self.url.get_backend_name()


def find_address(given: Any) -> Address:
    """Return the address that a user gave.

    Raises:
        ConfigError: It is none, or its driver isn't installed.
    """
    if isinstance(given, os.PathLike) or (isinstance(given, str) and given.lower().endswith(SUFFIXES)):
        text = os.fspath(given)
        if isinstance(text, str) and "://" not in text:
            return _of_file(URL.create("sqlite", database=text))
    if not isinstance(given, str | URL) or (isinstance(given, str) and "://" not in given):
        # A text that isn't plainly a name stays out of the message: it may hold a password.
        named = repr(given) if isinstance(given, str) and not set(given) & set(":@=") else "this text"
        what = named if isinstance(given, str) else type(given).__name__
        raise ConfigError(f"A store can't be opened from {what}.", remedy=EXAMPLES)
    try:
        url = make_url(given.strip() if isinstance(given, str) else given)
    except (ArgumentError, ValueError):
        raise ConfigError("The store's URL can't be read.", remedy=EXAMPLES) from None
    if url.drivername == "postgres":
        url = url.set(drivername="postgresql")
    return _of_file(url) if url.get_backend_name() == "sqlite" else _of_server(url)


def _of_file(url: URL) -> Address:
    name = url.database or ""
    if name in ("", ":memory:") or "mode=memory" in name:
        raise ConfigError(
            "An SQLite database in memory is gone with the kernel, so it can't be a store.",
            remedy="Name a file, e.g. store='sqlite:///talks.db'.",
        )
    if name.startswith("file:"):
        raise ConfigError("A store takes a plain path, not an SQLite file: address.", remedy=EXAMPLES)
    _check_driver(url)
    # Whole, so that a kernel that changes its directory still writes to the same file.
    path = Path(name).expanduser().absolute()
    if not path.parent.is_dir():
        raise ConfigError(
            f"There is no directory {path.parent} for the store {path.name}.", remedy="Make it first."
        )
    if path.is_dir():
        raise ConfigError(f"The store {path} is a directory.", remedy="Name a file in it, such as talks.db.")
    url = url.set(database=str(path))
    return Address(url, f"sqlite:///{path}", path)


def _of_server(url: URL) -> Address:
    if url.drivername == "postgresql" and not _is_there("psycopg2") and _is_there("psycopg"):
        url = url.set(drivername="postgresql+psycopg")
    _check_driver(url)
    hidden = url.difference_update_query(list(SECRETS & url.query.keys()))
    return Address(url, hidden.render_as_string(hide_password=True), None)


def _check_driver(url: URL) -> None:
    try:
        dialect = url.get_dialect()
    except NoSuchModuleError:
        raise ConfigError(f"SQLAlchemy knows no database {url.drivername!r}.", remedy=EXAMPLES) from None
    if dialect.is_async:  # said first: installing it would be of no use
        kind = url.get_backend_name()
        raise ConfigError(
            f"{url.drivername} is an asynchronous driver; a store has a thread of its own and needs none.",
            remedy=f"Use {SYNCHRONOUS.get(kind, kind)}:// in its place.",
        )
    try:
        dialect.import_dbapi()
    except ImportError as error:
        raise ConfigError(
            f"The driver for {url.drivername} isn't installed.",
            remedy=f'pip install "{_package(url, error)}"',
        ) from None


def _package(url: URL, error: ImportError) -> str:
    """Return what brings a driver; one that is not known here is taken to be called as its module."""
    if url.drivername == "postgresql":
        return PACKAGES["psycopg"]
    module = (error.name or "").partition(".")[0]
    return PACKAGES.get(url.get_driver_name()) or module or url.drivername


def _is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
