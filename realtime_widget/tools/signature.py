"""What a function's signature says about its arguments: names, types, descriptions, defaults."""

from __future__ import annotations

import functools
import inspect
import sys
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import ToolError

_KEYWORD_KINDS = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_JSON_TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list[Any],
    "object": dict[str, Any],
    "null": None,
}


@dataclass(frozen=True, slots=True)
class Argument:
    """Describe one argument that a call may carry."""

    name: str
    annotation: Any = Any
    """Its type, with the metadata of Annotated."""
    description: str | None = None
    default: Any = inspect.Parameter.empty
    annotated: bool = True
    """False when the function says nothing about the type."""

    @property
    def has_own_default(self) -> bool:
        """Whether the function itself fills it in when a call leaves it out."""
        return not (self.default is inspect.Parameter.empty or is_field(self.default))


def read_arguments(
    function: Callable[..., Any], descriptions: Mapping[str, str]
) -> tuple[list[Argument], bool]:
    """Read a function's signature: its arguments, and whether it takes any others by **kwargs.

    Raises:
        ToolError: When it can't be called with named arguments, or a type can't be resolved.
    """
    try:
        signature = _signature(function)
    except (ValueError, TypeError) as error:
        raise ToolError(
            f"{label(function)} doesn't tell its parameters.",
            remedy="Wrap it in a function with typed parameters.",
        ) from error
    arguments = []
    takes_others = False
    for parameter in signature.parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            takes_others = True
        elif parameter.kind not in _KEYWORD_KINDS:
            raise ToolError(
                f"{label(function)} takes {parameter} by position, but a model names its arguments.",
                remedy="Give every parameter a name of its own, e.g. a list: items: list[str].",
            )
        else:
            arguments.append(_argument(function, parameter, descriptions.get(parameter.name)))
    return arguments, takes_others


def schema_arguments(parameters: Mapping[str, Any], known: set[str]) -> list[Argument]:
    """Make arguments of the properties of a hand-written JSON Schema that the signature doesn't name."""
    required = set(parameters.get("required", ()))
    return [
        Argument(name, _annotation_of(schema), default=inspect.Parameter.empty if name in required else None)
        for name, schema in parameters.get("properties", {}).items()
        if name not in known
    ]


def label(function: Callable[..., Any]) -> str:
    """Name a function in an error."""
    return str(getattr(function, "__qualname__", None) or repr(function))


def _argument(
    function: Callable[..., Any], parameter: inspect.Parameter, description: str | None
) -> Argument:
    if parameter.annotation is inspect.Parameter.empty:
        return Argument(parameter.name, Any, description, parameter.default, annotated=False)
    annotation = _resolve(function, parameter)
    said = _said_in(annotation)
    return Argument(parameter.name, annotation, said or description, parameter.default)


def _resolve(function: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    """Turn an annotation written as text into the type, parameter by parameter.

    Not all at once, because a return type that can't be resolved is none of our business.
    """
    target = inspect.unwrap(underlying(function))
    scope = dict(getattr(target, "__globals__", {}))
    if inspect.isfunction(target) or inspect.ismethod(target):
        scope |= inspect.getclosurevars(target).nonlocals
    holder = type("_Holder", (), {"__annotations__": {parameter.name: parameter.annotation}})
    try:
        return typing.get_type_hints(holder, scope, include_extras=True)[parameter.name]
    except Exception as error:
        raise ToolError(
            f"{label(function)}: can't resolve the type of {parameter.name}: {error}.",
            remedy="Define or import it before the function, at the top level.",
        ) from error


def underlying(function: Any) -> Any:
    """Find the function behind a partial, a bound method, a class or a callable object."""
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.isclass(function):
        return function.__init__
    if inspect.isroutine(function):
        return getattr(function, "__func__", function)
    return type(function).__call__


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    if sys.version_info >= (3, 14):
        # Annotations are code there, run when asked for; names that don't exist are told later, one by one.
        import annotationlib

        return inspect.signature(function, annotation_format=annotationlib.Format.FORWARDREF)
    return inspect.signature(function)


def _said_in(annotation: Any) -> str | None:
    """Find a description within Annotated: Field(description=…), plain text, or Doc(…), in this order."""
    from pydantic.fields import FieldInfo

    metadata = getattr(annotation, "__metadata__", ())
    fields = [item.description for item in metadata if isinstance(item, FieldInfo) and item.description]
    texts = [item if isinstance(item, str) else getattr(item, "documentation", None) for item in metadata]
    return next(iter(fields + [text for text in texts if isinstance(text, str)]), None)


def is_field(value: object) -> bool:
    """Tell whether a default is pydantic's description of a field rather than a value."""
    from pydantic.fields import FieldInfo

    return isinstance(value, FieldInfo)


def _annotation_of(schema: Any) -> Any:
    """Make a type of the simple forms of JSON Schema; what goes beyond them is the model's word."""
    if not isinstance(schema, Mapping):
        return Any
    if "enum" in schema:
        return Literal[tuple(schema["enum"])]
    kinds = schema.get("type")
    if isinstance(kinds, str):
        return _JSON_TYPES.get(kinds, Any)
    if isinstance(kinds, list):
        return typing.Union[tuple(_JSON_TYPES.get(kind, Any) for kind in kinds)]  # noqa: UP007
    return Any
