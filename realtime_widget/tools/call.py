"""One call of a tool, apart from running it: what to run, and what to answer the model afterwards.

The runner (threads, loops, time limits) belongs to the session; here are only values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from .results import error_json, error_output, error_text, to_output, traceback_text
from .tool import Tool

CallStatus: TypeAlias = Literal["done", "failed", "cancelled", "timed_out"]


@dataclass(frozen=True, slots=True)
class Invocation:
    """Hold a tool with checked arguments, ready to run."""

    tool: Tool
    arguments: Mapping[str, Any]

    def run(self) -> Any:
        """Call the function; for `tool.where == "async"` this returns the coroutine to await."""
        return self.tool.function(**self.arguments)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold how a call ended: what the model reads, and what its author reads."""

    status: CallStatus
    output: str
    """Text for the model; every call gets one, or the conversation would hang."""
    error: str | None = None
    """What went wrong, in one line; None when it worked."""
    traceback: str | None = None
    """Where in the user's code it went wrong."""


def prepare(tool: Tool, arguments: str | Mapping[str, Any]) -> Invocation:
    """Check the arguments of a call.

    Raises:
        ToolArgumentsError: To be answered with `failed(error)`.
    """
    return Invocation(tool, tool.validate(arguments))


def done(value: Any) -> Outcome:
    """Answer with what the function returned."""
    return Outcome("done", to_output(value))


def failed(error: BaseException) -> Outcome:
    """Answer with what the function, or the check of its arguments, raised."""
    return Outcome("failed", error_output(error), error_text(error), traceback_text(error))


def unknown_tool(name: str, known: Iterable[str]) -> Outcome:
    """Answer a call of a function that isn't there: models invent some, and tools get removed."""
    names = ", ".join(known)
    return _problem(
        "failed", f"There is no tool {name!r}. " + (f"Known: {names}." if names else "There are none.")
    )


def timed_out(tool: Tool) -> Outcome:
    """Answer a call that took longer than its limit; a thread may still be at work on it."""
    return _problem("timed_out", f"{tool.name} gave no result within {tool.timeout_s:g} seconds.")


def cancelled(tool_name: str, reason: str = "the session ended") -> Outcome:
    """Answer a call that was given up before it ended."""
    return _problem("cancelled", f"{tool_name} was cancelled: {reason}.")


def _problem(status: CallStatus, text: str) -> Outcome:
    return Outcome(status, error_json(text), text)
