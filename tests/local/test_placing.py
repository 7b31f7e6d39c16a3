import pytest

from realtime_widget.local.placing import is_counted, is_id, is_plural, place_slots
from realtime_widget.local.slots import Slot, slots

from .support import tool

ROLL = tool("roll", "Roll a die with a number of sides.", sides={"type": "integer"})


@pytest.mark.parametrize(
    ("word", "plural"), [("sides", True), ("people", True), ("city", False), ("glass", False)]
)
def test_plurals_are_told_by_their_form(word: str, plural: bool) -> None:
    assert is_plural(word) is plural


def test_a_number_of_things_takes_the_place_of_their_number() -> None:
    parts = place_slots(["a", "die", "with", "a", "number", "of", "sides"], slots(ROLL), verb="roll")
    assert [part.name if isinstance(part, Slot) else part for part in parts] == [
        "a", "die", "with", "sides", "sides",
    ]  # fmt: skip
    assert isinstance(parts[3], Slot) and is_counted(parts[3])


def test_ids_and_counts_are_known_by_their_names() -> None:
    order, people = slots(tool("f", "X.", order_id={"type": "string"}, people={"type": "integer"}))
    assert is_id(order) and not is_counted(order)
    assert is_counted(people) and not is_id(people)
