"""All data of one session, fed by the protocol's changes and read from any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from ...audio import Recording
from ...protocol import changes as ch
from ...protocol.log import LogEntry
from ...protocol.objects import TranscriptionUsage
from ...protocol.protocol import RealtimeProtocol
from ..events import Events
from ..money.prices import PriceTable, default_prices
from ..recording import collect, marked, mix
from ..tables import Tables
from ..tool_calls import ToolCalls
from ..usage import UsageTable
from .latency import GrowingLatency
from .transcript import GrowingTranscript

__all__ = ["SessionData"]


class SessionData(Tables):
    """The live tables and the recording of a session.

    The lock guards the protocol's state. What feeds (`take`) holds it and only notes what changed; what reads
    takes it for as long as it takes to make the rows that changed.

    Args:
        protocol: Whose state the tables show.
        lock: Held by everyone who changes that state.
        record: Which sides stay in `recording`: True (both), False, "user" or "assistant".
        price_table: Prices in place of the package's own.

    Attributes:
        free: Whether the engine costs nothing: bills are 0 from then on.
    """

    transcript: GrowingTranscript
    latency: GrowingLatency

    def __init__(
        self,
        protocol: RealtimeProtocol,
        lock: threading.RLock,
        *,
        record: bool | str = True,
        price_table: PriceTable | None = None,
    ) -> None:
        self.free = False
        self._protocol = protocol
        self.lock = lock
        self._record = record
        self._model: str | None = None
        self._transcriber: str | None = None
        self.events = Events(lock)
        self.transcript = GrowingTranscript(protocol, lock)
        self.tool_calls = ToolCalls(self.transcript, lock)
        self.usage = UsageTable(price_table or default_prices(), lock)
        self.latency = GrowingLatency(protocol, self.transcript, self.tool_calls, lock)
        self.tool_calls.on_change = self.latency.mark_call
        self.join()

    # -- feeding: with the lock held ---------------------------------------------------------------------

    def take(self, entries: list[LogEntry], changes: list[ch.Change]) -> None:
        """Note what happened; called after every event with the lock held, so it does no work."""
        if entries:
            self.events.append(entries)
        self.usage.connection = self.tool_calls.connection = self._protocol.conversation.connection
        items: set[str] = set()
        for change in changes:
            if isinstance(change, _OF_ITEMS):
                items.add(change.item_id)
            elif (handler := _HANDLERS.get(type(change))) is not None:
                handler(self, change)
        if items:
            self._mark(items)

    def follow_voice(self) -> None:
        """Let live displays follow the voice: time alone lets more of it be heard."""
        with self.lock:
            self.transcript.mark(())

    def touch(self, item_ids: Iterable[str]) -> None:
        """Note that a page reported how much of some items was heard."""
        with self.lock:
            self._mark(set(item_ids))

    def _mark(self, items: set[str]) -> None:
        self.transcript.mark(items)
        self.latency.mark(items)
        for item_id in items:
            item = self._protocol.conversation.items.get(item_id)
            if item is not None and item.output is not None and item.call_id is not None:
                self.tool_calls.answered(item.call_id, item.output, self._protocol.now_ms)

    def _on_session(self, change: ch.SessionConfigured) -> None:
        self._model = change.session.model or self._model
        sound = (change.session.audio or {}).get("input")
        transcription = sound.get("transcription") if isinstance(sound, dict) else None
        if isinstance(transcription, dict) and isinstance(transcription.get("model"), str):
            self._transcriber = transcription["model"]

    def _on_call(self, change: ch.CallReady) -> None:
        self.tool_calls.started(
            change.call_id, change.name, change.arguments, change.response_id, None, self._protocol.now_ms
        )

    def _on_abandoned(self, change: ch.CallsAbandoned) -> None:
        for call_id in change.call_ids:
            self.tool_calls.abandoned(call_id)

    def _on_response(self, change: ch.ResponseFinished) -> None:
        items = {state.id for state in self._protocol.conversation.of_response(change.response_id)}
        self._mark(items)
        if change.usage is not None:
            model = self._model or self._protocol.config.model
            self.usage.response(change.response_id, change.usage, model=model, free=self.free)

    def _on_transcription(self, change: ch.TranscriptionBilled) -> None:
        asked = self._protocol.config.transcription
        model = self._transcriber or (asked.get("model") if asked else None)
        self.usage.transcription(change.item_id, change.usage, model=model, free=self.free)

    def _on_sound(self, change: ch.SoundBilled) -> None:
        usage = TranscriptionUsage(type="duration", seconds=change.seconds)
        self.usage.transcription(change.billed_id, usage, model=change.model, free=self.free, kind="sound")

    # -- reading -----------------------------------------------------------------------------------------

    @property
    def n_sound_bytes(self) -> int:
        """How much sound is in memory, in bytes; callable without the lock."""
        return self._protocol.keeper.n_memory_bytes + self._protocol.input_audio.n_tail_bytes

    @property
    def n_sound_file_bytes(self) -> int:
        """How much sound is in a temporary file, in bytes; callable without the lock."""
        return self._protocol.keeper.n_moved_bytes

    def take_recording(self) -> Callable[[], Recording]:
        """Return what makes the recording as of now; taking it is cheap, making it may not be."""
        with self.lock:
            pieces = collect(
                self._protocol,
                user=self._record in (True, "user"),
                assistant=self._record in (True, "assistant"),
            )
            turns = self.transcript.rows()
        return marked(lambda: mix(pieces), turns)


_OF_ITEMS = (ch.AudioReceived, ch.ItemChanged, ch.AudioCompleted, ch.ItemRemoved)
_HANDLERS: dict[type[Any], Callable[[SessionData, Any], None]] = {
    ch.SessionConfigured: SessionData._on_session,
    ch.CallReady: SessionData._on_call,
    ch.CallsAbandoned: SessionData._on_abandoned,
    ch.ResponseFinished: SessionData._on_response,
    ch.TranscriptionBilled: SessionData._on_transcription,
    ch.SoundBilled: SessionData._on_sound,
}
