"""Between a session and its pages: what changed goes out in small patches, what pages send is posted inward.

Lives on the I/O thread, but for `receive`, which runs on whatever thread the kernel handles comms.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from ..audio import BYTES_PER_MS
from ..errors import SessionClosedError
from ..protocol import changes as ch
from ..session.base_verbs import BaseVerbs
from ..session.core import SessionCore
from ..session.health import PageHealth
from ..session.io_thread import IOThread
from . import messages
from .arrivals import Arrivals
from .patches import TurnPatches
from .views import state_view
from .voice_out import VoiceOut

__all__ = ["PageLink"]

log = logging.getLogger("realtime_widget.widget")

PATCH_S = 0.05
BEAT_S = 2.0
NOTICED_LOSS_SAMPLES = 2_400  # 100 ms: shorter gaps nobody hears


class PageLink:
    """Shows one session to all its pages; one of them, the owner, has the microphone and the voice."""

    def __init__(
        self,
        core: SessionCore,
        verbs: BaseVerbs,
        io: IOThread,
        send: Callable[[Any, list[bytes]], None],
        title: str,
    ) -> None:
        self._core = core
        self._verbs = verbs
        self._io = io
        self._send = send
        self._title = title
        self.owner: str | None = None
        self._arrivals = Arrivals()
        self._notice: str | None = None
        self._voice = VoiceOut(send, io.later)
        self._patches = TurnPatches(core.data)
        self._told: dict[str, Any] | None = None
        self._patch_due = False
        self._beating = False
        self._work: set[Any] = set()

    @property
    def microphone(self) -> dict[str, int]:
        """What came of the microphone: chunks, and how many samples were lost or came too late."""
        return {"chunks": self._arrivals.n_chunks, "lost_samples": self._arrivals.missed_samples}

    @property
    def health(self) -> PageHealth | None:
        """What waits and what was lost on the way to and from the page; from any thread."""
        voice, arrivals = self._voice, self._arrivals
        if self.owner is None and not arrivals.n_chunks:
            return None
        return PageHealth(
            queued_audio_ms=voice.queued_bytes / BYTES_PER_MS,
            unplayed_audio_ms=voice.unplayed_bytes / BYTES_PER_MS,
            dropped_audio_ms=voice.dropped_bytes / BYTES_PER_MS,
            report_age_s=None if voice.reported_s is None else time.monotonic() - voice.reported_s,
            microphone_lost_ms=2 * arrivals.lost_samples / BYTES_PER_MS,
            microphone_stale_ms=2 * arrivals.stale_samples / BYTES_PER_MS,
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
            self._io.later(PATCH_S, self._send_patch)

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
        self._send(messages.audio_clear(clear_id), [])

    def _send_patch(self) -> None:
        self._patch_due = False
        state = self._state()
        # The page counts the time itself; once a second it hears that somebody is still here.
        news = {**state, "elapsed_ms": state["elapsed_ms"] // 1000}
        if news != self._told:
            self._told = news
            self._send(messages.state(state), [])
        if (turns := self._patches.take()) is not None:
            self._send(turns, [])
        if not self._beating and self._core.status in ("connecting", "reconnecting"):
            self._beating = True
            self._io.later(BEAT_S, self._beat)

    def _beat(self) -> None:
        # While an engine starts nothing changes, and a page that hears nothing closes its microphone.
        self._beating = False
        self._told = None
        self._send_patch()

    def _state(self) -> dict[str, Any]:
        notice = self._notice or self._core.limits.notice
        return state_view(self._core, title=self._title, owner=self.owner, notice=notice)

    def snapshot(self) -> None:
        """Send everything to all pages."""
        self._send(messages.state(self._state()), [])
        self._send(self._patches.everything(), [])

    def close(self) -> None:
        """Show nothing any more; the microphone and the voice are nobody's."""
        if self in self._core.views:
            self._core.views.remove(self)
            self._set_owner(None)

    # -- pages to session --------------------------------------------------------------------------------

    def receive(self, content: Any, buffers: list[Any]) -> None:
        """Take a message of a page, on any thread: check it and post it."""
        try:
            message = messages.parse(content)
            pcm = bytes(buffers[0]) if buffers else b""
        except (msgspec.ValidationError, TypeError, ValueError) as error:
            log.warning("! a message of the page was refused: %s", error)
            return
        self._io.post(self._handle, message, pcm)

    def _handle(self, message: messages.PageMessage, pcm: bytes) -> None:
        if isinstance(message, messages.Audio):
            self._on_microphone(message, pcm)
            return
        _PAGE[type(message)](self, message)
        self.publish([])

    def _on_microphone(self, message: messages.Audio, pcm: bytes) -> None:
        if message.page != self.owner or len(pcm) % 2:
            return
        arrivals = self._arrivals
        missed = arrivals.missed_samples
        fresh = arrivals.take(
            message.seq, message.first_sample, message.captured_ms, len(pcm) // 2, time.monotonic() * 1000
        )
        if arrivals.missed_samples > missed and arrivals.missed_samples >= NOTICED_LOSS_SAMPLES:
            lost_s = arrivals.missed_samples / 24_000
            self._notice = (
                f"{lost_s:.1f} s of the microphone's sound were lost: the page or the kernel was busy."
            )
            self.publish([])
        if fresh:
            self._core.microphone(pcm)

    def _on_ready(self, message: messages.PageReady) -> None:
        self._own(message.page, take_over=False)
        self.snapshot()

    def _on_start(self, message: messages.Start) -> None:
        self._own(message.page, take_over=True)
        self._notice = None
        self._run(self._begin(message.page))

    async def _begin(self, page: str) -> None:
        try:
            await self._core.start()
        except Exception:
            # A start that is refused before it begins changes no status, for which the page waits.
            self._send(messages.start_failed(page), [])
            raise

    def _on_stop(self, message: messages.Stop) -> None:
        self._notice = None
        self._release_microphone()
        self._run(self._core.stop())

    def _on_mic(self, message: messages.Microphone) -> None:
        # Why a microphone failed, and the remedy, is said by the page that knows it.
        if message.state == "open":
            self._own(message.page, take_over=True)
        elif message.page == self.owner:
            self._core.microphone_closed()

    def _on_text(self, message: messages.Text) -> None:
        self._own(message.page, take_over=False)

        async def say() -> None:
            await self._begin(message.page)
            if self._core.traits.get("speaking"):
                await self._core.interrupt(cancel=True)
            await self._verbs.send_text(message.text, True)

        self._run(say())

    def _on_interrupt(self, message: messages.Interrupt) -> None:
        self._run(self._core.interrupt(cancel=True))

    def _on_mute(self, message: messages.Mute) -> None:
        self._arrivals.pause()  # what was held back isn't lost
        self._core.mute(message.muted)

    def _on_settings(self, message: messages.Settings) -> None:
        given = {name: getattr(message, name) for name in ("voice", "turn_detection", "instructions")}
        options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if options.get("turn_detection") == "none":
            options["turn_detection"] = None
        self._run(self._verbs.update(options))

    def _on_ptt(self, message: messages.PushToTalk) -> None:
        if message.phase == "press":
            self._arrivals.pause()  # what lies between two holds isn't lost
            self._verbs.press()
        else:
            self._verbs.release(keep=message.phase == "release")

    def _on_played(self, message: messages.Played) -> None:
        if message.page == self.owner:
            self._core.hearing.played(
                [msgspec.structs.asdict(item) for item in message.items], message.clear_id
            )
            self._voice.played(message.items)

    def _on_hide(self, message: messages.PageHide) -> None:
        if message.page == self.owner:
            self._verbs.release(keep=False)
            self._core.microphone_closed()
            self._set_owner(None)

    def _own(self, page: str, *, take_over: bool) -> None:
        if self.owner is None or take_over:
            self._set_owner(page)

    def _set_owner(self, page: str | None) -> None:
        if self.owner not in (None, page):
            self._release_microphone()
        self.owner = page
        self._arrivals.pause()
        self._voice.clear()
        self._core.act(lambda protocol: protocol.attach_player(page is not None))

    def _release_microphone(self) -> None:
        if self.owner is not None:
            self._send(messages.mic_release(self.owner), [])

    def _run(self, work: Coroutine[Any, Any, Any]) -> None:
        async def guarded() -> None:
            try:
                await work
            except SessionClosedError:
                pass  # somebody ended the session, and sees that it ended
            except Exception as error:
                if error is not self._core.traits.get("error"):  # else it is reported already
                    self._core.report(error)
            self.publish([])

        future = self._io.submit(guarded())
        self._work.add(future)  # the loop itself keeps only weak references
        future.add_done_callback(self._work.discard)


_CHANGES: dict[type[Any], Callable[[PageLink, Any], None]] = {
    ch.AudioReceived: PageLink._on_audio,
    ch.AudioCompleted: PageLink._on_audio_end,
    ch.ItemChanged: PageLink._on_item,
    ch.ItemRemoved: PageLink._on_removed,
    ch.CallReady: PageLink._on_call,
}

_PAGE: dict[type[messages.PageMessage], Callable[[PageLink, Any], None]] = {
    messages.PageReady: PageLink._on_ready,
    messages.PageHide: PageLink._on_hide,
    messages.Start: PageLink._on_start,
    messages.Stop: PageLink._on_stop,
    messages.Microphone: PageLink._on_mic,
    messages.Text: PageLink._on_text,
    messages.Interrupt: PageLink._on_interrupt,
    messages.Mute: PageLink._on_mute,
    messages.Settings: PageLink._on_settings,
    messages.PushToTalk: PageLink._on_ptt,
    messages.Played: PageLink._on_played,
}
