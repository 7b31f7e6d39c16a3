"""`RealtimeSession`: the one object of a user."""

from __future__ import annotations

import atexit
import concurrent.futures
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NoReturn, Self, SupportsIndex

import traitlets

from ..audio import Clip
from ..config import DEFAULT_MODEL, DEFAULT_TRANSCRIPTION, VOICES, SessionConfig, check_keywords
from ..data import SessionData
from ..engines import Engine, KeySource, OpenAIEngine
from ..errors import ConfigError, RealtimeError
from ..tools import Tool, ToolRegistry
from .callbacks import Callbacks, Dispatcher
from .core import SessionCore
from .io_thread import IOThread, io_thread
from .methods import SessionMethods
from .resolve import resolve_engine
from .verbs import Verbs

if TYPE_CHECKING:
    from ..data.events import Events
    from ..data.latency import Latency
    from ..data.tool_calls import ToolCalls
    from ..data.transcript import Transcript
    from ..data.usage import UsageTable
    from ..widget import RealtimeWidget

__all__ = ["RealtimeSession"]

EXIT_LIMIT_S = 2.0
STATUSES = ("disconnected", "connecting", "connected", "reconnecting", "error")
_OPTIONS = ("engine", "api_key", "headers", "record", "connect_timeout", "title", "tools")
_live: weakref.WeakSet[RealtimeSession] = weakref.WeakSet()


class RealtimeSession(SessionMethods, traitlets.HasTraits):
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
        title: What the panel is headed with.
        **options: The other fields of `SessionConfig`: `tool_choice`, `speed`, `noise_reduction`,
            `max_output_tokens`, `reasoning`, `truncation`.

    Raises:
        ConfigError: An unknown option, or a wrong value; the message names the valid ones.
        EngineError: The offline engine is wanted and not installed.
    """

    status = traitlets.Enum(STATUSES, default_value="disconnected", read_only=True)
    """Where the connection stands."""
    listening = traitlets.Bool(False, read_only=True)
    """Whether the user is heard speaking."""
    speaking = traitlets.Bool(False, read_only=True)
    """Whether the answer is being heard."""
    muted = traitlets.Bool(False, read_only=True)
    """Whether the microphone is muted."""
    error = traitlets.Instance(RealtimeError, allow_none=True, read_only=True)
    """The last problem, or None."""
    elapsed = traitlets.Float(0.0, read_only=True)
    """Whole seconds since the connection was made."""

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
        title: str = "Realtime",
        **options: Any,
    ) -> None:
        names = [field.name for field in fields(SessionConfig)]
        check_keywords(options, [*names, *_OPTIONS])
        if record not in (True, False, "user", "assistant"):
            raise ConfigError(f"record must be True, False, 'user' or 'assistant', not {record!r}.")
        if api_key is not None and not isinstance(api_key, str) and not callable(api_key):
            raise ConfigError("api_key must be a string or a function that returns one.")
        super().__init__()
        if isinstance(connect_timeout, bool) or not isinstance(connect_timeout, int | float):
            raise ConfigError(f"connect_timeout must be a number of seconds, not {connect_timeout!r}.")
        if not connect_timeout > 0:
            raise ConfigError(f"connect_timeout must be more than 0 seconds, not {connect_timeout!r}.")
        config = SessionConfig(
            model=model, instructions=instructions, voice=voice, output=output, turn_detection=turn_detection,
            transcription=transcription, **options,
        )  # fmt: skip
        resolved = resolve_engine(engine, api_key, headers)
        _check_known_voice(voice, resolved)
        self.title = title
        self.tools = ToolRegistry(tools)
        """The tools, by name."""
        self._dispatcher = Dispatcher("realtime-widget-callbacks")
        self._callbacks = Callbacks(self._dispatcher)
        self._io = io_thread()
        self._core = SessionCore(
            config,
            resolved,
            self.tools,
            self._callbacks,
            record=record,
            connect_timeout_s=connect_timeout,
            loop=self._io.loop,
            set_trait=_trait_setter(weakref.ref(self), self._dispatcher),
        )
        self._verbs = Verbs(self._core)
        self._panel: RealtimeWidget | None = None
        self._panel_lock = threading.Lock()
        _live.add(self)
        # A session that nobody holds any more can't be stopped by anyone, and would go on costing money.
        weakref.finalize(self, _let_go, weakref.ref(self._core), self._io).atexit = False

    # -- callbacks and tools ------------------------------------------------------------------------------

    def on(self, name: str, callback: Callable[..., object]) -> None:
        """Call a function when something happens, on a thread of the session's own.

        Names: `"turn"`, `"tool_call"`, `"audio"`, `"usage"`, `"status"`, `"error"`, an event type of the API
        such as `"response.done"`, or `"*"` for every raw event of both directions.
        """
        self._callbacks.on(name, callback)

    def off(self, name: str, callback: Callable[..., object] | None = None) -> None:
        """Call it no more; without a callback, none of that name."""
        self._callbacks.off(name, callback)

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

    # -- data ---------------------------------------------------------------------------------------------

    @property
    def _data(self) -> SessionData:
        return self._core.data

    @property
    def transcript(self) -> Transcript:
        """The turns, in conversation order."""
        return self._data.transcript

    @property
    def tool_calls(self) -> ToolCalls:
        """The model's calls of tools."""
        return self._data.tool_calls

    @property
    def events(self) -> Events:
        """Every event and command."""
        return self._data.events

    @property
    def usage(self) -> UsageTable:
        """What was used, and what it cost."""
        return self._data.usage

    @property
    def latency(self) -> Latency:
        """Where each answer's time went."""
        return self._data.latency

    @property
    def recording(self) -> Clip:
        """Both sides on one clock: channel 0 the user, channel 1 the assistant."""
        return self._data.recording

    @property
    def config(self) -> SessionConfig:
        """The configuration in force."""
        return self._core.protocol.config

    @property
    def engine(self) -> Engine:
        """Who answers."""
        return self._core.engine

    # -- lifetime and display -----------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await self.astart()

    async def __aexit__(self, *exc_info: object) -> None:
        await self.astop()

    def panel(self) -> RealtimeWidget:
        """Return the panel; one widget, however often it is shown."""
        from ..widget import RealtimeWidget

        with self._panel_lock:
            if self._panel is None or self._panel.comm is None:  # its comm goes when it is closed
                self._panel = RealtimeWidget(self)
            return self._panel

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.panel()._repr_mimebundle_(**options)

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        # Not by accident into a file either: the session holds a key.
        raise TypeError("A session can't be pickled or copied; its data can: session.transcript.df, …")

    def __repr__(self) -> str:
        return f"RealtimeSession({self._core.engine.name}, {self._core.status}, {len(self.transcript)} turns)"


def _trait_setter(
    session: weakref.ref[RealtimeSession], dispatcher: Dispatcher
) -> Callable[[str, Any], None]:
    # On the callback thread: an observer of a trait may block, and the I/O thread may not.
    def set_later(name: str, value: Any) -> None:
        def set_now() -> None:
            if (alive := session()) is not None:
                alive.set_trait(name, value)

        dispatcher.submit(set_now)

    return set_later


def _check_known_voice(voice: Any, engine: Engine) -> None:
    known = isinstance(voice, Mapping) or voice in VOICES
    if not known and (engine.kind == "local" or isinstance(engine, OpenAIEngine)):
        raise ConfigError(
            f"There is no voice {voice!r}.",
            remedy=f"Use one of {', '.join(map(repr, VOICES))}, or {{'id': 'voice_…'}} for one of your own.",
        )


def _let_go(core: weakref.ref[SessionCore], io: IOThread) -> None:
    alive = core()
    if alive is not None and alive.connection is not None and io.usable:
        io.submit(alive.stop())


@atexit.register
def _stop_all() -> None:
    # A forked child has the sessions, but their connections are its parent's.
    running = [session for session in list(_live) if session._io.usable and session._core.connection]
    futures = [session._io.submit(session._core.stop()) for session in running]
    concurrent.futures.wait(futures, EXIT_LIMIT_S)
