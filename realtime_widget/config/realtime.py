"""What a conversation can be told, as a frozen value, and its wire form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Self

from ..errors import ConfigError
from .checks import check_choice, check_keywords, check_range, check_text, check_whole
from .detection import parse_turn_detection
from .kinds import SessionKind

__all__ = ["DEFAULT_MODEL", "DEFAULT_TRANSCRIPTION", "VOICES", "SessionConfig"]

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


def _parse_transcription(value: Any) -> Mapping[str, Any] | None:
    if value is None:
        return None
    if isinstance(value, str) and value.strip():
        return {"model": value}
    if isinstance(value, Mapping) and isinstance(value.get("model"), str):
        if value.get("language") and value.get("languages"):
            raise ConfigError("transcription takes either 'language' or 'languages', never both.")
        for keyword in value.get("keywords") or ():
            if not isinstance(keyword, str) or any(sign in keyword for sign in "<>\r\n"):
                raise ConfigError(f"The keyword {keyword!r} must be one line of text, without < and >.")
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
        tool_choice: `"auto"`, `"none"`, `"required"`, or a mapping that names a tool. What is forced holds
            for the answer to the user; what follows a tool's output is free, else it would go on for ever.
        speed: Speaking rate, 0.25 to 1.5.
        noise_reduction: `"near_field"`, `"far_field"` or None.
        max_output_tokens: 1 to 4096, or `"inf"`.
        reasoning: Effort of reasoning models, such as `"low"`; None leaves it to the server.
        truncation: `"auto"`, `"disabled"` or a mapping; None leaves it to the server.
    """

    kind: ClassVar[SessionKind] = "realtime"

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
        check_text("model", self.model)
        check_text("instructions", self.instructions, empty=True)
        _check_voice(self.voice)
        check_choice("output", self.output, ("audio", "text"))
        object.__setattr__(self, "turn_detection", parse_turn_detection(self.turn_detection))
        object.__setattr__(self, "transcription", _parse_transcription(self.transcription))
        if not isinstance(self.tool_choice, Mapping):
            check_choice("tool_choice", self.tool_choice, ("auto", "none", "required"))
        check_range("speed", self.speed, 0.25, 1.5)
        if self.noise_reduction is not None:
            check_choice("noise_reduction", self.noise_reduction, ("near_field", "far_field"))
        if self.max_output_tokens != "inf":
            check_whole("max_output_tokens", self.max_output_tokens, 1, 4096)
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
