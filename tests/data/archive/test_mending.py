from dataclasses import fields
from typing import Any

from realtime_widget.audio import Clip
from realtime_widget.data.archive.mending import moved_calls, moved_latency, turns_in_order, unique

from .made import a_call, conversation, noise


def rows(*changes: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    turn = conversation().turns[1]
    known = {spec.name: getattr(turn, spec.name) for spec in fields(turn)}
    return [(place, {**known, "id": f"i{place}", **change}) for place, change in enumerate(changes)]


def values(row: Any) -> dict[str, Any]:
    return {spec.name: getattr(row, spec.name) for spec in fields(row)}


def test_the_first_of_a_kind_stays() -> None:
    assert unique([3, 13, 4, 3], lambda n: n % 10) == [3, 4]


def test_turns_are_numbered_without_a_gap_and_keep_their_sound() -> None:
    found = rows({"turn": 5}, {"turn": 5}, {"turn": 2, "id": "i0"}, {"turn": -4})
    turns, numbers = turns_in_order(found, lambda place: lambda: Clip(noise(place + 1)))
    assert [(turn.turn, turn.id) for turn in turns] == [(0, "i0"), (1, "i1"), (2, "i3")]
    assert numbers == {5: 0, -4: 2}
    assert [len(turn.audio) for turn in turns] == [1, 2, 4]


def test_what_belongs_to_a_turn_goes_with_it() -> None:
    calls = [values(a_call(turn=5)), values(a_call(turn=1, call_id="c2")), values(a_call(turn=7))]
    assert [(call.call_id, call.turn) for call in moved_calls(calls, {5: 0})] == [("c9", 0), ("c2", None)]
    latency = values(conversation().latency[0])
    told = [{**latency, "turn": 5}, {**latency, "turn": 6}, {**latency, "turn": 5}]
    assert [row.turn for row in moved_latency(told, {5: 0})] == [0]
