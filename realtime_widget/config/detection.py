"""Turn detection: how the server finds the end of what the user says."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

from ..errors import ConfigError
from .checks import check_bool, check_choice, check_range, check_whole

__all__ = ["TURN_DETECTIONS", "SemanticVAD", "ServerVAD", "TurnDetection", "parse_turn_detection"]

Eagerness = Literal["low", "medium", "high", "auto"]


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
        check_range("threshold", self.threshold, 0, 1)
        check_whole("prefix_padding_ms", self.prefix_padding_ms, 0, 10_000)
        check_whole("silence_duration_ms", self.silence_duration_ms, 0, 10_000)
        check_whole("idle_timeout_ms", self.idle_timeout_ms, 5_000, 30_000, optional=True)
        check_bool("create_response", self.create_response)
        check_bool("interrupt_response", self.interrupt_response)

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
        check_choice("eagerness", self.eagerness, ("low", "medium", "high", "auto"))
        check_bool("create_response", self.create_response)
        check_bool("interrupt_response", self.interrupt_response)

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
