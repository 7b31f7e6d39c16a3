"""What counts as a number: Python's, and those of numpy, which the values of a dataframe are."""

from __future__ import annotations

import numbers
from typing import Any, TypeGuard

__all__ = ["is_number", "is_whole"]


def is_number(value: Any) -> TypeGuard[float]:
    """Tell whether a value is a real number; True and False are none."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def is_whole(value: Any) -> TypeGuard[int]:
    """Tell whether a value is a whole number by its type."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)
