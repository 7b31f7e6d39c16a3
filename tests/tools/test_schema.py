import dataclasses
import datetime
import enum
import functools
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional

import pandas as pd
import pytest
from pydantic import BaseModel, Field

from realtime_widget.errors import ToolError
from realtime_widget.tools import build_schema


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass
class Point:
    x: int
    y: float = 1.5


class Node(BaseModel):
    value: int
    kids: list["Node"] = []


def properties(function, **options):
    return build_schema(function, **options).parameters["properties"]


def test_the_wire_form_has_four_keys_and_no_more():
    def rows(city: str, limit: int = 5) -> int:
        """Count rows.

        Args:
            city: Name of the city.
        """

    assert build_schema(rows).wire() == {
        "type": "function",
        "name": "rows",
        "description": "Count rows.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "Name of the city."},
                "limit": {"type": "integer", "default": 5},
            },
            "required": ["city"],
            "additionalProperties": False,
        },
    }


def test_a_function_without_parameters():
    def now():
        """Tell the time."""

    schema = build_schema(now)
    assert schema.parameters == {
        "type": "object",
        "properties": {},
        "required": [],
        "additionalProperties": False,
    }
    assert schema.warnings == ()


def test_the_wire_form_is_a_copy():
    def now(zone: str):
        """Tell the time."""

    schema = build_schema(now)
    schema.wire()["parameters"]["properties"].clear()
    assert schema.wire()["parameters"]["properties"]


def test_types():
    def f(
        color: Color,
        kind: Literal["a", "b"],
        point: Point,
        numbers: list[int],
        by_name: dict[str, float],
        day: datetime.date,
        moment: datetime.datetime,
        price: Decimal,
        either: int | str,
        anything: Any,
        flag: bool = False,
    ):
        """Do."""

    schemas = properties(f)
    assert schemas["color"] == {"type": "string", "enum": ["red", "blue"]}
    assert schemas["kind"] == {"type": "string", "enum": ["a", "b"]}
    assert schemas["point"]["properties"] == {
        "x": {"type": "integer"},
        "y": {"type": "number", "default": 1.5},
    }
    assert schemas["numbers"] == {"type": "array", "items": {"type": "integer"}}
    assert schemas["by_name"] == {"type": "object", "additionalProperties": {"type": "number"}}
    assert schemas["day"] == {"type": "string", "format": "date"}
    assert schemas["moment"] == {"type": "string", "format": "date-time"}
    assert {"type": "number"} in schemas["price"]["anyOf"]
    assert schemas["either"] == {"anyOf": [{"type": "integer"}, {"type": "string"}]}
    assert schemas["anything"] == {}
    assert schemas["flag"] == {"type": "boolean", "default": False}


def test_nothing_but_json_is_in_it():
    def f(a: Node, b: Color = Color.RED, c: datetime.date = datetime.date(2020, 1, 2), d: Point = Point(1)):  # noqa: B008
        """Do."""

    schemas = json.loads(json.dumps(build_schema(f).wire()))["parameters"]["properties"]
    assert schemas["b"]["default"] == "red"
    assert schemas["c"]["default"] == "2020-01-02"
    assert schemas["d"]["default"] == {"x": 1, "y": 1.5}


def test_recursive_types_keep_their_definition():
    def f(node: Node):
        """Do."""

    parameters = build_schema(f).parameters
    assert parameters["properties"]["node"] == {"$ref": "#/$defs/Node"}
    assert parameters["$defs"]["Node"]["properties"]["kids"]["items"] == {"$ref": "#/$defs/Node"}


def test_optional_parameters_are_left_out_rather_than_null():
    def f(a: Optional[str] = None, b: int | None = 3, *, c: str | None):  # noqa: UP045
        """Do."""

    schema = build_schema(f)
    assert schema.parameters["properties"]["a"] == {"type": "string"}
    assert schema.parameters["properties"]["b"] == {"type": "integer", "default": 3}
    assert schema.parameters["properties"]["c"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert schema.parameters["required"] == ["c"]


def test_defaults_that_json_cannot_say_are_left_out():
    def f(a=object(), b: float = float("inf"), c: Any = pd.DataFrame()):  # noqa: B008
        """Do."""

    assert properties(f) == {"a": {}, "b": {"type": "number"}, "c": {}}


def test_field_and_annotated():
    def f(
        a: Annotated[int, Field(gt=0, description="from Field")],
        b: Annotated[str, "from text"],
        c: int = Field(5, ge=1),
        d: Annotated[int, Field(le=9)] = 3,
    ):
        """Do.

        Args:
            a: from the docstring
            b: from the docstring
            c: from the docstring
            d: from the docstring
        """

    schemas = properties(f)
    assert schemas["a"] == {"type": "integer", "exclusiveMinimum": 0, "description": "from Field"}
    assert schemas["b"] == {"type": "string", "description": "from text"}
    assert schemas["c"] == {
        "type": "integer",
        "minimum": 1,
        "default": 5,
        "description": "from the docstring",
    }
    assert schemas["d"] == {
        "type": "integer",
        "maximum": 9,
        "default": 3,
        "description": "from the docstring",
    }


def test_what_a_docstring_says_wins_over_the_words_of_a_class():
    class Place(BaseModel):
        """A place."""

        name: str

    def f(a: Place, b: Place):
        """Do.

        Args:
            a: Where to go.
        """

    schemas = properties(f)
    assert schemas["a"]["description"] == "Where to go."
    assert schemas["b"]["description"] == "A place."


def test_any_name_works_as_a_parameter():
    def f(
        schema: str, copy: int, model_config: str, _hidden: int, json: str, title: str, session: str, ctx: str
    ):
        """Do."""

    assert list(properties(f)) == [
        "schema",
        "copy",
        "model_config",
        "_hidden",
        "json",
        "title",
        "session",
        "ctx",
    ]


def test_annotations_written_as_text():
    def f(color: "Color", n: "int" = 1) -> "NowhereDefined":  # noqa: F821
        """Do."""

    assert properties(f)["color"]["enum"] == ["red", "blue"]


def test_annotations_that_only_the_surrounding_function_knows():
    class Local(enum.Enum):
        A = "a"
        B = "b"

    def f(local: "Local"):
        """Do."""
        return Local

    assert properties(f)["local"]["type"] == "string"


def test_an_annotation_that_cannot_be_resolved():
    def f(x: "NowhereDefined"):  # noqa: F821
        """Do."""

    with pytest.raises(ToolError, match=r"type of x.*NowhereDefined"):
        build_schema(f)


@pytest.mark.parametrize("annotation", [pd.DataFrame, Callable[[], int], type("Own", (), {})])
def test_types_that_json_cannot_carry_are_named(annotation):
    def f(good: int, bad: annotation):
        """Do."""

    with pytest.raises(ToolError, match=r"type of bad"):
        build_schema(f)


def test_missing_words_and_types_are_warned_of():
    def f(x, y: int):
        pass

    schema = build_schema(f)
    assert len(schema.warnings) == 2
    assert "parameter x has no type" in schema.warnings[0]
    assert "no docstring" in schema.warnings[1]
    assert schema.parameters["properties"]["x"] == {}


def stars(*args: int):
    """Do."""


def keywords(**kwargs: int):
    """Do."""


def by_position(x: int, /):
    """Do."""


def generator():
    """Do."""
    yield 1


async def async_generator():
    """Do."""
    yield 1


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (stars, "args"),
        (keywords, "kwargs"),
        (by_position, "position"),
        (generator, "yields"),
        (async_generator, "yields"),
        (5, "not a function"),
        (lambda x: x, "name="),
    ],
)
def test_functions_that_cannot_be_tools(function, message):
    with pytest.raises(ToolError, match=message):
        build_schema(function)


@pytest.mark.parametrize("name", ["", "two words", "a.b", "ü", "x" * 65, "line\n", 5])
def test_wrong_names_are_refused(name):
    with pytest.raises(ToolError, match="64 letters"):
        build_schema(by_name, name=name)


def by_name(city: str):
    """Do."""


def test_given_name_and_description_count_more():
    schema = build_schema(by_name, name="other-name_2", description="Else.")
    assert (schema.name, schema.description) == ("other-name_2", "Else.")


def test_methods_partials_and_callable_objects():
    class Shop:
        def price(self, item: "str", count: int = 1):
            """Tell a price."""

        def __call__(self, item: str):
            """Sell."""

    shop = Shop()
    assert build_schema(shop.price).name == "price"
    assert list(properties(shop.price)) == ["item", "count"]
    assert build_schema(shop).name == "Shop"
    assert build_schema(shop).description == "Sell."
    assert list(properties(shop)) == ["item"]
    partial = functools.partial(shop.price, count=3)
    assert build_schema(partial).description == "Tell a price."
    assert properties(partial)["count"]["default"] == 3


def test_decorated_functions_keep_their_signature():
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper

    @decorate
    def rows(city: "str"):
        """Count."""

    assert properties(rows) == {"city": {"type": "string"}}


GIVEN = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "kind": {"enum": ["a", "b"]},
        "n": {"type": ["integer", "null"]},
    },
    "required": ["city"],
}


class TestGivenParameters:
    def test_they_are_sent_as_they_are(self):
        def f(**arguments):
            """Do."""

        built = build_schema(f, parameters=GIVEN)
        assert built.parameters == GIVEN

    def test_they_check_what_the_signature_does_not(self):
        def f(**arguments):
            """Do."""

        validate = functools.partial(
            build_schema(f, parameters=GIVEN).arguments.validate, tool="f", schema=GIVEN
        )
        assert validate({"city": "Rome", "n": "3", "more": 1}) == {"city": "Rome", "n": 3, "more": 1}
        for wrong in ({}, {"city": [1]}, {"city": "Rome", "kind": "c"}, {"city": "Rome", "n": "x"}):
            with pytest.raises(ToolError):
                validate(wrong)

    def test_additional_properties_may_be_forbidden(self):
        def f(**arguments):
            """Do."""

        schema = GIVEN | {"additionalProperties": False}
        with pytest.raises(ToolError, match="no such parameter"):
            build_schema(f, parameters=schema).arguments.validate(
                {"city": "Rome", "more": 1}, tool="f", schema=schema
            )

    def test_they_must_agree_with_the_signature(self):
        def f(city: str, zone: int):
            """Do."""

        with pytest.raises(ToolError, match="zone, kind, n"):
            build_schema(f, parameters=GIVEN)

    @pytest.mark.parametrize("parameters", [[], "x", {"type": "array"}, {"properties": []}, {"x": object()}])
    def test_they_must_be_a_schema_of_an_object(self, parameters):
        def f(**arguments):
            """Do."""

        with pytest.raises(ToolError, match="parameters of"):
            build_schema(f, parameters=parameters)
