"""How a connection to an SQLite file is opened: to read and write, or only to read where nobody may write."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from ..errors import StoreError

__all__ = ["READ_ONLY", "open_file", "opens_file"]

READ_ONLY = "store_read_only"
"""The code of an error about what can't be written."""

_SEALED = "realtime_widget_sealed"

REFUSALS = ("readonly", "unable to open")
"""What SQLite says where a file or its directory can't be written."""


def opens_file(engine: Engine, path: Path, prepare: Callable[[Any, object], None]) -> None:
    """Let an engine open its connections as `open_file` does."""

    def connect(dialect: object, record: Any, args: object, options: dict[str, Any]) -> sqlite3.Connection:
        connection, sealed = open_file(path, options, lambda made: prepare(made, record))
        if sealed:
            record.info[_SEALED] = True
        return connection

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "checkin", _drop_sealed)


def _drop_sealed(connection: object, record: Any) -> None:
    # One that only reads isn't kept: others may write to the file, or it may be writable by next time.
    if connection is not None and record.info.get(_SEALED):
        record.invalidate()


def open_file(
    path: Path, options: Mapping[str, Any], prepare: Callable[[sqlite3.Connection], None]
) -> tuple[sqlite3.Connection, bool]:
    """Open a file, and return the connection and whether it can do no more than read.

    Args:
        path: The file; made if it isn't there.
        options: For `sqlite3.connect`.
        prepare: Sets a connection up that reads and writes; what it raises may be a refusal too.

    Raises:
        sqlite3.Error: It can't be opened in any way.
        StoreError: What was written last lies beside it, and can't be taken in where nobody may write.
    """
    refusal: sqlite3.OperationalError | None = None
    if os.access(path, os.W_OK) or not path.exists():
        try:
            return _opened(str(path), options, prepare), False
        except sqlite3.OperationalError as error:
            if not _is_refusal(error) or not os.access(path, os.R_OK):
                raise
            refusal = error
    try:
        return _opened(f"{path.as_uri()}?mode=ro", {**options, "uri": True}, _read), True
    except sqlite3.OperationalError as error:
        if not _is_refusal(error) or not os.access(path, os.R_OK):
            raise refusal or error from None
    return _open_unchanging(path, options), True


def _open_unchanging(path: Path, options: Mapping[str, Any]) -> sqlite3.Connection:
    # Its log ahead can't be made there, so SQLite must be told that nobody writes; a log would be left out.
    beside = [own for end in ("-wal", "-journal") if _has_content(own := path.with_name(path.name + end))]
    if beside:
        raise StoreError(
            f"What was written last to {path.name} lies in {beside[0].name}, and can't be taken in, as "
            f"nothing can be written in {path.parent}.",
            remedy="Make the directory writable, or copy both files to one that is and open the copy.",
            code=READ_ONLY,
            recoverable=True,
        )
    return _opened(f"{path.as_uri()}?mode=ro&immutable=1", {**options, "uri": True}, _read)


def _opened(
    name: str, options: Mapping[str, Any], prepare: Callable[[sqlite3.Connection], None]
) -> sqlite3.Connection:
    connection: sqlite3.Connection = sqlite3.connect(name, **options)
    try:
        prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _read(connection: sqlite3.Connection) -> None:
    """Read something, as SQLite opens a file only then."""
    connection.isolation_level = None
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _is_refusal(error: sqlite3.OperationalError) -> bool:
    return any(sign in str(error).lower() for sign in REFUSALS)


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0
