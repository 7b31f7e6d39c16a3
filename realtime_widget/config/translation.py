"""What a translation session can be told, as a frozen value, and its wire form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Self

from ..errors import ConfigError
from .checks import check_choice, check_keywords, check_text
from .kinds import SessionKind

__all__ = ["DEFAULT_TRANSLATOR", "TRANSLATION_LANGUAGES", "TranslationConfig"]

DEFAULT_TRANSLATOR = "gpt-realtime-translate"
DEFAULT_SOURCE_TRANSCRIBER = "gpt-realtime-whisper"

TRANSLATION_LANGUAGES: dict[str, str] = {
    "es": "Spanish",
    "pt": "Portuguese",
    "fr": "French",
    "ja": "Japanese",
    "ru": "Russian",
    "zh": "Chinese",
    "de": "German",
    "ko": "Korean",
    "hi": "Hindi",
    "id": "Indonesian",
    "vi": "Vietnamese",
    "it": "Italian",
    "en": "English",
}
"""Languages that can be translated into: ISO-639-1 code → name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationConfig:
    """Everything that a translation session can be told, checked.

    Args:
        model: The model that translates; fixed for the life of a connection.
        language: The language to translate into, a key of `TRANSLATION_LANGUAGES`. The one that is spoken is
            found from the sound.
        transcription: The model that writes down what is said in the original, or None.
        noise_reduction: `"near_field"`, `"far_field"` or None.
    """

    kind: ClassVar[SessionKind] = "translation"
    tools: ClassVar[tuple[Mapping[str, Any], ...]] = ()

    model: str = DEFAULT_TRANSLATOR
    language: str = "es"
    transcription: Any = DEFAULT_SOURCE_TRANSCRIBER
    noise_reduction: str | None = None

    def __post_init__(self) -> None:
        check_text("model", self.model)
        check_text("language", self.language)
        object.__setattr__(self, "language", self.language.strip().lower())
        if self.language not in TRANSLATION_LANGUAGES:
            known = ", ".join(f"{code!r} ({name})" for code, name in TRANSLATION_LANGUAGES.items())
            raise ConfigError(
                f"Nothing is translated into {self.language!r}.",
                remedy=f"Use one of {known}. A language that the server has learned since is set by "
                "session.send_event({'type': 'session.update', 'session': {'audio': {'output': …}}}).",
            )
        object.__setattr__(self, "transcription", _transcriber(self.transcription))
        if self.noise_reduction is not None:
            check_choice("noise_reduction", self.noise_reduction, ("near_field", "far_field"))

    @property
    def turn_detection(self) -> None:
        """Who finds turns: nobody, here; the sound is one stream."""
        return

    def merge(self, **options: Any) -> Self:
        """Return a copy with `options` changed.

        Raises:
            ConfigError: An unknown option, or a wrong value.
        """
        check_keywords(options, [f.name for f in fields(self)])
        return replace(self, **options)

    def with_tools(self, tools: Iterable[Mapping[str, Any]]) -> Self:
        """Return itself: nobody answers here, so nobody calls tools."""
        return self

    def to_wire(self) -> dict[str, Any]:
        """Return the API's session object; unlike the other kinds', it carries no type."""
        return {
            "audio": {
                "input": {
                    "transcription": dict(self.transcription) if self.transcription else None,
                    "noise_reduction": {"type": self.noise_reduction} if self.noise_reduction else None,
                },
                "output": {"language": self.language},
            }
        }


def _transcriber(value: Any) -> Mapping[str, Any] | None:
    if value is None:
        return None
    if isinstance(value, str) and value.strip():
        return {"model": value}
    if isinstance(value, Mapping) and isinstance(value.get("model"), str):
        return dict(value)
    raise ConfigError(f"transcription must be a model's name or None (no original), not {value!r}.")
