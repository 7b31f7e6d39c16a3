"""Say what a tool returned, in words that can be spoken."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from realtime_widget.local.lexicon import name_words

__all__ = ["error_of", "join_words", "spoken_value", "tell_result"]

MOST_ENTRIES = 8
MOST_TEXT = 600
_DEPTH = 3
_NO_RESULT = re.compile(r"^done\. the function returned nothing\.?$", re.I)


def tell_result(title: str, *, subject: str, acts: bool, given: Sequence[str], output: str) -> str:
    """Return a sentence about a result.

    Args:
        title: The tool's name in words, "get weather".
        subject: What it is about, "weather".
        acts: Whether it does something rather than tells something.
        given: The values of its arguments, in words.
        output: What it returned, as text or JSON.
    """
    value = _parse(output)
    problem = error_of(value)
    if problem is not None:
        return f"That didn't work. {_sentence(problem)}"
    about = f" for {join_words(given)}" if given else ""
    if value is None or value == "" or (isinstance(value, str) and _NO_RESULT.match(value)):
        return f"Done: {title}{about}."
    told = spoken_value(value)
    if acts:
        return _sentence(f"Done, {title}{about}: {told}")
    verb = "are" if subject.endswith("s") and not subject.endswith(("ss", "us", "is")) else "is"
    return _sentence(f"Here {verb} the {subject}{about}: {told}")


def error_of(value: Any) -> str | None:
    """Return what went wrong, when a result says that something did."""
    if not isinstance(value, Mapping) or not value.get("error"):
        return None
    error = value["error"]
    if isinstance(error, Mapping):
        error = error.get("message") or spoken_value(error)
    return str(error) if error is not True else "It gave no reason."


def spoken_value(value: Any, depth: int = 0) -> str:
    """Return a JSON value in words: "temperature: 21, sky: clear", "1, 2 and 3"."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return _spoken_mapping(value, depth)
    if isinstance(value, list | tuple):
        return _spoken_list(value, depth)
    return _shortened(str(value).strip())


def _spoken_mapping(value: Mapping[str, Any], depth: int) -> str:
    if not value:
        return "nothing"
    if depth >= _DEPTH:
        return f"{len(value)} entries"
    pairs = [
        f"{_key(key)}: {spoken_value(entry, depth + 1)}" for key, entry in list(value.items())[:MOST_ENTRIES]
    ]
    more = len(value) - len(pairs)
    return ", ".join(pairs) + (f" and {more} more" if more else "")


def _spoken_list(value: Sequence[Any], depth: int) -> str:
    if not value:
        return "an empty list"
    if depth >= _DEPTH:
        return f"{len(value)} entries"
    told = [spoken_value(entry, depth + 1) for entry in value[:MOST_ENTRIES]]
    more = len(value) - len(told)
    if any(isinstance(entry, Mapping | list | tuple) for entry in value):
        listed = "; ".join(told) + (f"; and {more} more" if more else "")
        return f"{len(value)} {'entry' if len(value) == 1 else 'entries'}: {listed}"
    return ", ".join(told) + f" and {more} more" if more else join_words(told)


def _key(key: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", key)) if re.search(r"[_\W]", key) else " ".join(_camel(key))


def _camel(key: str) -> Sequence[str]:
    return name_words(key) if re.search(r"[a-z][A-Z]", key) else (key,)


def join_words(words: Sequence[str], joint: str = "and") -> str:
    """Return "a", "a and b" or "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + f" {joint} {words[-1]}"


def _parse(output: str) -> Any:
    try:
        return msgspec.json.decode(output)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return output.strip()


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT].rsplit(" ", 1)[0] + " …"


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
