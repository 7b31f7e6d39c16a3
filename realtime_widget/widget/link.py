"""Between a session and its pages: what changed goes out in small patches, what pages send is posted inward.

Lives on the I/O thread, but for `receive`, which runs on whatever thread the kernel handles comms.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from ..errors import RealtimeError
from ..protocol import changes as ch
from ..session.core import SessionCore
from ..session.io_thread import IOThread
from ..session.verbs import Verbs
from . import messages
from .views import stand_in_view, state_view, turn_view
from .voice_out import VoiceOut

__all__ = ["PageLink"]

log = logging.getLogger("realtime_widget.widget")

PATCH_S = 0.05
_MIC_NOTICES = {
    "denied": "The microphone isn't allowed. Type instead, or allow it in the browser's address bar.",
    "unavailable": "No microphone can be used here. Type instead, or call session.send_audio(…) in a cell.",
    "lost": "The microphone went away. Plug it in and press the microphone button, or type.",
}


class PageLink:
    """Shows one session to all its pages; one of them, the owner, has the microphone and the voice."""

    def __init__(
        self,
        core: SessionCore,
        verbs: Verbs,
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
        self.microphone: dict[str, int] = {"chunks": 0, "lost_samples": 0}
        self._notice: str | None = None
        self._voice = VoiceOut(send)
        self._dirty: set[str] = set()
        self._removed: set[str] = set()
        self._restructured = False
        self._open_calls: dict[str, str | None] = {}  # call → the stand-in turn that shows it
        self._shown: list[str] = []
        self._patch_due = False
        self._work: set[Any] = set()
        self._next_sample: int | None = None

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
        self._dirty.add(change.item_id)

    def _on_removed(self, change: ch.ItemRemoved) -> None:
        self._dirty.discard(change.item_id)
        self._removed.add(change.item_id)

    def _on_call(self, change: ch.CallReady) -> None:
        self._open_calls[change.call_id] = None

    def silence(self, clear_id: int) -> None:
        """Stop all sound in the pages; overtakes every patch."""
        self._voice.clear()
        self._send(messages.audio_clear(clear_id), [])

    def _send_patch(self) -> None:
        self._patch_due = False
        self._send(messages.state(self._state()), [])
        changed, removed = self._changed_turns()
        order = [turn.id for turn in self._core.data.transcript]
        order += [stand_in for stand_in in self._open_calls.values() if stand_in]
        if changed or removed or order != self._shown:
            self._send(
                messages.turns(changed, order=order if order != self._shown else None, removed=removed), []
            )
        self._shown = order

    def _changed_turns(self) -> tuple[list[dict[str, Any]], list[str]]:
        removed, self._removed = list(self._removed), set()
        changed = [*self._calls_in_progress(removed), *self._take_dirty()]
        return changed, removed

    def _take_dirty(self) -> list[dict[str, Any]]:
        dirty, self._dirty = self._dirty, set()
        turns = [turn for item_id in dirty if (turn := self._core.data.turn(item_id)) is not None]
        return [self._turn(turn) for turn in turns]

    def _turn(self, turn: Any) -> dict[str, Any]:
        calls = [row for call_id in turn.tool_calls if (row := self._core.data.tool_calls.row(call_id))]
        return turn_view(turn, calls)

    def _calls_in_progress(self, removed: list[str]) -> list[dict[str, Any]]:
        """Show calls in place: within their turn, or in a stand-in until that turn exists."""
        stand_ins = []
        for call_id, stand_in in list(self._open_calls.items()):
            row = self._core.data.tool_calls.row(call_id)
            if row is None:
                continue
            if row.turn is None:
                stand_in = self._open_calls[call_id] = f"call:{call_id}"
                stand_ins.append(stand_in_view(stand_in, row))
                continue
            self._dirty.add(self._core.data.transcript[row.turn].id)
            if stand_in:
                removed.append(stand_in)
                self._open_calls[call_id] = None
            if row.status != "running":
                del self._open_calls[call_id]
        return stand_ins

    def _state(self) -> dict[str, Any]:
        return state_view(self._core, title=self._title, owner=self.owner, notice=self._notice)

    def snapshot(self) -> None:
        """Send everything to all pages."""
        self._send(messages.state(self._state()), [])
        turns = [self._turn(turn) for turn in self._core.data.transcript]
        self._shown = [turn["id"] for turn in turns]
        self._send(messages.turns(turns, reset=True, removed=[]), [])

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
        expected = self._next_sample if message.seq else message.first_sample
        self._next_sample = message.first_sample + len(pcm) // 2
        self.microphone["chunks"] += 1
        self.microphone["lost_samples"] += max(0, message.first_sample - (expected or message.first_sample))
        self._core.microphone(pcm)

    def _on_ready(self, message: messages.PageReady) -> None:
        self._own(message.page, take_over=False)
        self.snapshot()

    def _on_start(self, message: messages.Start) -> None:
        self._own(message.page, take_over=True)
        self._notice = _MIC_NOTICES.get(message.mic)
        self._run(self._core.start())

    def _on_stop(self, message: messages.Stop) -> None:
        self._notice = None
        self._release_microphone()
        self._run(self._core.stop())

    def _on_mic(self, message: messages.Microphone) -> None:
        if message.state == "open":
            self._own(message.page, take_over=True)
        self._notice = _MIC_NOTICES.get(message.state)

    def _on_text(self, message: messages.Text) -> None:
        async def say() -> None:
            await self._core.start()
            if self._core.traits.get("speaking"):
                await self._core.interrupt(cancel=True)
            await self._verbs.send_text(message.text, True)

        self._run(say())

    def _on_interrupt(self, message: messages.Interrupt) -> None:
        self._run(self._core.interrupt(cancel=True))

    def _on_mute(self, message: messages.Mute) -> None:
        self._core.mute(message.muted)

    def _on_settings(self, message: messages.Settings) -> None:
        given = {name: getattr(message, name) for name in ("voice", "turn_detection", "instructions")}
        options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if options.get("turn_detection") == "none":
            options["turn_detection"] = None
        self._run(self._verbs.update(options))

    def _on_ptt(self, message: messages.PushToTalk) -> None:
        if message.phase == "press":
            self._verbs.press()
        else:
            self._verbs.release(keep=message.phase == "release")

    def _on_played(self, message: messages.Played) -> None:
        if message.page == self.owner:
            self._core.hearing.played(
                [msgspec.structs.asdict(item) for item in message.items], message.clear_id
            )

    def _on_hide(self, message: messages.PageHide) -> None:
        if message.page == self.owner:
            self._verbs.release(keep=False)
            self._set_owner(None)

    def _own(self, page: str, *, take_over: bool) -> None:
        if self.owner is None or take_over:
            self._set_owner(page)

    def _set_owner(self, page: str | None) -> None:
        if self.owner not in (None, page):
            self._release_microphone()
        self.owner = page
        self._next_sample = None
        self._voice.clear()
        self._core.act(lambda protocol: protocol.playback.attach(page is not None, self._core.now_ms))

    def _release_microphone(self) -> None:
        if self.owner is not None:
            self._send(messages.mic_release(self.owner), [])

    def _run(self, work: Coroutine[Any, Any, Any]) -> None:
        async def guarded() -> None:
            try:
                await work
            except RealtimeError as error:
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
