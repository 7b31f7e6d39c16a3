from realtime_widget.local.responders.matching import view_tools
from realtime_widget.local.responders.values import forced_value, is_object, typed, whole

TOOL = view_tools(
    [
        {
            "type": "function",
            "name": "f",
            "parameters": {
                "type": "object",
                "properties": {
                    "level": {"$ref": "#/$defs/Level"},
                    "many": {"type": "array", "items": {"enum": ["a", "b"]}},
                    "share": {"anyOf": [{"type": "number", "maximum": 0.5}, {"type": "null"}]},
                    "flag": {"type": "boolean"},
                    "nested": {"type": "object"},
                    "text": {"type": "string"},
                },
                "$defs": {"Level": {"enum": [1, 2.5]}},
            },
        }
    ]
)[0]
LEVEL, MANY, SHARE, FLAG, NESTED, TEXT = TOOL.slots


def test_typed_gives_the_value_of_the_schema() -> None:
    assert [typed(text, LEVEL, TOOL) for text in ("1", "2.5", "x")] == [1, 2.5, "x"]
    assert typed("a", MANY, TOOL) == "a"


def test_forced_values_fit() -> None:
    assert forced_value(LEVEL, TOOL, "t") == 1
    assert forced_value(MANY, TOOL, "t") == ["a"]
    assert forced_value(SHARE, TOOL, "t") == 0.5
    assert forced_value(FLAG, TOOL, "t") is False
    assert forced_value(NESTED, TOOL, "t") == {}
    assert forced_value(TEXT, TOOL, "t") == "t"


def test_objects_and_whole_numbers() -> None:
    assert is_object(NESTED, TOOL)
    assert not is_object(TEXT, TOOL)
    assert [whole(2.0), whole(2.5), type(whole(3.0))] == [2, 2.5, int]
