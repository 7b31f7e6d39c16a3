"""From a typed function to what the API is told about it: name, description, schema of the parameters."""

from __future__ import annotations

import copy
import functools
import inspect
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import ToolError
from .arguments import ArgumentsModel, build_model, unsupported_type
from .docstrings import parse_docstring
from .jsonschema import clean, optional
from .signature import Argument, label, read_arguments, schema_arguments

if TYPE_CHECKING:
    from pydantic.json_schema import GenerateJsonSchema

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class ToolSchema:
    """Hold what the API is told about a function, and the model that checks its arguments."""

    name: str
    description: str
    parameters: dict[str, Any]
    """JSON Schema of one object."""
    arguments: ArgumentsModel = field(repr=False, compare=False)
    given_parameters: Mapping[str, Any] | None = field(default=None, repr=False)
    """The hand-written schema, when there was one."""
    warnings: tuple[str, ...] = ()
    """What makes the tool harder to use for a model, in words for its author."""

    def wire(self) -> dict[str, Any]:
        """Return the definition exactly as the API takes it: any further key would be refused."""
        return {
            "type": "function",
            "name": self.name,
            "description": self.description,
            "parameters": copy.deepcopy(self.parameters),
        }


def build_schema(
    function: Callable[..., Any],
    *,
    name: str | None = None,
    description: str | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> ToolSchema:
    """Describe a typed function; what is given by keyword counts more than what the function says itself.

    Args:
        function: Any callable with named parameters. Descriptions come from its docstring and from Annotated.
        name: Letters, digits, `_` and `-`, at most 64.
        description: What it does and when to use it, for the model.
        parameters: A JSON Schema of one object in place of the derived one. With it the function may take
            `**kwargs`.

    Raises:
        ToolError: When the function can't be a tool; the message says why.
    """
    _check_callable(function)
    documentation = parse_docstring(_docstring(function))
    arguments, takes_others = read_arguments(function, documentation.parameters)
    tool_name = _checked_name(name if name is not None else _name_of(function), function)
    if parameters is not None:
        given = _checked_parameters(parameters, arguments, takes_others, function)
        arguments += schema_arguments(given, {argument.name for argument in arguments})
        extra = "allow" if takes_others and given.get("additionalProperties") is not False else "forbid"
        model = build_model(tool_name, arguments, extra=extra)  # type: ignore[arg-type]
    elif takes_others:
        raise ToolError(
            f"{label(function)} takes **kwargs, which a model can't see.",
            remedy="Name its parameters, or describe them with tool(parameters={...}).",
        )
    else:
        model = build_model(tool_name, arguments, extra="forbid")
        given = _derived_parameters(model, arguments, tool_name)
    text = documentation.description if description is None else description
    warnings = tuple(_warnings(tool_name, text, arguments))
    return ToolSchema(tool_name, text, given, model, parameters, warnings)


def _check_callable(function: object) -> None:
    if not callable(function):
        raise ToolError(
            f"{function!r} is not a function.", remedy="Pass a typed function, or tool(...) of one."
        )
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise ToolError(
            f"{label(function)} yields values, but a call has one result.",
            remedy="Return a list of them instead.",
        )


def _docstring(function: Any) -> str | None:
    """Return the docstring that is the function's own; that of a class stands in for its method's."""
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.isroutine(function) or inspect.isclass(function):
        return function.__doc__
    return type(function).__call__.__doc__ or type(function).__doc__


def _name_of(function: Any) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    return str(getattr(function, "__name__", type(function).__name__))


def _checked_name(name: object, function: Callable[..., Any]) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ToolError(
            f"{name!r} can't be the name of a tool ({label(function)}).",
            remedy="Use 1 to 64 letters, digits, _ or -: tool(function, name='…').",
        )
    return name


def _checked_parameters(
    parameters: Mapping[str, Any], arguments: list[Argument], takes_others: bool, function: Callable[..., Any]
) -> dict[str, Any]:
    """Check a hand-written schema against the function, and return a copy of it."""
    try:
        given: dict[str, Any] = json.loads(json.dumps(parameters))
        given = {"type": "object", "properties": {}} | given
    except (TypeError, ValueError) as error:
        raise ToolError(f"parameters of {label(function)} must be a JSON Schema: {error}.") from error
    if given["type"] != "object" or not isinstance(given["properties"], dict):
        raise ToolError(
            f"parameters of {label(function)} must describe one object.",
            remedy='Write {"type": "object", "properties": {...}, "required": [...]}.',
        )
    offered, taken = set(given["properties"]), {argument.name for argument in arguments}
    missing = [a.name for a in arguments if not a.has_own_default and a.name not in offered]
    unknown = [] if takes_others else sorted(offered - taken)
    if missing or unknown:
        raise ToolError(
            f"parameters and {label(function)} don't agree on: {', '.join(missing + unknown)}.",
            remedy="Give the schema and the function the same parameters.",
        )
    return given


def _derived_parameters(model: ArgumentsModel, arguments: list[Argument], name: str) -> dict[str, Any]:
    from pydantic.errors import PydanticUserError

    try:
        raw = model.model.model_json_schema(by_alias=True, schema_generator=_generator())
    except PydanticUserError as error:
        raise unsupported_type(name, arguments, error) from error
    schema = clean(raw)
    properties: dict[str, Any] = schema.get("properties", {})
    for argument in arguments:
        if argument.has_own_default:
            properties[argument.name] = optional(_with_default(properties[argument.name], argument))
    ordered = {"type": "object", "properties": properties, "required": schema.get("required", [])}
    return ordered | {key: schema[key] for key in ("additionalProperties", "$defs") if key in schema}


def _with_default(schema: dict[str, Any], argument: Argument) -> dict[str, Any]:
    """Say the default where JSON can say it; None goes without saying."""
    from pydantic import TypeAdapter

    schema = {key: value for key, value in schema.items() if key != "default"}
    if argument.default is None:
        return schema
    try:
        plain = TypeAdapter(argument.annotation).dump_python(argument.default, mode="json", warnings=False)
        json.dumps(plain, allow_nan=False)
    except Exception:  # a default that JSON can't say is the function's own affair
        return schema
    return schema | {"default": plain}


@functools.cache
def _generator() -> type[GenerateJsonSchema]:
    from pydantic.json_schema import GenerateJsonSchema

    class Quiet(GenerateJsonSchema):
        """Make schemas without a word about defaults that JSON can't say."""

        ignored_warning_kinds = frozenset({"skipped-choice", "non-serializable-default"})  # type: ignore[assignment]

    return Quiet


def _warnings(name: str, description: str, arguments: list[Argument]) -> list[str]:
    untyped = [
        f"{name}: parameter {argument.name} has no type; the model may send anything"
        for argument in arguments
        if not argument.annotated
    ]
    return untyped + ([] if description else [f"{name}: no docstring; the model sees only the name"])
