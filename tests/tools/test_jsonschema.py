import pytest

from realtime_widget.tools.jsonschema import clean, optional, short_signature, short_type


def test_titles_go_but_properties_called_title_stay():
    schema = {"title": "T", "properties": {"title": {"title": "Title", "type": "string"}}}
    assert clean(schema) == {"properties": {"title": {"type": "string"}}}


def test_references_are_put_in_place_and_words_beside_them_win():
    schema = {
        "properties": {
            "p": {"$ref": "#/$defs/P", "description": "mine"},
            "l": {"items": {"$ref": "#/$defs/P"}},
        },
        "$defs": {"P": {"type": "integer", "description": "class"}},
    }
    assert clean(schema) == {
        "properties": {
            "p": {"type": "integer", "description": "mine"},
            "l": {"items": {"type": "integer", "description": "class"}},
        }
    }


def test_recursive_definitions_stay_with_what_they_need():
    schema = {
        "properties": {"n": {"$ref": "#/$defs/N"}, "x": {"$ref": "#/$defs/X"}},
        "$defs": {
            "N": {
                "title": "N",
                "properties": {"kids": {"items": {"$ref": "#/$defs/N"}}, "x": {"$ref": "#/$defs/X"}},
            },
            "X": {"type": "integer"},
        },
    }
    cleaned = clean(schema)
    assert cleaned["properties"] == {"n": {"$ref": "#/$defs/N"}, "x": {"type": "integer"}}
    kids = {"items": {"$ref": "#/$defs/N"}}
    assert cleaned["$defs"] == {"N": {"properties": {"kids": kids, "x": {"type": "integer"}}}}


def test_defaults_and_enums_are_data():
    schema = {"default": {"title": "kept"}, "enum": [{"title": "kept"}], "const": {"title": "kept"}}
    assert clean(schema) == schema


def test_optional():
    null = {"type": "null"}
    assert optional({"anyOf": [{"type": "string"}, null], "description": "d"}) == {
        "type": "string",
        "description": "d",
    }
    both = {"anyOf": [{"type": "string"}, {"type": "integer"}, null]}
    assert optional(both) == both
    assert optional({"type": "string"}) == {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "string"}, "string"),
        ({}, "any"),
        (True, "any"),
        ({"enum": ["a", 1]}, '"a" | 1'),
        ({"const": "a"}, '"a"'),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"type": ["string", "null"]}, "string | null"),
        ({"type": "array", "items": {"type": "integer"}}, "integer[]"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, '("a" | "b")[]'),
        ({"type": "array"}, "any[]"),
        ({"type": "object"}, "object"),
        ({"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}, "{x: integer}"),
        ({"type": "string", "format": "date"}, "string (date)"),
        ({"$ref": "#/$defs/Node"}, "Node"),
    ],
)
def test_short_type(schema, text):
    assert short_type(schema) == text


def test_short_signature():
    schema = {
        "properties": {
            "city": {"type": "string"},
            "n": {"type": "integer", "default": 5},
            "note": {"type": "string"},
        },
        "required": ["city"],
    }
    assert short_signature("rows", schema) == "rows(city: string, n: integer = 5, note?: string)"
    assert short_signature("now", {}) == "now()"
