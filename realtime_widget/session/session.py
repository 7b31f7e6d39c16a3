"""`RealtimeSession`: the one object of a user."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ..config import DEFAULT_MODEL, DEFAULT_TRANSCRIPTION, VOICES, SessionConfig, check_keywords
from ..engines import Engine, KeySource, OpenAIEngine
from ..errors import ConfigError
from ..tools import Tool, ToolRegistry
from .base import BaseSession
from .methods import SessionMethods
from .options import OPTIONS, session_options
from .resolve import resolve_engine
from .seeding import history_items
from .storing import earlier_conversation

if TYPE_CHECKING:
    from ..data import Conversation
    from ..data.latency import Latency
    from ..data.tool_calls import ToolCalls
    from .loaded import LoadedSession

__all__ = ["RealtimeSession"]

TITLE = "Realtime"


class RealtimeSession(SessionMethods, BaseSession):
    """A conversation with a voice model, and everything said in it as live data.

    Works the same in a cell, in a script and in an asyncio application: each method that waits has a
    coroutine twin with `a` in front of its name. Display the session to get its panel.

    Args:
        engine: Who answers: `"auto"` (OpenAI where a key is found, else the offline engine), `"openai"`,
            `"local"`, a base URL of any server of the same protocol, or an `Engine`.
        model: The model's id.
        instructions: The system prompt.
        voice: A voice's name, or `{"id": "voice_…"}`; fixed once the model has spoken.
        output: `"audio"` (its words come along) or `"text"`.
        turn_detection: `"semantic_vad"`, `"server_vad"`, `ServerVAD(…)`, `SemanticVAD(…)`, or None for
            push-to-talk.
        transcription: The model that writes down what the user says, a mapping with its options, or None.
        tools: Typed functions, or `tool(…)` objects, that the model may call.
        api_key: A key or a function that returns one; without it the environment's `OPENAI_API_KEY`.
        record: What sound to keep: True, False, `"user"` or `"assistant"`.
        headers: Further HTTP headers for an engine given by URL.
        connect_timeout: Seconds that connecting may take.
        reconnect: Whether to go on over a new connection when one breaks.
        rollover_minutes: When to change to a fresh connection, at the next quiet point; None does so in time
            before the server ends its session.
        max_minutes: How long the session may be connected, all in all; it ends itself then.
        budget_usd: What it may cost, as far as prices are known; it warns at 80 % and then ends itself.
        starts_per_minute: How often it may be started, so that a loop can't run up a bill; None for no limit.
        history: An earlier conversation to go on from: a transcript, a session, a dataframe, or dictionaries
            such as `{"role": "user", "text": "…"}`.
        title: What the panel is headed with.
        on_close: What happens when the last view of the panel is gone: `"mute"` closes the microphone and
            lets the session go on, `"stop"` ends it, `"keep"` leaves both. A cell that runs again ends the
            session that it made before, whatever this says.
        half_duplex: Whether the page sends nothing of the microphone while the voice sounds: for loudspeakers
            without echo cancellation. Nobody can interrupt by speaking then.
        audio_in: What is heard in place of the page's `"microphone"`, which is never asked for then: a
            `Microphone(…)` opened in another way, an ipywebrtc stream, a sound file, a `Clip`, an array with
            its rate as in `(x, 16_000)`, an iterator of chunks, another session; see the attribute.
        metadata: What you want to find the conversation by later, plain JSON values by name; it goes into
            files, stores and reports.
        prices: Prices in place of the package's own: a TOML file like its `prices.toml`, a mapping such as
            `{"gpt-realtime-2.1": {"audio_in": 35.2}}`, or a whole `PriceTable`.
        store: Where to write the conversation as it happens: a path such as `"talks.db"`, a URL of
            SQLAlchemy, or a `Store`. Nowhere without.
        resume: The id of a conversation in the store to go on with, or `"latest"`: the model is told what was
            said, and what is said now is added to it there.
        **options: The other fields of `SessionConfig`: `tool_choice`, `speed`, `noise_reduction`,
            `max_output_tokens`, `reasoning`, `truncation`.

    Raises:
        ConfigError: An unknown option, or a wrong value; the message names the valid ones.
        EngineError: The offline engine is wanted and not installed.
    """

    def __init__(
        self,
        *,
        engine: str | Engine = "auto",
        model: str = DEFAULT_MODEL,
        instructions: str = "",
        voice: str | Mapping[str, Any] = "marin",
        output: str = "audio",
        turn_detection: Any = "semantic_vad",
        transcription: Any = DEFAULT_TRANSCRIPTION,
        tools: Iterable[Tool | Callable[..., Any]] = (),
        api_key: KeySource = None,
        record: bool | str = True,
        headers: Mapping[str, str] | None = None,
        connect_timeout: float = 15.0,
        reconnect: bool = True,
        rollover_minutes: float | None = None,
        max_minutes: float | None = None,
        budget_usd: float | None = None,
        starts_per_minute: int | None = 10,
        history: Any = (),
        title: str = TITLE,
        on_close: str = "mute",
        half_duplex: bool = False,
        audio_in: Any = "microphone",
        metadata: Mapping[str, Any] | None = None,
        prices: Any = None,
        store: Any = None,
        resume: str | None = None,
        **options: Any,
    ) -> None:
        names = [field.name for field in fields(SessionConfig)]
        check_keywords(options, [*names, *OPTIONS, "tools", "history", "resume"])
        shared = session_options(
            record=record, records=self.records, api_key=api_key, connect_timeout=connect_timeout,
            reconnect=reconnect, rollover_minutes=rollover_minutes, max_minutes=max_minutes,
            budget_usd=budget_usd, starts_per_minute=starts_per_minute, title=title, on_close=on_close,
            half_duplex=half_duplex, audio_in=audio_in, metadata=metadata or {}, prices=prices, store=store,
        )  # fmt: skip
        seeds = history_items(history)
        resumed = earlier_conversation(shared["store"], resume, history)
        if resumed is not None:
            shared["title"] = title if title != TITLE else resumed.about.title or TITLE
            shared["metadata"] = shared["metadata"] or dict(resumed.about.metadata)
        config = SessionConfig(
            model=model, instructions=instructions, voice=voice, output=output, turn_detection=turn_detection,
            transcription=transcription, **options,
        )  # fmt: skip
        resolved = resolve_engine(engine, api_key, headers)
        _check_known_voice(voice, resolved)
        self.tools = ToolRegistry(tools)
        """The tools, by name."""
        super().__init__(
            config,
            engine=resolved,
            tools=self.tools,
            resumed=resumed,
            **shared,
        )
        if seeds:
            self._core.act(lambda protocol: protocol.seed(seeds))

    @classmethod
    def load(cls, source: Conversation | str | os.PathLike[str]) -> LoadedSession:
        """Return a saved conversation: its tables, sound and panel, and a player, without key or network.

        `session.player.play()` lets it take place again, in the panel and for callbacks.
        `RealtimeSession(history=session)` goes on with it.

        Args:
            source: The path of a file that `session.save("talk.rtw")` wrote, or a `Conversation`, such as a
                store gives. One of another kind comes as a session of that kind.

        Raises:
            ConfigError: Neither of these, or a file that can't be read; the message says why.
        """
        from .loaded import load

        loaded: LoadedSession = load(source)
        return loaded

    def tool(self, function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
        """Let the model call a function: a decorator, plain or with `name=`, `description=`, `timeout=`.

        Running the cell again replaces the function of that name, also while the conversation runs. Returns
        the function itself. A tool may use the session: what it asks is answered before its own call is (in a
        coroutine `await session.aask(…)`).

        Raises:
            ToolError: The function can't be a tool; the message says why.
        """
        if function is None:
            return lambda decorated: self.tool(decorated, **options)
        self.tools.add(function, **options)
        self._io.post(self._verbs.announce_tools)
        return function

    @property
    def tool_calls(self) -> ToolCalls:
        """The model's calls of tools."""
        return self._data.tool_calls

    @property
    def latency(self) -> Latency:
        """Where each answer's time went."""
        return self._data.latency

    @property
    def config(self) -> SessionConfig:
        """The configuration in force."""
        return self._core.protocol.config


def _check_known_voice(voice: Any, engine: Engine) -> None:
    known = isinstance(voice, Mapping) or voice in VOICES
    if not known and (engine.kind == "local" or isinstance(engine, OpenAIEngine)):
        raise ConfigError(
            f"There is no voice {voice!r}.",
            remedy=f"Use one of {', '.join(map(repr, VOICES))}, or {{'id': 'voice_…'}} for one of your own.",
        )
