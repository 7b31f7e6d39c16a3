"""A configuration from its wire form: that of a saved conversation, as far as it is understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from ..errors import ConfigError
from .detection import SemanticVAD, ServerVAD
from .realtime import SessionConfig
from .transcription import LOGPROBS, TranscriptionConfig
from .translation import TranslationConfig

__all__ = ["AnyConfig", "read_config"]

AnyConfig = SessionConfig | TranscriptionConfig | TranslationConfig


def read_config(kind: str, settings: Mapping[str, Any], *, model: str = "") -> AnyConfig:
    """Return the configuration that was in force.

    What this version of the package doesn't understand keeps its default: a file may come from another one.

    Args:
        kind: `realtime`, `transcription` or `translation`.
        settings: The session object of the API.
        model: The model's id, where it is known.

    Raises:
        ConfigError: There is no such kind.
    """
    if kind not in _READERS:
        raise ConfigError(
            f"There is no kind of session {kind!r}.", remedy=f"There are {', '.join(map(repr, _READERS))}."
        )
    config_kind, read = _READERS[kind]
    given = read(settings)
    if model:
        given["model"] = model
    try:
        return config_kind(**given)
    except (ConfigError, TypeError, ValueError):
        return _understood(config_kind, given)


def _understood(kind: type[AnyConfig], given: Mapping[str, Any]) -> AnyConfig:
    config = kind()
    for name, value in given.items():
        try:
            config = config.merge(**{name: value})
        except (ConfigError, TypeError, ValueError):
            continue
    return config


def _at(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _realtime(settings: Mapping[str, Any]) -> dict[str, Any]:
    modalities = settings.get("output_modalities")
    given = {
        "instructions": settings.get("instructions"),
        "output": modalities[0] if isinstance(modalities, list) and modalities else None,
        "voice": _at(settings, "audio", "output", "voice"),
        "speed": _at(settings, "audio", "output", "speed"),
        "tools": tuple(settings["tools"]) if isinstance(settings.get("tools"), list) else None,
        "tool_choice": settings.get("tool_choice"),
        "max_output_tokens": settings.get("max_output_tokens"),
        "reasoning": _at(settings, "reasoning", "effort"),
        "truncation": settings.get("truncation"),
        "noise_reduction": _at(settings, "audio", "input", "noise_reduction", "type"),
    }
    told = {name: value for name, value in given.items() if value is not None}
    sound = _at(settings, "audio", "input")
    return {**told, **_nullable(sound, "transcription"), **_detection(sound)}


def _transcription(settings: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(TranscriptionConfig)}
    found = _at(settings, "audio", "input", "transcription")
    asked = found if isinstance(found, Mapping) else {}
    given = {name: value for name, value in asked.items() if name in names}
    if isinstance(asked.get("language"), str):
        given["languages"] = (asked["language"],)
    include = settings.get("include")
    return {
        **given,
        "noise_reduction": _at(settings, "audio", "input", "noise_reduction", "type"),
        "logprobs": isinstance(include, list) and LOGPROBS in include,
        **_detection(_at(settings, "audio", "input")),
    }


def _translation(settings: Mapping[str, Any]) -> dict[str, Any]:
    language = _at(settings, "audio", "output", "language")
    return {
        **({} if language is None else {"language": language}),
        "noise_reduction": _at(settings, "audio", "input", "noise_reduction", "type"),
        **_nullable(_at(settings, "audio", "input"), "transcription"),
    }


def _nullable(sound: Any, name: str) -> dict[str, Any]:
    return {name: sound[name]} if isinstance(sound, Mapping) and name in sound else {}


def _detection(sound: Any) -> dict[str, Any]:
    given = _nullable(sound, "turn_detection")
    wire = given.get("turn_detection")
    if not isinstance(wire, Mapping):
        return given
    kind = {"server_vad": ServerVAD, "semantic_vad": SemanticVAD}.get(str(wire.get("type")))
    if kind is None:
        return {}
    names = {field.name for field in fields(kind)}
    try:
        return {"turn_detection": kind(**{name: value for name, value in wire.items() if name in names})}
    except (ConfigError, TypeError):
        return {"turn_detection": kind()}


_READERS: dict[str, tuple[type[AnyConfig], Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "realtime": (SessionConfig, _realtime),
    "transcription": (TranscriptionConfig, _transcription),
    "translation": (TranslationConfig, _translation),
}
