"""From what a function returned, or raised, to the text that the model reads."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from enum import Enum
from itertools import islice
from typing import Any

from ..errors import RealtimeError

OUTPUT_MAX_BYTES = 16 * 1024
"""Longer results are cut: they cost tokens with every later turn."""

NO_RESULT = "Done. The function returned nothing."
"""What the model reads for None: it must tell "it worked" from "nothing was found"."""

_ERROR_MAX_BYTES = 2000
_TABLE_ROWS = 20
_ARRAY_ITEMS = 1000
_ITERATOR_ITEMS = 1000

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
# Frames of the standard library that stand between our runner and the user's function.
_PLUMBING = tuple(
    os.path.join(os.path.dirname(os.__file__), name)
    for name in (f"asyncio{os.sep}", f"concurrent{os.sep}", "threading.py", "contextlib.py")
)


def to_output(value: Any) -> str:
    """Write any value as text for the model.

    Text stays as it is; what JSON can say becomes JSON (also pydantic models, dataclasses, dates, sets,
    numpy); a dataframe becomes its shape and first rows; anything else its repr. At most `OUTPUT_MAX_BYTES`.
    """
    if value is None:
        return NO_RESULT
    try:
        text = _as_text(value)
    except Exception:  # a value that resists all of it must not turn a success into a failure
        text = _safe_repr(value)
    return cut(text)


def error_output(error: BaseException) -> str:
    """Write a failure as short JSON, `{"error": …}`, that the model can act on; never a traceback."""
    return error_json(error_text(error))


def error_json(text: str) -> str:
    """Write a sentence about a failure as the JSON that the model reads."""
    return json.dumps({"error": text}, ensure_ascii=False)


def error_text(error: BaseException) -> str:
    """Say what went wrong: our own errors in their words, others as `ValueError: no such city`."""
    try:
        message = str(error).strip()
    except Exception:  # an exception whose __str__ is broken itself
        message = ""
    if isinstance(error, RealtimeError):
        text = message
    else:
        text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return cut(text, _ERROR_MAX_BYTES)


def traceback_text(error: BaseException) -> str:
    """Format a traceback for the function's author, without the frames of this package."""
    summary = traceback.TracebackException.from_exception(error)
    _trim(summary)
    return cut("".join(summary.format()).rstrip())


def cut(text: str, max_bytes: int = OUTPUT_MAX_BYTES) -> str:
    """Shorten text to a number of UTF-8 bytes, saying how much is missing."""
    # Lone surrogates can't be sent; every other text passes unchanged.
    data = text.encode("utf-8", "replace")
    if len(data) <= max_bytes:
        return data.decode("utf-8")
    mark = f"\n[cut: {len(data)} bytes, only the beginning is shown]"
    return data[: max_bytes - len(mark)].decode("utf-8", "ignore") + mark


def _as_text(value: Any) -> str:
    if isinstance(value, str) and not isinstance(value, Enum):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return _bytes_text(bytes(value))
    from pydantic_core import to_jsonable_python

    if isinstance(value, Iterator):  # it may never end
        value = list(islice(value, _ITERATOR_ITEMS))
    plain = to_jsonable_python(value, fallback=_fallback, bytes_mode="base64", inf_nan_mode="constants")
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _bytes_text(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return f"<{len(data)} bytes of binary data>"
    return (
        text
        if text.isprintable() or text.isspace() or "\n" in text
        else f"<{len(data)} bytes of binary data>"
    )


def _fallback(value: Any) -> Any:
    """Bring what pydantic doesn't know to something that it does."""
    for module, name, convert in _KNOWN:
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and isinstance(value, kind):
            return convert(value)
    return _safe_repr(value)


def _array(array: Any) -> Any:
    if array.size <= _ARRAY_ITEMS:
        return array.tolist()
    first = array.reshape(-1)[:10].tolist()
    return {"array": {"shape": list(array.shape), "dtype": str(array.dtype), "first_values": first}}


def _frame(frame: Any) -> str:
    rows, columns = frame.shape
    head = frame.head(_TABLE_ROWS).to_string(max_colwidth=200)
    return f"{_count(rows, 'row')}, {_count(columns, 'column')}{_first(rows)}\n{head}"


def _series(series: Any) -> str:
    return f"{_count(len(series), 'value')}{_first(len(series))}\n{series.head(_TABLE_ROWS).to_string()}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _first(rows: int) -> str:
    return f", the first {_TABLE_ROWS}:" if rows > _TABLE_ROWS else ":"


# Looked up among the modules that are loaded: a value of a library is proof that it is.
_KNOWN: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("numpy", "ndarray", _array),
    ("numpy", "generic", lambda scalar: scalar.item()),
    ("pandas", "DataFrame", _frame),
    ("pandas", "Series", _series),
    ("pandas", "Index", lambda index: index.tolist()),
    ("pandas", "Period", str),
)


def _safe_repr(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # a broken __repr__
        return f"<{type(value).__name__}>"


def _trim(summary: traceback.TracebackException) -> None:
    """Drop our frames everywhere, and what the standard library put in front of the user's first one."""
    frames = [frame for frame in summary.stack if not frame.filename.startswith(_PACKAGE)]
    while frames and frames[0].filename.startswith(_PLUMBING):
        frames.pop(0)
    summary.stack = traceback.StackSummary.from_list(frames)
    linked = [summary.__cause__, summary.__context__, *(summary.exceptions or ())]
    for each in linked:
        if each is not None:
            _trim(each)
