"""Assertions about a session, for tests of voice agents; they say what was found instead."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["assert_answered", "assert_not_called", "assert_tool_called", "assert_turns"]


def assert_turns(session: Any, turns: Iterable[tuple[str, str]]) -> None:
    """Assert that the transcript consists of just these turns: `[("user", "hi"), ("assistant", "hello")]`.

    Takes anything with a `transcript` that yields objects with `role` and `text`.
    """
    found = [(turn.role, turn.text) for turn in session.transcript]
    wanted = [tuple(turn) for turn in turns]
    if found != wanted:
        raise AssertionError(f"the transcript differs\n  wanted: {wanted}\n  found:  {found}")


def assert_answered(session: Any, text: str) -> None:
    """Assert that the last assistant's turn contains `text`, whatever the case of its letters."""
    answers = [turn.text for turn in session.transcript if turn.role == "assistant"]
    if not answers:
        raise AssertionError("the assistant hasn't said anything")
    if text.casefold() not in answers[-1].casefold():
        raise AssertionError(f"the last answer is {answers[-1]!r}; it doesn't contain {text!r}")


def assert_tool_called(session: Any, name: str, /, **arguments: Any) -> Any:
    """Assert that a tool was called with (at least) these arguments; return the first such call.

    Takes anything with `tool_calls` that yields objects or mappings with `name` and `arguments` (a mapping,
    or JSON text).
    """
    calls = [(call, _of(call, "name"), _arguments(call)) for call in session.tool_calls]
    for call, called, given in calls:
        if called == name and all(key in given and given[key] == value for key, value in arguments.items()):
            return call
    made = ", ".join(f"{called}({given})" for _, called, given in calls) or "no call at all"
    raise AssertionError(f"{name}({arguments or ''}) was not called; found: {made}")


def assert_not_called(session: Any, name: str, /) -> None:
    """Assert that a tool was never called."""
    found = [_arguments(call) for call in session.tool_calls if _of(call, "name") == name]
    if found:
        raise AssertionError(f"{name} was called with {found}")


def _of(call: Any, field: str) -> Any:
    return call[field] if isinstance(call, Mapping) else getattr(call, field)


def _arguments(call: Any) -> dict[str, Any]:
    given = _of(call, "arguments")
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            return {"": given}
    return dict(given) if isinstance(given, Mapping) else {}
