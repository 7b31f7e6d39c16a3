"""The arguments of a function as a pydantic model, which checks and types those of a call."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ..errors import ToolArgumentsError, ToolError
from .jsonschema import short_signature
from .signature import Argument, is_field

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

_SHOWN_INPUT = 80  # characters of a wrong value that are shown back to the model


@dataclass(frozen=True, slots=True)
class ArgumentsModel:
    """Check the arguments of calls against the types of a function."""

    model: type[BaseModel]
    names: Mapping[str, str]
    """Field of the model to name of the argument; fields have names of their own, so that any parameter
    name works, also `schema`, `copy` or `_x`."""
    own_defaults: frozenset[str]
    """Fields that the function itself fills in; all other defaults are pydantic's."""

    def validate(
        self, arguments: str | Mapping[str, Any], *, tool: str, schema: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return typed keyword arguments for the function.

        Arguments that a call leaves out are left out here too, so that the function's own defaults count.

        Raises:
            ToolArgumentsError: With every problem and the expected signature, in words for the model.
        """
        from pydantic import ValidationError

        text = _as_json(arguments)
        try:
            value = (
                self.model.model_validate(arguments) if text is None else self.model.model_validate_json(text)
            )
        except ValidationError as error:
            raise _arguments_error(error, tool, schema) from None
        left_out = self.own_defaults - value.model_fields_set
        known = {name: getattr(value, field) for field, name in self.names.items() if field not in left_out}
        return known | (value.model_extra or {})


def build_model(name: str, arguments: list[Argument], *, extra: Literal["allow", "forbid"]) -> ArgumentsModel:
    """Build the model that checks a call.

    Raises:
        ToolError: Naming the parameter whose type no JSON can carry.
    """
    from pydantic import ConfigDict, create_model
    from pydantic.errors import PydanticUserError

    fields = {f"argument_{index}": argument for index, argument in enumerate(arguments)}
    definitions: dict[str, Any] = {field: _field(argument) for field, argument in fields.items()}
    try:
        # Voice models like to send numbers where text is wanted (house numbers, postcodes).
        config = ConfigDict(extra=extra, coerce_numbers_to_str=True)
        model = create_model(name, __config__=config, **definitions)
    except (PydanticUserError, TypeError) as error:
        raise unsupported_type(name, arguments, error) from error
    own_defaults = frozenset(field for field, argument in fields.items() if argument.has_own_default)
    return ArgumentsModel(model, {field: argument.name for field, argument in fields.items()}, own_defaults)


def unsupported_type(name: str, arguments: list[Argument], error: Exception) -> ToolError:
    """Make the error that names the parameters whose types have no JSON form."""
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticUserError

    wrong = []
    for argument in arguments:
        try:
            TypeAdapter(argument.annotation).json_schema()
        except (PydanticUserError, TypeError):
            wrong.append(f"{argument.name}: {inspect.formatannotation(argument.annotation)}")
    what = ", ".join(wrong) or "a parameter"
    return ToolError(
        f"{name}: a model can't send the type of {what} ({_first_line(error)}).",
        remedy="Use types that JSON can carry: str, int, float, bool, Literal, Enum, list, dict, dataclass.",
    )


def _field(argument: Argument) -> tuple[Any, Any]:
    from pydantic import Field

    if argument.has_own_default:
        # None stands in for the real default, which may be anything and is the function's to apply.
        field = Field(default=None, alias=argument.name, description=argument.description)
        return argument.annotation, field
    annotation, description = argument.annotation, argument.description
    if is_field(argument.default):  # written as pydantic users write it: n: int = Field(5, ge=1)
        annotation = Annotated[annotation, argument.default]
        description = argument.default.description or description
    return annotation, Field(alias=argument.name, description=description)


def _as_json(arguments: str | Mapping[str, Any]) -> str | None:
    """Bring arguments to JSON text, or None when they hold Python objects; no text at all means none."""
    if isinstance(arguments, str):
        return arguments if arguments.strip() else "{}"
    try:
        return json.dumps(arguments)
    except (TypeError, ValueError):
        return None


def _arguments_error(error: ValidationError, tool: str, schema: Mapping[str, Any]) -> ToolArgumentsError:
    problems = [_problem(details) for details in error.errors(include_url=False, include_context=False)]
    return ToolArgumentsError(
        f"The arguments don't fit {tool}: {'; '.join(problems)}.",
        remedy=f"Expected: {short_signature(tool, schema)}. Correct the arguments and call again.",
    )


_PROBLEMS: dict[str, Callable[[str, str], str]] = {
    "extra_forbidden": lambda where, _: f"{where}: there is no such parameter",
    "json_invalid": lambda _, message: f"they are not valid JSON ({message.removeprefix('Invalid JSON: ')})",
    "model_type": lambda _where, _message: "they must be one JSON object",
    "missing": lambda where, message: f"{where}: {message}",
}


def _problem(details: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in details["loc"])
    describe = _PROBLEMS.get(details["type"])
    if describe:
        return describe(where, details["msg"])
    shown = repr(details["input"])
    shown = shown if len(shown) <= _SHOWN_INPUT else shown[: _SHOWN_INPUT - 1] + "…"
    return f"{where}: {details['msg']}, got {shown}"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
