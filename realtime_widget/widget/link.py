"""Between a session and its pages: what changed goes out in small patches, what pages send is posted inward.

Lives on the I/O thread, but for `receive`, which runs on whatever thread the kernel handles comms.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

import msgspec

from ..audio import BYTES_PER_MS
from ..errors import SessionClosedError
from ..protocol import changes as ch
from ..session.base_verbs import BaseVerbs
from ..session.core import SessionCore
from ..session.health import PageHealth
from ..session.io_thread import IOThread
from . import deeds, inspector, messages, playing, presence, saved
from .buffers import first_buffer
from .checks import panel as checks
from .inbox import Inbox
from .inspector import Inspector
from .listening import Listening
from .patches import TurnPatches
from .presence import Presence
from .routing import NOTES, Route, handled_on
from .snapshots import Snapshots
from .views import state_view
from .voice_out import VoiceOut
from .wires import Wire, Wires

__all__ = ["PageLink"]

log = logging.getLogger("realtime_widget.widget")

PATCH_S = 0.05
BEAT_S = 2.0


class Received(NamedTuple):
    """A page's message as it came."""

    message: messages.PageMessage
    pcm: bytes
    wire: Wire | None
    handled: Route
    came_ms: float  # `time.monotonic`


class PageLink:
    """Shows one session to all its pages; one of them, the owner, has the microphone and the voice.

    Attributes:
        owner: The page that has microphone and voice, or None.
        notice: A line for the panel, or None.
    """

    def __init__(
        self, core: SessionCore, verbs: BaseVerbs, io: IOThread, *, title: str, on_close: str = "mute",
        session_id: str = "",
    ) -> None:  # fmt: skip
        self.core = core
        self.verbs = verbs
        self.io = io
        self.wires = Wires()
        self.send = self.wires.send
        self.on_close = on_close
        self.session_id = session_id
        self.owner: str | None = None
        self._former_owner: str | None = None
        self.notice: str | None = None
        self.presence = Presence(self)
        self.saved = saved.SavedConversation(self, title=title)
        self._title = title
        self._inboxes: dict[str, Inbox[Received]] = {}
        self.listening = Listening(self)
        self._voice = VoiceOut(self.send, io.later)
        self._patches = TurnPatches(core.shown)
        self._snapshots = Snapshots(self._patches, self.send, io.later)
        self.inspector: Inspector = Inspector(core.data.events, self.send, io.later)
        self._told: dict[str, Any] | None = None
        self._patch_due = False
        self._beating = False
        self._work: set[Any] = set()

    @property
    def live(self) -> bool:
        """Whether the session is on."""
        return self.core.live

    @property
    def microphone(self) -> dict[str, int]:
        """What came of the microphone: chunks, and how many samples were lost or came too late."""
        arrivals = self.listening.arrivals
        return {"chunks": arrivals.n_chunks, "lost_samples": arrivals.missed_samples}

    @property
    def health(self) -> PageHealth | None:
        """What waits and what was lost on the way to and from the page; from any thread."""
        voice, arrivals = self._voice, self.listening.arrivals
        if self.owner is None and not arrivals.n_chunks and not self.presence.n_pages:
            return None
        clock = self.presence.clock_of(self.owner)
        return PageHealth(
            pages=self.presence.n_pages,
            route=self.presence.route,
            queued_audio_ms=voice.queued_bytes / BYTES_PER_MS,
            unplayed_audio_ms=voice.unplayed_bytes / BYTES_PER_MS,
            dropped_audio_ms=voice.dropped_bytes / BYTES_PER_MS,
            report_age_s=None if voice.reported_s is None else time.monotonic() - voice.reported_s,
            microphone_lost_ms=2 * arrivals.lost_samples / BYTES_PER_MS,
            microphone_stale_ms=2 * arrivals.stale_samples / BYTES_PER_MS,
            clock=clock.health(time.monotonic() * 1000) if clock is not None else None,
        )

    # -- session to pages --------------------------------------------------------------------------------

    @property
    def has_player(self) -> bool:
        """Whether a page plays the voice."""
        return self.owner is not None

    def publish(self, changes: list[ch.Change]) -> None:
        """Take what changed: sound leaves at once, words in patches."""
        for change in changes:
            handler = _CHANGES.get(type(change))
            if handler is not None:
                handler(self, change)
        if not self._patch_due:
            self._patch_due = True
            self.io.later(PATCH_S, self._send_patch)

    def _on_audio(self, change: ch.AudioReceived) -> None:
        if self.owner is not None:
            self._voice.add(self.owner, change.item_id, change.content_index, change.pcm)

    def _on_audio_end(self, change: ch.AudioCompleted) -> None:
        if self.owner is not None:
            self._voice.end(self.owner, change.item_id, change.content_index)

    def _on_item(self, change: ch.ItemChanged) -> None:
        self._patches.item_changed(change.item_id)

    def _on_removed(self, change: ch.ItemRemoved) -> None:
        self._patches.item_removed(change.item_id)

    def _on_call(self, change: ch.CallReady) -> None:
        self._patches.call_began(change.call_id)

    def silence(self, clear_id: int) -> None:
        """Stop all sound in the pages; overtakes every patch."""
        self._voice.clear()
        self.send(messages.audio_clear(clear_id), [])

    def _send_patch(self) -> None:
        self._patch_due = False
        state = self._state()
        # The page counts the time itself; once a second it hears that somebody is still here.
        news = {
            **state,
            "elapsed_ms": state["elapsed_ms"] // 1000,
            "player": playing.without_position(state["player"]),
        }
        if news != self._told:
            self._told = news
            self.send(messages.state(state), [])
        if (turns := self._patches.take()) is not None:
            self.send(turns, [])
        if self._patches.waiting:
            self.publish([])
        if not self._beating and self.core.status in ("connecting", "reconnecting"):
            self._beating = True
            self.io.later(BEAT_S, self._beat)

    def _beat(self) -> None:
        # While an engine starts nothing changes, and a page that hears nothing closes its microphone.
        self._beating = False
        self._told = None
        self._send_patch()

    def _state(self) -> dict[str, Any]:
        route = self.presence.route
        return {
            **state_view(
                self.core, title=self._title, owner=self.owner, notice=self.notice or self.core.limits.notice
            ),
            "session_id": self.session_id,
            "on_close": self.on_close,
            "route": {"kind": route, "note": NOTES[route] if route else ""},
        }

    def snapshot(self, page: str) -> None:
        """Show a page everything there is."""
        self.send(messages.state(self._state()), [])
        self._snapshots.send_to(page)
        playing.greet(self, page)

    def close(self) -> None:
        """Show nothing any more; the microphone and the voice are nobody's."""
        if self in self.core.views:
            self.core.views.remove(self)
            self._set_owner(None)
        self.listening.close()

    def farewell(self) -> None:
        """Tell the pages that nobody is here any more; not every page is told by its host."""
        self.send(messages.gone(), [])
        self.wires.close()  # what would be sent now would say that somebody is

    # -- pages to session --------------------------------------------------------------------------------

    def receive(
        self, content: Any, buffers: list[Any], *, wire: Wire | None = None, handled: Route | None = None
    ) -> None:
        """Take a message of a page, on any thread: check it and post it.

        Args:
            content: The message.
            buffers: Its sound, if it has any.
            wire: By which the page is reached.
            handled: The way it came, where this thread doesn't tell.
        """
        came_ms = time.monotonic() * 1000
        try:
            message = messages.parse(content)
            pcm = first_buffer(buffers)
        except (msgspec.ValidationError, TypeError, ValueError) as error:
            log.warning("! a message of the page was refused: %s", error)
            return
        self.io.post(self._sort, Received(message, pcm, wire, handled or handled_on(), came_ms))

    def _sort(self, received: Received) -> None:
        page = received.message.page
        inbox = self._inboxes.get(page)
        if inbox is None:
            inbox = self._inboxes[page] = Inbox(self._handle, self.io.later)
        inbox.take(received.message.n, received)

    def _handle(self, received: Received, late: bool) -> None:
        message, pcm, wire, handled, came_ms = received
        if isinstance(message, messages.RouteProbe):
            self.wires.heard(message.page, wire)
            self.send(messages.route(message.page, message.probe_id, message.via, handled), [])
            return
        if late and not isinstance(message, _WORTH_HEARING_LATE):
            log.warning("! %s of the page came behind what it sent later", type(message).__name__)
            return
        self.wires.heard(message.page, wire)
        self.presence.heard(message.page, None if late else handled, came_ms)
        if isinstance(message, messages.Audio):
            self.listening.take(message, pcm)
            return
        if isinstance(message, messages.CheckEcho):
            self.send(messages.check_echo(message.page, message.echo_id), [pcm])
            return
        _PAGE[type(message)](self, message)
        self.publish([])

    def _on_played(self, message: messages.Played) -> None:
        # Who had the voice before still tells how much of it was heard.
        asked = message.clear_id is not None and message.page == self._former_owner
        if message.page == self.owner or asked:
            self.core.hearing.played(
                [self._timed(item, message.page) for item in message.items], message.clear_id
            )
        if message.page == self.owner:
            self._voice.played(message.items)

    def _timed(self, item: messages.PlayedItem, page: str) -> dict[str, Any]:
        """Return a page's report with the session's time when it began, where the page's clock is known."""
        told = msgspec.structs.asdict(item)
        clock = self.presence.clock_of(page)
        if clock is not None and item.started_ms is not None:
            moment = clock.kernel(item.started_ms, time.monotonic() * 1000)
            if moment is not None:
                told |= {"begun_ms": moment.since_ms(self.core.begin_s), "start_error_ms": moment.error_ms}
        return told

    # -- the owner ---------------------------------------------------------------------------------------

    def own(self, page: str, *, take_over: bool) -> None:
        """Give microphone and voice to a page: to any with `take_over`, else if nobody has them.

        An answer that another page is giving is interrupted: two would speak, or none the whole of it.
        """
        if self.owner not in (None, page) and take_over:
            self._former_owner = self.owner
            self.core.hearing.begin(cancel=True)
        if self.owner is None or take_over:
            self._set_owner(page)

    def disown(self) -> None:
        """Take them from a page that is gone; what it said so far is a turn."""
        self.verbs.release(keep=False)
        self.core.microphone_closed()
        self._set_owner(None)

    def forget_page(self, page: str) -> None:
        """Forget what is kept of a page that is gone."""
        self._inboxes.pop(page, None)
        self.wires.forget(page)
        self._snapshots.forget(page)
        self.inspector.close(page)

    def _set_owner(self, page: str | None) -> None:
        if self.owner not in (None, page):
            self._release_microphone()
        self.owner = page
        self.listening.pause()
        self._voice.clear()
        self.core.act(lambda protocol: protocol.attach_player(page is not None))
        self.presence.watch()

    def _release_microphone(self) -> None:
        if self.owner is not None:
            self.send(messages.mic_release(self.owner), [])

    # -- work ----------------------------------------------------------------------------------------------

    def stop_session(self) -> None:
        """End the session, and the microphone at once."""
        self.notice = None
        self._release_microphone()
        self.run(self.core.stop())

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do what a page wants, beside everything else; what goes wrong is the session's error."""

        async def guarded() -> None:
            try:
                await work
            except SessionClosedError:
                pass  # somebody ended the session, and sees that it ended
            except Exception as error:
                if error is not self.core.traits.get("error"):  # else it is reported already
                    self.core.report(error)
            self.publish([])

        future = self.io.submit(guarded())
        self._work.add(future)  # the loop itself keeps only weak references
        future.add_done_callback(self._work.discard)


_WORTH_HEARING_LATE = (messages.PageReady, messages.Text, messages.Beat)

_CHANGES: dict[type[Any], Callable[[PageLink, Any], None]] = {
    ch.AudioReceived: PageLink._on_audio,
    ch.AudioCompleted: PageLink._on_audio_end,
    ch.ItemChanged: PageLink._on_item,
    ch.ItemRemoved: PageLink._on_removed,
    ch.CallReady: PageLink._on_call,
}

_PAGE: dict[type[messages.PageMessage], Callable[[PageLink, Any], None]] = {
    messages.Played: PageLink._on_played,
    **presence.HANDLERS,
    **saved.HANDLERS,
    **deeds.HANDLERS,
    **checks.HANDLERS,
    **inspector.HANDLERS,
    **playing.HANDLERS,
}
