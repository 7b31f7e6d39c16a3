import asyncio
import functools
import inspect

import pytest

from realtime_widget.errors import ToolError
from realtime_widget.tools import Tool, tool


def rows(city: str, limit: int = 5) -> int:
    """Count rows."""
    return len(city) + limit


async def wait(seconds: float) -> str:
    """Wait."""
    return f"{seconds:g}"


def test_bare_decorator():
    @tool
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    assert isinstance(add, Tool)
    assert add.name == "add"
    assert add(1, b=2) == 3


def test_decorator_with_options():
    @tool(name="plus", description="Sum up.", timeout=2)
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    assert (add.name, add.description, add.timeout_s) == ("plus", "Sum up.", 2.0)


def test_a_tool_looks_like_its_function():
    made = tool(rows)
    assert made.__name__ == "rows"
    assert made.__doc__ == "Count rows."
    assert inspect.signature(made) == inspect.signature(rows)
    assert inspect.unwrap(made) is rows


def test_where_it_runs():
    class Later:
        async def __call__(self, x: int):
            """Wait."""

    assert tool(rows).where == "thread"
    assert tool(wait).where == "async"
    assert tool(functools.partial(wait, seconds=1)).where == "async"
    assert tool(Later()).where == "async"
    assert asyncio.run(tool(wait)(1.5)) == "1.5"


def test_defaults():
    made = tool(rows)
    assert (made.timeout_s, made.version, made.warnings) == (30.0, 1, ())
    assert made.parameters["required"] == ["city"]


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan"), "5", True])
def test_wrong_time_limits_are_refused(timeout):
    with pytest.raises(ToolError, match="timeout"):
        tool(rows, timeout=timeout)


def test_a_tool_of_a_tool_changes_only_what_is_given():
    made = tool(rows, timeout=3, description="Else.")
    assert tool(made) is made
    renamed = tool(made, name="other")
    assert (renamed.name, renamed.description, renamed.timeout_s) == ("other", "Else.", 3)
    assert renamed.function is rows
    slower = tool(made, timeout=9)
    assert (slower.name, slower.timeout_s) == ("rows", 9)


def test_a_hand_written_schema_survives_a_change():
    schema = {"type": "object", "properties": {"x": {"type": "integer"}}}

    @tool(parameters=schema)
    def free(**arguments):
        """Do."""

    assert tool(free, name="freer").parameters == schema


def test_a_tool_is_frozen():
    made = tool(rows)
    with pytest.raises(AttributeError):
        made.timeout_s = 5


def test_repr():
    assert repr(tool(rows)) == "Tool(rows(city: string, limit: integer = 5), version 1)"


def test_wire():
    assert set(tool(rows).wire()) == {"type", "name", "description", "parameters"}
