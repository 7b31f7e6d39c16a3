"""Brings a database to the newest version of the schema, once, however many kernels open it at a time."""

from __future__ import annotations

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from ..errors import StoreError
from . import schema

__all__ = ["VERSION_TABLE", "migrate", "scripts", "version_of"]

VERSION_TABLE = "realtime_widget_version"
"""A name of our own: other programs may keep versions of theirs in the same database."""

LOCK_KEY = 7_246_911_203
"""By which kernels that open the same PostgreSQL database wait for one another."""

_PLACE = Path(__file__).parent / "migrations"


def scripts(place: Path = _PLACE) -> ScriptDirectory:
    """Return the versions of the schema."""
    return ScriptDirectory(str(place), version_locations=[str(place / "versions")])


def version_of(connection: Connection) -> str | None:
    """Return the version of a database's schema; None where there is no schema of ours."""
    return _context(connection).get_current_revision()


def migrate(connection: Connection, known: ScriptDirectory) -> None:
    """Bring the schema up to date, in the transaction that the connection is in.

    Raises:
        StoreError: A newer version of this package made it, or the database has tables of somebody else.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
    current, newest = version_of(connection), known.get_current_head()
    if current == newest:
        return
    revisions = list(known.walk_revisions())
    names = [revision.revision for revision in revisions]
    if current is not None and current not in names:
        raise StoreError(
            f"The store was made by a newer version of realtime-widget (its schema is {current}).",
            remedy='Update this one: pip install -U "realtime-widget[store]".',
            code="store_too_new",
        )
    if current is None:
        _check_free(connection)
    context = _context(connection)
    missing = revisions if current is None else revisions[: names.index(current)]
    with Operations.context(context):
        for revision in reversed(missing):
            revision.module.upgrade()
    context.stamp(known, newest or "")


def _context(connection: Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})


def _check_free(connection: Connection) -> None:
    taken = sorted(set(inspect(connection).get_table_names()) & set(schema.metadata.tables))
    if taken:
        raise StoreError(
            f"The database has tables of another program: {', '.join(taken)}.",
            remedy="Use a database, or a schema of PostgreSQL (?options=-csearch_path=…), of its own.",
            code="store_taken",
        )
