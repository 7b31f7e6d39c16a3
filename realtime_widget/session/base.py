"""What every kind of session is: an engine, a connection, callbacks, live tables, a panel, an end."""

from __future__ import annotations

import functools
import os
import threading
import uuid
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self, SupportsIndex

import traitlets

from ..audio import Recording
from ..config.checks import check_bool
from ..data import About, Conversation, PriceTable, Tables
from ..data.growing.spool import Spool
from ..data.money.projection import projected_cost_usd
from ..engines import Engine
from ..errors import RealtimeError, StoreError
from ..protocol.protocol import RealtimeProtocol
from ..tools import ToolRegistry
from .about import about
from .audio_in import AudioIn, checked_source
from .base_verbs import BaseVerbs
from .callbacks import Callbacks, Dispatcher
from .client_secrets import ClientSecrets
from .core import SessionCore
from .following import Following
from .health import Health, take_health
from .io_thread import IOThread, io_thread
from .living import register
from .methods import BaseMethods
from .reading import Readings
from .storing import keep, take_up
from .verbs import Verbs

if TYPE_CHECKING:
    from ..data.display.frozen import FrozenConversation
    from ..data.events import Events
    from ..data.transcript import Transcript
    from ..data.usage import UsageTable
    from ..store import Store
    from ..widget import RealtimeWidget
    from ..widget.panels import Panels

__all__ = ["BaseSession", "not_a_conversation"]

STATUSES = ("disconnected", "connecting", "connected", "reconnecting", "error")
_OF_CONVERSATIONS = frozenset((
    "ask", "aask", "respond", "arespond", "commit", "acommit", "interrupt", "ainterrupt", "send_text",
    "asend_text", "send_image", "asend_image", "tool", "tools", "tool_calls", "latency",
))  # fmt: skip


class BaseSession(Following, Readings, BaseMethods, traitlets.HasTraits):
    """What every kind of session shares; the kinds say what they configure and which verbs they have."""

    protocol_kind: ClassVar[type[RealtimeProtocol]] = RealtimeProtocol
    core_kind: ClassVar[type[SessionCore]] = SessionCore
    verbs_kind: ClassVar[type[BaseVerbs]] = Verbs
    records: ClassVar[tuple[bool | str, ...]] = (True, False, "user", "assistant")

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
        config: Any,
        *,
        engine: Engine,
        record: bool | str,
        connect_timeout: float,
        title: str,
        on_close: str,
        audio_in: AudioIn,
        metadata: dict[str, Any],
        store: Store | None = None,
        resumed: Conversation | None = None,
        tools: ToolRegistry | None = None,
        **core_options: Any,
    ) -> None:
        super().__init__()
        self.title = title
        self.on_close = on_close
        self.metadata = metadata
        """What you noted about the conversation; it goes into files, stores and reports."""
        self.conversation_id = uuid.uuid4().hex if resumed is None else resumed.about.id
        """By which files and stores know the conversation."""
        self._dispatcher = Dispatcher("realtime-widget-callbacks")
        self._callbacks = Callbacks(self._dispatcher)
        self._io = io_thread()
        protocol = self.protocol_kind(
            config,
            keep_user_audio=record in (True, "user"),
            keep_assistant_audio=record in (True, "assistant"),
            keeper=Spool(),
            dialect=engine.dialect,
        )
        self._core = self.core_kind(
            protocol,
            engine,
            ToolRegistry() if tools is None else tools,
            self._callbacks,
            record=record,
            connect_timeout_s=connect_timeout,
            audio_in=audio_in.for_core,
            loop=self._io.loop,
            set_trait=_trait_setter(weakref.ref(self), self._dispatcher),
            **core_options,
        )
        self._audio_in = audio_in  # also what it was made of: a session that nobody else holds, a widget
        self._dispatcher.on_failure = functools.partial(_tell_failure, self._io, self._core)
        self._verbs = type(self).verbs_kind(self._core)
        self._secrets = ClientSecrets(self._core, connect_timeout)
        self._panels: Panels | None = None
        self._panels_lock = threading.RLock()
        self._audio_out: Any = None
        if store is not None:
            keep(self, store, None if resumed is None else take_up(self._core, resumed))
        register(self)

    # -- sound --------------------------------------------------------------------------------------------

    @property
    def audio_in(self) -> Any:
        """What the session hears; assign something else at any time, also while it runs.

        * `"microphone"` or `Microphone(…)`: the microphone of the page where Start is pressed.
        * A stream of ipywebrtc (camera, sound or video file, …), which that page hears instead.
        * A sound file, a `Clip`, or an array or bytes with their rate, `(x, 16_000)`: said at the pace of
          speech each time the session starts, from the beginning, and followed by silence.
        * An iterator of such pieces, plain or asynchronous, that may block and need not end. It runs on a
          thread of its own, and a second start goes on where it was. Pieces of PCM: `(chunks(), 16_000)`.
        * Another session: what it says aloud. Two sessions may hear one another.

        For all but the first no microphone is ever asked for.

        Raises:
            ConfigError, AudioError: On assignment of what is no sound, or can't be read.
        """
        return self._audio_in.given

    @audio_in.setter
    def audio_in(self, source: Any) -> None:
        found = checked_source(source, owner=self)
        self._audio_in = found
        self._io.post(self._core.source.use, found.for_core)

    @property
    def audio_out(self) -> Any:
        """The voice as a stream of the page, for `ipywebrtc.AudioRecorder(stream=session.audio_out)`.

        It carries what is heard there: the voice as it sounds, cut off where it is interrupted. For the sound
        as the server sent it there is `recording`, `turn.audio` and the callback `"audio"`.

        Raises:
            RealtimeError: ipywebrtc isn't installed: `pip install "realtime-widget[webrtc]"`.
        """
        from ..widget.streams import audio_out

        with self._panels_lock:
            if self._audio_out is None or self._audio_out.comm is None:  # its comm goes when it is closed
                self._audio_out = audio_out(self)
            return self._audio_out

    # -- data ---------------------------------------------------------------------------------------------

    @property
    def _data(self) -> Tables:
        return self._core.data

    @property
    def transcript(self) -> Transcript:
        """The turns, in conversation order."""
        return self._data.transcript

    @property
    def events(self) -> Events:
        """Every event and command."""
        return self._data.events

    @property
    def usage(self) -> UsageTable:
        """What was used, and what it cost."""
        return self._data.usage

    @property
    def prices(self) -> PriceTable:
        """What everything costs, and since when."""
        return self.usage.prices

    @property
    def projected_cost_usd(self) -> float | None:
        """What the next turn will cost, in US dollars, if it is like the last ones.

        An estimate: all that was said so far goes in again, mostly from the cache, and then what people and
        the model add in a turn, as they did lately; the transcription of the user's words included. None as
        long as nothing was answered, and where the price isn't known; 0 with a local engine.
        """
        return projected_cost_usd(self._data)

    @property
    def recording(self) -> Recording:
        """Both sides on one clock, as they sounded: channel 0 the user, channel 1 the assistant.

        `session.recording.turn(3)` is what sounded during turn 3; see `Recording`.
        """
        return self._data.recording

    @property
    def health(self) -> Health:
        """What waits, what passed and what was lost, at this moment; waits for nobody."""
        return take_health(self._core)

    @property
    def engine(self) -> Engine:
        """Who answers."""
        return self._core.engine

    @property
    def conversation(self) -> Conversation:
        """Everything up to this moment as one value that doesn't change any more."""
        return Conversation.of(self._data, self.about)

    @property
    def about(self) -> About:
        """What there is to know of the conversation besides what was said in it."""
        return about(self._core, conversation_id=self.conversation_id, title=self.title, noted=self.metadata)

    @property
    def store(self) -> Store | None:
        """Where the conversation is written as it happens; None where it isn't."""
        return self._core.store

    @property
    def store_problem(self) -> StoreError | None:
        """Why the store doesn't have all that was said; None while it does."""
        return None if self._core.keeper is None else self._core.keeper.problem

    def freeze(self, *, audio: bool = False) -> FrozenConversation:
        """Return the whole conversation as it is, to be read anywhere: in a saved notebook, as a web page.

        Args:
            audio: Whether every turn gets a player that carries its sound, compressed. A notebook that comes
                from somebody else shows players once it is trusted; a page, `freeze(…).save("talk.html")`,
                always.
        """
        from ..data.display.frozen import freeze

        check_bool("audio", audio)

        return freeze(self._data, title=self.title, audio=audio)

    def save(self, path: str | os.PathLike[str], *, audio: bool = True) -> None:
        """Write the whole conversation, as it is at this moment, to one file: tables, events and sound.

        `RealtimeSession.load(path)` brings it back. The format is open and told in full in the package, in
        `data/archive/README.md`: a zip of Parquet tables, JSON Lines events and FLAC sound.

        Args:
            path: Where to; its suffix is `.rtw`. An older file is replaced once the new one is whole.
            audio: Whether the sound goes along.

        Raises:
            ConfigError: Another suffix, or pyarrow is missing: `pip install "realtime-widget[data]"`.
            FileError: The file can't be written; an older one stays as it is.
        """
        from ..data.archive import write_archive

        check_bool("audio", audio)

        write_archive(self.conversation, path, audio=audio)

    # -- lifetime and display -----------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await self.astart()

    async def __aexit__(self, *exc_info: object) -> None:
        await self.astop()

    def panel(self, *parts: str, compact: bool = False) -> RealtimeWidget:
        """Return the panel, or one that shows some parts only, to stand in a cell of its own.

        It is one widget, however often it is shown. All panels of a session share microphone and voice.

        Args:
            parts: Among `"controls"`, `"transcript"`, `"tools"`, `"meters"`, `"captions"` and `"inspector"`;
                everything if none is named.
            compact: Whether to save room.

        Raises:
            ConfigError: There is no such part.
        """
        return self._all_panels().get(parts, compact=compact)

    def _all_panels(self) -> Panels:
        from ..widget.panels import Panels

        with self._panels_lock:
            if self._panels is None:
                self._panels = Panels(self)
            return self._panels

    def _ipython_display_(self) -> None:
        self.panel()._ipython_display_()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.panel()._repr_mimebundle_(**options)

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        # Not by accident into a file either: the session holds a key.
        raise TypeError("A session can't be pickled or copied; its data can: session.transcript.df, …")

    def __repr__(self) -> str:
        core = self._core
        return f"{type(self).__name__}({core.engine.name}, {core.status}, {len(self.transcript)} turns)"


def not_a_conversation(session: BaseSession, name: str, what_it_does: str) -> AttributeError:
    """Return the error for an attribute that a session hasn't got, which may be a verb of conversations."""
    hint = f": it {what_it_does} what it hears, and nobody answers. Use RealtimeSession to talk with a model"
    return AttributeError(
        f"A {type(session).__name__} has no {name!r}{hint if name in _OF_CONVERSATIONS else ''}."
    )


def _tell_failure(io: IOThread, core: SessionCore, name: str, error: Exception) -> None:
    event, _, function = name.partition(": ")
    who = f"The callback {function} for {event!r}" if function else "An observer of a trait"
    problem = RealtimeError(
        f"{who} raised {type(error).__name__}: {error}",
        remedy="The session goes on. `raise session.error` shows the traceback.",
        code="callback_failed",
        recoverable=True,
    )
    problem.__cause__ = error
    io.post(core.report, problem)


def _trait_setter(session: weakref.ref[BaseSession], dispatcher: Dispatcher) -> Callable[[str, Any], None]:
    # On the callback thread: an observer of a trait may block, and the I/O thread may not.
    def set_later(name: str, value: Any) -> None:
        def set_now() -> None:
            if (alive := session()) is not None:
                alive.set_trait(name, value)

        dispatcher.submit(set_now, topic=f"trait {name}")

    return set_later
