"""What is written, and that nothing is written twice."""

from dataclasses import replace

import pytest
from sqlalchemy import event, select

from realtime_widget import Store, StoreError
from realtime_widget.data import StillData
from realtime_widget.store import schema
from realtime_widget.store.differences import Changes, Moment

from ..data.talk import Talk
from .writing import ABOUT, made_up, put, sitting_of


def statements(store: Store) -> list[str]:
    """The statements that change rows, from now on."""
    seen: list[str] = []

    def note(connection, cursor, statement, *rest):  # type: ignore[no-untyped-def]
        if statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
            seen.append(statement)

    event.listen(store._database._engine, "before_cursor_execute", note)
    return seen


def texts(store: Store) -> list[str]:
    return [turn.text for turn in store.load(ABOUT.id).turns]


def test_what_grows_is_written_again_and_what_stays_isnt(url: str) -> None:
    talk = Talk()
    with Store(url) as store:
        sitting = sitting_of(store, talk.data)
        sitting.write()
        assert len(store.conversations) == 0  # nothing was said yet
        talk.typed(100, "u1", "Hello")
        sitting.write()
        seen = statements(store)
        sitting.write()
        assert seen == []
        talk.spoken(1000, "u2")
        sitting.write()
        assert texts(store) == ["Hello", ""]
        n_first = len([each for each in seen if "turns" in each])
        talk.transcribed(3000, "u2", "Late words")
        sitting.write()
        assert texts(store) == ["Hello", "Late words"]
        assert len([each for each in seen if "turns" in each]) == n_first + 1  # not the first turn again
        assert len(store.load(ABOUT.id).turns[1].audio) == 24_000


def test_turns_that_are_gone_and_turns_that_come_between(url: str) -> None:
    talk = Talk()
    with Store(url) as store:
        sitting = sitting_of(store, talk.data)
        for i in range(3):
            talk.typed(100 * i, f"u{i}", f"Turn {i}")
        sitting.write()
        talk.feed(500, "conversation.item.deleted", item_id="u1")
        talk.last = "u0"
        talk.typed(600, "u3", "Between")
        sitting.write()
        assert texts(store) == ["Turn 0", "Between", "Turn 2"]
        assert [turn.turn for turn in store.load(ABOUT.id).turns] == [0, 1, 2]


def test_a_failure_leaves_nothing_out(url: str) -> None:
    talk = Talk()
    with Store(url) as store:
        sitting = sitting_of(store, talk.data)
        talk.typed(100, "u1", "One")
        sitting.write()
        engine, n_failures = store._database._engine, 0

        def fail(connection, cursor, statement, *rest):  # type: ignore[no-untyped-def]
            nonlocal n_failures
            if "INTO turns" in statement:
                n_failures += 1
                raise OSError("the cable was pulled")

        event.listen(engine, "before_cursor_execute", fail)
        talk.typed(200, "u2", "Two")
        with pytest.raises(StoreError, match="the cable was pulled"):
            sitting.write()
        event.remove(engine, "before_cursor_execute", fail)
        assert texts(store) == ["One"]
        sitting.write()
        assert texts(store) == ["One", "Two"] and n_failures == 1


def test_a_commit_that_only_seemed_to_fail_makes_no_second_sitting(url: str) -> None:
    talk = Talk()
    with Store(url) as store:
        sitting = sitting_of(store, talk.data)
        talk.typed(100, "u1", "One")
        sitting.write()
        sitting._number, sitting._told = None, None
        sitting._differences.written(Moment(), Changes())
        sitting.write()
        assert texts(store) == ["One"]


def test_a_deleted_conversation_doesnt_come_back(url: str) -> None:
    talk = Talk()
    with Store(url) as store:
        sitting = sitting_of(store, talk.data)
        talk.typed(100, "u1", "One")
        sitting.write()
        store.delete(ABOUT.id)
        talk.typed(200, "u2", "Two")
        with pytest.raises(StoreError, match="was deleted") as deleted:
            sitting.write()
        assert not deleted.value.recoverable and len(store.conversations) == 0
        late = sitting_of(store, talk.data, resumes=True)
        with pytest.raises(StoreError, match="was deleted"):
            late.write()


def test_earlier_sittings_arent_written_again(url: str) -> None:
    talk = made_up(6, id=ABOUT.id)
    with Store(url) as store:
        put(store, talk)
        known = {turn.id for turn in talk.turns[:4]}
        put(store, talk, resumes=True, known=known)
        assert len(store.load(ABOUT.id).turns) == 6 + 2


def test_what_is_known_of_the_conversation_follows(url: str) -> None:
    talk, about, over = Talk(), ABOUT, False
    with Store(url) as store:
        sitting = sitting_of(store, talk.data, is_over=lambda: over)
        sitting._about = lambda: about
        talk.typed(100, "u1", "One")
        sitting.write()
        assert store.conversations[0].ended_at is None
        about, over = replace(ABOUT, title="Paris", metadata={"stars": 5}), True
        sitting.write()
        row = store.conversations[0]
        assert (row.title, row.metadata) == ("Paris", {"stars": 5}) and row.ended_at is not None
        over = False
        sitting.write()
        assert store.conversations[0].ended_at is None  # it was started again


def test_characters_that_no_database_takes_are_no_end_of_it(url: str) -> None:
    talk = made_up(2, id=ABOUT.id, title="A\0B", metadata={"\0": "half \ud83d"})
    turns = (replace(talk.turns[0], text="zero \0 and half \udc00 🎉"), *talk.turns[1:])
    with Store(url) as store:
        put(store, replace(talk, turns=turns))
        back = store.load(ABOUT.id)
        assert back.turns[0].text == "zero \ufffd and half ? 🎉" and back.about.title == "A\ufffdB"


def test_odd_words_of_a_server_are_cut(url: str) -> None:
    talk = made_up(2, id=ABOUT.id)
    turns = [replace(turn, id=turn.id + "x" * 300, status="s" * 100) for turn in talk.turns]
    with Store(url) as store:
        put(store, replace(talk, turns=tuple(turns), latency=()))
        assert [turn.status for turn in store.load(ABOUT.id).turns] == ["s" * 32] * 2


def test_trouble_is_kept_of_the_events(url: str) -> None:
    talk = Talk()
    with Store(url) as store:
        sitting = sitting_of(store, talk.data)
        talk.typed(100, "u1", "One")
        talk.feed(200, "error", error={"type": "server_error", "message": "It burns"})
        sitting.write()
        back = store.load(ABOUT.id)
        assert [entry.type for entry in back.events] == ["error"]
        assert back.events[0].raw["error"]["message"] == "It burns"
        assert back.n_events_dropped == len(talk.data.events) - 1
        with store._database.reading() as connection:
            assert connection.scalar(select(schema.errors.c.number)) == 2


def test_still_data_and_growing_data_are_written_alike(url: str) -> None:
    talk = made_up(8, id=ABOUT.id)
    with Store(url) as store:
        put(store, talk)
        back = store.load(ABOUT.id)
        store.delete(ABOUT.id)
        put(store, back)
        assert store.load(ABOUT.id).turns == back.turns == StillData(back).transcript.rows()
