"""Let a Python function answer."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import Any

from realtime_widget.errors import ConfigError
from realtime_widget.local.responders.base import Request, ToolCall

__all__ = ["FunctionResponder"]

_END = object()


class FunctionResponder:
    """Answer with what a function returns.

    Args:
        function: Takes the newest input as text, or the whole `Request` where its first parameter is named
            `request` or annotated with `Request`. It returns, or yields piece by piece, text and
            `ToolCall`s. It may be a function (run in a worker thread), a coroutine function, or a
            generator of either kind.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        if not callable(function):
            raise ConfigError(f"FunctionResponder takes a function, not {function!r}.")
        self._function = function
        self._wants_request = _wants_request(function)
        self.note = f"Speech on this machine; the function {_name(function)} answers."

    async def respond(self, request: Request) -> AsyncIterator[str | ToolCall]:
        """Call the function and stream what it gives."""
        argument = request if self._wants_request else request.text
        if inspect.iscoroutinefunction(self._function) or inspect.isasyncgenfunction(self._function):
            result = self._function(argument)
        else:
            result = await asyncio.to_thread(self._function, argument)
        if inspect.isawaitable(result):
            result = await result
        async for piece in _pieces(result):
            if isinstance(piece, ToolCall):
                yield piece
            elif piece is not None:
                yield piece if isinstance(piece, str) else str(piece)


async def _pieces(result: Any) -> AsyncIterator[Any]:
    if isinstance(result, AsyncIterable):
        try:
            async for piece in result:
                yield piece
        finally:
            if hasattr(result, "aclose"):
                await result.aclose()
    elif isinstance(result, Iterable) and not isinstance(result, str | bytes | dict):
        iterator = iter(result)
        # A generator may compute between its pieces, so it runs in a worker thread too.
        while (piece := await asyncio.to_thread(_next, iterator)) is not _END:
            yield piece
    else:
        yield result


def _next(iterator: Iterator[Any]) -> Any:
    return next(iterator, _END)


def _wants_request(function: Callable[..., Any]) -> bool:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a builtin without a signature
        return False
    if not parameters:
        raise ConfigError(f"The function {_name(function)} must take one argument: the text, or `request`.")
    first = parameters[0]
    return first.name == "request" or first.annotation in (Request, "Request") or _is_named_request(first)


def _is_named_request(parameter: inspect.Parameter) -> bool:
    return isinstance(parameter.annotation, str) and parameter.annotation.endswith(".Request")


def _name(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__name__", None) or type(function).__name__)
