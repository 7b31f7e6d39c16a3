"""What a docstring says about a function and its parameters, in Google, NumPy, reST or Epydoc style."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field

_NO_PARAMETERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Documentation:
    """Hold what a docstring says, without its markup."""

    description: str = ""
    """Summary and body, without the sections on parameters, results, errors and examples."""

    parameters: Mapping[str, str] = field(default_factory=lambda: _NO_PARAMETERS)
    """What is said about each parameter, on one line each."""


def parse_docstring(docstring: str | None) -> Documentation:
    """Read a docstring of any common style; one that follows none is all description."""
    if not docstring or not docstring.strip():
        return Documentation()
    from docstring_parser import ParseError, parse

    text = inspect.cleandoc(docstring)
    try:
        parsed = parse(text)
    except (ParseError, ValueError, IndexError):
        # A docstring is written for people: whatever confuses the parser is still a description.
        return Documentation(text)
    parameters = {
        name.strip().lstrip("*"): " ".join(parameter.description.split())
        for parameter in parsed.params
        for name in parameter.arg_name.split(",")  # NumPy style documents "x, y : int" together
        if parameter.description
    }
    return Documentation((parsed.description or "").strip(), parameters)
