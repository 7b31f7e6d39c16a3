"""What isn't written yet is found, at the cost of what is new."""

from typing import Any

import pytest

from realtime_widget import AudioError
from realtime_widget.data import StillData
from realtime_widget.store import differences
from realtime_widget.store.differences import Changes, Differences

from ..data.talk import Talk
from .writing import made_up


def found(watched: Differences) -> Changes:
    """What changed; it counts as written then."""
    moment, changes = watched.find()
    watched.written(moment, changes)
    return changes


def test_only_what_is_new_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    talk = Talk()
    watched = Differences(talk.data, audio=True, known=())
    for number in range(500):
        talk.typed(100 * number, f"u{number}", f"Turn {number}")
    assert len(found(watched).rows["turns"]) == 500 and not found(watched)
    made: list[Any] = []
    make = differences._VALUES["turns"]
    monkeypatch.setitem(
        differences._VALUES, "turns", lambda row, place: (made.append(row), make(row, place))[1]
    )
    talk.typed(60_000, "new", "One more")
    changes = found(watched)
    assert list(changes.rows["turns"]) == ["new"] and len(made) == 1 and not changes.gone


def test_what_is_found_and_not_written_is_found_again() -> None:
    watched = Differences(StillData(made_up(6)), audio=True, known=())
    _, first = watched.find()
    _, second = watched.find()
    assert first.rows == second.rows and len(first.rows["turns"]) == 6
    assert set(first.rows) == {"turns", "tool_calls", "usage", "latency"}


def test_what_is_known_from_before_is_passed_over() -> None:
    talk = made_up(6)
    known = {talk.turns[0].id, talk.turns[1].id, talk.tool_calls[0].call_id}
    changes = found(Differences(StillData(talk), audio=True, known=known))
    assert not known & {key for rows in changes.rows.values() for key in rows}
    assert len(changes.rows["turns"]) == 4


def test_turns_that_went_or_changed_places_are_found() -> None:
    talk = Talk()
    watched = Differences(talk.data, audio=True, known=())
    for number in range(4):
        talk.typed(100 * number, f"u{number}", f"Turn {number}")
    found(watched)
    talk.feed(500, "conversation.item.deleted", item_id="u1")
    talk.last = "u0"
    talk.typed(600, "u9", "Between")
    changes = found(watched)
    assert changes.gone == {"turns": {"u1"}}
    assert {key: row["position"] for key, row in changes.rows["turns"].items()}["u9"] == 1
    assert not found(watched)


def test_sound_that_cant_be_read_keeps_no_words_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    talk = Talk()
    talk.spoken(0, "u1", words="Hello")

    def unreadable(clip: Any) -> Any:
        raise AudioError("the disk is gone")

    monkeypatch.setattr(differences, "pack", unreadable)
    changes = found(Differences(talk.data, audio=True, known=()))
    assert changes.rows["turns"]["u1"]["text"] == "Hello" and not changes.sounds
    assert "the sound of a turn isn't stored" in caplog.text
