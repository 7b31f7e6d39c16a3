"""`Tool`: a function that a model can call, with all that is known about it."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, overload

from ..errors import ToolError
from .jsonschema import short_signature
from .schema import ToolSchema, build_schema
from .signature import underlying

Where: TypeAlias = Literal["thread", "async"]

DEFAULT_TIMEOUT_S = 30.0


@dataclass(frozen=True, eq=False, repr=False)
class Tool:
    """Hold a function that a model can call. Calling the tool calls the function.

    Made by `tool(...)`; a tool is a value, so a changed function is a new tool of the same name.
    """

    function: Callable[..., Any]
    schema: ToolSchema
    timeout_s: float = DEFAULT_TIMEOUT_S
    """Seconds after which a call is given up."""
    version: int = 1
    """Counts the definitions of this name in one registry."""

    def __post_init__(self) -> None:
        # What functools.update_wrapper does, for a frozen value: signatures and docstring are the function's.
        for name in functools.WRAPPER_ASSIGNMENTS:
            if hasattr(self.function, name):
                object.__setattr__(self, name, getattr(self.function, name))
        object.__setattr__(self, "__wrapped__", self.function)

    @property
    def name(self) -> str:
        """The name the model calls."""
        return self.schema.name

    @property
    def description(self) -> str:
        """What the model is told that it does."""
        return self.schema.description

    @property
    def parameters(self) -> dict[str, Any]:
        """JSON Schema of its arguments."""
        return self.schema.parameters

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes it harder to use for a model, in words for its author."""
        return self.schema.warnings

    @property
    def where(self) -> Where:
        """Where it runs: coroutine functions on an event loop, all others in a worker thread."""
        return "async" if _is_coroutine_function(self.function) else "thread"

    def wire(self) -> dict[str, Any]:
        """Return the definition exactly as the API takes it."""
        return self.schema.wire()

    def validate(self, arguments: str | Mapping[str, Any]) -> dict[str, Any]:
        """Check the arguments of a call, JSON text or a mapping, and return them typed, by keyword.

        Raises:
            ToolArgumentsError: Naming every problem and the expected signature, in words for the model.
        """
        return self.schema.arguments.validate(arguments, tool=self.name, schema=self.parameters)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function as if it weren't a tool."""
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        """Show the signature as the model sees it."""
        return f"Tool({short_signature(self.name, self.parameters)}, version {self.version})"


@overload
def tool(
    function: Callable[..., Any],
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    timeout: float | None = None,
) -> Tool: ...


@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    timeout: float | None = None,
) -> Callable[[Callable[..., Any]], Tool]: ...


def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    timeout: float | None = None,
) -> Tool | Callable[[Callable[..., Any]], Tool]:
    """Make a tool of a typed function, as a plain decorator, one with options, or a call.

    Args:
        function: Any typed function, sync or async, or another tool whose options are to change.
        name: The name for the model; else the function's.
        description: What it does and when to use it; else the docstring.
        parameters: A JSON Schema in place of the one derived from the signature.
        timeout: Seconds after which a call is given up; else 30.

    Raises:
        ToolError: When the function can't be a tool; the message says why and what to do.
    """
    if function is None:
        return functools.partial(
            tool, name=name, description=description, parameters=parameters, timeout=timeout
        )
    if isinstance(function, Tool):
        return _changed(function, name=name, description=description, parameters=parameters, timeout=timeout)
    schema = build_schema(function, name=name, description=description, parameters=parameters)
    return Tool(
        function, schema, timeout_s=DEFAULT_TIMEOUT_S if timeout is None else _checked_timeout(timeout)
    )


def _changed(
    old: Tool,
    *,
    name: str | None,
    description: str | None,
    parameters: Mapping[str, Any] | None,
    timeout: float | None,
) -> Tool:
    """Make a tool from another one; what isn't given stays as it was."""
    timeout_s = old.timeout_s if timeout is None else _checked_timeout(timeout)
    if name is None and description is None and parameters is None:
        return old if timeout is None else Tool(old.function, old.schema, timeout_s, old.version)
    schema = build_schema(
        old.function,
        name=old.name if name is None else name,
        description=old.description if description is None else description,
        parameters=old.schema.given_parameters if parameters is None else parameters,
    )
    return Tool(old.function, schema, timeout_s, old.version)


def _checked_timeout(timeout: object) -> float:
    wrong = isinstance(timeout, bool) or not isinstance(timeout, int | float)
    if wrong or not math.isfinite(timeout) or timeout <= 0:  # type: ignore[arg-type,operator]
        raise ToolError(f"timeout must be a positive number of seconds, got {timeout!r}.")
    return float(timeout)  # type: ignore[arg-type]


def _is_coroutine_function(function: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(underlying(function))
