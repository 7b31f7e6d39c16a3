"""What the rows of a table are made of, read from their dataclass, and the check of values from a file.

A field that a later version adds to a row is one more column here, without a line of code.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from .limits import MAX_MS, MAX_NUMBER

__all__ = ["BadValueError", "Field", "fields_of"]

Scalar = Literal["string", "int", "float", "bool", "time"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SCALARS: dict[type, Scalar] = {str: "string", int: "int", float: "float", bool: "bool", datetime: "time"}


class BadValueError(Exception):
    """A value that can't stand where it stands."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a row.

    Attributes:
        name: Its name, which is the column's.
        kind: What it is; of a list, what is in it; None for a list of small rows, `parts`.
        optional: Whether it may be None.
        listed: Whether it is a tuple of any length.
        parts: The fields of the rows in it.
        make: Makes such a row.
        required: Whether a row can't be made without it.
    """

    name: str
    kind: Scalar | None
    optional: bool = False
    listed: bool = False
    parts: tuple[Field, ...] = ()
    make: Callable[..., Any] = tuple
    required: bool = True

    def check(self, value: Any) -> Any:
        """Return what a row holds for a value of a file.

        Raises:
            BadValueError: It can't be that.
        """
        if value is None:
            if self.optional:
                return None
            raise BadValueError(self.name)
        if not self.listed:
            return self._checked(value)
        if not isinstance(value, list):
            raise BadValueError(self.name)
        return tuple(self._checked(entry) for entry in value)

    def _checked(self, value: Any) -> Any:
        if self.kind is not None:
            return _CHECKS[self.kind](value, self.name)
        if not isinstance(value, dict):
            raise BadValueError(self.name)
        return self.make(*(part.check(value.get(part.name)) for part in self.parts))


def fields_of(row: type[Any]) -> tuple[Field, ...]:
    """Return the fields of a dataclass or of a named tuple."""
    hints = get_type_hints(row)
    if hasattr(row, "_fields"):
        return tuple(_field(name, hints[name], required=True) for name in row._fields)
    return tuple(
        _field(spec.name, hints[spec.name], required=spec.default is MISSING) for spec in fields(row)
    )


def _field(name: str, hint: Any, *, required: bool) -> Field:
    optional = get_origin(hint) in (Union, types.UnionType)
    if optional:
        (hint,) = (kind for kind in get_args(hint) if kind is not types.NoneType)
    listed = get_origin(hint) is tuple
    if listed:
        hint, _ = get_args(hint)
    if hint in _SCALARS:
        return Field(name, _SCALARS[hint], optional, listed, required=required)
    return Field(name, None, optional, listed, parts=fields_of(hint), make=hint, required=required)


def _string(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise BadValueError(name)
    return value


def _int(value: Any, name: str) -> int:
    if type(value) is not int or abs(value) > (MAX_MS if name.endswith("_ms") else MAX_NUMBER):
        raise BadValueError(name)
    return value


def _float(value: Any, name: str) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise BadValueError(name)
    if abs(value) > (MAX_MS if name.endswith("_ms") else MAX_NUMBER):
        raise BadValueError(name)
    return float(value)


def _bool(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise BadValueError(name)
    return value


def _time(value: Any, name: str) -> datetime:
    # As microseconds: a moment may lie where no calendar goes.
    if type(value) is not int:
        raise BadValueError(name)
    try:
        return EPOCH + timedelta(microseconds=value)
    except OverflowError as error:
        raise BadValueError(name) from error


_CHECKS: dict[Scalar, Callable[[Any, str], Any]] = {
    "string": _string,
    "int": _int,
    "float": _float,
    "bool": _bool,
    "time": _time,
}
