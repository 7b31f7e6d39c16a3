"""What a session can be told, as frozen values, and their wire form.

Values are checked when they are made, so that a typo raises in the cell that has it and not in the middle
of a conversation. Ranges are those of the API reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Literal, Self

from .errors import ConfigError

__all__ = [
    "DEFAULT_MODEL",
    "DEFAULT_TRANSCRIPTION",
    "TURN_DETECTIONS",
    "VOICES",
    "SemanticVAD",
    "ServerVAD",
    "SessionConfig",
    "TurnDetection",
    "check_keywords",
    "session_diff",
]

DEFAULT_MODEL = "gpt-realtime-2.1"
DEFAULT_TRANSCRIPTION = "gpt-live-transcribe"

VOICES: dict[str, str] = {
    "marin": "Marin (recommended)",
    "cedar": "Cedar (recommended)",
    "alloy": "Alloy",
    "ash": "Ash",
    "ballad": "Ballad",
    "coral": "Coral",
    "echo": "Echo",
    "sage": "Sage",
    "shimmer": "Shimmer",
    "verse": "Verse",
}
"""Voice name → label. A voice of your own is `{"id": "voice_…"}`."""

Eagerness = Literal["low", "medium", "high", "auto"]


def _check_range(name: str, value: Any, low: float, high: float, *, optional: bool = False) -> None:
    if value is None and optional:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ConfigError(f"{name} must be a number from {low} to {high}, not {value!r}.")


def _check_whole(name: str, value: Any, low: int, high: int, *, optional: bool = False) -> None:
    # The API refuses decimals here, even 500.0.
    _check_range(name, value, low, high, optional=optional)
    if isinstance(value, float):
        raise ConfigError(f"{name} must be a whole number, not {value!r}.")


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ConfigError(f"{name} must be one of {', '.join(map(repr, choices))}, not {value!r}.")


def _check_bool(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise ConfigError(f"{name} must be True or False, not {value!r}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerVAD:
    """Turn detection by silence.

    Args:
        threshold: Speech probability from which on a frame is speech, 0 to 1.
        prefix_padding_ms: Audio kept from before the speech.
        silence_duration_ms: Silence that ends a turn.
        idle_timeout_ms: Silence after which the model speaks up by itself, 5000 to 30000, or None.
        create_response: Whether the end of a turn starts a response.
        interrupt_response: Whether the user's speech stops a response.
    """

    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_duration_ms: int = 500
    idle_timeout_ms: int | None = None
    create_response: bool = True
    interrupt_response: bool = True

    def __post_init__(self) -> None:
        _check_range("threshold", self.threshold, 0, 1)
        _check_whole("prefix_padding_ms", self.prefix_padding_ms, 0, 10_000)
        _check_whole("silence_duration_ms", self.silence_duration_ms, 0, 10_000)
        _check_whole("idle_timeout_ms", self.idle_timeout_ms, 5_000, 30_000, optional=True)
        _check_bool("create_response", self.create_response)
        _check_bool("interrupt_response", self.interrupt_response)

    def to_wire(self) -> dict[str, Any]:
        """Return the API's object."""
        wire = {"type": "server_vad", **{f.name: getattr(self, f.name) for f in fields(self)}}
        if self.idle_timeout_ms is None:
            del wire["idle_timeout_ms"]
        return wire


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticVAD:
    """Turn detection by meaning: waits longer while the sentence sounds unfinished.

    Args:
        eagerness: `"low"`, `"medium"`, `"high"` or `"auto"` (as medium): at most 8, 4, 2, 4 s of patience.
        create_response: Whether the end of a turn starts a response.
        interrupt_response: Whether the user's speech stops a response.
    """

    eagerness: Eagerness = "auto"
    create_response: bool = True
    interrupt_response: bool = True

    def __post_init__(self) -> None:
        _check_choice("eagerness", self.eagerness, ("low", "medium", "high", "auto"))
        _check_bool("create_response", self.create_response)
        _check_bool("interrupt_response", self.interrupt_response)

    def to_wire(self) -> dict[str, Any]:
        """Return the API's object."""
        return {"type": "semantic_vad", **{f.name: getattr(self, f.name) for f in fields(self)}}


TurnDetection = ServerVAD | SemanticVAD | None
TURN_DETECTIONS: dict[str, str] = {
    "semantic_vad": "Semantic",
    "server_vad": "Silence",
    "none": "Push to talk",
}


def parse_turn_detection(value: Any) -> TurnDetection:
    """Return the object for a name; objects and None pass.

    Raises:
        ConfigError: Anything else.
    """
    if value is None or isinstance(value, ServerVAD | SemanticVAD):
        return value
    if value == "semantic_vad":
        return SemanticVAD()
    if value == "server_vad":
        return ServerVAD()
    raise ConfigError(
        f"turn_detection must be 'semantic_vad', 'server_vad', None (push-to-talk), ServerVAD(…) or "
        f"SemanticVAD(…), not {value!r}."
    )


def _parse_transcription(value: Any) -> Mapping[str, Any] | None:
    if value is None:
        return None
    if isinstance(value, str) and value.strip():
        return {"model": value}
    if isinstance(value, Mapping) and isinstance(value.get("model"), str):
        return dict(value)
    raise ConfigError(
        f"transcription must be a model's name, a mapping with a 'model', or None (no user transcripts), "
        f"not {value!r}."
    )


def _check_voice(voice: Any) -> None:
    if isinstance(voice, Mapping):
        if isinstance(voice.get("id"), str) and len(voice) == 1:
            return
    elif isinstance(voice, str) and voice.strip():
        return
    raise ConfigError(
        f"voice must be a name such as {', '.join(map(repr, VOICES))}, or {{'id': 'voice_…'}}, not {voice!r}."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    """Everything a `session.update` can carry, checked.

    Args:
        model: The model's id; fixed for the life of a connection.
        instructions: The system prompt.
        voice: A voice's name or `{"id": …}`; fixed once the model has spoken.
        output: `"audio"` (a transcript comes with it) or `"text"`.
        turn_detection: `"semantic_vad"`, `"server_vad"`, an object of these, or None for push-to-talk.
        transcription: The model that writes down what the user says, or a mapping with its options, or None.
        tools: Wire definitions of the tools.
        tool_choice: `"auto"`, `"none"`, `"required"`, or a mapping that names a tool.
        speed: Speaking rate, 0.25 to 1.5.
        noise_reduction: `"near_field"`, `"far_field"` or None.
        max_output_tokens: 1 to 4096, or `"inf"`.
        reasoning: Effort of reasoning models, such as `"low"`; None leaves it to the server.
        truncation: `"auto"`, `"disabled"` or a mapping; None leaves it to the server.
    """

    kind: ClassVar[str] = "realtime"

    model: str = DEFAULT_MODEL
    instructions: str = ""
    voice: str | Mapping[str, Any] = "marin"
    output: str = "audio"
    turn_detection: Any = "semantic_vad"
    transcription: Any = DEFAULT_TRANSCRIPTION
    tools: tuple[Mapping[str, Any], ...] = ()
    tool_choice: str | Mapping[str, Any] = "auto"
    speed: float = 1.0
    noise_reduction: str | None = None
    max_output_tokens: int | str = "inf"
    reasoning: str | None = None
    truncation: str | Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        for name in ("model", "instructions"):
            if not isinstance(getattr(self, name), str):
                raise ConfigError(f"{name} must be a string, not {getattr(self, name)!r}.")
        if not self.model.strip():
            raise ConfigError("model must not be empty.")
        _check_voice(self.voice)
        _check_choice("output", self.output, ("audio", "text"))
        object.__setattr__(self, "turn_detection", parse_turn_detection(self.turn_detection))
        object.__setattr__(self, "transcription", _parse_transcription(self.transcription))
        if not isinstance(self.tool_choice, Mapping):
            _check_choice("tool_choice", self.tool_choice, ("auto", "none", "required"))
        _check_range("speed", self.speed, 0.25, 1.5)
        if self.noise_reduction is not None:
            _check_choice("noise_reduction", self.noise_reduction, ("near_field", "far_field"))
        if self.max_output_tokens != "inf":
            _check_whole("max_output_tokens", self.max_output_tokens, 1, 4096)
        if self.reasoning is not None and not isinstance(self.reasoning, str):
            raise ConfigError(f"reasoning must be an effort such as 'low', or None, not {self.reasoning!r}.")

    def merge(self, **options: Any) -> Self:
        """Return a copy with `options` changed.

        Raises:
            ConfigError: An unknown option, or a wrong value.
        """
        check_keywords(options, [f.name for f in fields(self)])
        return replace(self, **options)

    def with_tools(self, tools: Iterable[Mapping[str, Any]]) -> Self:
        """Return a copy that offers these wire definitions to the model."""
        return replace(self, tools=tuple(tools))

    def to_wire(self) -> dict[str, Any]:
        """Return the API's session object, every key that this configuration decides (nulls included)."""
        pcm = {"type": "audio/pcm", "rate": 24_000}
        noise = {"type": self.noise_reduction} if self.noise_reduction else None
        detection = self.turn_detection.to_wire() if self.turn_detection else None
        session: dict[str, Any] = {
            "type": "realtime",
            "output_modalities": [self.output],
            "instructions": self.instructions,
            "audio": {
                "input": {
                    "format": pcm,
                    "transcription": dict(self.transcription) if self.transcription else None,
                    "noise_reduction": noise,
                    "turn_detection": detection,
                },
                "output": {"format": pcm, "voice": self.voice, "speed": self.speed},
            },
            "tools": [dict(tool) for tool in self.tools],
            "tool_choice": self.tool_choice,
            "max_output_tokens": self.max_output_tokens,
        }
        if self.reasoning is not None:
            session["reasoning"] = {"effort": self.reasoning}
        if self.truncation is not None:
            session["truncation"] = self.truncation
        return session


def session_diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of the wire object `new` differs from `old`; `type` is always there, as the API demands.

    Only `audio` and its two sides are merged by the server; every other value is replaced as a whole.
    """
    return {"type": new["type"], **_diff(old, new, depth=0)}


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
    return changed


_ABSENT = object()


def check_keywords(given: Mapping[str, Any], valid: list[str]) -> None:
    """Refuse unknown options.

    Raises:
        ConfigError: Names the unknown one, the nearest valid one, and all valid ones.
    """
    import difflib

    for name in given:
        if name not in valid:
            near = difflib.get_close_matches(name, valid, 1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise ConfigError(
                f"Unknown option {name!r}.", remedy=f"{hint}Valid options: {', '.join(sorted(set(valid)))}."
            )
