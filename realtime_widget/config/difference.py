"""What of a configuration is to be sent: only the difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["session_diff"]


def session_diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of the wire object `new` differs from `old`; a `type` is always told, as the API demands.

    Only `audio` and its two sides are merged by the server; every other value is replaced as a whole.
    """
    kind = {"type": new["type"]} if "type" in new else {}
    return {**kind, **_diff(old, new, depth=0)}


def _with_nulls(before: Any, value: Any) -> Any:
    """Return turn detection with an explicit null for the time-out that it had: absent might mean kept."""
    both = isinstance(before, Mapping) and isinstance(value, Mapping)
    if both and before.get("type") == value.get("type") and _TIMEOUT in before and _TIMEOUT not in value:
        return {**value, _TIMEOUT: None}
    return value


def _diff(old: Mapping[str, Any], new: Mapping[str, Any], *, depth: int) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for key, value in new.items():
        before = old.get(key, _ABSENT)
        if before == value:
            continue
        nested = (depth == 0 and key == "audio") or (depth == 1 and key in ("input", "output"))
        changed[key] = (
            _diff(before, value, depth=depth + 1) if nested and isinstance(before, Mapping) else value
        )
        if key == "turn_detection":
            changed[key] = _with_nulls(before, value)
    return changed


_ABSENT = object()
_TIMEOUT = "idle_timeout_ms"
