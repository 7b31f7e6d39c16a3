"""Small checks of JSON values, put together to describe what a client may send.

A check takes a value and its path and returns the value as the server keeps it, or raises `Refusal`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from realtime_widget.local.refusal import Refusal, invalid_type, invalid_value, missing, unknown

__all__ = [
    "Check",
    "anything",
    "array",
    "boolean",
    "choice",
    "integer",
    "nullable",
    "number",
    "record",
    "text",
]

Check = Callable[[Any, str], Any]


def anything(value: Any, path: str) -> Any:
    """Take any JSON value."""
    return value


def text(*, longest: int | None = None, empty: bool = True) -> Check:
    """Take a string of at most `longest` characters."""

    def check(value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise invalid_type(path, "a string", value)
        if longest is not None and len(value) > longest:
            raise Refusal(
                f"Invalid '{path}': string too long. Expected a string with maximum length {longest}, "
                f"but got a string with length {len(value)} instead.",
                code="string_above_max_length",
                param=path,
            )
        if not value and not empty:
            raise invalid_value(path, value, "Expected a string that isn't empty.")
        return value

    return check


def choice(*options: str) -> Check:
    """Take one of some strings."""
    supported = "Supported values are: " + ", ".join(f"'{option}'" for option in options) + "."

    def check(value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise invalid_type(path, f"one of {', '.join(map(repr, options))}", value)
        if value not in options:
            raise invalid_value(path, value, supported)
        return value

    return check


def boolean(value: Any, path: str) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise invalid_type(path, "a boolean", value)
    return value


def number(low: float, high: float) -> Check:
    """Take a number of a range."""

    def check(value: Any, path: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise invalid_type(path, "a decimal number", value)
        if not low <= value <= high:
            raise invalid_value(path, value, f"Expected a number from {low} to {high}.")
        return value

    return check


def integer(low: int, high: int) -> Check:
    """Take a whole number of a range."""
    in_range = number(low, high)

    def check(value: Any, path: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise invalid_type(path, "an integer", value)
        return int(in_range(value, path))

    return check


@dataclass(frozen=True, slots=True)
class nullable:
    """Take null too."""

    inner: Check

    def __call__(self, value: Any, path: str) -> Any:
        """Check a value."""
        return None if value is None else self.inner(value, path)


def array(inner: Check, *, longest: int | None = None) -> Check:
    """Take a list whose entries pass."""

    def check(value: Any, path: str) -> list[Any]:
        if not isinstance(value, list):
            raise invalid_type(path, "an array", value)
        if longest is not None and len(value) > longest:
            raise invalid_value(path, len(value), f"Expected at most {longest} entries.")
        return [inner(entry, f"{path}[{index}]") for index, entry in enumerate(value)]

    return check


def record(
    fields: Mapping[str, Check],
    *,
    required: tuple[str, ...] = (),
    defaults: Mapping[str, Any] | None = None,
) -> Check:
    """Take an object with these fields and no others; absent ones get their default, if they have one.

    A null counts as absent where the field knows no null: some clients write out every field they have.
    """

    def check(value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid_type(path, "an object", value)
        for key in value:
            if key not in fields:
                raise unknown(f"{path}.{key}")
        for key in required:
            if value.get(key) is None:
                raise missing(f"{path}.{key}")
        given = {
            key: fields[key](entry, f"{path}.{key}")
            for key, entry in value.items()
            if _is_there(fields[key], entry)
        }
        return {**(defaults or {}), **given}

    return check


def _is_there(check: Check, value: Any) -> bool:
    return value is not None or isinstance(check, nullable)
