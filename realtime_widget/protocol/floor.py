"""Who has the floor: while the user speaks, and until the server has answered that, requests wait."""

from __future__ import annotations

from ..config import TurnDetection
from . import events as ev
from .answers import Answers
from .changes import SpeechChanged
from .outbox import Outbox
from .responses import ResponseSequencer

__all__ = ["Floor"]

HOLD_LIMIT_MS = 3_000
RETRY_AFTER_MS = 500


class Floor:
    """Follows the user's speech, and holds and releases the queue of requests."""

    def __init__(self, outbox: Outbox, sequencer: ResponseSequencer, answers: Answers) -> None:
        self._out = outbox
        self._sequencer = sequencer
        self._answers = answers
        self._speaking: dict[str, None] = {}  # items whose speech began and hasn't ended
        self._held_since_ms: float | None = None
        self._blocked_since_ms: float | None = None

    def tick(self) -> None:
        """Look at the time: nothing is held back for ever."""
        now_ms = self._out.now_ms
        self._answers.tick()
        if self._held_since_ms is not None and now_ms - self._held_since_ms > HOLD_LIMIT_MS:
            self.release()  # the server didn't answer the user's turn after all
        if not self._sequencer.blocked:
            self._blocked_since_ms = None
        elif self._blocked_since_ms is None:
            self._blocked_since_ms = now_ms
        elif now_ms - self._blocked_since_ms > RETRY_AFTER_MS:
            self._blocked_since_ms = None
            self._sequencer.blocked = False
            self._answers.flush()

    def release(self) -> None:
        """Let requests through again."""
        self._held_since_ms = None
        self._sequencer.held = False
        self._answers.flush()

    def reset(self) -> None:
        """Forget everything: the connection is gone."""
        self._speaking.clear()
        self._held_since_ms = self._blocked_since_ms = None

    def on_speech_started(self, event: ev.SpeechStarted, detection: TurnDetection) -> None:
        """Take `input_audio_buffer.speech_started`."""
        self._speaking[event.item_id] = None
        if detection is None or detection.create_response:
            self._sequencer.held = True
            self._held_since_ms = None
        interrupts = detection is None or detection.interrupt_response
        self._out.changes.append(SpeechChanged(True, event.item_id, interrupts))

    def on_speech_over(self, event: ev.SpeechStopped | ev.InputAudioCommitted) -> None:
        """Take the end of speech; with it, speech that began before it is over too."""
        if event.item_id in self._speaking:
            for item_id in list(self._speaking):
                del self._speaking[item_id]
                if item_id == event.item_id:
                    break
            if not self._speaking:
                self._out.changes.append(SpeechChanged(False, event.item_id))
        elif self._speaking and isinstance(event, ev.SpeechStopped):
            self._speaking.clear()  # a server that names speech by other ids
            self._out.changes.append(SpeechChanged(False, event.item_id))
        if self._sequencer.held and not self._speaking:
            self._held_since_ms = self._out.now_ms

    def on_cleared(self) -> None:
        """Take `input_audio_buffer.cleared`: nothing was said."""
        if self._speaking:
            self._out.changes.append(SpeechChanged(False, next(reversed(self._speaking))))
            self._speaking.clear()
        self.release()

    def on_response(self) -> None:
        """Take a new response: it answers what was said."""
        if not self._sequencer.held:
            self._held_since_ms = None
