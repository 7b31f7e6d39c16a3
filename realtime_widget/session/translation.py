"""`TranslationSession`: what is said, said again in another language while it is being said."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ..config import TranslationConfig, check_keywords
from ..config.translation import DEFAULT_SOURCE_TRANSCRIBER, DEFAULT_TRANSLATOR
from ..engines import Engine, KeySource, read_key
from ..errors import ConfigError
from ..protocol.translation import TranslationProtocol
from .base import BaseSession, not_a_conversation
from .options import OPTIONS, session_options
from .resolve import environment_key, resolve_engine
from .translation_core import TranslationCore
from .translation_verbs import TranslationVerbs

if TYPE_CHECKING:
    from ..data import Conversation
    from .loaded import LoadedTranslation

__all__ = ["TranslationSession"]


class TranslationSession(BaseSession):
    """Translates what is said into one other language, aloud and in writing, as live data.

    The sound is one stream, in which the model finds no turns: `transcript` shows passages between pauses,
    the original's as the user's turns and the translation's as the assistant's. While the session is
    connected it sends sound all the time, silence where there is none, for the model knows time by the sound
    that it gets; all of it is billed by the minute.

    Args:
        engine: Who translates: `"auto"` and `"openai"` (OpenAI; a key is needed), a base URL of any server of
            the same protocol, or an `Engine`. The offline engine can't translate.
        model: The model's id.
        language: The language to translate into, as a code such as `"de"`; see `TRANSLATION_LANGUAGES`. The
            one that is spoken is found from the sound.
        transcription: The model that writes down the original, billed besides, or None for no original.
        noise_reduction: `"near_field"`, `"far_field"` or None.
        api_key: A key or a function that returns one; without it the environment's `OPENAI_API_KEY`.
        record: What sound to keep: True, False, `"user"` or `"assistant"`.
        headers: Further HTTP headers.
        connect_timeout: Seconds that connecting may take.
        reconnect: Whether to go on over a new connection when one breaks; what is said in between is lost.
        rollover_minutes: When to change to a fresh connection, at the next quiet point; None does so in time.
        max_minutes: How long the session may be connected, all in all; it ends itself then.
        budget_usd: What it may cost, as far as prices are known; it warns at 80 % and then ends itself.
        starts_per_minute: How often it may be started; None for no limit.
        title: What the panel is headed with.
        on_close: What happens when the last view of the panel is gone: `"mute"` closes the microphone and
            lets the session go on, `"stop"` ends it, `"keep"` leaves both. A cell that runs again ends the
            session that it made before, whatever this says.
        half_duplex: Whether the page sends nothing of the microphone while the voice sounds: for loudspeakers
            without echo cancellation. Nobody can interrupt by speaking then.
        audio_in: What is heard in place of the page's `"microphone"`, which is never asked for then: a
            `Microphone(…)` opened in another way, an ipywebrtc stream, a sound file, a `Clip`, an array with
            its rate as in `(x, 16_000)`, an iterator of chunks, another session; see the attribute.
        metadata: What you want to find it by later, plain JSON values by name.
        prices: Prices in place of the package's own: a TOML file like its `prices.toml`, a mapping such as
            `{"gpt-realtime-2.1": {"audio_in": 35.2}}`, or a whole `PriceTable`.
        store: Where to write the conversation as it happens: a path such as `"talks.db"`, a URL of
            SQLAlchemy, or a `Store`. Nowhere without.

    Raises:
        ConfigError: An unknown option, a wrong value, or an engine that can't translate.
    """

    protocol_kind = TranslationProtocol
    core_kind = TranslationCore
    verbs_kind = TranslationVerbs

    _core: TranslationCore

    def __init__(
        self,
        *,
        engine: str | Engine = "auto",
        model: str = DEFAULT_TRANSLATOR,
        language: str = "es",
        transcription: str | Mapping[str, Any] | None = DEFAULT_SOURCE_TRANSCRIBER,
        noise_reduction: str | None = None,
        api_key: KeySource = None,
        record: bool | str = True,
        headers: Mapping[str, str] | None = None,
        connect_timeout: float = 15.0,
        reconnect: bool = True,
        rollover_minutes: float | None = None,
        max_minutes: float | None = None,
        budget_usd: float | None = None,
        starts_per_minute: int | None = 10,
        title: str = "Translation",
        on_close: str = "mute",
        half_duplex: bool = False,
        audio_in: Any = "microphone",
        metadata: Mapping[str, Any] | None = None,
        prices: Any = None,
        store: Any = None,
        **options: Any,
    ) -> None:
        names = [field.name for field in fields(TranslationConfig)]
        check_keywords(options, [*names, *OPTIONS])
        shared = session_options(
            record=record, records=self.records, api_key=api_key, connect_timeout=connect_timeout,
            reconnect=reconnect, rollover_minutes=rollover_minutes, max_minutes=max_minutes,
            budget_usd=budget_usd, starts_per_minute=starts_per_minute, title=title, on_close=on_close,
            half_duplex=half_duplex, audio_in=audio_in, metadata=metadata or {}, prices=prices, store=store,
        )  # fmt: skip
        config = TranslationConfig(
            model=model, language=language, transcription=transcription, noise_reduction=noise_reduction
        )
        super().__init__(
            config,
            engine=_translating(engine, api_key, headers),
            **shared,
        )

    @classmethod
    def load(cls, source: Conversation | str | os.PathLike[str]) -> LoadedTranslation:
        """Return a saved translation: its tables, sound and panel, and a player; as `RealtimeSession.load`.

        Raises:
            ConfigError: No such file or conversation; the message says why.
        """
        from .loaded import load

        loaded: LoadedTranslation = load(source)
        return loaded

    def __getattr__(self, name: str) -> Any:
        raise not_a_conversation(self, name, "translates")

    @property
    def config(self) -> TranslationConfig:
        """The configuration in force."""
        config: TranslationConfig = self._core.protocol.config
        return config


def _translating(spec: Any, api_key: KeySource, headers: Mapping[str, str] | None) -> Engine:
    """Return the engine, unless it is one that can't translate."""
    keyless = spec == "auto" and api_key is None and read_key(environment_key) is None
    engine = None if keyless or spec == "local" else resolve_engine(spec, api_key, headers)
    if engine is None or engine.kind == "local":
        found = "No API key was found, and the" if keyless else "The"
        raise ConfigError(
            f"{found} offline engine can't translate.",
            remedy='Set OPENAI_API_KEY or pass api_key="…", or name a server that translates: engine="wss://…".',
        )
    if engine.dialect == "preview":
        raise ConfigError(f"{engine.name} can't translate: its preview API has no such sessions.")
    return engine
