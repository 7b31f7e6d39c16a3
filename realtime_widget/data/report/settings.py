"""The settings of a conversation as lines of words, without what is nobody's business."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..conversation import About
from ..display.static import clean

__all__ = ["setting_rows"]

SECRETS = frozenset(("authorization", "headers", "client_secret", "api_key", "token", "password"))
LONGEST = 4_000
MOST = 200
_NAMES = {"output_modalities": "output", "audio.output.voice": "voice", "audio.output.speed": "speed"}
_SKIPPED = frozenset(("type", "audio.input.format", "audio.output.format"))


def setting_rows(about: About) -> tuple[tuple[str, str], ...]:
    """Return names and values; long values are cut, keys and headers hidden."""
    rows = [("id", about.id)]
    rows += _flat(about.settings, "")
    rows += [(f"metadata: {name}", words) for name, words in _flat(about.metadata, "", plain=True)]
    if about.version:
        rows.append(("realtime-widget", about.version))
    return tuple((clean(name), words) for name, words in rows[:MOST])


def _flat(settings: Mapping[str, Any], path: str, *, plain: bool = False) -> Iterator[tuple[str, str]]:
    for key, value in settings.items():
        place = f"{path}{key}"
        if not plain and (place in _SKIPPED or value in (None, [], {})):
            continue
        if str(key).lower() in SECRETS:
            yield place, "<hidden>"
        elif isinstance(value, Mapping) and not plain:
            yield from _flat(value, f"{place}.")
        else:
            name = _NAMES.get(place, place.removeprefix("audio."))
            yield name, _words(value, place)


def _words(value: Any, place: str) -> str:
    if place == "tools" and isinstance(value, list):
        names = (tool.get("name") or tool.get("server_label") or tool.get("type") for tool in value)
        words = ", ".join(str(name) for name in names)
    elif isinstance(value, str):
        words = value
    elif isinstance(value, list) and all(isinstance(each, str) for each in value):
        words = ", ".join(value)
    else:
        words = json.dumps(_bare(value), ensure_ascii=False, default=str)
    words = clean(words)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}… ({len(words) - LONGEST} more characters)"


def _bare(value: Any) -> Any:
    """Return a value without secrets, however deep they are."""
    if isinstance(value, Mapping):
        return {
            key: "<hidden>" if str(key).lower() in SECRETS else _bare(each) for key, each in value.items()
        }
    return [_bare(each) for each in value] if isinstance(value, list | tuple) else value
