import dataclasses
import datetime
import enum
import json
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from realtime_widget.errors import ToolArgumentsError
from realtime_widget.tools import tool


class Color(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    y: float = 1.5


class Order(BaseModel):
    item: str
    count: int = 1


def check(function, arguments):
    return tool(function, name="f").validate(arguments)


def problem(function, arguments):
    with pytest.raises(ToolArgumentsError) as caught:
        check(function, arguments)
    return str(caught.value)


def test_values_become_what_the_function_expects():
    def f(
        n: int,
        ratio: float,
        on: bool,
        color: Color,
        day: datetime.date,
        point: Point,
        order: Order,
        tags: set[str],
    ):
        """Do."""

    arguments = {
        "n": "5",
        "ratio": 1,
        "on": "true",
        "color": "red",
        "day": "2024-02-29",
        "point": {"x": 1},
        "order": {"item": "tea"},
        "tags": ["a", "a"],
    }
    expected = {
        "n": 5,
        "ratio": 1.0,
        "on": True,
        "color": Color.RED,
        "day": datetime.date(2024, 2, 29),
        "point": Point(1, 1.5),
        "order": Order(item="tea"),
        "tags": {"a"},
    }
    assert check(f, arguments) == expected
    assert check(f, json.dumps(arguments)) == expected


def test_numbers_where_text_is_wanted():
    assert check(lambda house: house, {"house": 5}) == {"house": 5}

    def f(house: str):
        """Do."""

    assert check(f, '{"house": 5}') == {"house": "5"}


def test_defaults_are_left_to_the_function():
    shared: list[int] = []

    def f(a: int, b: list[int] = shared, c: int = Field(7, gt=0), d: Annotated[int, Field(default=8)] = 9):
        """Do."""

    assert check(f, {"a": 1}) == {"a": 1, "c": 7}
    assert check(f, {"a": 1, "b": [2], "c": 3, "d": 4}) == {"a": 1, "b": [2], "c": 3, "d": 4}


def test_a_default_factory_makes_a_new_value_each_time():
    def f(a: list[int] = Field(default_factory=list)):  # noqa: B008
        """Do."""

    assert check(f, {}) == {"a": []}
    assert check(f, {})["a"] is not check(f, {})["a"]


@pytest.mark.parametrize("arguments", ["", "  ", "{}", {}])
def test_no_arguments(arguments):
    def f():
        """Do."""

    assert check(f, arguments) == {}


def test_any_name_works():
    def f(schema: str, copy: int, _x: int, model_config: str):
        """Do."""

    arguments = {"schema": "a", "copy": 1, "_x": 2, "model_config": "b"}
    assert check(f, arguments) == arguments


def test_python_values_pass():
    def f(color: Color, anything: Any):
        """Do."""

    thing = object()
    assert check(f, {"color": Color.RED, "anything": thing}) == {"color": Color.RED, "anything": thing}


def rows(city: str, limit: int = 5, kind: Literal["big", "small"] = "big"):
    """Count."""


def test_every_problem_is_named_with_what_is_expected():
    text = problem(rows, '{"limit": "many", "kind": "huge", "town": "Rome"}')
    assert "city: Field required" in text
    assert "limit: Input should be a valid integer" in text
    assert "'many'" in text
    assert "kind: Input should be 'big' or 'small'" in text
    assert "town: there is no such parameter" in text
    assert 'Expected: f(city: string, limit: integer = 5, kind: "big" | "small" = "big")' in text
    assert "pydantic" not in text.lower()


def test_problems_inside_a_value_say_where():
    def f(points: list[Point]):
        """Do."""

    assert "points.1.x: Field required" in problem(f, {"points": [{"x": 1}, {"y": 2}]})


@pytest.mark.parametrize("arguments", ['{"city": "Ro', "{'city': 1}", "city", "{,}"])
def test_malformed_json(arguments):
    assert "not valid JSON" in problem(rows, arguments)


@pytest.mark.parametrize("arguments", ["[1]", '"Rome"', "5", "null"])
def test_json_that_is_no_object(arguments):
    assert "one JSON object" in problem(rows, arguments)


def test_long_values_are_not_repeated_in_full():
    assert len(problem(rows, {"city": "Rome", "limit": "x" * 10_000})) < 500


def test_limits_of_field():
    def f(n: Annotated[int, Field(ge=1, le=9)]):
        """Do."""

    assert check(f, {"n": 9}) == {"n": 9}
    assert "less than or equal to 9" in problem(f, {"n": 10})
