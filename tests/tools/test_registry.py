import functools
import threading

import pytest

from realtime_widget.errors import ToolError
from realtime_widget.tools import ToolRegistry, tool


def first(x: int):
    """Do one thing."""
    return x


def second(x: int):
    """Do another."""
    return x + 1


def define(source, name="rows"):
    """Run a cell and return the function that it defines."""
    scope: dict[str, object] = {}
    exec(compile(source, "<cell>", "exec"), scope)
    return scope[name]


CELL = '''
def rows(city: str) -> int:
    """Count."""
    return len([letter for letter in city if letter != "x"])
'''


def test_reading():
    registry = ToolRegistry([first, tool(second, timeout=2)])
    assert list(registry) == ["first", "second"]
    assert len(registry) == 2
    assert "first" in registry
    assert "third" not in registry
    assert registry["second"].timeout_s == 2
    assert registry.get("third") is None
    assert [each.name for each in registry.values()] == ["first", "second"]
    with pytest.raises(KeyError, match="there are: first, second"):
        registry["third"]


def test_options():
    registry = ToolRegistry()
    assert registry.add(first, name="one", timeout=1).name == "one"
    assert registry["one"].timeout_s == 1
    with pytest.raises(TypeError):
        registry.add(first, colour="red")
    with pytest.raises(ToolError):
        registry.add(5)


def test_the_same_cell_again_keeps_the_version():
    registry = ToolRegistry([define(CELL)])
    again = define("# moved down\n\n\n" + CELL)
    assert registry.add(again).version == 1
    assert registry["rows"].function is again


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('!= "x"', '!= "y"'),  # a constant inside a comprehension
        ("len(", "sum(1 for _ in "),
        ("Count.", "Count all."),
        ("city: str)", "city: str, n: int = 1)"),
        ("city: str", "city: int"),
    ],
)
def test_other_code_or_another_definition_is_a_new_version(old, new):
    registry = ToolRegistry([define(CELL)])
    assert registry.add(define(CELL.replace(old, new))).version == 2
    assert registry.add(define(CELL)).version == 3


def test_other_defaults_and_captured_values_are_a_new_version():
    def make(captured, default):
        def rows(city: str, n=default):
            """Count."""
            return captured

        return rows

    registry = ToolRegistry([make(1, 1)])
    assert registry.add(make(1, 1)).version == 1
    assert registry.add(make(2, 1)).version == 2
    assert registry.add(make(2, object())).version == 3


def test_a_decorated_function_is_compared_inside_its_wrapper():
    def logged(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper

    registry = ToolRegistry([logged(define(CELL))])
    assert registry.add(logged(define(CELL))).version == 1
    assert registry.add(logged(define(CELL.replace('!= "x"', '!= "y"')))).version == 2


def test_a_replaced_tool_keeps_its_place():
    registry = ToolRegistry([first, second])
    registry.add(second, name="first")
    assert list(registry) == ["first", "second"]
    assert registry["first"].function is second


def test_a_version_is_never_given_twice():
    registry = ToolRegistry([first])
    assert registry.remove("first").name == "first"
    assert not registry
    assert registry.add(first).version == 1
    registry.remove("first")
    assert registry.add(second, name="first").version == 2
    with pytest.raises(KeyError):
        registry.remove("third")
    registry.clear()
    assert registry.wire_tools() == []


def test_changes_of_the_definition_are_noticed():
    registry = ToolRegistry()
    assert not registry.changed
    registry.add(define(CELL))
    assert registry.changed
    registry.mark_announced()
    assert not registry.changed
    registry.add(define(CELL.replace('!= "x"', '!= "y"')))
    assert not registry.changed
    registry.add(define(CELL.replace("Count.", "Count all.")))
    assert registry.changed
    wire = registry.wire_tools()
    registry.remove("rows")
    registry.mark_announced(wire)
    assert registry.changed
    registry.mark_announced([])
    assert not registry.changed


def test_readers_see_a_consistent_state_while_others_write():
    registry = ToolRegistry()

    def work(index):
        for round_ in range(20):
            registry.add(first, name=f"tool_{index}_{round_}")
            list(registry.items())
            registry.wire_tools()

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(registry) == 80


def test_repr():
    assert repr(ToolRegistry([first])) == "ToolRegistry(first(x: integer))"
    assert repr(ToolRegistry()) == "ToolRegistry()"


def test_html_is_escaped():
    registry = ToolRegistry()
    registry.add(first, description="<script>alert(1)</script>")
    page = registry._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "@session.tool" in ToolRegistry()._repr_html_()
