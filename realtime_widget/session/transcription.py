"""`TranscriptionSession`: what is said, written down; nobody answers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar

from ..config import DEFAULT_TRANSCRIPTION, TranscriptionConfig, check_keywords
from ..engines import Engine, KeySource
from ..protocol.transcription import TranscriptionProtocol
from .base import BaseSession, not_a_conversation
from .options import OPTIONS, session_options
from .resolve import resolve_engine
from .transcription_core import TranscriptionCore
from .transcription_verbs import TranscriptionVerbs

if TYPE_CHECKING:
    from ..data import Conversation
    from .loaded import LoadedTranscription

__all__ = ["TranscriptionSession"]


class TranscriptionSession(BaseSession):
    """Writes down what is said, turn by turn, as live data.

    Live models write while one speaks: `transcript` shows those words in a turn that is `in_progress`, until
    the turn ends and its final words replace them. Where the server doesn't find the ends of turns, this side
    does: with a voice detector (the one of the extra `[local]` where that is installed, else by loudness), or
    every few seconds, or by `commit()` alone.

    Args:
        engine: Who writes: `"auto"` (OpenAI where a key is found, else the offline engine), `"openai"`,
            `"local"`, a base URL of any server of the same protocol, or an `Engine`.
        model: The model's id; it decides which of the options below can be used.
        languages: Languages to expect, as codes such as `"en"`; some models take only one.
        keywords: Literal terms to expect, each one line without `<` and `>`.
        prompt: A text to go by.
        delay: How much sound a live model waits for: `"minimal"`, `"low"`, `"medium"`, `"high"`, `"xhigh"`.
        noise_reduction: `"near_field"`, `"far_field"` or None.
        logprobs: Whether to ask for probabilities: they become `turn.logprobs` and `turn.confidence`.
        turn_detection: `"auto"` (by the model), `"server_vad"`, `"semantic_vad"`, their objects, or None.
        commit: Who ends turns where the server doesn't: `"auto"` or `"vad"` (a voice detector here), a number
            of seconds, or None for `commit()` alone (push-to-talk in the panel).
        max_turn_s: A turn that goes on for longer is cut, in a pause if there is one.
        api_key: A key or a function that returns one; without it the environment's `OPENAI_API_KEY`.
        record: Whether to keep the sound: True or False.
        headers: Further HTTP headers for an engine given by URL.
        connect_timeout: Seconds that connecting may take.
        reconnect: Whether to go on over a new connection when one breaks; what wasn't written down yet is
            then heard again.
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
        ConfigError: An unknown option, or a value that is wrong or that the model doesn't take.
        EngineError: The offline engine is wanted and not installed.
    """

    protocol_kind = TranscriptionProtocol
    core_kind = TranscriptionCore
    verbs_kind = TranscriptionVerbs
    records: ClassVar[tuple[bool | str, ...]] = (True, False, "user")

    _core: TranscriptionCore
    _verbs: TranscriptionVerbs

    def __init__(
        self,
        *,
        engine: str | Engine = "auto",
        model: str = DEFAULT_TRANSCRIPTION,
        languages: str | Iterable[str] = (),
        keywords: str | Iterable[str] = (),
        prompt: str | None = None,
        delay: str | None = None,
        noise_reduction: str | None = None,
        logprobs: bool = False,
        turn_detection: Any = "auto",
        commit: str | float | None = "auto",
        max_turn_s: float = 30.0,
        api_key: KeySource = None,
        record: bool | str = True,
        headers: Mapping[str, str] | None = None,
        connect_timeout: float = 15.0,
        reconnect: bool = True,
        rollover_minutes: float | None = None,
        max_minutes: float | None = None,
        budget_usd: float | None = None,
        starts_per_minute: int | None = 10,
        title: str = "Transcription",
        on_close: str = "mute",
        half_duplex: bool = False,
        audio_in: Any = "microphone",
        metadata: Mapping[str, Any] | None = None,
        prices: Any = None,
        store: Any = None,
        **options: Any,
    ) -> None:
        names = [field.name for field in fields(TranscriptionConfig) if field.init]
        check_keywords(options, [*names, *OPTIONS])
        shared = session_options(
            record=record, records=self.records, api_key=api_key, connect_timeout=connect_timeout,
            reconnect=reconnect, rollover_minutes=rollover_minutes, max_minutes=max_minutes,
            budget_usd=budget_usd, starts_per_minute=starts_per_minute, title=title, on_close=on_close,
            half_duplex=half_duplex, audio_in=audio_in, metadata=metadata or {}, prices=prices, store=store,
        )  # fmt: skip
        config = TranscriptionConfig(
            model=model, languages=_listed(languages), keywords=_listed(keywords), prompt=prompt, delay=delay,
            noise_reduction=noise_reduction, logprobs=logprobs, turn_detection=turn_detection, commit=commit,
            max_turn_s=max_turn_s,
        )  # fmt: skip
        super().__init__(
            config,
            engine=resolve_engine(engine, api_key, headers),
            **shared,
        )

    @classmethod
    def load(cls, source: Conversation | str | os.PathLike[str]) -> LoadedTranscription:
        """Return a saved transcription: its tables, sound and panel, and a player; as `RealtimeSession.load`.

        Raises:
            ConfigError: No such file or conversation; the message says why.
        """
        from .loaded import load

        loaded: LoadedTranscription = load(source)
        return loaded

    def __getattr__(self, name: str) -> Any:
        raise not_a_conversation(self, name, "writes down")

    def commit(self) -> None:
        """End the turn here; what was sent so far becomes one. Sound under 100 ms is dropped."""
        self._wait(self._verbs.commit())

    async def acommit(self) -> None:
        """`commit` as a coroutine."""
        await self._await(self._verbs.commit())

    @property
    def config(self) -> TranscriptionConfig:
        """The configuration in force."""
        config: TranscriptionConfig = self._core.protocol.config
        return config


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value  # one is as good as a list of one
