"""A session as the I/O thread sees it: one protocol, one connection, and who must hear of what changes.

Every method runs on the I/O thread unless it says otherwise. The lock guards the protocol's state against
readers in other threads; it is held for microseconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ..config import Microphone
from ..data import PriceTable, SessionData, Tables
from ..engines import Engine
from ..errors import NotConnectedError, RealtimeError
from ..protocol.changes import Change
from ..protocol.input_audio import Captured
from ..protocol.items import ItemState
from ..protocol.protocol import RealtimeProtocol
from ..tools import ToolRegistry
from .audio_in import MICROPHONE, AudioIn
from .backoff import Backoff
from .callbacks import Callbacks
from .connection import Connection
from .displays import tables
from .fence import Fence
from .health import LoopLag
from .hearing import Hearing
from .inputs import AudioFeed
from .lifecycle import Lifecycle
from .limits import LimitOptions, Limits
from .reactions import react, tool_ended
from .sound_in import SoundIn
from .source import Source
from .telling import Telling
from .tool_runner import ToolRunner
from .traffic import Traffic
from .waits import Waits

if TYPE_CHECKING:
    from ..store import Store
    from ..store.keeper import Keeper
    from .player import Player

__all__ = ["SessionCore", "View"]

log = logging.getLogger("realtime_widget.session")
T = TypeVar("T")

ERROR_SHOWN_MS = 8_000
LOG_AGAIN_MS = 1_000


class View(Protocol):
    """Whoever shows a session: gets called on the I/O thread and must not block it."""

    @property
    def has_player(self) -> bool:
        """Whether sound is played somewhere, whose reports tell what was heard."""

    def publish(self, changes: list[Change]) -> None:
        """Take what changed; an empty list when only the state did."""

    def silence(self, clear_id: int) -> None:
        """Stop all sound at once and report what was heard, naming `clear_id`."""


class SessionCore:
    """State and verbs of one session on the I/O thread."""

    def __init__(
        self,
        protocol: RealtimeProtocol,
        engine: Engine,
        registry: ToolRegistry,
        callbacks: Callbacks,
        *,
        record: bool | str,
        connect_timeout_s: float,
        reconnect: bool = True,
        rollover_s: float | None = None,
        audio_in: AudioIn = MICROPHONE,
        limits: LimitOptions = LimitOptions(),  # noqa: B008 - frozen
        half_duplex: bool = False,
        price_table: PriceTable | None = None,
        data: Tables | None = None,
        loop: asyncio.AbstractEventLoop,
        set_trait: Callable[[str, Any], None],
    ) -> None:
        self.lock = threading.RLock()
        self.engine = engine
        self.registry = registry
        self.callbacks = callbacks
        self.protocol = protocol
        self.protocol.keeper.on_problem = lambda error: loop.call_soon_threadsafe(self.report, error)
        # What was said: it grows here, unless it is given whole.
        self.data: Tables = (
            SessionData(self.protocol, self.lock, record=record, price_table=price_table)
            if data is None
            else data
        )
        self.data.free = engine.kind == "local"
        self.data.schedule = tables(loop)
        self.waits = Waits()
        self.feed = AudioFeed(self)
        self.sound_in = SoundIn(self)
        self.source = Source(self, audio_in)
        self.hearing = Hearing(self)
        self.tools = ToolRunner(registry, functools.partial(tool_ended, self))
        self.views: list[View] = []
        self.traits: dict[str, Any] = {}
        self.suggestions: tuple[str, ...] = ()
        self.half_duplex = half_duplex
        self.user_speaks = False
        self.talking = False  # push-to-talk is held
        self.untranscribed: set[str] = set()  # the user's items whose words are still to come
        self.transcripts_missed = 0
        self.store: Store | None = None
        self.keeper: Keeper | None = None  # writes all this to the store
        self.told = Telling(self)
        self.winding_up = False
        self.connection: Connection | None = None
        self.parting: asyncio.Event | None = None  # set when the server hangs up while leave is taken
        self.resuming = False  # between two connections; what is asked for then waits for the next
        self.backoff = Backoff()
        self.traffic = Traffic()
        self.lag = LoopLag()
        self.limits = Limits(self, limits)
        self.heard_ms = 0.0  # when the server last said anything
        self._error_ms = 0.0
        self._logged: str | None = None
        self._set_trait = set_trait
        self._loop = loop
        self.lifecycle = Lifecycle(self, connect_timeout_s=connect_timeout_s, reconnects=reconnect)
        self.lifecycle.rollover.after_s = rollover_s
        self.begin_s: float | None = None  # when the clock began, by `time.monotonic`
        self.began_at: datetime | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._fence = Fence(self)
        self.player: Player | None = None  # of a conversation that is over

    # -- time and traits ---------------------------------------------------------------------------------

    @property
    def now_ms(self) -> float:
        """The session's clock: ms since the first start; callable from any thread."""
        return 0.0 if self.begin_s is None else (time.monotonic() - self.begin_s) * 1000

    @property
    def elapsed_s(self) -> float:
        """Seconds since the connection was made; callable from any thread."""
        since_s = self.lifecycle.connected_s
        return 0.0 if since_s is None else time.monotonic() - since_s

    @property
    def status(self) -> str:
        """The status, as the trait of the same name will show it."""
        return str(self.traits.get("status", "disconnected"))

    def set_trait(self, name: str, value: Any) -> None:
        """Set a trait of the session, later and in order, on the callback thread."""
        if self.traits.get(name) != value:
            self.traits[name] = value
            self._set_trait(name, value)
            if name == "status":
                log.info("= %s", value)
                self.stored()
                self.callbacks.emit("status", value)
                self.waits.notify()
            self.publish([])

    def publish(self, changes: list[Change]) -> None:
        """Show views what changed."""
        for view in self.views:
            view.publish(changes)

    @property
    def shown(self) -> Tables:
        """What pages show of the data: all of it, but where a player shows how it came about."""
        return self.data

    @property
    def thinking(self) -> bool:
        """Whether an answer is being made."""
        return self.protocol.sequencer.busy

    # -- acting on the protocol --------------------------------------------------------------------------

    def act(self, function: Callable[[RealtimeProtocol], T]) -> T:
        """Do something with the protocol, then carry out what follows from it."""
        with self.lock:
            self.protocol.at(self.now_ms, time.time())
            result = function(self.protocol)
            entries = self.protocol.events_received()
            changes = self.protocol.changes()
            messages = self.protocol.messages_to_send()
            self.data.take(entries, changes)
        if messages and self.connection is not None:
            self.connection.send(self.limits.admit(messages))
        if entries and self.callbacks.listening:
            for entry in entries:
                self.callbacks.emit_raw(entry)
        for change in changes:
            react(self, change)
        if changes:
            self.publish(changes)
            self.waits.notify()
        return result

    def spawn(self, coroutine: Any) -> asyncio.Task[Any]:
        """Run a coroutine beside everything else, ended at the latest with the session."""
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def report(self, error: BaseException) -> None:
        """Show a problem to whoever looks: the trait, the callbacks, the panel."""
        known = (
            error if isinstance(error, RealtimeError) else RealtimeError(f"{type(error).__name__}: {error}")
        )
        kind = known.code or type(known).__name__
        if kind != self._logged or self.now_ms - self._error_ms > LOG_AGAIN_MS:  # a flood is one line
            log.warning("! %s", kind)
        self._error_ms, self._logged = self.now_ms, kind
        self.set_trait("error", known)
        self.callbacks.emit("error", known)

    def forget_error(self) -> None:
        """Take an error down that people have had time to read, now that the conversation goes on."""
        if self.status == "connected" and self.now_ms - self._error_ms > ERROR_SHOWN_MS:
            self.set_trait("error", None)

    def announce(self, item: ItemState) -> None:
        """Tell whoever wants to know of a turn that is complete, once."""
        if item.status == "in_progress":
            return
        self.stored()
        self.told.tell(item.id)

    def stored(self) -> None:
        """Let what is complete be stored, before anybody is told of it on the callback thread."""
        if self.keeper is not None:
            self.keeper.finished()
            if self.callbacks.listening:
                self.callbacks.dispatcher.submit(self.keeper.saved)

    async def saved(self) -> None:
        """Wait until the store, where there is one, has what is complete; a database that hangs ends that."""
        if self.keeper is not None and self.keeper.owes:
            await asyncio.to_thread(self.keeper.saved)

    def store_changed(self, problem: RealtimeError | None) -> None:
        """Tell of trouble with the store, or of its end; from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is gone, with the process
            if problem is None:
                self._loop.call_soon_threadsafe(self.publish, [])
            else:
                self._loop.call_soon_threadsafe(self.report, problem)

    # -- connecting --------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Connect, and return when the configuration is acknowledged; at once when that is so already."""
        await self.lifecycle.start()

    async def stop(self) -> None:
        """End the connection; everything said stays readable. Total and idempotent."""
        await self.lifecycle.stop()

    def fail(self, error: RealtimeError) -> None:
        """End the session because of an error that nothing can heal."""
        self.lifecycle.fail(error)

    @property
    def live(self) -> bool:
        """Whether there is a connection, or soon will be one again."""
        return self.connection is not None or self.resuming

    def speech_broke_off(self) -> None:
        """Note that nobody listens to the user at this moment."""
        self.user_speaks = False
        self.set_trait("listening", self.talking)

    def see_off(self, connection: Connection) -> None:
        """Close a connection that isn't the session's any more, beside everything else."""
        task = asyncio.create_task(connection.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def begin_clock(self) -> None:
        """Start the session's clock, unless it runs: it goes on through stops and starts."""
        if self.begin_s is None:
            self.begin_s = time.monotonic()
            self.began_at = datetime.now(UTC)

    def receive(self, message: str) -> None:
        """Take a frame of the server."""
        self.heard_ms = self.now_ms
        self.act(lambda protocol: protocol.receive_message(message))

    async def wind_up(self, error: RealtimeError) -> None:
        """End all that went on over a connection; whoever waits gets the error."""
        self.winding_up = True
        self.talking = False
        self.source.end()
        self.feed.cancel()
        await asyncio.gather(*self.tools.cancel_all(), return_exceptions=True)
        for view in self.views:
            view.silence(0)
        failure = self.lifecycle.failure
        self.act(lambda protocol: protocol.connection_lost("" if failure is None else failure.message))
        self.told.tell_wordless()
        self.user_speaks = False
        self.waits.fail_all(error)
        self.set_trait("listening", False)
        self.set_trait("speaking", False)
        current = asyncio.current_task()
        for task in [task for task in self._tasks if task is not current]:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        self.winding_up = False
        self.waits.notify()

    def need_connection(self) -> None:
        """Raise NotConnectedError unless the session is connected, or about to be so again."""
        if not self.live or self.status == "connecting":
            raise NotConnectedError(
                "The session isn't connected.",
                remedy="Call session.start(), use `with session:`, or press Start.",
            )

    def refresh(self) -> None:
        """Bring the traits that depend on time up to date, and see whether a limit is reached."""
        self.limits.look()
        playing = self.protocol.playback.is_playing(self.now_ms)
        if playing or self.traits.get("speaking"):
            self.data.follow_voice()
        self.set_trait("speaking", playing and self.live)
        if int(self.elapsed_s) != int(self.traits.get("elapsed", 0.0)):
            self.set_trait("elapsed", float(int(self.elapsed_s)))

    # -- sound in ----------------------------------------------------------------------------------------

    @property
    def by_hand(self) -> bool:
        """Whether nobody but the user ends his turns."""
        return self.sound_in.by_hand

    def microphone(self, pcm: bytes, captured: Captured | None = None) -> None:
        """Take a chunk of a microphone; dropped while muted, or while a file is spoken in its place."""
        self.sound_in.hear(pcm, captured)

    def microphone_closed(self) -> None:
        """Let the user's turn end, though no more sound comes."""
        if not self.source.in_kernel:
            self.sound_in.closed()

    @property
    def sending(self) -> bool:
        """Whether sound is on its way that comes to an end: what is said isn't complete."""
        return self.feed.busy or self.source.busy

    @property
    def page_microphone(self) -> Microphone:
        """How a page shall open its microphone."""
        given = self.source.audio_in.given
        return given if isinstance(given, Microphone) else Microphone()

    def mute(self, muted: bool) -> None:
        """Close or open the microphone's way."""
        self.set_trait("muted", muted)
        if muted:
            self.microphone_closed()

    async def interrupt(self, *, cancel: bool) -> None:
        """Silence the answer, then tell the server how much of it was heard."""
        if (begun := self.hearing.begin(cancel=cancel)) is not None:
            await self.hearing.finish(begun)

    # -- waiting -----------------------------------------------------------------------------------------

    async def fence(self) -> None:
        """Wait until the server has processed everything sent so far, if it lets one know."""
        await self._fence.wait()

    async def settle(self) -> None:
        """Wait until nothing runs and all sound has been answered."""
        from .settling import settle

        await settle(self)
