"""Deleting a conversation for good: not its rows alone, but what was said in it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import delete, text

from ..errors import StoreError
from . import schema
from .database import Database

__all__ = ["delete_conversations"]

log = logging.getLogger("realtime_widget.store")

LOCK_LIMIT_MS = 10_000
"""How long rewriting a table of a server may wait for others that use it."""


def delete_conversations(database: Database, ids: Sequence[str]) -> None:
    """Delete conversations with all that belongs to them, then the traces that they left.

    In an SQLite file what was deleted is overwritten, the file is written anew without it and its log is
    emptied. Of PostgreSQL the tables are written anew, or, where somebody uses them all the time or owns
    them, their room is set free; its own log and backups are the server's business.
    """
    with database.writing() as connection:
        for table in schema.OF_SITTINGS:  # also where a database doesn't follow references
            connection.execute(delete(table).where(table.c.conversation_id.in_(ids)))
        connection.execute(delete(schema.sittings).where(schema.sittings.c.conversation_id.in_(ids)))
        connection.execute(delete(schema.conversations).where(schema.conversations.c.id.in_(ids)))
    sweep = {"sqlite": _sweep_sqlite, "postgresql": _sweep_postgresql}.get(database.address.dialect)
    if sweep is not None:
        sweep(database)


def _sweep_sqlite(database: Database) -> None:
    with database.outside() as connection:
        try:
            connection.exec_driver_sql("VACUUM")
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        except Exception as error:
            log.info("= the file couldn't be written anew: %s", type(error).__name__)
            busy = True
    if busy:
        raise StoreError(
            "The conversation is deleted, but others use the database, so its log may still hold words.",
            remedy="Call store.delete() without ids once nobody talks.",
            code="store_busy",
            recoverable=True,
        )


def _sweep_postgresql(database: Database) -> None:
    names = ", ".join(table.name for table in (*schema.OF_SITTINGS, schema.sittings, schema.conversations))
    with database.outside() as connection:
        connection.execute(text(f"SET lock_timeout = {LOCK_LIMIT_MS}"))
        try:
            connection.exec_driver_sql(f"VACUUM (FULL) {names}")
        except Exception as error:
            log.info("= the tables couldn't be written anew: %s", type(error).__name__)
            connection.exec_driver_sql(f"VACUUM {names}")
        finally:
            connection.execute(text("RESET lock_timeout"))
