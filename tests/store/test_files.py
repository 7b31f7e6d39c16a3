"""Files that can't be written, in a thread that may not pass over their rights, as an administrator may."""

import ctypes
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from realtime_widget import RealtimeSession, Store, StoreError
from realtime_widget.store.addresses import find_address
from realtime_widget.store.database import Database
from realtime_widget.store.files import open_file

from ..session.helpers import echo_engine
from .test_migrating import newer  # noqa: F401 - a fixture
from .writing import made_up, put

CAPABILITIES_V3 = 0x20080522


def _give_up_rights() -> None:
    if os.name == "posix" and os.geteuid() == 0:
        try:
            header, none = (ctypes.c_uint32 * 2)(CAPABILITIES_V3, 0), (ctypes.c_uint32 * 6)()
            ctypes.CDLL(None).capset(header, none)  # of this thread alone
        except AttributeError:
            pytest.skip("The rights of an administrator can't be given up here.")


def without_rights(function: Callable[[], Any]) -> Any:
    def call() -> Any:
        _give_up_rights()
        return function()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(call).result()


@pytest.fixture
def path(tmp_path: Path) -> Any:
    """A store of one conversation, in a directory of its own that is made writable again."""
    place = tmp_path / "shelf"
    place.mkdir()
    with Store(place / "talks.db") as store:
        put(store, made_up(4, title="On the shelf"))
    yield place / "talks.db"
    place.chmod(0o755)


@pytest.mark.parametrize(("of_file", "of_directory"), [(0o444, 0o555), (0o444, 0o755), (0o644, 0o555)])
@pytest.mark.parametrize("log", ["wal", "delete"])
def test_what_cant_be_written_is_read_all_the_same(
    path: Path, of_file: int, of_directory: int, log: str
) -> None:
    if log == "delete":
        other = sqlite3.connect(path)
        other.execute("PRAGMA journal_mode = DELETE")
        other.close()
    path.chmod(of_file)
    path.parent.chmod(of_directory)

    def use() -> None:
        with Store(path) as store:
            talk = store.load("latest")
            assert len(talk.turns) == 4 and talk.about.title == "On the shelf"
            assert len(store.search(talk.turns[0].text.split()[0])) > 0
            assert store.conversations.df["title"].tolist() == ["On the shelf"]
            cant = "can't be written to. Make the file and its directory writable"
            for change in (store.check_writable, store.delete, lambda: store.delete(talk.about.id)):
                with pytest.raises(StoreError, match=cant):
                    change()
            with echo_engine() as echo, pytest.raises(StoreError, match=cant):
                RealtimeSession(engine=echo, store=store)
            assert len(store.conversations) == 1

    without_rights(use)
    assert path.parent.stat().st_mode & 0o777 == of_directory


def test_it_is_written_as_soon_as_it_can_be(path: Path) -> None:
    path.chmod(0o444)
    path.parent.chmod(0o555)

    def use() -> None:
        with Store(path) as store:
            assert len(store.conversations) == 1
            path.parent.chmod(0o755)
            path.chmod(0o644)
            store.check_writable()
            assert store.delete(store.load("latest").about.id) == 1

    without_rights(use)


def test_what_others_write_meanwhile_is_seen(path: Path) -> None:
    path.parent.chmod(0o555)

    def count() -> int:
        with Store(path) as store:
            return len(store.conversations)

    with Store(path) as writer:  # its log lies beside the file
        put(writer, made_up(2, id="cc" * 16))
        assert without_rights(count) == 2
    assert without_rights(count) == 2


def test_a_log_that_cant_be_taken_in_is_told_of(path: Path, tmp_path: Path) -> None:
    with Store(path) as store:
        put(store, made_up(2, id="cc" * 16))
        copy = tmp_path / "copy"
        copy.mkdir()
        for end in ("", "-wal"):
            (copy / f"talks.db{end}").write_bytes(Path(f"{path}{end}").read_bytes())
    copy.chmod(0o555)
    with pytest.raises(StoreError, match=r"lies in talks.db-wal.*Make the directory writable") as left:
        without_rights(lambda: Store(copy / "talks.db"))
    assert left.value.code == "store_read_only"
    copy.chmod(0o755)
    with Store(copy / "talks.db") as store:
        assert len(store.conversations) == 2


def test_an_older_one_that_cant_be_written_is_told_of(path: Path, newer: Any) -> None:  # noqa: F811
    path.chmod(0o444)
    path.parent.chmod(0o555)
    with pytest.raises(StoreError, match=r"older version .*schema is 0001.*Make the file") as older:
        without_rights(lambda: Database(find_address(path), newer))
    assert older.value.code == "store_read_only"


def test_nothing_is_made_where_nothing_can_be(path: Path) -> None:
    path.parent.chmod(0o555)
    with pytest.raises(StoreError, match=r"new.db can't be opened. Make the file and its directory"):
        without_rights(lambda: Store(path.with_name("new.db")))
    path.chmod(0)
    with pytest.raises(StoreError, match=r"talks.db can't be opened. Make the file"):
        without_rights(lambda: Store(path))


def test_other_trouble_is_no_reason_to_only_read(path: Path) -> None:
    def prepare(connection: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(sqlite3.OperationalError, match="disk"):
        open_file(path, {}, prepare)
    connection, sealed = open_file(path, {}, lambda connection: None)
    connection.close()
    assert not sealed
