from typing import Any

from realtime_widget.local.slots import Slot, slots
from realtime_widget.local.vocabulary import CITIES


def one(schema: dict[str, Any], *, name: str = "thing", **extra: Any) -> Slot:
    parameters = {"type": "object", "properties": {name: schema}, **extra}
    return slots({"type": "function", "name": "tool", "parameters": parameters})[0]


def test_enum_and_const_are_closed_choices() -> None:
    assert one({"type": "string", "enum": ["a", "b"]}).values == ("a", "b")
    assert one({"const": "only"}).values == ("only",)
    assert one({"enum": [1, 2.5, None]}).values == ("1", "2.5")
    assert one({"enum": ["a"]}).closed


def test_numbers_have_bounds() -> None:
    slot = one({"type": "integer", "exclusiveMinimum": 0, "maximum": 10})
    assert (slot.kind, slot.minimum, slot.maximum, slot.integer) == ("number", 1, 10, True)
    assert not one({"type": "number"}).integer


def test_unions_references_and_null_are_opened() -> None:
    schema = {"anyOf": [{"$ref": "#/$defs/Color"}, {"type": "null"}], "default": "red"}
    slot = one(schema, **{"$defs": {"Color": {"type": "string", "enum": ["red", "blue"]}}})
    assert (slot.kind, slot.values, slot.example) == ("choice", ("red", "blue"), "red")
    assert one({"type": ["integer", "null"]}).kind == "number"


def test_a_reference_to_itself_ends() -> None:
    assert one({"$ref": "#/$defs/A"}, **{"$defs": {"A": {"$ref": "#/$defs/A"}}}).kind == "free"


def test_lists_repeat_their_items() -> None:
    slot = one({"type": "array", "items": {"enum": ["a", "b"]}})
    assert (slot.kind, slot.repeats) == ("choice", True)


def test_free_strings_take_examples_or_the_words_of_their_kind() -> None:
    assert one({"type": "string"}).kind == "free"
    assert one({"type": "string", "examples": ["Ulm"]}).values == ("Ulm",)
    city = one({"type": "string"}, name="city_name")
    assert (city.values, city.closed) == (CITIES, False)


def test_booleans_are_flags_and_required_is_noted() -> None:
    slot = one({"type": "boolean"}, name="dry_run", required=["dry_run"])
    assert (slot.kind, slot.words, slot.required) == ("flag", ("dry", "run"), True)


def test_a_tool_without_parameters_has_none() -> None:
    assert slots({"type": "function", "name": "tool"}) == ()
    assert slots({"name": "tool", "parameters": None}) == ()
