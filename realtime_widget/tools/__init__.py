"""Functions as tools of a voice model: schema, arguments, registry, results. No sockets, loops or threads."""

from .call import CallStatus, Invocation, Outcome, cancelled, done, failed, prepare, timed_out, unknown_tool
from .registry import ToolRegistry
from .results import NO_RESULT, OUTPUT_MAX_BYTES, error_output, error_text, to_output, traceback_text
from .schema import ToolSchema, build_schema
from .tool import DEFAULT_TIMEOUT_S, Tool, tool

__all__ = [
    "DEFAULT_TIMEOUT_S",
    "NO_RESULT",
    "OUTPUT_MAX_BYTES",
    "CallStatus",
    "Invocation",
    "Outcome",
    "Tool",
    "ToolRegistry",
    "ToolSchema",
    "build_schema",
    "cancelled",
    "done",
    "error_output",
    "error_text",
    "failed",
    "prepare",
    "timed_out",
    "to_output",
    "tool",
    "traceback_text",
    "unknown_tool",
]
