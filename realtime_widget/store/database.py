"""The database behind a store: connections, transactions, and errors in the words of this package."""

from __future__ import annotations

import os
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from ..errors import ConfigError, RealtimeError, StoreError
from .addresses import Address
from .files import READ_ONLY, opens_file
from .migrating import VERSION_TABLE, migrate, scripts, version_of

__all__ = ["Database"]

BUSY_S = 10.0
"""How long one kernel waits for another that writes to the same file."""

BUSY_PAUSE_S = 0.02

CONNECT_S = 10
_WRITES, _PLAIN = "realtime_widget_writes", "realtime_widget_plain"


class Database:
    """Opens connections, each for one thread at a time, and keeps a few of them; safe to use in any thread.

    Args:
        address: Where it is.
        known: The versions of the schema, for tests of newer ones.

    Raises:
        StoreError: It can't be opened, written to or brought up to date; says why, and what to do.
    """

    def __init__(self, address: Address, known: ScriptDirectory | None = None) -> None:
        self.address = address
        self.closed = False
        self._pid = os.getpid()
        self._file: tuple[int, int] | None = None
        self._engine = _engine(address)
        self._writing = self._engine.execution_options(**{_WRITES: True})
        self._finalizer = weakref.finalize(self, self._engine.dispose)
        try:
            self._open(known or scripts())
        except BaseException:
            self.close()
            raise

    def _open(self, known: ScriptDirectory) -> None:
        with self.reading() as connection:
            current = version_of(connection)
        if current != known.get_current_head():
            self._migrate(current, known)
        self._file = None if self.address.path is None else _identity(self.address.path)

    def _migrate(self, current: str | None, known: ScriptDirectory) -> None:
        try:
            with self.writing() as connection:
                migrate(connection, known)
        except StoreError as error:
            if current is None or error.code != READ_ONLY:
                raise
            raise StoreError(
                f"The store {self.address.shown} was made by an older version of realtime-widget (its "
                f"schema is {current}), and can't be brought up to date where it can't be written to.",
                remedy="Make the file and its directory writable, or open a copy of it.",
                code=READ_ONLY,
            ) from None

    def check_writable(self) -> None:
        """Raise StoreError unless rows can be written: file, rights and room on the disk allow it."""
        with self.writing() as connection:
            connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = version_num"))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees the database as it is at one moment."""
        with self._explained(), self._ready(self._engine).connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction, committed at the end unless something is raised."""
        with self._explained(), self._ready(self._writing).begin() as connection:
            yield connection

    @contextmanager
    def outside(self) -> Iterator[Connection]:
        """Give a connection without a transaction, for what may not run in one."""
        with self._explained():
            options = {_PLAIN: True} if self.address.path else {"isolation_level": "AUTOCOMMIT"}
            with self._ready(self._engine).execution_options(**options).connect() as connection:
                yield connection

    def close(self) -> None:
        """Close all connections; what is asked for later fails. Total and idempotent."""
        self.closed = True
        self._finalizer()

    def _check_there(self) -> None:
        """Raise StoreError if the file isn't the one that was opened: what is written to it would be lost."""
        path = self.address.path
        if path is None or self._file is None:
            return
        found = _identity(path)
        if found is None:
            raise StoreError(
                f"The file {path} is gone.",
                remedy="Put it back; what is said meanwhile is kept in memory and written then.",
                code="store_gone",
                recoverable=True,
            )
        if found != self._file:  # another one lies in its place
            self._engine.dispose()
            self._file = found

    def _ready(self, engine: Engine) -> Engine:
        if self.closed:
            raise StoreError(
                f"The store {self.address.shown} is closed.",
                remedy="Make it again: Store(…). Sound is read from it when it is asked for.",
                code="store_closed",
            )
        if os.getpid() != self._pid:
            # A forked process must not use, nor close, the connections of its parent.
            self._engine.dispose(close=False)
            self._pid = os.getpid()
        self._check_there()
        return engine

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except RealtimeError:
            raise
        except (SQLAlchemyError, OSError) as error:
            raise _explanation(self.address, error) from None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _engine(address: Address) -> Engine:
    sqlite = address.dialect == "sqlite"
    options: dict[str, Any] = {"hide_parameters": True}  # what people say is no business of a log
    if sqlite:
        options["connect_args"] = {"timeout": BUSY_S}
    else:
        options.update(pool_pre_ping=True, pool_recycle=1800, connect_args=_patience(address))
    try:
        engine = create_engine(address.url, **options)
    except (SQLAlchemyError, TypeError, ValueError) as error:
        said = address.without_secrets(str(error))
        raise ConfigError(f"The store {address.shown} can't be opened: {said}.") from None
    if address.path is not None:
        opens_file(engine, address.path, _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _patience(address: Address) -> dict[str, Any]:
    if address.url.get_driver_name() not in ("psycopg", "psycopg2"):
        return {}
    wanted = {"connect_timeout": CONNECT_S, "tcp_user_timeout": CONNECT_S * 1000, "keepalives_idle": 30}
    return {name: value for name, value in wanted.items() if name not in address.url.query}


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # the driver's own idea of transactions leaves some statements out
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA foreign_keys = ON")
        # What is deleted is overwritten with zeros, not merely forgotten.
        cursor.execute("PRAGMA secure_delete = ON")
        mode = _patiently(lambda: _write_ahead(cursor))
        # With a log ahead a killed process loses nothing either way; a power cut may cost the last turns.
        # Where the file system has no shared memory there is no such log, and each commit goes to the disk.
        cursor.execute(f"PRAGMA synchronous = {'NORMAL' if mode == 'wal' else 'FULL'}")
    finally:
        cursor.close()


def _write_ahead(cursor: Any) -> str:
    """Keep a log ahead of the database, where the file system allows it; return what is kept."""
    mode: str = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    if mode != "wal":
        mode = cursor.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    return mode


def _patiently(function: Callable[[], str]) -> str:
    """Try until nobody else holds the database: a change of its log is refused at once, without the wait."""
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            return function()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(BUSY_PAUSE_S)


def _begin_sqlite(connection: Connection) -> None:
    # At once, not at the first write: whoever read before could find that another kernel wrote meanwhile.
    options = connection.get_execution_options()
    if not options.get(_PLAIN):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITES) else "BEGIN")


_SQLITE_REMEDIES = (
    ("file is not a database", "The file {path} is no SQLite database.", "Choose another name."),
    ("encrypted", "The file {path} is no SQLite database.", "Choose another name."),
    ("malformed", "The database {path} is damaged.", "Take a copy of it from a backup, or another name."),
    (
        "readonly",
        "The database {path} can't be written to.",
        "Make the file and its directory writable, or choose another place.",
    ),
    (
        "unable to open",
        "The file {path} can't be opened.",
        "Make the file and its directory readable and writable, or choose another place.",
    ),
    (
        "database is locked",
        "Another program holds the database {path} locked.",
        "Close whatever has it open, such as a database browser in the middle of a change.",
    ),
    ("disk is full", "There is no room left on the disk of {path}.", "Make room there."),
    ("locking protocol", "The file system of {path} can't lock files.", "Choose a local directory."),
    ("disk i/o error", "The disk of {path} doesn't take what is written.", "Choose a local directory."),
)
_CODES = {"readonly": READ_ONLY, "database is locked": "store_locked"}


def _explanation(address: Address, error: Exception) -> StoreError:
    raw = getattr(error, "orig", None) or error
    said = " ".join(address.without_secrets(str(raw)).split())
    if address.path is not None:
        for sign, message, remedy in _SQLITE_REMEDIES:
            if sign in said.lower():
                code = _CODES.get(sign)
                return StoreError(
                    message.format(path=address.path), remedy=remedy, code=code, recoverable=True
                )
    if isinstance(error, DBAPIError) and (error.connection_invalidated or _is_absence(error)):
        return StoreError(
            f"The database {address.shown} doesn't answer: {_short(said)}",
            remedy="Check that its server runs and lets you in.",
            code="store_unreachable",
            recoverable=True,
        )
    code = "store_conflict" if isinstance(error, IntegrityError) else None
    return StoreError(
        f"The database {address.shown} failed: {_short(said)}",
        remedy="See what it says.",
        code=code,
        recoverable=True,
    )


def _is_absence(error: DBAPIError) -> bool:
    return type(error).__name__ in ("OperationalError", "InterfaceError", "InternalError")


def _short(said: str) -> str:
    said = said if len(said) <= 300 else f"{said[:300]}…"
    return said if said.endswith((".", "…", "?")) else f"{said}."
