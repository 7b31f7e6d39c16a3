"""What a transcription session can be told, as a frozen value, and its wire form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Self

from ..errors import ConfigError
from .checks import check_bool, check_choice, check_keywords, check_range, check_text
from .detection import TurnDetection, parse_turn_detection
from .kinds import SessionKind
from .realtime import DEFAULT_TRANSCRIPTION
from .transcribers import Transcriber, models_with, transcriber

__all__ = ["TranscriptionConfig"]

DELAYS = ("minimal", "low", "medium", "high", "xhigh")
BY_MODEL = "auto"
LOGPROBS = "item.input_audio_transcription.logprobs"
_FORBIDDEN = ("<", ">", "\r", "\n")
MIN_TURN_S, MAX_TURN_S = 0.1, 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionConfig:
    """Everything the `session.update` of a transcription session can carry, checked, and who ends the turns.

    Args:
        model: The model that writes; its abilities decide which of the other options it takes.
        languages: Languages to expect, as ISO-639-1 codes such as `"en"`; some models take only one.
        keywords: Literal terms to expect: one line each, without `<` and `>`.
        prompt: A text to go by.
        delay: How much sound a live model waits for: `"minimal"` to `"xhigh"`.
        noise_reduction: `"near_field"`, `"far_field"` or None.
        logprobs: Whether to ask for the probabilities of the words.
        turn_detection: `"auto"` (the server's where the model allows it), `"server_vad"`, `"semantic_vad"`,
            an object of these, or None: the server finds no turns.
        commit: Who ends a turn where the server doesn't: `"auto"` or `"vad"` (a voice detector on this
            side), a number of seconds between commits, or None: `commit()` alone.
        max_turn_s: A turn that goes on for longer is cut, so that nobody waits for its words for ever.
    """

    kind: ClassVar[SessionKind] = "transcription"
    tools: ClassVar[tuple[Mapping[str, Any], ...]] = ()

    model: str = DEFAULT_TRANSCRIPTION
    languages: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    prompt: str | None = None
    delay: str | None = None
    noise_reduction: str | None = None
    logprobs: bool = False
    turn_detection: Any = BY_MODEL
    commit: str | float | None = BY_MODEL
    max_turn_s: float = 30.0
    by_model: bool = field(init=False, repr=False, compare=False, default=False)

    def __post_init__(self) -> None:
        check_text("model", self.model)
        for name in ("languages", "keywords"):
            object.__setattr__(self, name, _texts(name, getattr(self, name)))
        if self.noise_reduction is not None:
            check_choice("noise_reduction", self.noise_reduction, ("near_field", "far_field"))
        check_bool("logprobs", self.logprobs)
        check_range("max_turn_s", self.max_turn_s, 1, MAX_TURN_S)
        can = transcriber(self.model)
        self._check_words(can)
        self._check_languages(can)
        self._decide_turns(can)

    def _check_words(self, can: Transcriber) -> None:
        for keyword in self.keywords:
            if any(sign in keyword for sign in _FORBIDDEN):
                raise ConfigError(f"The keyword {keyword!r} must be one line, without < and >.")
        if self.keywords and not can.keywords:
            raise _unable(self.model, "keywords")
        if self.prompt is not None:
            check_text("prompt", self.prompt)
            if not can.prompt:
                raise _unable(self.model, "prompt")
        if self.delay is not None:
            check_choice("delay", self.delay, DELAYS)
            if not can.delay:
                raise _unable(self.model, "delay")

    def _check_languages(self, can: Transcriber) -> None:
        for code in self.languages:
            primary = code.split("-")[0]
            if not (primary.isascii() and primary.isalpha() and 2 <= len(primary) <= 3):
                raise ConfigError(
                    f"languages must be codes such as 'en' or 'de', not {code!r}.",
                    remedy="Leave it out to let the model find the language.",
                )
        if len(self.languages) > 1 and can.languages == "one":
            raise ConfigError(
                f"{self.model} takes one language, not {len(self.languages)}.",
                remedy="Name the likeliest one, or use gpt-live-transcribe, which takes several.",
            )

    def _decide_turns(self, can: Transcriber) -> None:
        commit = self.commit
        if isinstance(commit, str):
            check_choice("commit", commit, (BY_MODEL, "vad"))
        elif commit is not None:
            check_range("commit", commit, MIN_TURN_S, MAX_TURN_S)
        detection: TurnDetection = None
        object.__setattr__(self, "by_model", self.turn_detection == BY_MODEL)
        if not self.by_model:
            detection = parse_turn_detection(self.turn_detection)
        elif can.server_vad and commit == BY_MODEL:
            detection = parse_turn_detection("server_vad")
        if detection is not None and can.server_vad is False:
            raise ConfigError(
                f"The server finds no turns for {self.model}.",
                remedy="Leave turn_detection out: turns are then found on this side (see commit=).",
            )
        if detection is not None and commit != BY_MODEL:
            raise ConfigError(
                f"Either the server ends the turns or this side does: commit={commit!r} goes with "
                "turn_detection=None.",
                remedy="Leave one of the two out.",
            )
        if detection is not None:
            # Nobody answers here, and nothing can be interrupted.
            detection = replace(detection, create_response=False, interrupt_response=False)
        object.__setattr__(self, "turn_detection", detection)

    @property
    def transcription(self) -> Mapping[str, Any]:
        """The API's object that tells what to write with, and how."""
        wire: dict[str, Any] = {"model": self.model}
        if self.languages:
            # Never both: a server refuses a configuration that has `language` and `languages`.
            single = transcriber(self.model).languages != "list" and len(self.languages) == 1
            wire |= {"language": self.languages[0]} if single else {"languages": list(self.languages)}
        if self.keywords:
            wire["keywords"] = list(self.keywords)
        if self.prompt is not None:
            wire["prompt"] = self.prompt
        if self.delay is not None:
            wire["delay"] = self.delay
        return wire

    @property
    def live(self) -> bool:
        """Whether the model writes while one speaks."""
        return transcriber(self.model).live

    def merge(self, **options: Any) -> Self:
        """Return a copy with `options` changed.

        Raises:
            ConfigError: An unknown option, or a wrong value.
        """
        check_keywords(options, [f.name for f in fields(self) if f.init])
        if self.by_model:
            options.setdefault("turn_detection", BY_MODEL)
        return replace(self, **options)

    def with_tools(self, tools: Iterable[Mapping[str, Any]]) -> Self:
        """Return itself: nobody answers here, so nobody calls tools."""
        return self

    def to_wire(self) -> dict[str, Any]:
        """Return the API's session object, every key that this configuration decides (nulls included)."""
        detection = self.turn_detection.to_wire() if self.turn_detection is not None else None
        return {
            "type": self.kind,
            "audio": {
                "input": {
                    "format": {"type": "audio/pcm", "rate": 24_000},
                    "transcription": dict(self.transcription),
                    "noise_reduction": {"type": self.noise_reduction} if self.noise_reduction else None,
                    "turn_detection": detection,
                }
            },
            "include": [LOGPROBS] if self.logprobs else [],
        }


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = (value,)  # one is as good as a list of one
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise ConfigError(f"{name} must be a list of strings, not {value!r}.")
    texts = tuple(value)
    for text in texts:
        check_text(f"Each of {name}", text)
    return tuple(text.strip() for text in texts) if name == "languages" else texts


def _unable(model: str, ability: str) -> ConfigError:
    return ConfigError(f"{model} takes no {ability}.", remedy=f"Models that do: {models_with(ability)}.")
