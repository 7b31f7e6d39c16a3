"""The core of a translation session: sound in, another language's sound and both sides' words out.

A socket of its own, with words of its own: no items, no responses, no turns, nothing to commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from ..audio import BYTES_PER_MS, SAMPLE_RATE, Resampler, pcm_to_samples, samples_to_pcm, silence, to_mono
from ..config import TranslationConfig
from . import events as ev
from .changes import Problem, SoundBilled
from .commands import Command, UpdateSession
from .input_audio import Captured
from .interpretation import Interpretation
from .objects import ErrorDetail
from .protocol import RealtimeProtocol
from .translation_events import (
    AppendSource,
    CloseSession,
    SessionClosed,
    SourceWords,
    TranslatedAudio,
    TranslatedWords,
)

__all__ = ["FRAME_MS", "TranslationProtocol"]

FRAME_MS = 200  # what the model takes at a time
GRACE_MS = 400.0  # a microphone may be this late before silence is sent in its place
MAX_FILL_MS = 2_000.0  # after a longer halt of ours the time in between isn't made up for
BILL_MS = 1_000.0
AHEAD_MS = 10_000.0
_SILENCE = silence(FRAME_MS)


class TranslationProtocol(RealtimeProtocol):
    """One translation into one language; fed, drained and driven like a conversation.

    While it runs, silence is sent for the time in which nothing else is: the model knows time by the sound
    that it gets, and gives nothing out while it gets none.

    Attributes:
        closed: Whether the server has sent everything and said so.
        output_ms: When words or sound last came, on the session's clock.
    """

    append_kind = AppendSource
    config: Any  # a TranslationConfig

    def __init__(self, config: TranslationConfig, **options: Any) -> None:
        super().__init__(config, **options)  # type: ignore[arg-type]
        self.closed = False
        self.output_ms = 0.0
        self._running = self._closing = False
        self._interpretation = Interpretation(self._out, self.conversation)
        self._resampler: Resampler | None = None
        self._sent_ms = 0.0  # until when sound was sent, on the session's clock
        self._idle = False
        self._session_id = ""
        self._billed_ms = 0.0

    @property
    def is_open(self) -> bool:
        """Whether either side is in the middle of what it says."""
        return self._interpretation.is_open

    # -- feed --------------------------------------------------------------------------------------------

    def at(self, now_ms: float, wall_s: float) -> None:
        """Set the time; ends what nothing was added to, and sends the silence that is due."""
        super().at(now_ms, wall_s)
        self._interpretation.tick()
        if self._running:
            self._fill()

    def _handle(self, event: ev.ServerEvent) -> None:
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)
        else:
            super()._handle(event)

    # -- connection --------------------------------------------------------------------------------------

    def connection_opened(self) -> str:
        """Configure a fresh connection; return the id under which the configuration will be settled."""
        self.closed = self._closing = False
        self._session_id, self._billed_ms = "", 0.0
        return super().connection_opened()

    def resume(self) -> None:
        """Begin to send sound; nothing of what was said before is told again."""
        self._out.suspended = False
        self._out.send_held()
        self.input_audio.forget_unsent()
        self.input_audio.reconnected()
        self._interpretation.begin()
        self._sent_ms, self._idle, self._running = self.now_ms, True, True

    def connection_lost(self, reason: str = "", *, resumes: bool = False, planned: bool = False) -> None:
        """Forget what was in flight; what was being said is as complete as it is."""
        self._bill(final=True)
        self._running = False
        self._interpretation.end("completed" if self.closed else "incomplete")
        super().connection_lost(reason, resumes=resumes, planned=planned)

    # -- verbs -------------------------------------------------------------------------------------------

    def send(self, command: Command | Mapping[str, Any]) -> str | None:
        """Send any command; return its event id, if it has one."""
        event_id = super().send(command)
        kind = command.get("type") if isinstance(command, Mapping) else None
        if kind == CloseSession.__struct_config__.tag:
            self._running, self._closing = False, True
        elif isinstance(command, Mapping) and kind == AppendSource.__struct_config__.tag:
            with suppress(msgspec.ValidationError):  # the server will say what is wrong with it
                self._note_audio(msgspec.convert(dict(command), AppendSource).audio, live=True)
        return event_id

    def probe(self) -> str | None:
        """Send an update that changes nothing: its acknowledgement shows that the server is there."""
        return self._out.send(UpdateSession(session={}))

    def _note_audio(self, pcm: bytes, *, live: bool, captured: Captured | None = None) -> None:
        audio = self.input_audio
        audio.append(pcm, self.now_ms, captured=captured)
        self._sent_ms, self._idle = self.now_ms, False
        if self._out.suspended:  # nobody translates later what was said between two connections
            audio.lost_ms += len(pcm) / BYTES_PER_MS
        elif audio.appended_ms - self._billed_ms >= BILL_MS or not self._billed_ms:
            self._bill()

    def close(self) -> None:
        """Ask for the rest of the translation; no sound is sent from now on."""
        if self._running:
            self._running, self._closing = False, True
            self._out.send(CloseSession())

    def objection(self, command: Mapping[str, Any]) -> ErrorDetail | None:
        """Return None: all that a server might refuse of a translation, it refuses by itself."""
        return None

    def begin_interrupt(self, *, cancel: bool, speech: str | None = None) -> bool:
        """Do nothing: an interpreter isn't interrupted by what he interprets."""
        return False

    # -- while nothing is said ---------------------------------------------------------------------------

    def _fill(self) -> None:
        """Send silence for the time in which nothing was sent."""
        behind_ms = self.now_ms - self._sent_ms
        if behind_ms < (FRAME_MS if self._idle else GRACE_MS):
            return
        begin_ms = max(self._sent_ms, self.now_ms - MAX_FILL_MS)
        n_frames = int((self.now_ms - begin_ms) // FRAME_MS)
        for _ in range(n_frames):
            self.append_audio(_SILENCE)
        self._sent_ms, self._idle = begin_ms + n_frames * FRAME_MS, True

    def _bill(self, *, final: bool = False) -> None:
        """Tell how long the sound is that was sent; both models are paid by the minute of it."""
        self._billed_ms = self.input_audio.appended_ms
        if not self._billed_ms:
            return
        name = self._session_id or f"translation_{self._out.generations.connection}"
        seconds = self._billed_ms / 1000
        self._out.changes.append(SoundBilled(name, self.config.model, seconds, final))
        if self.config.transcription is not None:
            model = self.config.transcription["model"]
            self._out.changes.append(SoundBilled(f"{name}:source", model, seconds, final))

    # -- events ------------------------------------------------------------------------------------------

    def _on_session(self, event: ev.SessionCreated | ev.SessionUpdated) -> None:
        self._session_id = self._session_id or event.session.id or ""
        kind = event.session.type
        if kind not in (None, self.config.kind):
            message = f"it opened a session of type {kind!r}, and can't translate in that."
            self._out.changes.append(Problem(ErrorDetail(code="wrong_session_kind", message=message), True))
        super()._on_session(event)

    def _on_source_words(self, event: SourceWords) -> None:
        if event.delta:
            self.output_ms = self.now_ms
            self._interpretation.source_words(event.delta, self._position_ms(event.elapsed_ms))

    def _on_translated_words(self, event: TranslatedWords) -> None:
        if event.delta:
            self.output_ms = self.now_ms
            self._interpretation.target_words(event.delta, self._position_ms(event.elapsed_ms))

    def _on_translated_audio(self, event: TranslatedAudio) -> None:
        if event.delta:
            pcm = self._converted(event.delta, event.sample_rate or SAMPLE_RATE, event.channels or 1)
            self.output_ms = self.now_ms if any(pcm) else self.output_ms
            self._interpretation.target_sound(pcm, self._position_ms(event.elapsed_ms))

    def _on_closed(self, event: SessionClosed) -> None:
        self.closed, self._running = True, False
        self._interpretation.end("completed")
        if not self._closing:
            error = ErrorDetail(
                code="session_expired", message="It closed the session without being asked to."
            )
            self._out.changes.append(Problem(error, False))

    def _position_ms(self, elapsed_ms: float | None) -> float:
        sent_ms = self.input_audio.appended_ms
        # A server whose clock runs away must not take ours along.
        return sent_ms if elapsed_ms is None else min(max(0.0, elapsed_ms), sent_ms + AHEAD_MS)

    def _converted(self, pcm: bytes, rate: int, channels: int) -> bytes:
        """Return sound as everything here takes it; the API says what it sends, and that is 24 kHz mono."""
        if rate == SAMPLE_RATE and channels == 1:
            return pcm
        frame_bytes = 2 * channels
        samples = pcm_to_samples(pcm[: len(pcm) // frame_bytes * frame_bytes])
        mono = to_mono(samples.reshape(-1, channels))
        if rate == SAMPLE_RATE:
            return samples_to_pcm(mono)
        if self._resampler is None or self._resampler.from_rate != rate:
            self._resampler = Resampler(rate, SAMPLE_RATE)
        return samples_to_pcm(self._resampler.process(mono))


_HANDLERS: dict[type[Any], Callable[[TranslationProtocol, Any], None]] = {
    ev.SessionCreated: TranslationProtocol._on_session,
    ev.SessionUpdated: TranslationProtocol._on_session,
    SourceWords: TranslationProtocol._on_source_words,
    TranslatedWords: TranslationProtocol._on_translated_words,
    TranslatedAudio: TranslationProtocol._on_translated_audio,
    SessionClosed: TranslationProtocol._on_closed,
}
