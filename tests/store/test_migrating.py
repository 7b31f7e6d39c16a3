"""Versions of the schema: made once, brought up to date without loss, never taken back."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from realtime_widget import Store, StoreError
from realtime_widget.store import migrating, schema
from realtime_widget.store.addresses import find_address
from realtime_widget.store.database import Database
from realtime_widget.store.migrating import VERSION_TABLE, scripts, version_of

from .writing import made_up, put

NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade():
    with op.batch_alter_table("turns") as turns:
        turns.add_column(sa.Column("mood", sa.Text, nullable=False, server_default="calm"))
    op.execute("UPDATE turns SET mood = 'glad' WHERE text LIKE '%Thanks%'")
"""


@pytest.fixture
def newer(tmp_path: Path) -> Any:
    """The versions of the schema with one more, as a later version of the package would have."""
    place = tmp_path / "newer"
    shutil.copytree(migrating._PLACE, place, ignore=shutil.ignore_patterns("__pycache__"))
    (place / "versions" / "v0002.py").write_text(NEXT)
    return scripts(place)


def test_the_versions_make_the_tables_that_are_used(url: str) -> None:
    with Store(url) as store, store._database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, schema.metadata) == []
        assert version_of(connection) == scripts().get_current_head() == "0001"


def test_an_older_database_is_brought_up_to_date_without_loss(url: str, newer: Any) -> None:
    with Store(url) as store:
        talk = put(store, made_up(14))
        before = store.load(talk.about.id)
    database = Database(find_address(url), newer)
    with database.reading() as connection:
        assert version_of(connection) == "0002"
        moods = connection.execute(
            sqlalchemy.text("SELECT mood, count(*) FROM turns GROUP BY mood ORDER BY 1")
        )
        assert [tuple(row) for row in moods] == [("calm", 13), ("glad", 1)]
    with pytest.raises(StoreError, match=r"newer version of realtime-widget.*pip install -U") as too_new:
        Store(url)
    assert too_new.value.code == "store_too_new"
    with database.writing() as connection:
        connection.execute(sqlalchemy.text(f"UPDATE {VERSION_TABLE} SET version_num = '0001'"))
    database.close()
    with Store(url) as store:
        assert store.load(talk.about.id).turns == before.turns == talk.turns


def test_a_migration_that_fails_leaves_everything_as_it_was(url: str, newer: Any) -> None:
    with Store(url) as store:
        talk = put(store, made_up(4))
    script = Path(newer.dir) / "versions" / "v0002.py"
    script.write_text(NEXT + "    op.execute('SELECT * FROM nowhere')\n")
    with pytest.raises(StoreError, match="nowhere"):
        Database(find_address(url), scripts(Path(newer.dir)))
    with Store(url) as store:
        assert store.load(talk.about.id).turns == talk.turns


def test_tables_of_another_program_are_left_alone(url: str) -> None:
    engine = sqlalchemy.create_engine(find_address(url).url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE turns (angle INTEGER)"))
    engine.dispose()
    with pytest.raises(StoreError, match="tables of another program: turns") as taken:
        Store(url)
    assert taken.value.code == "store_taken"


def test_kernels_that_open_it_at_the_same_moment_make_it_once(url: str) -> None:
    gate = threading.Barrier(6)

    def open_at_once(_: int) -> int:
        gate.wait(20)
        with Store(url) as store:  # connections of its own, as another process has them
            return len(store.conversations)

    with ThreadPoolExecutor(6) as kernels:
        assert list(kernels.map(open_at_once, range(6))) == [0] * 6
