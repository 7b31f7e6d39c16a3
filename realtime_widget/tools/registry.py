"""`ToolRegistry`: the tools of one session, in order, changeable while a conversation runs."""

from __future__ import annotations

import dataclasses
import html
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

from .jsonschema import short_signature
from .tool import Tool, tool

_HEADINGS = ("name", "description", "parameters", "version")


class ToolRegistry(Mapping[str, Tool]):
    """Hold the tools of a session by name, in the order in which they were added.

    Any thread may read and change it. Adding a tool of a known name replaces it in its place. Its version
    counts up when its code or its definition differs from the last one of that name; running the same cell
    again keeps it.
    """

    def __init__(self, tools: Iterable[Tool | Callable[..., Any]] = ()) -> None:
        self._lock = threading.Lock()
        # Replaced as a whole, never changed: a reader in another thread always sees one consistent state.
        self._tools: Mapping[str, Tool] = {}
        self._latest: dict[str, Tool] = {}  # also of removed names, so that a version is never given twice
        self._announced: list[dict[str, Any]] = []
        for each in tools:
            self.add(each)

    def add(self, function: Tool | Callable[..., Any], **options: Any) -> Tool:
        """Add a function or a tool, or replace the one of the same name, and return it as a tool.

        Args:
            function: A typed function, sync or async, or what `tool(...)` made of one.
            options: Those of `tool`: name, description, parameters, timeout.

        Raises:
            ToolError: When the function can't be a tool.
        """
        made = tool(function, **options)
        with self._lock:
            made = dataclasses.replace(made, version=self._next_version(made))
            self._latest[made.name] = made
            self._tools = {**self._tools, made.name: made}
        return made

    def remove(self, name: str) -> Tool:
        """Take a tool away and return it; KeyError when there is none of that name."""
        with self._lock:
            removed = self[name]
            self._tools = {key: value for key, value in self._tools.items() if key != name}
        return removed

    def clear(self) -> None:
        """Take all tools away."""
        with self._lock:
            self._tools = {}

    def wire_tools(self) -> list[dict[str, Any]]:
        """Return all definitions exactly as the API takes them."""
        return [each.wire() for each in self._tools.values()]

    @property
    def changed(self) -> bool:
        """Whether the definitions differ from those last announced to the server.

        New code behind the same definition is no change: the next call runs it without a word to the server.
        """
        return self.wire_tools() != self._announced

    def mark_announced(self, wire_tools: list[dict[str, Any]] | None = None) -> None:
        """Remember what the server was told: these definitions, by default the present ones.

        Pass an empty list when a new connection knows nothing yet.
        """
        self._announced = self.wire_tools() if wire_tools is None else list(wire_tools)

    def __getitem__(self, name: str) -> Tool:
        """Return the tool of a name."""
        try:
            return self._tools[name]
        except KeyError:
            raise KeyError(f"no tool {name!r}; there are: {', '.join(self._tools) or 'none'}") from None

    def __contains__(self, name: object) -> bool:
        """Whether there is a tool of this name."""
        return name in self._tools

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._tools)

    def __len__(self) -> int:
        """Count the tools."""
        return len(self._tools)

    def __repr__(self) -> str:
        """Show the signatures as the model sees them."""
        signatures = [short_signature(each.name, each.parameters) for each in self._tools.values()]
        return f"ToolRegistry({', '.join(signatures)})"

    def _repr_html_(self) -> str:
        """Show a table of the tools."""
        if not self._tools:
            return "<em>No tools yet. Write a typed function and put @session.tool above it.</em>"
        head = "".join(f"<th>{heading}</th>" for heading in _HEADINGS)
        rows = "".join(_row(each) for each in self._tools.values())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def _next_version(self, made: Tool) -> int:
        latest = self._latest.get(made.name)
        if latest is None:
            return 1
        return latest.version if _same_definition(latest, made) else latest.version + 1


def _row(each: Tool) -> str:
    signature = short_signature("", each.parameters)[1:-1]
    cells = (each.name, each.description.partition("\n")[0], signature, str(each.version))
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


def _same_definition(old: Tool, new: Tool) -> bool:
    if old.wire() != new.wire() or old.timeout_s != new.timeout_s:
        return False
    return old.function is new.function or _same_code(old.function, new.function)


def _same_code(old: Any, new: Any) -> bool:
    """Compare two functions by what they do; what can't be compared differs."""
    codes = [getattr(function, "__code__", None) for function in (old, new)]
    if None in codes or _fingerprint(codes[0]) != _fingerprint(codes[1]):
        return False
    return _same_values(_captured(old), _captured(new))


def _fingerprint(code: Any) -> tuple[Any, ...]:
    """Sum up compiled code without its place, so that a cell moved down or commented is still the same."""
    constants = tuple(
        _fingerprint(constant) if isinstance(constant, CodeType) else (type(constant), repr(constant))
        for constant in code.co_consts
    )
    return (
        code.co_code,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_exceptiontable,
        constants,
    )


def _captured(function: Any) -> list[Any]:
    cells = [_content(cell) for cell in function.__closure__ or ()]
    return [*cells, *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet: a function that refers to itself
        return None


def _same_values(old: list[Any], new: list[Any]) -> bool:
    try:
        return len(old) == len(new) and all(map(_same_value, old, new))
    except Exception:  # values with an == of their own, such as arrays
        return False


def _same_value(old: Any, new: Any) -> bool:
    if isinstance(old, FunctionType) and isinstance(new, FunctionType):
        return old is new or _same_code(old, new)  # a decorated function is such a value of its wrapper
    return old is new or bool(old == new)
