"""The store as users have it, on both kinds of databases."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from realtime_widget import ConfigError, Store, StoreError
from realtime_widget.store import store as store_module

from .writing import made_up, put

ONE, TWO = "aa11" * 8, "aa22" * 8


def test_a_store_lists_its_conversations_the_newest_first(url: str) -> None:
    with Store(url) as store:
        assert len(store.conversations) == 0 and store.conversations.columns[0] == "id"
        one = put(store, made_up(12, id=ONE, title="One", metadata={"take": 1}))
        later = datetime(2026, 11, 22, tzinfo=UTC)
        put(store, made_up(4, seed=2, id=TWO, title="Two", created_at=later))
        frame = store.conversations.df
        assert frame["id"].tolist() == [TWO, ONE] and frame["title"].tolist() == ["Two", "One"]
        row = store.conversations[1]
        assert (row.n_turns, row.n_tool_calls, row.metadata) == (12, len(one.tool_calls), {"take": 1})
        assert row.n_words == sum(len(turn.text.split()) for turn in one.turns)
        assert row.cost_usd == pytest.approx(sum(bill.cost_usd or 0 for bill in one.usage))
        assert row.first_words == "How many rows are there for Rome?"
        assert row.created_at == one.about.created_at and row.duration_ms >= one.about.duration_ms
        assert row.ended_at is not None and row.updated_at >= row.ended_at
        assert "2 conversations" in store.conversations._repr_html_()
        assert store.conversations.to_dicts()[0]["metadata"] == {}
        assert str(frame["n_turns"].dtype) == "Int64"


def test_ids_may_be_short_and_wrong_ones_name_the_latest(url: str) -> None:
    with Store(url) as store:
        with pytest.raises(ConfigError, match=r"no conversation 'latest'.*The store is empty"):
            store.load("latest")
        put(store, made_up(4, id=ONE, title="One"))
        put(store, made_up(4, id=TWO, title="Two", created_at=datetime(2026, 11, 22, tzinfo=UTC)))
        assert store.load(ONE).about.id == store.load("aa1").about.id == ONE
        assert store.load("latest").about.id == TWO
        with pytest.raises(ConfigError, match=f"begin with 'aa': {TWO}, {ONE}"):
            store.load("aa")
        for wrong in ("bb", "%", "aa__"):
            with pytest.raises(
                ConfigError, match=rf"no conversation '{wrong}'.*The latest: {TWO} \(Two, 2026"
            ):
                store.load(wrong)
        with pytest.raises(ConfigError, match="no id of a conversation"):
            store.load("")


def test_deleting_takes_all_or_nothing(url: str) -> None:
    with Store(url) as store:
        put(store, made_up(4, id=ONE))
        put(store, made_up(4, id=TWO))
        with pytest.raises(ConfigError, match="no conversation 'bb'"):
            store.delete(ONE, "bb")
        with pytest.raises(ConfigError, match="by its id"):
            store.delete("latest")
        assert len(store.conversations) == 2
        assert store.delete(ONE, "aa11") == 1 and store.delete() == 0
        assert [row.id for row in store.conversations] == [TWO]
        assert store.load(TWO).turns == made_up(4).turns


def test_what_is_asked_for_in_a_wrong_way_is_told(tmp_path: Path) -> None:
    with Store(tmp_path / "talks.db") as store:
        with pytest.raises(ConfigError, match="role must be one of 'user'"):
            store.search("x", role="model")
        with pytest.raises(ConfigError, match="nothing to look for"):
            store.search(' "" ')
        with pytest.raises(ConfigError, match="takes the words"):
            store.search(3)  # type: ignore[arg-type]
        for limit in (0, True, 1.5):
            with pytest.raises(ConfigError, match="limit must be a whole number"):
                store.search("x", limit=limit)  # type: ignore[arg-type]
        with pytest.raises(ConfigError, match="since must be a datetime"):
            store.search("x", since="yesterday")
    with pytest.raises(ConfigError, match="audio must be"):
        Store(tmp_path / "talks.db", audio=1)  # type: ignore[arg-type]


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "talks.db")
    store.close()
    store.close()
    assert repr(store).endswith("talks.db') (closed)")
    with pytest.raises(StoreError, match="is closed"):
        len(store.conversations)


def test_without_the_packages_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r'pip install "realtime-widget\[store\]"'):
        Store("talks.db")


def test_no_password_is_ever_shown(postgres: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "hunter2-hunter2"
    with_password = postgres.replace("://postgres:@", f"://postgres:{secret}@")
    if secret not in with_password:
        with_password = postgres.replace("://postgres@", f"://postgres:{secret}@")
    assert secret in with_password
    with Store(with_password) as store:  # the server trusts whoever is on the machine
        shown = [store.url, repr(store), repr(store._database.address), str(vars(store))]
        with pytest.raises(ConfigError) as unknown:
            store.load("nothing")
        shown.append(str(unknown.value))
    nobody = f"postgresql+psycopg://me:{secret}@127.0.0.1:1/talks?password={secret}"
    with pytest.raises(StoreError) as refused:
        Store(nobody)
    assert refused.value.code == "store_unreachable"
    shown += [str(refused.value), repr(refused.value), caplog.text]
    assert not [text for text in shown if secret in text]
    assert "***" in store.url


def test_search_since_takes_moments_with_and_without_a_time_zone(tmp_path: Path) -> None:
    with Store(tmp_path / "talks.db") as store:
        talk = put(store, made_up(12, id=ONE))
        moment = talk.turns[6].created_at
        n_later = len([turn for turn in talk.turns[6:] if "rome" in turn.text.lower()])
        assert len(store.search("Rome", since=moment)) == n_later
        local = moment.astimezone().replace(tzinfo=None)
        assert len(store.search("Rome", since=local.isoformat())) == n_later
        assert len(store.search("Rome", since=moment + timedelta(days=1))) == 0
