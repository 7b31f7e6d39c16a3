"""A deleted conversation is gone for good."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy

from realtime_widget import Store, StoreError
from realtime_widget.store import database, schema

from .writing import made_up, put

SECRET = "Xylophagous"


def secret_talk(number: int) -> list[str]:
    return [f"{SECRET} {number} {i} " + "and more of it " * 50 for i in range(40)]


def put_secret(store: Store, id: str, number: int = 0) -> None:
    talk = made_up(40, id=id, title=f"{SECRET} title", metadata={"note": f"{SECRET} note"})
    turns = [replace(turn, text=text) for turn, text in zip(talk.turns, secret_talk(number), strict=True)]
    put(store, replace(talk, turns=tuple(turns)))


def test_no_word_stays_in_the_file_or_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "talks.db"
    other = sqlite3.connect(path)  # as another kernel, so that the log isn't removed with the last connection
    with Store(path) as store:
        put(store, made_up(8, id="aa" * 16, title="Stays"))
        for number in range(3):
            put_secret(store, f"{number}" * 32, number)
        other.execute("SELECT count(*) FROM turns").fetchall()
        assert any(SECRET.encode() in each.read_bytes() for each in tmp_path.iterdir())
        assert store.delete("0" * 32, "1" * 32, "2" * 32) == 3
        left = [
            each.name for each in tmp_path.iterdir() if SECRET.lower().encode() in each.read_bytes().lower()
        ]
        assert left == []
        assert store.conversations.df["title"].tolist() == ["Stays"]
    other.close()


def test_nothing_of_it_stays_in_any_table(url: str) -> None:
    with Store(url) as store:
        put(store, made_up(8, id="aa" * 16))
        put_secret(store, "bb" * 16)
        store.delete("bb")
        with store._database.reading() as connection:
            for table in schema.metadata.sorted_tables:
                name = "id" if table.name == "conversations" else "conversation_id"
                ids = set(connection.scalars(sqlalchemy.select(table.c[name])))
                assert ids <= {"aa" * 16}, table.name
        assert len(store.search(SECRET)) == 0


def test_who_reads_meanwhile_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0.1)
    path = tmp_path / "talks.db"
    with Store(path) as store:
        put_secret(store, "bb" * 16)
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM turns").fetchall()
        with pytest.raises(StoreError, match="is deleted, but others use the database"):
            store.delete("bb")
        assert len(store.conversations) == 0
        reader.close()
        store.delete()
        assert not any(SECRET.encode() in each.read_bytes() for each in tmp_path.iterdir())
