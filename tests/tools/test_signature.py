import functools
import inspect
import typing
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from realtime_widget.errors import ToolError
from realtime_widget.tools.signature import (
    Argument,
    is_field,
    label,
    read_arguments,
    schema_arguments,
    underlying,
)

MISSING = inspect.Parameter.empty


def read(function, **descriptions):
    return read_arguments(function, descriptions)[0]


def test_names_types_and_defaults_are_read():
    def f(city: str, count: "int" = 3, *, loud: bool = False): ...

    assert read(f) == [
        Argument("city", str),
        Argument("count", int, default=3),
        Argument("loud", bool, default=False),
    ]
    assert [argument.has_own_default for argument in read(f)] == [False, True, True]


def test_what_has_no_type_says_so():
    (argument,) = read(lambda x: x)
    assert argument == Argument("x", Any, annotated=False)


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (Annotated[int, "of people"], "of people"),
        (Annotated[int, Field(description="of chairs"), "of people"], "of chairs"),
        (Annotated[int, Field(gt=0)], "the docstring"),
        (int, "the docstring"),
    ],
)
def test_the_description_nearest_to_the_type_wins(annotation, said):
    def f(count): ...

    f.__annotations__["count"] = annotation
    assert read(f, count="the docstring")[0].description == said


def test_a_field_is_no_default_of_the_functions_own():
    def f(count: int = Field(2, ge=1)): ...

    (argument,) = read(f)
    assert not argument.has_own_default
    assert is_field(argument.default)
    assert not is_field(2)


def test_other_names_are_taken_or_refused():
    def open_ended(a: int, **rest): ...
    def by_position(a: int, /): ...
    def any_number(*items: int): ...

    assert read_arguments(open_ended, {}) == ([Argument("a", int)], True)
    for function in (by_position, any_number):
        with pytest.raises(ToolError, match="by position"):
            read(function)


def test_a_type_defined_beside_the_function_is_found():
    class Local: ...

    def f(x: Local, y: "list[int]"): ...

    assert [argument.annotation for argument in read(f)] == [Local, list[int]]


def test_a_type_that_does_not_exist_is_told_with_the_parameter():
    def f(x: "Nowhere") -> "NoMatter": ...  # noqa: F821

    with pytest.raises(ToolError, match=r"type of x.*Nowhere"):
        read(f)


def test_a_function_that_hides_its_parameters_is_refused():
    with pytest.raises(ToolError, match="doesn't tell its parameters"):
        read(min)


class Callable:
    def __init__(self, size: int): ...
    def __call__(self, word: str): ...
    def method(self, flag: bool): ...


def test_the_function_behind_anything_callable_is_found():
    def plain(a: int, b: str = "x"): ...

    assert underlying(functools.partial(functools.partial(plain, 1), b="y")) is plain
    assert underlying(Callable) is Callable.__init__
    assert underlying(Callable(1).method) is Callable.method
    assert underlying(Callable(1)) is Callable.__call__
    assert [argument.name for argument in read(functools.partial(plain, 1))] == ["b"]
    assert read(Callable(1)) == [Argument("word", str)]
    assert read(Callable) == [Argument("size", int)]


def test_an_error_names_the_function():
    assert label(Callable.method) == "Callable.method"
    assert "partial" in label(functools.partial(Callable, 1))


def test_a_written_schema_gives_arguments_for_what_the_signature_lacks():
    parameters = {
        "properties": {
            "known": {"type": "string"},
            "size": {"type": "integer"},
            "mode": {"enum": ["a", "b"]},
            "either": {"type": ["number", "null"]},
            "odd": True,
            "new": {"type": "uuid"},
        },
        "required": ["size"],
    }
    arguments = {argument.name: argument for argument in schema_arguments(parameters, {"known"})}
    assert list(arguments) == ["size", "mode", "either", "odd", "new"]
    assert (arguments["size"].annotation, arguments["size"].default) == (int, MISSING)
    assert (arguments["mode"].annotation, arguments["mode"].default) == (Literal["a", "b"], None)
    assert arguments["either"].annotation == typing.Optional[float]  # noqa: UP045
    assert arguments["odd"].annotation is arguments["new"].annotation is Any
