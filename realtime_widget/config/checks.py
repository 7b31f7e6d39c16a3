"""How values are checked: when they are made, and with a message that names the right ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ConfigError

__all__ = ["check_bool", "check_choice", "check_keywords", "check_range", "check_text", "check_whole"]


def check_range(name: str, value: Any, low: float, high: float, *, optional: bool = False) -> None:
    """Refuse what isn't a number from `low` to `high`."""
    if value is None and optional:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ConfigError(f"{name} must be a number from {low} to {high}, not {value!r}.")


def check_whole(name: str, value: Any, low: int, high: int, *, optional: bool = False) -> None:
    """Refuse what isn't a whole number from `low` to `high`."""
    # The API refuses decimals here, even 500.0.
    check_range(name, value, low, high, optional=optional)
    if isinstance(value, float):
        raise ConfigError(f"{name} must be a whole number, not {value!r}.")


def check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Refuse what isn't one of `choices`."""
    if value not in choices:
        raise ConfigError(f"{name} must be one of {', '.join(map(repr, choices))}, not {value!r}.")


def check_bool(name: str, value: Any) -> None:
    """Refuse what isn't True or False."""
    if not isinstance(value, bool):
        raise ConfigError(f"{name} must be True or False, not {value!r}.")


def check_text(name: str, value: Any, *, empty: bool = False) -> None:
    """Refuse what isn't a string; an empty one too, unless it is allowed."""
    if not isinstance(value, str):
        raise ConfigError(f"{name} must be a string, not {value!r}.")
    if not empty and not value.strip():
        raise ConfigError(f"{name} must not be empty.")


def check_keywords(given: Mapping[str, Any], valid: list[str]) -> None:
    """Refuse unknown options.

    Raises:
        ConfigError: Names the unknown one, the nearest valid one, and all valid ones.
    """
    import difflib

    for name in given:
        if name not in valid:
            near = difflib.get_close_matches(name, valid, 1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise ConfigError(
                f"Unknown option {name!r}.", remedy=f"{hint}Valid options: {', '.join(sorted(set(valid)))}."
            )
